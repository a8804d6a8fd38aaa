package io.loglane.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Collection;
import java.util.List;
import java.util.stream.LongStream;

import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/**
 * The CPU time of all Java threads for each operation, in nanoseconds, in the best
 * iteration. What other processes take from the benchmark is not in it, nor what compiler
 * and garbage collector take beside it.
 */
public final class CpuTimeProfiler implements InternalProfiler {

	private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

	private long before;

	@Override
	public void beforeIteration(BenchmarkParams benchmarkParams, IterationParams iterationParams) {
		this.before = cpuTime();
	}

	@Override
	public Collection<? extends Result<?>> afterIteration(BenchmarkParams benchmarkParams,
			IterationParams iterationParams, IterationResult result) {
		double nanos = cpuTime() - this.before;
		return List
			.of(new ScalarResult("cpu", nanos / result.getMetadata().getAllOps(), "ns/op", AggregationPolicy.MIN));
	}

	/** Of the threads that live: JMH's end with the fork only. */
	private long cpuTime() {
		return LongStream.of(this.threads.getAllThreadIds()).map(this.threads::getThreadCpuTime).sum();
	}

	@Override
	public String getDescription() {
		return "CPU time of all Java threads for each operation";
	}

}
