package io.loglane.appender;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;

/**
 * One lane's share of one queue: what it holds of it, and what it lost that the log has
 * not told yet.
 * <p>
 * <b>Who orders what.</b> A claim is an atomic addition by the caller, after the enqueue;
 * a release is one by the writer, for many records at once. What is held is the
 * difference of two counters that are read one after the other: an estimate, off by the
 * records of callers that are just enqueuing and by those that the writer has not
 * published yet. The race is benign: the queue's own bound is exact. A drop first counts
 * and then raises the flag; whoever tells of drops first lowers the flag and then reads
 * the counts: a drop that is not told now leaves the flag raised.
 */
final class Share {

	private static final int LEVELS = LaneCounts.LEVELS.length;

	/** Away from what stands in memory before and after: a cache line each. */
	private static final int CLAIMED = 8;

	private static final int EXTRA_CLAIMED = CLAIMED + LEVELS;

	private static final int RELEASED = 24;

	private static final int SIZE = 32;

	private final LaneCounts counts;

	private final AtomicLongArray slots = new AtomicLongArray(SIZE);

	private final Bench[] benches = new Bench[LEVELS];

	/** Records given up, by level; those that are told. */
	private final AtomicLongArray lost = new AtomicLongArray(LEVELS);

	private final AtomicBoolean untold = new AtomicBoolean();

	/** When the first of the untold losses was, in ms since 1970; 0: there is none. */
	private final AtomicLong firstLoss = new AtomicLong();

	private volatile long lastLoss;

	/** What has been told; only the queue's writer. */
	private final long[] told = new long[LEVELS];

	/** Slots that were taken out and are not released yet; only the queue's writer. */
	private long taken;

	/** The share that was taken from before this one; only the queue's writer. */
	private @Nullable Share previous;

	Share(LaneCounts counts) {
		this.counts = counts;
		for (int row = 0; row < LEVELS; row++) {
			this.benches[row] = new Bench();
		}
	}

	LaneCounts counts() {
		return this.counts;
	}

	Lane lane() {
		return this.counts.lane();
	}

	/** The slots that the lane holds of the queue; an estimate, see above. */
	long held() {
		AtomicLongArray slots = this.slots;
		long claimed = slots.get(EXTRA_CLAIMED);
		for (int row = 0; row < LEVELS; row++) {
			claimed += slots.get(CLAIMED + row);
		}
		return claimed - slots.get(RELEASED);
	}

	/** Called after the enqueue of a record. */
	void claim(int row, int slots) {
		this.slots.getAndIncrement(CLAIMED + row);
		if (slots > 1) {
			this.slots.getAndAdd(EXTRA_CLAIMED, slots - 1);
		}
	}

	/** Records of a level that were enqueued ever. */
	long accepted(int row) {
		return this.slots.get(CLAIMED + row);
	}

	/**
	 * The writer has taken a record out.
	 * @param slots the slots that it took
	 * @param previous the share that was taken from before
	 * @return whether this is the first that was taken since the last release
	 */
	boolean take(int slots, @Nullable Share previous) {
		boolean first = this.taken == 0;
		this.taken += slots;
		if (first) {
			this.previous = previous;
		}
		return first;
	}

	/**
	 * The writer lets callers know what it has taken out.
	 * @return the share that was taken from before this one
	 */
	@Nullable Share release() {
		Share previous = this.previous;
		this.slots.getAndAdd(RELEASED, this.taken);
		this.taken = 0;
		this.previous = null;
		return previous;
	}

	Bench bench(int row) {
		return this.benches[row];
	}

	/** A record was given up. */
	void lose(int row, long millis) {
		this.lost.getAndIncrement(row);
		this.lastLoss = millis;
		if (this.firstLoss.get() == 0) {
			this.firstLoss.compareAndSet(0, millis);
		}
		if (!this.untold.get()) {
			this.untold.set(true);
		}
	}

	boolean hasUntold() {
		return this.untold.get();
	}

	/** When the last record was given up, in ms since 1970. */
	long lastLoss() {
		return this.lastLoss;
	}

	/**
	 * The losses up to now, for whoever is about to tell of them: the caller of the
	 * lane's next record, or the writer where none comes.
	 */
	@Nullable Losses losses() {
		if (!this.untold.compareAndSet(true, false)) {
			return null;
		}
		long first = this.firstLoss.getAndSet(0);
		long[] counts = new long[LEVELS];
		for (int row = 0; row < LEVELS; row++) {
			counts[row] = this.lost.get(row);
		}
		// the two are kept without a lock: they must not seem to run backwards
		return new Losses(this, counts, first, Math.max(first, this.lastLoss));
	}

	/** What was to be told will not be now: its record was given up too. */
	void takeBack(Losses losses) {
		if (losses.firstMillis() != 0) {
			this.firstLoss.set(losses.firstMillis());
		}
		this.untold.set(true);
	}

	/**
	 * Only the queue's writer.
	 * @param losses what is about to be told
	 * @return how many of each level have not been told before; {@code null}: none
	 */
	long @Nullable [] untold(Losses losses) {
		long[] fresh = new long[LEVELS];
		boolean any = false;
		for (int row = 0; row < LEVELS; row++) {
			fresh[row] = Math.max(0, losses.count(row) - this.told[row]);
			any |= fresh[row] > 0;
		}
		return any ? fresh : null;
	}

	/** Only the queue's writer: these are in the log now. */
	void told(Losses losses) {
		for (int row = 0; row < LEVELS; row++) {
			this.told[row] = Math.max(this.told[row], losses.count(row));
		}
	}

	/** A lane's losses at one moment, on their way to the log. */
	static final class Losses {

		private final Share share;

		private final long[] counts;

		private final long firstMillis;

		private final long lastMillis;

		/**
		 * @param share whose losses they are
		 * @param counts records given up ever, by level
		 * @param firstMillis when the first that is not told was given up; 0: not known
		 * @param lastMillis when the last one was
		 */
		Losses(Share share, long[] counts, long firstMillis, long lastMillis) {
			this.share = share;
			this.counts = counts;
			this.firstMillis = firstMillis;
			this.lastMillis = lastMillis;
		}

		Share share() {
			return this.share;
		}

		long count(int row) {
			return this.counts[row];
		}

		long firstMillis() {
			return this.firstMillis;
		}

		long lastMillis() {
			return this.lastMillis;
		}

	}

}
