package io.loglane.appender;

import java.util.concurrent.atomic.AtomicLong;

import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;

/**
 * Decides who may enter one queue: a lane may hold at most α times the free room. This is
 * the dynamic threshold of shared-memory switches (Choudhury and Hahne, "Dynamic queue
 * length thresholds for shared-memory packet switches", IEEE/ACM Transactions on
 * Networking, 1998). It leaves 1/(1+αk) of the queue free where k lanes flood it, so that
 * a quiet lane always finds room; and α rises with the level, so that a WARN finds room
 * where an INFO no longer does.
 * <p>
 * Room is counted in slots. A record takes one, and one more for each further
 * {@code memory/capacity} bytes that it retains.
 * <p>
 * <b>Who orders what.</b> Free room is the capacity less what was enqueued (the queue's
 * own producer index) and was not published as taken out. The writer publishes now and
 * then, so that callers seldom lose the cache line; what they read is never more than
 * there is. Two callers may both find the last room: the queue's own bound, which is
 * exact, then decides. What is heavier than one slot is claimed by a compare-and-set
 * between the look and the enqueue: heavy records together never exceed the bound, and
 * one that is refused takes nothing from others.
 */
final class Admission {

	/** By level, TRACE to ERROR. */
	private static final double[] ALPHA = { 1, 1, 4, 16, 16 };

	/** At most so many records are taken out between two publications. */
	private static final int PUBLISH_EVERY = 64;

	private final MpscVarHandleArrayQueue<QueuedRecord> records;

	private final int capacity;

	private final long slotBytes;

	private final int publishEvery;

	/** Slots beyond the first of each record that is in the queue. */
	private final AtomicLong extra = new AtomicLong();

	/** Records taken out, as far as published; in a cache line of its own. */
	private final Padded taken = new Padded();

	Admission(MpscVarHandleArrayQueue<QueuedRecord> records, QueueSettings settings) {
		this.records = records;
		this.capacity = settings.capacity();
		this.slotBytes = Math.max(1, settings.memory() / settings.capacity());
		// a small queue can not wait for 64 records
		this.publishEvery = Math.max(1, Math.min(PUBLISH_EVERY, settings.capacity() / 16));
	}

	int publishEvery() {
		return this.publishEvery;
	}

	/** The slots that a record of so many bytes takes; never more than there are. */
	int slots(long bytes) {
		return (bytes <= this.slotBytes) ? 1 : (int) Math.min(this.capacity, (bytes - 1) / this.slotBytes + 1);
	}

	/**
	 * Enqueue a record if there is room for it. Hot path: no lock, no allocation; reads
	 * the lane's line and the queue's, a compare-and-set and an addition.
	 * @return whether it is in the queue
	 */
	boolean enter(QueuedRecord record, int row) {
		Share share = record.share();
		int slots = record.slots();
		double alpha = ALPHA[row] * share.lane().weight();
		if (slots > 1) {
			return enterHeavy(record, row, alpha);
		}
		if (share.held() < alpha * free() && this.records.offerIfBelowThreshold(record, this.capacity)) {
			share.claim(row, 1);
			return true;
		}
		return false;
	}

	/**
	 * Claims what is beyond the first slot only where there is room: a heavy record that
	 * is refused must not take it from others meanwhile.
	 */
	private boolean enterHeavy(QueuedRecord record, int row, double alpha) {
		Share share = record.share();
		int slots = record.slots();
		long extra;
		do {
			// before the look: if it is still the same, so is the room
			extra = this.extra.get();
			long free = free();
			long held = share.held();
			// one that fits is let in where its lane has nothing; a further one only if
			// the others still have their room afterwards
			if (slots > free || (held > 0 && held + slots - 1 >= alpha * (free - slots + 1))) {
				return false;
			}
		}
		while (!this.extra.compareAndSet(extra, extra + slots - 1));
		if (this.records.offerIfBelowThreshold(record, this.capacity)) {
			share.claim(row, slots);
			return true;
		}
		this.extra.getAndAdd(1 - slots);
		return false;
	}

	private long free() {
		return this.capacity - used();
	}

	/** Slots in use; an estimate, never too low. */
	long used() {
		// taken before the producer index: never less than nothing
		long taken = this.taken.get();
		return this.records.currentProducerIndex() - taken + this.extra.get();
	}

	/**
	 * The writer lets callers know what it has taken out.
	 * @param records how many more records
	 * @param slots how many slots they took beyond one each
	 */
	void publish(int records, long slots) {
		if (slots > 0) {
			this.extra.getAndAdd(-slots);
		}
		this.taken.lazySet(this.taken.getPlain() + records);
	}

	/** Keeps its value away from what stands behind it in memory. */
	@SuppressWarnings({ "unused", "UnusedVariable" })
	private static final class Padded extends AtomicLong {

		private static final long serialVersionUID = 1L;

		private long p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14;

	}

}
