package io.loglane.appender;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;

/**
 * One lane's share of one queue: what it holds of it, and what it lost that the log has
 * not told yet.
 * <p>
 * <b>Who orders what.</b> A claim is an atomic addition by the caller, with the enqueue,
 * to one of several counters, so that callers seldom meet; a release is one by the
 * writer, for many records at once. What is held is the difference of two counters that
 * are read one after the other: an estimate, off by the records of callers that are just
 * enqueuing and by those that the writer has not published yet. The race is benign: the
 * queue's own bound is exact. A drop first counts and then raises the flag; whoever tells
 * of drops first lowers the flag and then reads the counts: a drop that is not told now
 * leaves the flag raised.
 */
final class Share {

	private static final int LEVELS = LaneCounts.LEVELS.length;

	/** Adds atomically; an element that others read often stands alone. */
	private static final VarHandle SLOTS = MethodHandles.arrayElementVarHandle(long[].class);

	/** Between counters of different threads: two cache lines. */
	private static final int APART = 16;

	/**
	 * A power of two, more than there are processors, or two threads would often meet.
	 */
	private static final int STRIPES = Math.min(16,
			Integer.highestOneBit(4 * Runtime.getRuntime().availableProcessors()));

	/** In each stripe behind the claims of each level: slots beyond the first. */
	private static final int EXTRA = LEVELS;

	private static final int RELEASED = APART * (1 + STRIPES);

	private static final int SIZE = RELEASED + APART;

	private final LaneCounts counts;

	private final Lane lane;

	private final long[] slots;

	private final Bench[] benches = new Bench[LEVELS];

	/** Records given up, by level. */
	private final AtomicLongArray lost;

	/** Those of them that have been told; written by the queue's writer. */
	private final AtomicLongArray told;

	private final AtomicBoolean untold;

	/** When the first of the untold losses was, in ms since 1970; 0: there is none. */
	private final AtomicLong firstLoss;

	private volatile long lastLoss;

	/**
	 * Slots that were taken out and are not released yet; written by the queue's writer.
	 */
	private final LoneCounter taken = new LoneCounter();

	Share(LaneCounts counts) {
		this(counts, new long[SIZE], new AtomicLongArray(LEVELS), new AtomicLongArray(LEVELS), new AtomicBoolean(),
				new AtomicLong());
	}

	private Share(LaneCounts counts, long[] slots, AtomicLongArray lost, AtomicLongArray told, AtomicBoolean untold,
			AtomicLong firstLoss) {
		this.counts = counts;
		this.lane = counts.lane();
		this.slots = slots;
		this.lost = lost;
		this.told = told;
		this.untold = untold;
		this.firstLoss = firstLoss;
		for (int row = 0; row < LEVELS; row++) {
			this.benches[row] = new Bench();
		}
	}

	/**
	 * The lane's share of the next queue in front of the appender of that name. It counts
	 * on, and tells what is not told yet; but a caller may still be late for this queue,
	 * so that what belongs to one queue's writer, or to its lock, is not passed on.
	 */
	Share successor() {
		Share successor = new Share(this.counts, this.slots, this.lost, this.told, this.untold, this.firstLoss);
		successor.lastLoss = this.lastLoss;
		return successor;
	}

	LaneCounts counts() {
		return this.counts;
	}

	Lane lane() {
		return this.lane;
	}

	/** The slots that the lane holds of the queue; an estimate, see above. */
	long held() {
		return held(false);
	}

	/**
	 * As {@link #held()}.
	 * @param closely whether to leave out what is taken out and not released yet
	 */
	long held(boolean closely) {
		long claimed = 0;
		for (int stripe = APART; stripe < RELEASED; stripe += APART) {
			for (int each = stripe; each <= stripe + EXTRA; each++) {
				claimed += get(each);
			}
		}
		long released = get(RELEASED);
		return claimed - released - (closely ? this.taken.get() : 0);
	}

	/** Called before or after the enqueue of a record. */
	void claim(int row, int slots) {
		int stripe = stripe();
		SLOTS.getAndAdd(this.slots, stripe + row, 1L);
		if (slots > 1) {
			SLOTS.getAndAdd(this.slots, stripe + EXTRA, slots - 1L);
		}
	}

	/** The enqueue of a light record was refused, or has failed. */
	void unclaim(int row) {
		SLOTS.getAndAdd(this.slots, stripe() + row, -1L);
	}

	private static int stripe() {
		return APART * (1 + ((int) Thread.currentThread().getId() & (STRIPES - 1)));
	}

	private long get(int index) {
		return (long) SLOTS.getVolatile(this.slots, index);
	}

	/** Records of a level that were enqueued ever. */
	long accepted(int row) {
		long sum = 0;
		for (int stripe = APART; stripe < RELEASED; stripe += APART) {
			sum += get(stripe + row);
		}
		return sum;
	}

	/** Whether the writer has taken nothing out since the last release. */
	boolean isUntouched() {
		return this.taken.getPlain() == 0;
	}

	/** The writer has taken a record out. */
	void take(int slots) {
		this.taken.lazySet(this.taken.getPlain() + slots);
	}

	/** The writer lets callers know what it has taken out. */
	void release() {
		long taken = this.taken.getPlain();
		// in this order, and read in the other: nobody sees them twice
		this.taken.lazySet(0);
		SLOTS.getAndAdd(this.slots, RELEASED, taken);
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
			fresh[row] = Math.max(0, losses.count(row) - this.told.get(row));
			any |= fresh[row] > 0;
		}
		return any ? fresh : null;
	}

	/**
	 * How many records were given up that the log does not tell of.
	 */
	long untold() {
		long sum = 0;
		for (int row = 0; row < LEVELS; row++) {
			sum += this.lost.get(row) - this.told.get(row);
		}
		return sum;
	}

	/** Only the queue's writer: these are in the log now. */
	void told(Losses losses) {
		for (int row = 0; row < LEVELS; row++) {
			this.told.set(row, Math.max(this.told.get(row), losses.count(row)));
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
