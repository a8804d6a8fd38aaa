package io.loglane.appender;

import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What the writer of one queue has taken out of it, on its way to be known to callers.
 * They learn of it now and then, for many records at once: each time costs them cache
 * lines. Only the writer, one at a time.
 */
final class Outflow {

	/** With callers waiting, they are told of room about so often. */
	private static final long TELL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	/**
	 * So many records of a fast delegate for one look at the clock, which takes as long
	 * as a twentieth of a record.
	 */
	private static final int FAST = 16;

	private final Admission admission;

	private final WaitingRoom waitingRoom;

	/** Those that were taken from since the last publication. */
	private final List<Share> shares = new ArrayList<>();

	/** Records, and when, since those who wait were told. */
	private long untold;

	private long toldAt = System.nanoTime() - TELL_NANOS;

	private int sinceLook;

	private int lookEvery = 1;

	private long lookedAt = System.nanoTime();

	private final long tellEvery;

	Outflow(Admission admission, WaitingRoom waitingRoom, int capacity) {
		this.admission = admission;
		this.waitingRoom = waitingRoom;
		this.tellEvery = Math.max(1, capacity / 8);
	}

	/**
	 * A record is out of the queue. Who waits for room is told when there is plenty: to
	 * wake a thread for each few records would cost more than the records. But the
	 * delegate may be slow, and then he is told soon.
	 */
	void take(QueuedRecord record, boolean first) {
		Share share = record.share();
		int slots = record.slots();
		if (first) {
			this.lookEvery = 1;
		}
		boolean untouched = share.isUntouched();
		share.take(slots);
		this.admission.take(slots);
		if (untouched) {
			remember(share);
		}
		boolean tell = this.waitingRoom.isTaken()
				&& (this.untold + this.admission.leaving() >= this.tellEvery || isTimeToTell());
		if (first || tell || this.admission.isPublicationDue()) {
			publish(tell);
		}
	}

	/**
	 * Late by 15 records at most where a delegate becomes slow in the midst of a batch.
	 */
	private boolean isTimeToTell() {
		if (++this.sinceLook < this.lookEvery) {
			return false;
		}
		long now = System.nanoTime();
		this.lookEvery = ((now - this.lookedAt) / this.sinceLook < TELL_NANOS / FAST) ? FAST : 1;
		this.sinceLook = 0;
		this.lookedAt = now;
		return now - this.toldAt >= TELL_NANOS;
	}

	private void remember(Share share) {
		try {
			this.shares.add(share);
		}
		catch (Throwable ex) {
			// no memory, or no stack: its room is known at once, and not lost for good
			share.release();
		}
	}

	/**
	 * Let callers know.
	 * @param tell whether those who wait are told; they must be before the writer pauses
	 */
	void publish(boolean tell) {
		for (int i = 0; i < this.shares.size(); i++) {
			this.shares.get(i).release();
		}
		this.shares.clear();
		this.untold += this.admission.publish();
		if (tell) {
			// between the room and the look for those who wait for it, see WaitingRoom
			VarHandle.fullFence();
			if (this.waitingRoom.roomIsThere()) {
				this.toldAt = System.nanoTime();
			}
			this.untold = 0;
		}
	}

}
