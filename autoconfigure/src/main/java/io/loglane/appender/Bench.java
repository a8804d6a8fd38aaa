package io.loglane.appender;

import java.util.concurrent.locks.Condition;

import org.jspecify.annotations.Nullable;

/**
 * Where a lane's callers of one level wait for room. Those of one bench find room or none
 * together, in the order in which they came: so one of them is woken at a time, and wakes
 * the next one if it got in. Guarded by the lock of its queue's {@link WaitingRoom}.
 */
final class Bench {

	private @Nullable Condition condition;

	private int waiting;

	/** One of them is about to look: nobody need wake another. */
	private boolean looking;

	/** The one that looks now and then without being woken. */
	private @Nullable Thread watch;

	Condition condition(WaitingRoom room) {
		Condition condition = this.condition;
		if (condition == null) {
			condition = room.newCondition();
			this.condition = condition;
		}
		return condition;
	}

	void sitDown() {
		this.waiting++;
	}

	/** Returns whether nobody waits any more. */
	boolean standUp() {
		this.waiting--;
		return this.waiting == 0;
	}

	/** Asked by one that is about to wait: whether it is to look now and then. */
	boolean isWatch() {
		if (this.watch == null) {
			this.watch = Thread.currentThread();
		}
		return this.watch == Thread.currentThread();
	}

	/** Called by one that leaves, before the next one is woken, who takes it over. */
	void endWatch() {
		if (this.watch == Thread.currentThread()) {
			this.watch = null;
		}
	}

	/** Called by one that is about to look. */
	void looks() {
		this.looking = false;
	}

	void wakeNext() {
		if (!this.looking && this.waiting > 0 && this.condition != null) {
			this.looking = true;
			this.condition.signal();
		}
	}

	void wakeAll() {
		if (this.condition != null) {
			this.condition.signalAll();
		}
	}

}
