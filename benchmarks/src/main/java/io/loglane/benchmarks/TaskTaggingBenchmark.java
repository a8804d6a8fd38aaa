package io.loglane.benchmarks;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.util.LogbackMDCAdapter;
import io.loglane.task.ExecutorLanes;
import io.loglane.task.TaskSettings;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.slf4j.MDC;

import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.TaskDecorator;
import org.springframework.core.task.support.ContextPropagatingTaskDecorator;

/**
 * What one task costs its submitter and its worker together, without the hand-over from
 * thread to thread, which is the executor's own. The submitter has three MDC entries; the
 * task does next to nothing.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
public class TaskTaggingBenchmark {

	private static final int BATCH = 1024;

	/** The submitter runs the task, so that the worker's MDC is the submitter's. */
	@Benchmark
	public long callerRuns(CallersThread thread) {
		thread.executor.execute(thread.task);
		return thread.runs;
	}

	/**
	 * The worker has no MDC of its own, as a pool's threads usually have none. A batch is
	 * submitted, the MDC cleared, the batch run: all by one thread, since no hand-over to
	 * another is as cheap as what is measured.
	 */
	@Benchmark
	@OperationsPerInvocation(BATCH)
	public long cleanWorker(CleanThread thread) {
		thread.submit(BATCH);
		thread.runSubmitted();
		return thread.runs;
	}

	/** What an application may do to have the submitter's MDC in its tasks. */
	public enum Variant {

		/** Nothing. */
		PLAIN {

			@Override
			void applyTo(SimpleAsyncTaskExecutor executor) {
			}

		},

		/** Spring's decorator, and Micrometer's accessor for the whole MDC. */
		CONTEXT_PROPAGATING {

			@Override
			void applyTo(SimpleAsyncTaskExecutor executor) {
				ContextRegistry.getInstance().registerThreadLocalAccessor(new Slf4jThreadLocalAccessor());
				executor.setTaskDecorator(new ContextPropagatingTaskDecorator());
			}

		},

		/** The decorator that is found in many articles; it wipes a caller's MDC. */
		MDC_COPY {

			@Override
			void applyTo(SimpleAsyncTaskExecutor executor) {
				executor.setTaskDecorator(new MdcTaskDecorator());
			}

		},

		/** Loglane, with its own entries besides. */
		LOGLANE {

			@Override
			void applyTo(SimpleAsyncTaskExecutor executor) {
				LogbackMDCAdapter mdc = (LogbackMDCAdapter) MDC.getMDCAdapter();
				new ExecutorLanes(new TaskSettings("executor", "task", true, Set.of(), mdc::getPropertyMap))
					.postProcessBeforeInitialization(executor, "reports");
			}

		};

		abstract void applyTo(SimpleAsyncTaskExecutor executor);

	}

	/** A submitter, and how it finds out that a variant does what it is measured for. */
	@State(Scope.Thread)
	public abstract static class Submitter {

		private static final Map<String, String> ENTRIES = Map.of("requestId", "7f3c9a5e21d04b68", "tenant", "acme",
				"user", "j.doe@example.org");

		@Param
		public Variant variant = Variant.PLAIN;

		long runs;

		final Runnable task = () -> this.runs++;

		static void putEntries() {
			ENTRIES.forEach(MDC::put);
		}

		static void require(boolean expected, String what) {
			if (!expected) {
				throw new IllegalStateException(what + ", MDC: " + MDC.getCopyOfContextMap());
			}
		}

		static boolean hasEntries() {
			Map<String, String> mdc = MDC.getCopyOfContextMap();
			return mdc != null && mdc.entrySet().containsAll(ENTRIES.entrySet());
		}

		static boolean hasOnlyEntries() {
			return ENTRIES.equals(MDC.getCopyOfContextMap());
		}

	}

	/** Submits one task after the other, and runs each. */
	public static class CallersThread extends Submitter {

		final SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor() {

			/** Not inlined, or the wrappers would never be allocated. */
			@Override
			@CompilerControl(CompilerControl.Mode.DONT_INLINE)
			protected void doExecute(Runnable task) {
				task.run();
			}

		};

		@Setup
		public void setUp() {
			this.variant.applyTo(this.executor);
			putEntries();
			this.executor.execute(() -> require(hasEntries(), "The task lacks the submitter's"));
			require(hasOnlyEntries(), "The task has changed the caller's");
		}

	}

	/** Submits tasks in batches, and runs them without an MDC. */
	public static class CleanThread extends Submitter {

		private final @Nullable Runnable[] submitted = new Runnable[BATCH];

		private int size;

		private final SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor() {

			@Override
			@CompilerControl(CompilerControl.Mode.DONT_INLINE)
			protected void doExecute(Runnable task) {
				CleanThread.this.submitted[CleanThread.this.size++] = task;
			}

		};

		@Setup
		public void setUp() {
			this.variant.applyTo(this.executor);
			boolean carries = this.variant != Variant.PLAIN;
			putEntries();
			this.executor.execute(() -> require(hasEntries() == carries, "The task has not what the variant carries"));
			runSubmitted();
			require(MDC.getCopyOfContextMap() == null, "The task has left some behind");
		}

		void submit(int count) {
			putEntries();
			for (int i = 0; i < count; i++) {
				this.executor.execute(this.task);
			}
		}

		void runSubmitted() {
			MDC.clear();
			for (int i = 0; i < this.size; i++) {
				Runnable task = this.submitted[i];
				if (task != null) {
					task.run();
				}
			}
			this.size = 0;
		}

	}

	/** Word for word what applications copy, {@code null} included. */
	private static final class MdcTaskDecorator implements TaskDecorator {

		@Override
		public Runnable decorate(Runnable task) {
			Map<String, String> mdc = MDC.getCopyOfContextMap();
			return () -> {
				try {
					MDC.setContextMap(mdc);
					task.run();
				}
				finally {
					MDC.clear();
				}
			};
		}

	}

}
