package io.loglane.benchmarks;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one log call costs its caller, and with {@code -prof gc} what it and the thread
 * that writes allocate: bursts that fit the queue, into a sink that does nothing. A
 * variant at a time, in a JVM of its own.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class LogCallBenchmark {

	private static final int BURST = 4000;

	private static final Long ID = 100_000L;

	private final Output output = new Output(Output.Kind.NOOP, Path.of("none"));

	@Param
	public Variant variant = Variant.LOGLANE;

	private @Nullable Subject subject;

	private long calls;

	@Setup
	public void start() {
		Subject subject = this.variant.start(this.output, false);
		subject.putContext();
		this.subject = subject;
	}

	@Benchmark
	@OperationsPerInvocation(BURST)
	public void call() {
		Subject subject = subject();
		for (int i = 0; i < BURST; i++) {
			subject.log(ID);
		}
		this.calls += BURST;
	}

	/** Not measured: the queue is empty before each burst. */
	@TearDown(Level.Invocation)
	public void awaitArrival() {
		while (!subject().isSynchronous() && this.output.count() < this.calls) {
			LockSupport.parkNanos(100_000);
		}
	}

	@TearDown
	public void stop() {
		subject().stop();
		if (subject().writes() && this.output.count() != this.calls) {
			throw new IllegalStateException("Of " + this.calls + " records " + this.output.count() + " have arrived");
		}
	}

	private Subject subject() {
		Subject subject = this.subject;
		if (subject == null) {
			throw new IllegalStateException("Not started");
		}
		return subject;
	}

}
