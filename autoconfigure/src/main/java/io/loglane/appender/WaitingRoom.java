package io.loglane.appender;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Where callers wait for room in one queue.
 * <p>
 * <b>Who orders what.</b> A caller counts itself as waiting and then looks for room once
 * more; the writer publishes room and then looks for waiting callers, each with a full
 * fence in between: one of them sees the other. A woken caller takes back that it is
 * looking, under the lock, before it looks.
 */
final class WaitingRoom {

	/**
	 * The writer tells of room when there is plenty, and may be held up before that. So
	 * one of those on each bench looks by itself: if all did, many would keep each other
	 * from it.
	 */
	private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

	private final ReentrantLock lock = new ReentrantLock();

	private final AtomicInteger waiting = new AtomicInteger();

	/** Those with somebody on them; under the lock. */
	private final Set<Bench> taken = new LinkedHashSet<>();

	Condition newCondition() {
		return this.lock.newCondition();
	}

	/**
	 * Wait until there is room, whatever the caller's interrupt flag says, which stays as
	 * it is.
	 * @param bench where to wait
	 * @param entered looks for room, closely or not; returns whether there was some
	 * @param givenUp whether nobody should wait any more
	 * @param maxNanos how long to wait at most
	 * @param beforehand what to do once nobody can miss this caller
	 * @return whether there was room
	 */
	boolean await(Bench bench, Predicate<Boolean> entered, BooleanSupplier givenUp, long maxNanos,
			Runnable beforehand) {
		long started = System.nanoTime();
		boolean interrupted = false;
		this.lock.lock();
		try {
			// what needs memory comes before what must be taken back
			Condition condition = bench.condition(this);
			this.taken.add(bench);
			bench.sitDown();
			this.waiting.incrementAndGet();
			try {
				beforehand.run();
				long left = maxNanos;
				boolean in = entered.test(false);
				while (!in && left > 0 && !givenUp.getAsBoolean()) {
					boolean untold = false;
					try {
						untold = condition.awaitNanos(bench.isWatch() ? Math.min(left, LOOK_NANOS) : left) <= 0;
					}
					catch (InterruptedException ex) {
						interrupted = true;
					}
					left = maxNanos - (System.nanoTime() - started);
					bench.looks();
					// of who is not told, the writer may be stuck
					in = entered.test(untold);
				}
				return in;
			}
			finally {
				if (bench.standUp()) {
					this.taken.remove(bench);
				}
				bench.endWatch();
				// whoever leaves, with room or without, was the one to look
				bench.looks();
				bench.wakeNext();
				this.waiting.decrementAndGet();
			}
		}
		finally {
			this.lock.unlock();
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/** Whether somebody waits; without a fence of its own. */
	boolean isTaken() {
		return this.waiting.getOpaque() != 0;
	}

	/**
	 * Called after room was published, and a full fence.
	 * @return whether somebody waits
	 */
	boolean roomIsThere() {
		if (this.waiting.get() == 0) {
			return false;
		}
		this.lock.lock();
		try {
			this.taken.forEach(Bench::wakeNext);
		}
		finally {
			this.lock.unlock();
		}
		return true;
	}

	void wakeAll() {
		this.lock.lock();
		try {
			this.taken.forEach(Bench::wakeAll);
		}
		finally {
			this.lock.unlock();
		}
	}

}
