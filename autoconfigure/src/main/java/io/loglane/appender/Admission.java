package io.loglane.appender;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;

import ch.qos.logback.classic.Level;
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
 * own producer index) and was not published as taken out. The writer publishes for many
 * records at once, so that it and callers seldom take the cache line from each other;
 * what they read is never more than there is. Two callers may both find the last room:
 * the queue's own bound, less what heavy records have claimed, then decides. What is
 * heavier than one slot is claimed by a compare-and-set between the look and the enqueue:
 * one that is refused there takes nothing from others. A light one whose caller has just
 * looked may come in beside it: one slot for each such caller.
 */
final class Admission {

	/** With so many slots taken out they are published. */
	private static final int PUBLISH_EVERY = 64;

	/**
	 * So many callers may be between their look at the room and their enqueue before one
	 * of them is refused after all, and has to take its claim back.
	 */
	private static final int AT_ONCE = 256;

	private static final int INFO = LaneCounts.row(Level.INFO);

	private static final int ALPHA_DEBUG = 1;

	private static final int ALPHA_INFO = 4;

	private static final int ALPHA_WARN = 16;

	private static final AtomicLongFieldUpdater<Admission> EXTRA = AtomicLongFieldUpdater.newUpdater(Admission.class,
			"extra");

	private final MpscVarHandleArrayQueue<QueuedRecord> records;

	private final int capacity;

	/**
	 * The queue is about to be full with so many slots in use. As late as can be: who
	 * wakes the drain pays for it, and may lose its core to it. A lane alone finds no
	 * room for INFO from four fifths on.
	 */
	private final long filling;

	private final long slotBytes;

	private final int publishEvery;

	/** Slots beyond the first of each record that is in the queue. */
	private volatile long extra;

	/** Records taken out, as far as published. */
	private final LoneCounter taken = new LoneCounter();

	/** Records taken out since then. */
	private final LoneCounter leaving = new LoneCounter();

	/** Slots beyond the first of each of those. */
	private final LoneCounter leavingExtra = new LoneCounter();

	/**
	 * For lanes of weight 1, see {@link #alpha}; no array, whose line others might write.
	 */
	private final int plentyForDebug;

	private final int plentyForInfo;

	private final int plentyForWarn;

	Admission(MpscVarHandleArrayQueue<QueuedRecord> records, QueueSettings settings) {
		this.records = records;
		this.capacity = settings.capacity();
		this.filling = settings.capacity() * 3L / 4;
		this.slotBytes = Math.max(1, settings.memory() / settings.capacity());
		// of what floods leave free, a seventeenth at WARN, only a part may be unknown
		this.publishEvery = Math.max(1, Math.min(PUBLISH_EVERY, settings.capacity() / 32));
		this.plentyForDebug = plentyOf(ALPHA_DEBUG);
		this.plentyForInfo = plentyOf(ALPHA_INFO);
		this.plentyForWarn = plentyOf(ALPHA_WARN);
	}

	/** The slots that a record of so many bytes takes; never more than there are. */
	int slots(long bytes) {
		return (bytes <= this.slotBytes) ? 1 : (int) Math.min(this.capacity, (bytes - 1) / this.slotBytes + 1);
	}

	/**
	 * Enqueue a record if there is room for it. Hot path: no lock, no allocation; a
	 * compare-and-set and an addition. As long as all that is in the queue would not be
	 * too much for one lane, nothing else is looked at. The slot is claimed before the
	 * enqueue, then: the addition is a locked instruction, and behind the enqueue it
	 * would wait for the store that fills the queue's place, which fetches a cache line
	 * from another core.
	 */
	Entry enter(QueuedRecord record) {
		int row = record.row();
		double weight = record.share().lane().weight();
		if (record.slots() == 1) {
			long most = ((weight == 1) ? plenty(row) : plentyOf(alpha(row) * weight)) - this.extra;
			if (records(false) < most && offeredWhereThereIsPlenty(record)) {
				return Entry.ENTERED;
			}
		}
		return enterWhereScarce(record, alpha(row) * weight, false);
	}

	/** Refused only if very many callers have looked just now. */
	private boolean offeredWhereThereIsPlenty(QueuedRecord record) {
		boolean entered = false;
		record.share().claim(record.row(), 1);
		try {
			entered = this.records.offerIfBelowThreshold(record, this.capacity);
		}
		finally {
			if (!entered) {
				record.share().unclaim(record.row());
			}
		}
		return entered;
	}

	/**
	 * As {@link #enter}, but with a look at what the writer has not published yet, too:
	 * the delegate may be stuck in the midst of that. This takes cache lines from the
	 * writer.
	 */
	Entry enterClosely(QueuedRecord record) {
		return enterWhereScarce(record, alpha(record.row()) * record.share().lane().weight(), true);
	}

	private Entry enterWhereScarce(QueuedRecord record, double alpha, boolean closely) {
		if (record.slots() > 1) {
			return enterHeavy(record, alpha, closely);
		}
		long used = records(closely) + extra(closely);
		double most = alpha * (this.capacity - used);
		boolean mayEnter = used < most || record.share().held(closely) < most;
		return mayEnter ? offered(record, used, closely) : Entry.REFUSED;
	}

	/** By level, TRACE to ERROR. */
	private static int alpha(int row) {
		return (row == INFO) ? ALPHA_INFO : (row < INFO) ? ALPHA_DEBUG : ALPHA_WARN;
	}

	private int plenty(int row) {
		return (row == INFO) ? this.plentyForInfo : (row < INFO) ? this.plentyForDebug : this.plentyForWarn;
	}

	/**
	 * With fewer records than that in the queue, and no heavy ones, α times the free room
	 * is more than all of them; the queue is not about to be full; and there is room for
	 * as many callers as may have looked just now.
	 */
	private int plentyOf(double alpha) {
		return (int) Math.min(Math.min((double) this.filling, alpha * this.capacity / (1 + alpha)),
				(double) this.capacity - AT_ONCE);
	}

	private Entry offered(QueuedRecord record, long used, boolean closely) {
		// what is heavy may have come since the look: its room is claimed beforehand
		int most = (int) Math.max(0, this.capacity - extra(closely));
		if (!this.records.offerIfBelowThreshold(record, most)) {
			return Entry.REFUSED;
		}
		record.share().claim(record.row(), record.slots());
		return (used < this.filling) ? Entry.ENTERED : Entry.FILLING;
	}

	/**
	 * Claims what is beyond the first slot only where there is room: a heavy record that
	 * is refused must not take it from others meanwhile.
	 */
	private Entry enterHeavy(QueuedRecord record, double alpha, boolean closely) {
		Share share = record.share();
		int slots = record.slots();
		long extra;
		long free;
		do {
			// read once: it may go down and up again between this and the claim
			extra = this.extra;
			free = this.capacity - records(closely) - extra + (closely ? this.leavingExtra.get() : 0);
			long held = share.held(closely);
			// one that fits is let in where its lane has nothing; a further one only if
			// the others still have their room afterwards
			if (slots > free || (held > 0 && held + slots - 1 >= alpha * (free - slots + 1))) {
				return Entry.REFUSED;
			}
		}
		while (!EXTRA.compareAndSet(this, extra, extra + slots - 1));
		Entry entry = offered(record, this.capacity - free, closely);
		if (entry == Entry.REFUSED) {
			EXTRA.getAndAdd(this, 1 - slots);
		}
		return entry;
	}

	/** Slots in use; an estimate, never too low. */
	long used() {
		return records(false) + extra(false);
	}

	/**
	 * @param closely whether to leave out what is taken out and not published yet
	 */
	private long records(boolean closely) {
		// in this order: never less than there are, see take
		long taken = this.taken.get();
		if (closely) {
			taken += this.leaving.get();
		}
		return this.records.currentProducerIndex() - taken;
	}

	private long extra(boolean closely) {
		long extra = this.extra;
		return closely ? extra - this.leavingExtra.get() : extra;
	}

	/**
	 * The writer has taken a record out. What is not published is set back before what is
	 * published is raised, and read after it: whoever adds the two up may miss some for a
	 * moment, and never has any twice.
	 */
	void take(int slots) {
		this.leaving.lazySet(this.leaving.getPlain() + 1);
		if (slots > 1) {
			this.leavingExtra.lazySet(this.leavingExtra.getPlain() + slots - 1);
		}
	}

	/** How many records the writer has taken out and not published. */
	long leaving() {
		return this.leaving.getPlain();
	}

	/** Whether these are so many that callers are to know. */
	boolean isPublicationDue() {
		return this.leaving.getPlain() + this.leavingExtra.getPlain() >= this.publishEvery;
	}

	/**
	 * The writer lets callers know what it has taken out.
	 * @return how many records that were
	 */
	long publish() {
		long records = this.leaving.getPlain();
		long slots = this.leavingExtra.getPlain();
		if (slots > 0) {
			this.leavingExtra.lazySet(0);
			EXTRA.getAndAdd(this, -slots);
		}
		this.leaving.lazySet(0);
		this.taken.lazySet(this.taken.getPlain() + records);
		return records;
	}

	/** What became of a record that was to enter. */
	enum Entry {

		/** There is no room for it. */
		REFUSED,

		/** It is in the queue. */
		ENTERED,

		/** It is in the queue, which is about to be full: somebody should write. */
		FILLING

	}

}
