package io.loglane.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import com.sun.management.ThreadMXBean;
import org.HdrHistogram.Histogram;

/**
 * One thread that logs, and knows what it has logged. Its ids are made beforehand, so
 * that boxing is no part of what is measured; it goes through them again and again.
 */
final class Caller {

	private static final int IDS = 1024;

	/** The lowest id; the highest has as many digits. */
	private static final long FIRST_ID = 100_000;

	private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

	private final Subject subject;

	private final Long[] ids = new Long[IDS];

	private long calls;

	private long nanos;

	private long cpuNanos;

	private long bytes;

	private long measured;

	private final Histogram histogram = new Histogram(TimeUnit.SECONDS.toNanos(100), 3);

	Caller(Subject subject, int number) {
		this.subject = subject;
		for (int i = 0; i < IDS; i++) {
			this.ids[i] = FIRST_ID + (long) number * IDS + i;
		}
	}

	/** The number of the caller whose id it is. */
	static int of(long id) {
		return (int) ((id - FIRST_ID) / IDS);
	}

	private Long nextId() {
		return this.ids[(int) (this.calls++ % IDS)];
	}

	/** Log as fast as it goes. */
	void burst(int count) {
		long allocated = THREADS.getCurrentThreadAllocatedBytes();
		long cpu = THREADS.getCurrentThreadCpuTime();
		long start = System.nanoTime();
		for (int i = 0; i < count; i++) {
			this.subject.log(nextId());
		}
		this.nanos += System.nanoTime() - start;
		this.cpuNanos += THREADS.getCurrentThreadCpuTime() - cpu;
		this.bytes += THREADS.getCurrentThreadAllocatedBytes() - allocated;
		this.measured += count;
	}

	/** Log at a steady pace; each call is timed. */
	void pace(long perSecond, long until) {
		long interval = TimeUnit.SECONDS.toNanos(1) / perSecond;
		long next = System.nanoTime();
		while (next < until) {
			long now = System.nanoTime();
			while (now < next) {
				LockSupport.parkNanos(next - now);
				now = System.nanoTime();
			}
			Long id = nextId();
			this.subject.aboutToLog(id);
			long start = System.nanoTime();
			this.subject.log(id);
			long took = System.nanoTime() - start;
			this.nanos += took;
			this.measured++;
			this.histogram.recordValue(took);
			next += interval;
		}
	}

	/** Log as fast as it goes, for a time. */
	void saturate(long until) {
		do {
			for (int i = 0; i < 64; i++) {
				this.subject.log(nextId());
			}
			this.measured += 64;
		}
		while (System.nanoTime() < until);
	}

	long calls() {
		return this.calls;
	}

	long nanos() {
		return this.nanos;
	}

	/** What the calls took of a core; others' share of it does not count. */
	long cpuNanos() {
		return this.cpuNanos;
	}

	long bytes() {
		return this.bytes;
	}

	/** How many calls are in the other figures. */
	long measured() {
		return this.measured;
	}

	Histogram histogram() {
		return this.histogram;
	}

	/** Forget what has been measured, not what has been logged. */
	void reset() {
		this.nanos = 0;
		this.cpuNanos = 0;
		this.bytes = 0;
		this.measured = 0;
		this.histogram.reset();
	}

	void addLoggedTo(Tally tally) {
		for (int i = 0; i < IDS; i++) {
			long times = this.calls / IDS + ((i < this.calls % IDS) ? 1 : 0);
			tally.add(this.ids[i], times);
		}
	}

}
