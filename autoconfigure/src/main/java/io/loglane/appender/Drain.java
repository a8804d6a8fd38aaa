package io.loglane.appender;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.locks.LockSupport;

/**
 * The thread that takes records out of one queue. It looks by itself, since waking a
 * parked thread would cost a caller more than all the rest: it pauses for 100 µs, growing
 * to 1 ms while there is little to do. After 200 ms without a record it sleeps until it
 * is woken.
 * <p>
 * Its state changes only where it sleeps deep or is woken: callers look at it with each
 * record, and keep its cache line meanwhile.
 * <p>
 * <b>Who orders what.</b> Before its deep sleep the drain stores its state (a volatile
 * write) and then looks at the queue once more; a caller enqueues and then reads the
 * state. So one of the two sees the other, as in {@link RecordQueue}. A pause needs no
 * such care: it ends by itself.
 */
final class Drain implements Runnable {

	/** Woken, and has not paused since. */
	private static final int WOKEN = 0;

	/** Looks by itself, now or soon. */
	private static final int LOOKING = 1;

	private static final int ASLEEP = 2;

	/** A batch of so many shows that more is to come: no pause. */
	private static final int BUSY_BATCH = 128;

	private static final long MIN_PAUSE = TimeUnit.MICROSECONDS.toNanos(100);

	private static final long MAX_PAUSE = TimeUnit.MILLISECONDS.toNanos(1);

	private static final long DEEP_AFTER = TimeUnit.MILLISECONDS.toNanos(200);

	private static final AtomicIntegerFieldUpdater<Drain> STATE = AtomicIntegerFieldUpdater.newUpdater(Drain.class,
			"state");

	private final RecordQueue queue;

	private final Thread thread;

	private volatile int state = WOKEN;

	Drain(RecordQueue queue, String appender) {
		this.queue = queue;
		// a thread that outlives whoever happens to start it must not keep its
		// inheritable thread locals
		this.thread = new Thread(null, this, "loglane-" + appender, 0, false);
		this.thread.setDaemon(true);
	}

	void start() {
		this.thread.start();
	}

	Thread thread() {
		return this.thread;
	}

	/**
	 * Called by each caller after its enqueue.
	 * @param filling whether the queue is about to be full
	 */
	void recordArrived(boolean filling) {
		int now = this.state;
		if (now == ASLEEP || (filling && now != WOKEN)) {
			wake();
		}
	}

	/** End a pause or a sleep; one of many concurrent callers pays for it. */
	void wake() {
		int now = this.state;
		if (now != WOKEN && STATE.compareAndSet(this, now, WOKEN)) {
			LockSupport.unpark(this.thread);
		}
	}

	@Override
	public void run() {
		long pause = MIN_PAUSE;
		long lastRecord = System.nanoTime();
		while (true) {
			// read before the queue is emptied: what is enqueued later is its caller's to
			// write
			boolean leaving = this.queue.hasLeft();
			int count = writeBatch();
			if (leaving) {
				if (count == 0 && !this.queue.isLeftBehind()) {
					tellOfLosses(true);
					if (this.queue.hasEnded()) {
						tellOfTheLastLosses();
						return;
					}
				}
				continue;
			}
			tellOfLosses(false);
			if (count >= BUSY_BATCH) {
				pause = MIN_PAUSE;
				continue;
			}
			if (count > 0) {
				lastRecord = System.nanoTime();
				if (count >= BUSY_BATCH / 2) {
					pause = MIN_PAUSE;
				}
			}
			else {
				this.queue.writtenOut();
				pause = Math.min(2 * pause, MAX_PAUSE);
				if (System.nanoTime() - lastRecord >= DEEP_AFTER && !this.queue.hasUntold()) {
					sleep();
					lastRecord = System.nanoTime();
					continue;
				}
			}
			if (this.state == WOKEN) {
				this.state = LOOKING;
			}
			LockSupport.parkNanos(this, pause);
		}
	}

	/** The thread must outlive whatever goes wrong; what can be counted is counted. */
	private int writeBatch() {
		try {
			return this.queue.writeBatch();
		}
		catch (Throwable ex) {
			// most likely out of memory: look again
			return 1;
		}
	}

	private void tellOfLosses(boolean now) {
		try {
			this.queue.tellOfLosses(now);
			// the delegate may have left it
			Thread.interrupted();
		}
		catch (Throwable ex) {
			// as above; the counters have it all the same
		}
	}

	private void tellOfTheLastLosses() {
		try {
			this.queue.tellOfTheLastLosses();
		}
		catch (Throwable ex) {
			// as above
		}
	}

	private void sleep() {
		this.state = ASLEEP;
		while (this.state == ASLEEP && this.queue.isEmpty() && !this.queue.hasLeft() && !this.queue.hasUntold()) {
			LockSupport.park(this);
			// an interrupt by whoever must not make the sleep a busy loop
			Thread.interrupted();
		}
		this.state = LOOKING;
	}

	/**
	 * Wait for the thread's end, whatever the caller's interrupt flag says.
	 * @param deadline when to stop waiting, as of {@link System#nanoTime()}
	 * @return whether it has ended
	 */
	boolean join(long deadline) {
		boolean interrupted = false;
		long left = deadline - System.nanoTime();
		while (this.thread.isAlive() && left > 0) {
			try {
				this.thread.join(TimeUnit.NANOSECONDS.toMillis(left) + 1);
			}
			catch (InterruptedException ex) {
				interrupted = true;
			}
			left = deadline - System.nanoTime();
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
		return !this.thread.isAlive();
	}

}
