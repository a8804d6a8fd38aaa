package io.loglane.appender;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.loglane.appender.Admission.Entry;
import io.loglane.lane.Lane;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The ordered queue in front of one delegate.
 * <p>
 * Every record goes through the queue, in every mode; the modes differ only in who takes
 * it out. So the order of delivery is the order of the enqueues, whatever the mode does
 * meanwhile. {@link Mode#QUEUEING}: the drain thread. {@link Mode#PASS_THROUGH}: the
 * caller itself, before its call returns. {@link Mode#ABANDONED}: the drain thread, if
 * the delegate ever lets go of it; nobody waits for it any more.
 * <p>
 * <b>Who orders what.</b> {@link #writing} guards the delegate and the consumer's side of
 * the queue: there is one writer at a time, and what it polls it writes. A caller
 * enqueues (a compare-and-set of the producer index) and looks at the mode afterwards (a
 * volatile read); whoever changes the mode stores it first (a volatile write) and empties
 * the queue afterwards (which reads the producer index). All four are in the one order of
 * synchronization actions, so either the caller sees the new mode, and writes out its
 * record itself, or the one who changed the mode sees the record. {@code poll} waits for
 * an element whose index is claimed and that is not stored yet. No record is stranded.
 */
final class RecordQueue {

	/** Who takes records out. */
	enum Mode {

		PASS_THROUGH, QUEUEING, ABANDONED

	}

	/** At most this many records are written under one lock and with one flush. */
	private static final int BATCH = 256;

	/** A caller that writes waits no longer for another to finish. */
	private static final long LOCK_NANOS = TimeUnit.SECONDS.toNanos(1);

	private static final long LOCK_SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

	/** Set while this thread is inside some delegate: it must not wait for another. */
	private static final ThreadLocal<Boolean> DELIVERING = new ThreadLocal<>();

	/** A lane that has lost records and logs nothing more is told of after so long. */
	private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

	/** Who waits for a flush looks so often. */
	private static final long FLUSH_LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

	private final MpscVarHandleArrayQueue<QueuedRecord> records;

	private final int capacity;

	private final Admission admission;

	private final long maxWaitNanos;

	private final Level waitLevel;

	private final Sink sink;

	private final boolean ignoresReentry;

	private final Shares shares;

	private final QueueStats stats;

	private final ReentrantLock writing = new ReentrantLock();

	private final WaitingRoom waitingRoom = new WaitingRoom();

	/** Only under {@link #writing}. */
	private final Outflow outflow;

	/** As of {@link System#nanoTime()}; only under {@link #writing}. */
	private volatile long tellNotBefore = System.nanoTime();

	/** Some share has losses that the log does not tell yet. */
	private volatile boolean untold;

	/** How many records left the queue for good; written under {@link #writing}. */
	private final LoneCounter progress = new LoneCounter();

	/** The progress up to which the delegate has been flushed. */
	private final LoneCounter flushed = new LoneCounter();

	/** The progress at which a wait ran out: while it stands there nobody waits again. */
	private volatile long stalledAt = -1;

	/** A thread inside a delegate left its record for whoever holds the lock. */
	private volatile boolean leftBehind;

	/** Changed by who holds this object's lock. */
	private volatile Mode mode = Mode.PASS_THROUGH;

	/**
	 * The drain in its place; {@code null} where there is none, or it is about to end.
	 * Changed by who holds this object's lock.
	 */
	private volatile @Nullable Drain drain;

	/** The drain that was started last; under this object's lock. */
	private @Nullable Drain lastDrain;

	RecordQueue(QueueSettings settings, Sink sink, Shares shares) {
		this.capacity = settings.capacity();
		this.records = new MpscVarHandleArrayQueue<>(Math.max(2, settings.capacity()));
		this.admission = new Admission(this.records, settings);
		this.outflow = new Outflow(this.admission, this.waitingRoom, this.capacity);
		this.maxWaitNanos = TimeUnit.NANOSECONDS.convert(settings.maxWait());
		this.waitLevel = settings.waitLevel();
		this.sink = sink;
		this.ignoresReentry = sink.ignoresReentry();
		this.shares = shares;
		this.stats = shares.stats();
		this.untold = shares.all().stream().anyMatch(Share::hasUntold);
		linkAll();
		this.progress.lazySet(this.records.currentProducerIndex());
		this.flushed.lazySet(this.progress.getPlain());
	}

	Mode mode() {
		return this.mode;
	}

	Shares shares() {
		return this.shares;
	}

	private boolean mayWait(Level level) {
		return this.maxWaitNanos > 0 && level.isGreaterOrEqual(this.waitLevel);
	}

	/** The slots that a record of so many bytes takes. */
	int slots(long bytes) {
		return this.admission.slots(bytes);
	}

	/**
	 * Offer a record: enqueue it, wait for room, or drop it. Hot path: no lock, no
	 * allocation, one compare-and-set and one counter.
	 */
	void append(QueuedRecord offered) {
		Share share = offered.share();
		Level level = offered.event().getLevel();
		Share.Losses losses = share.hasUntold() ? share.losses() : null;
		QueuedRecord record = (losses != null) ? offered.after(losses) : offered;
		Entry entry = Entry.REFUSED;
		DropReason reason = null;
		try {
			if (this.ignoresReentry && this.writing.isHeldByCurrentThread()) {
				reason = DropReason.REENTRANT;
			}
			else {
				entry = enter(record);
				if (entry == Entry.REFUSED) {
					reason = afterRefusal(record, level);
				}
			}
		}
		catch (Throwable ex) {
			// the stack or the heap is exhausted, which the application is to see
			takeBack(losses);
			record.counts().countFailedBefore(level);
			throw ex;
		}
		if (reason != null) {
			takeBack(losses);
			drop(record, reason);
			return;
		}
		// after the enqueue, see the class comment
		if (this.mode == Mode.PASS_THROUGH) {
			writeOut();
			return;
		}
		Drain drain = this.drain;
		if (drain != null) {
			drain.recordArrived(entry == Entry.FILLING);
		}
	}

	/** Why the record is not in the queue after all; {@code null}: it is. */
	private @Nullable DropReason afterRefusal(QueuedRecord record, Level level) {
		do {
			Mode now = this.mode;
			if (now == Mode.QUEUEING) {
				return awaitRoom(record, level);
			}
			if (now == Mode.ABANDONED) {
				return DropReason.ABANDONED;
			}
			if (!writeOut()) {
				// somebody else writes, and takes his time
				return awaitRoom(record, level);
			}
		}
		while (enter(record) == Entry.REFUSED);
		return null;
	}

	private Entry enter(QueuedRecord record) {
		StackReserve.probe();
		return this.admission.enter(record);
	}

	private Entry enterClosely(QueuedRecord record) {
		StackReserve.probe();
		return this.admission.enterClosely(record);
	}

	/** What is linked at its first call needs a deep stack then; so call it now. */
	private void linkAll() {
		CallerName.link();
		Share share = new Share(new LaneCounts(Lane.NONE));
		LoggingEvent event = new LoggingEvent();
		event.setLevel(Level.INFO);
		QueuedRecord light = QueuedRecord.formatted(event, share, 1, null);
		QueuedRecord heavy = QueuedRecord.formatted(event, share, 2, null);
		for (Entry entry : List.of(enter(light), enter(heavy), enterClosely(heavy))) {
			QueuedRecord entered = (entry != Entry.REFUSED) ? this.records.poll() : null;
			if (entered != null) {
				this.admission.take(entered.slots());
			}
		}
		this.admission.publish();
	}

	private void drop(QueuedRecord record, DropReason reason) {
		record.counts().countDropped(record.row(), reason);
		if (reason.isTold()) {
			record.share().lose(record.row(), record.event().getTimeStamp());
			haveTold();
		}
	}

	/** The record that was to be preceded by what its lane lost is not in the queue. */
	private void takeBack(Share.@Nullable Losses losses) {
		if (losses != null) {
			losses.share().takeBack(losses);
			haveTold();
		}
	}

	/**
	 * See to it that somebody tells of a lane's losses even if it logs nothing more: the
	 * drain, which may have fallen asleep meanwhile, as with a record that arrives; where
	 * there is none, who writes now, or this thread.
	 */
	private void haveTold() {
		if (this.untold) {
			return;
		}
		this.untold = true;
		Drain drain = this.drain;
		if (drain != null) {
			drain.recordArrived(false);
		}
		else if (this.mode == Mode.PASS_THROUGH) {
			writeOut(false);
		}
	}

	/** A drain thread, of whichever queue, never waits. */
	private @Nullable DropReason awaitRoom(QueuedRecord record, Level level) {
		if (!mayWait(level) || isDelivering()) {
			// for those who come next
			wakeDrain();
			return DropReason.NO_ROOM;
		}
		if (this.stalledAt == this.progress.get()) {
			return DropReason.STALLED;
		}
		long started = System.nanoTime();
		boolean entered = this.waitingRoom.await(record.share().bench(record.row()),
				(closely) -> (closely ? enterClosely(record) : enter(record)) != Entry.REFUSED,
				() -> this.mode == Mode.ABANDONED, this.maxWaitNanos, this::wakeDrain);
		record.counts().countWait(System.nanoTime() - started);
		if (entered) {
			return null;
		}
		this.stalledAt = this.progress.get();
		return (this.mode == Mode.ABANDONED) ? DropReason.ABANDONED : DropReason.TIMEOUT;
	}

	private void wakeDrain() {
		Drain asleep = this.drain;
		if (asleep != null) {
			asleep.wake();
		}
	}

	/**
	 * Write out the queue on the current thread. A thread that is inside a delegate
	 * already does not wait for a lock, since two such threads could wait for each other:
	 * it leaves its record to the lock's holder, who looks for it after it has let go. So
	 * does one that has waited for long: it may hold what the delegate waits for.
	 * @return whether this thread wrote
	 */
	private boolean writeOut() {
		return writeOut(!isDelivering());
	}

	private boolean writeOut(boolean mayWait) {
		boolean waits = mayWait;
		boolean wrote = false;
		do {
			if (waits && !lockInTime()) {
				if (this.mode == Mode.ABANDONED) {
					return wrote;
				}
				waits = false;
			}
			if (!waits) {
				// before tryLock: the holder reads it after its unlock
				this.leftBehind = true;
				if (!this.writing.tryLock()) {
					return wrote;
				}
			}
			try {
				if (this.writing.getHoldCount() > 1) {
					// the writer further up this stack goes on with it
					return wrote;
				}
				writeAll();
				wrote = true;
			}
			finally {
				this.writing.unlock();
			}
		}
		while (this.leftBehind);
		return wrote;
	}

	/** Only under {@link #writing}. */
	private void writeAll() {
		this.leftBehind = false;
		write(Integer.MAX_VALUE, false);
		if (this.untold && this.drain == null) {
			tellOfLosses(true);
		}
	}

	/**
	 * Takes the lock, whatever the caller's interrupt flag says, which stays as it is.
	 * @return whether it did; not where the delegate is given up, or takes too long
	 */
	private boolean lockInTime() {
		return lock(System.nanoTime() + LOCK_NANOS);
	}

	private boolean lock(long deadline) {
		if (this.writing.tryLock()) {
			return true;
		}
		boolean interrupted = false;
		try {
			while (this.mode != Mode.ABANDONED && System.nanoTime() - deadline < 0) {
				try {
					if (this.writing.tryLock(LOCK_SLICE_NANOS, TimeUnit.NANOSECONDS)) {
						return true;
					}
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
			}
			return false;
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/**
	 * Write one batch on the drain thread.
	 * @return how many records were written
	 */
	int writeBatch() {
		this.writing.lock();
		try {
			if (this.leftBehind) {
				this.leftBehind = false;
			}
			return write(BATCH, true);
		}
		finally {
			this.writing.unlock();
		}
	}

	/**
	 * Only under {@link #writing}. The drain writes up to a batch; a caller writes while
	 * nobody else does, and no longer.
	 */
	private int write(int limit, boolean isDrain) {
		Boolean outer = DELIVERING.get();
		DELIVERING.set(Boolean.TRUE);
		int count = 0;
		try {
			QueuedRecord record = this.records.poll();
			while (record != null) {
				take(record, count == 0);
				if (count++ == 0) {
					this.sink.begin();
				}
				this.stats.writingSince(record.event().getTimeStamp());
				Share.Losses losses = record.losses();
				if (losses != null) {
					this.sink.tell(losses);
					calmDown(isDrain);
					if (losses.share().hasUntold()) {
						this.untold = true;
					}
				}
				this.sink.write(record);
				calmDown(isDrain);
				this.progress.lazySet(this.progress.getPlain() + 1);
				boolean more = isDrain ? count < limit : this.mode == Mode.PASS_THROUGH;
				record = more ? this.records.poll() : null;
			}
		}
		finally {
			try {
				if (count > 0) {
					// with more to come there is another look for those who wait
					this.outflow.publish(count < limit || this.records.isEmpty());
				}
			}
			finally {
				if (count > 0) {
					this.sink.end();
					this.stats.writingSince(0);
					this.stats.batchSize(count);
					this.flushed.lazySet(this.progress.getPlain());
				}
				if (outer == null) {
					DELIVERING.remove();
				}
			}
		}
		return count;
	}

	/** Where there is no memory even for that, the record is not lost without a trace. */
	private void take(QueuedRecord record, boolean first) {
		try {
			this.outflow.take(record, first);
		}
		catch (Throwable ex) {
			record.counts().countFailed(record.row());
			this.progress.lazySet(this.progress.getPlain() + 1);
			throw ex;
		}
	}

	/**
	 * A delegate may leave the drain interrupted: the next record must not suffer. The
	 * flag of a caller is the caller's.
	 */
	private static void calmDown(boolean isDrain) {
		if (isDrain) {
			Thread.interrupted();
		}
	}

	/** Whether some lane has lost records that the log does not tell yet. */
	boolean hasUntold() {
		return this.untold;
	}

	/**
	 * Tell of what was lost by lanes that have logged nothing since, and have nothing in
	 * the queue. Called by the drain, or by who writes where there is none.
	 * @param now whether not to wait until a lane has been silent for a while
	 */
	void tellOfLosses(boolean now) {
		if (!this.untold || (!now && System.nanoTime() - this.tellNotBefore < 0)) {
			return;
		}
		this.writing.lock();
		try {
			// before the look: what is lost from here on raises it again
			this.untold = false;
			for (Share share : this.shares.all()) {
				if (!share.hasUntold()) {
					continue;
				}
				Share.Losses losses = (share.held() <= 0 && (now || isSilent(share))) ? share.losses() : null;
				if (losses != null) {
					tell(losses);
				}
				// too early, or the delegate could not take it
				if (share.hasUntold()) {
					this.untold = true;
					this.tellNotBefore = System.nanoTime() + QUIET_NANOS;
				}
			}
		}
		finally {
			this.writing.unlock();
		}
	}

	/**
	 * Called by a drain that has ended: who has dropped a record just before may have
	 * left it to that drain to tell of it. As a caller that writes, so that nothing is
	 * left to a lock's holder who does not look for it.
	 */
	void tellOfTheLastLosses() {
		if (this.untold) {
			writeOut(false);
		}
	}

	/** A record may say that it is of the future, or the clock was set back. */
	private static boolean isSilent(Share share) {
		long since = System.currentTimeMillis() - share.lastLoss();
		return since < 0 || since >= TimeUnit.NANOSECONDS.toMillis(QUIET_NANOS);
	}

	private void tell(Share.Losses losses) {
		Boolean outer = DELIVERING.get();
		DELIVERING.set(Boolean.TRUE);
		try {
			this.sink.begin();
			this.sink.tell(losses);
			this.sink.end();
		}
		finally {
			if (outer == null) {
				DELIVERING.remove();
			}
		}
	}

	/**
	 * Told by an idle drain: what was abandoned and is written out after all is as if it
	 * had been closed in time. A caller that enqueues meanwhile looks at the mode
	 * afterwards, as with any change.
	 */
	void writtenOut() {
		if (this.mode == Mode.ABANDONED) {
			becomeClosed();
		}
	}

	private synchronized void becomeClosed() {
		if (this.mode == Mode.ABANDONED) {
			this.mode = Mode.PASS_THROUGH;
		}
	}

	/** Whether a drain has to look once more before it ends. */
	boolean isLeftBehind() {
		return this.leftBehind;
	}

	/** Whether a drain is to write out what there is, and end. */
	boolean hasLeft() {
		return this.mode == Mode.PASS_THROUGH;
	}

	boolean isEmpty() {
		return this.records.isEmpty();
	}

	/**
	 * Wait until all that is in the queue now has been written and flushed.
	 * @param deadline when to give up, as of {@link System#nanoTime()}
	 * @return whether it has been
	 */
	boolean awaitFlushed(long deadline) {
		long target = this.records.currentProducerIndex();
		while (this.flushed.get() < target) {
			if (System.nanoTime() - deadline >= 0 || isDelivering() || Thread.currentThread().isInterrupted()) {
				return false;
			}
			wakeDrain();
			LockSupport.parkNanos(this, FLUSH_LOOK_NANOS);
		}
		return true;
	}

	/** Slots in use; an estimate. */
	long used() {
		return this.admission.used();
	}

	/** From now on a drain thread takes records out. */
	synchronized void open() {
		if (this.mode == Mode.QUEUEING) {
			return;
		}
		this.mode = Mode.QUEUEING;
		// one that has not left yet stays, see hasEnded
		if (this.drain == null) {
			Drain fresh = new Drain(this, this.stats.appender());
			this.drain = fresh;
			this.lastDrain = fresh;
			try {
				fresh.start();
			}
			catch (Throwable ex) {
				// no thread to be had: stay as we were, synchronous
				this.drain = null;
				this.lastDrain = null;
				this.mode = Mode.PASS_THROUGH;
				writeOut();
				throw ex;
			}
		}
	}

	/** From now on callers write, after what is in the queue has been written. */
	synchronized void close() {
		if (this.mode == Mode.QUEUEING) {
			this.mode = Mode.PASS_THROUGH;
			Drain leaving = this.drain;
			if (leaving != null) {
				LockSupport.unpark(leaving.thread());
			}
		}
	}

	/**
	 * Wait until a closed queue has been written out. Holds no lock meanwhile: others may
	 * open it, or wait as well.
	 * @param deadline when to stop waiting, as of {@link System#nanoTime()}
	 * @return whether it was written out, or is open again; if not it is abandoned now
	 */
	boolean awaitClosed(long deadline) {
		while (true) {
			Drain leaving;
			synchronized (this) {
				leaving = this.lastDrain;
				if (this.mode != Mode.PASS_THROUGH || leaving == null || isDelivering()) {
					// from inside a delegate, perhaps this one, it can not wait for
					// itself
					return this.mode != Mode.ABANDONED;
				}
				if (!leaving.thread().isAlive()) {
					return true;
				}
				if (System.nanoTime() - deadline >= 0) {
					if (this.drain == null) {
						// it has ended, but for its last instructions
						return true;
					}
					this.mode = Mode.ABANDONED;
					this.waitingRoom.wakeAll();
					return false;
				}
			}
			// in slices: somebody may open it again, and it does not end then
			leaving.join(Math.min(deadline, System.nanoTime() + LOCK_SLICE_NANOS));
		}
	}

	/**
	 * Write out a closed queue that has no drain, after whoever writes now. A thread that
	 * is inside a delegate does not wait for others. A caller that is late may enqueue
	 * after that, and writes its record itself; it keeps nobody here.
	 * @param deadline when to stop waiting, as of {@link System#nanoTime()}
	 * @return whether all that was in it when this was called has been written
	 */
	boolean awaitEmpty(long deadline) {
		do {
			if (!(isDelivering() ? this.writing.tryLock() : lock(deadline))) {
				return false;
			}
			try {
				if (this.writing.getHoldCount() > 1) {
					return false;
				}
				writeAll();
			}
			finally {
				this.writing.unlock();
			}
		}
		while (this.leftBehind);
		return true;
	}

	/** Whether this thread is inside some delegate, and must not wait for another. */
	static boolean isDelivering() {
		return DELIVERING.get() != null;
	}

	/**
	 * Asked by a drain that has nothing more to write out. It leaves its place under the
	 * lock under which the mode is changed, and only where callers write and the queue is
	 * empty. So who enqueues later finds another mode, and a drain in the place, or
	 * writes by himself; and a queue that is abandoned has its drain.
	 * @return whether it is to end
	 */
	synchronized boolean hasEnded() {
		if (this.mode != Mode.PASS_THROUGH || !isEmpty()) {
			return false;
		}
		this.drain = null;
		return true;
	}

}
