package io.loglane.benchmarks;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.List;
import java.util.ArrayList;
import java.util.concurrent.atomic.LongAdder;

/** Virtual threads, each of which logs a few records, all at the same time. */
final class VirtualCallers {

	private static final int THREADS = 1000;

	private static final int EACH = 6;

	/** They have so many digits as all ids have. */
	private static final long FIRST_ID = 100_000;

	private final Subject subject;

	private final ExecutorService threads;

	private final Long[] ids = new Long[THREADS * EACH];

	private final LongAdder nanos = new LongAdder();

	private long measured;

	private long bursts;

	VirtualCallers(Subject subject) {
		this.subject = subject;
		for (int i = 0; i < this.ids.length; i++) {
			this.ids[i] = FIRST_ID + i;
		}
		try {
			// of a later JDK than this is built for
			MethodHandle perTask = MethodHandles.lookup()
				.findStatic(Executors.class, "newVirtualThreadPerTaskExecutor",
						MethodType.methodType(ExecutorService.class));
			this.threads = (ExecutorService) perTask.invokeExact();
		}
		catch (Throwable ex) {
			throw new IllegalStateException("This JVM has no virtual threads", ex);
		}
	}

	void burst() {
		CountDownLatch ready = new CountDownLatch(THREADS);
		CountDownLatch go = new CountDownLatch(1);
		List<Future<?>> all = new ArrayList<>(THREADS);
		for (int i = 0; i < THREADS; i++) {
			int first = i * EACH;
			all.add(this.threads.submit(() -> {
				this.subject.putContext();
				ready.countDown();
				go.await();
				long start = System.nanoTime();
				for (int id = first; id < first + EACH; id++) {
					this.subject.log(this.ids[id]);
				}
				this.nanos.add(System.nanoTime() - start);
				return null;
			}));
		}
		try {
			ready.await();
			go.countDown();
			for (Future<?> each : all) {
				each.get();
			}
		}
		catch (Exception ex) {
			throw new IllegalStateException("A call failed", ex);
		}
		this.measured += this.ids.length;
		this.bursts++;
	}

	long calls() {
		return this.bursts * this.ids.length;
	}

	double mean() {
		return this.nanos.sum() / (double) this.measured;
	}

	/** Forget what has been measured, not what has been logged. */
	void reset() {
		this.nanos.reset();
		this.measured = 0;
	}

	Tally logged() {
		Tally tally = new Tally();
		for (Long id : this.ids) {
			tally.add(id, this.bursts);
		}
		return tally;
	}

}
