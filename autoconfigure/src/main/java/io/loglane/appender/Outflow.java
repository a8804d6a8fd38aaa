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

	/** With callers waiting, room is published at least so often. */
	static final long PUBLISH_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

	private final Admission admission;

	private final WaitingRoom waitingRoom;

	/** Those that were taken from since the last publication. */
	private final List<Share> shares = new ArrayList<>();

	private final LoneCounter records = new LoneCounter();

	/** Slots beyond the first of each of those records. */
	private final LoneCounter extra = new LoneCounter();

	private long publishedAt;

	Outflow(Admission admission, WaitingRoom waitingRoom) {
		this.admission = admission;
		this.waitingRoom = waitingRoom;
	}

	/**
	 * A record is out of the queue; callers learn of it at once where the delegate may be
	 * slow and somebody waits.
	 */
	void take(QueuedRecord record, boolean first) {
		Share share = record.share();
		int slots = record.slots();
		if (share.take(slots)) {
			this.shares.add(share);
		}
		long records = this.records.getPlain() + 1;
		this.records.setPlain(records);
		if (slots > 1) {
			this.extra.setPlain(this.extra.getPlain() + slots - 1);
		}
		if (first || records >= this.admission.publishEvery()
				|| (this.waitingRoom.isTaken() && System.nanoTime() - this.publishedAt >= PUBLISH_NANOS)) {
			publish();
		}
	}

	void publish() {
		for (int i = 0; i < this.shares.size(); i++) {
			this.shares.get(i).release();
		}
		this.shares.clear();
		this.admission.publish(this.records.getPlain(), this.extra.getPlain());
		this.records.setPlain(0);
		this.extra.setPlain(0);
		// between the room and the look for those who wait for it, see WaitingRoom
		VarHandle.fullFence();
		if (this.waitingRoom.roomIsThere()) {
			this.publishedAt = System.nanoTime();
		}
	}

}
