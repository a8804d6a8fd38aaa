package io.loglane.appender;

import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.LoggingEvent;
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

	private static final AtomicReferenceFieldUpdater<RecordQueue, Mode> MODE = AtomicReferenceFieldUpdater
		.newUpdater(RecordQueue.class, Mode.class, "mode");

	private static final AtomicReferenceFieldUpdater<RecordQueue, @Nullable Drain> DRAIN = AtomicReferenceFieldUpdater
		.newUpdater(RecordQueue.class, Drain.class, "drain");

	private static final long LOCK_SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

	/** Set while this thread is inside some delegate: it must not wait for another. */
	private static final ThreadLocal<Boolean> DELIVERING = new ThreadLocal<>();

	private final MpscVarHandleArrayQueue<QueuedRecord> records;

	private final int capacity;

	private final long maxWaitNanos;

	private final Level waitLevel;

	private final Sink sink;

	private final boolean ignoresReentry;

	private final QueueStats stats;

	private final ReentrantLock writing = new ReentrantLock();

	private final ReentrantLock roomLock = new ReentrantLock();

	private final Condition room = this.roomLock.newCondition();

	/** How many callers wait for room. */
	private final AtomicInteger waiting = new AtomicInteger();

	/** A waiting caller is about to look: the writer need not wake another one. */
	private volatile boolean looking;

	/** How many records left the queue for good; written under {@link #writing}. */
	private final AtomicLong progress = new AtomicLong();

	/** The progress at which a wait ran out: while it stands there nobody waits again. */
	private volatile long stalledAt = -1;

	/** A thread inside a delegate left its record for whoever holds the lock. */
	private volatile boolean leftBehind;

	private volatile Mode mode = Mode.PASS_THROUGH;

	/**
	 * The drain in its place; {@code null} where there is none, or it is about to end.
	 */
	private volatile @Nullable Drain drain;

	/** The drain that was started last. */
	private @Nullable Drain lastDrain;

	RecordQueue(QueueSettings settings, Sink sink, QueueStats stats) {
		this.capacity = settings.capacity();
		this.records = new MpscVarHandleArrayQueue<>(Math.max(2, settings.capacity()));
		linkAll();
		this.maxWaitNanos = TimeUnit.NANOSECONDS.convert(settings.maxWait());
		this.waitLevel = settings.waitLevel();
		this.sink = sink;
		this.ignoresReentry = sink.ignoresReentry();
		this.stats = stats;
	}

	Mode mode() {
		return this.mode;
	}

	/**
	 * Offer a record: enqueue it, wait for room, or drop it. Hot path: no lock, no
	 * allocation, one compare-and-set and one counter.
	 */
	void append(QueuedRecord record) {
		Level level = record.event().getLevel();
		if ((this.ignoresReentry && this.writing.isHeldByCurrentThread()) || !enqueue(record, level)) {
			record.counts().countDropped(level);
			return;
		}
		record.counts().countAccepted(level);
		// after the enqueue, see the class comment
		if (this.mode == Mode.PASS_THROUGH) {
			writeOut();
			return;
		}
		Drain drain = this.drain;
		if (drain != null) {
			drain.recordArrived();
		}
	}

	private boolean enqueue(QueuedRecord record, Level level) {
		while (!offer(record)) {
			Mode now = this.mode;
			if (now == Mode.QUEUEING) {
				return mayWait(level) && awaitRoom(record);
			}
			if (now == Mode.ABANDONED || !writeOut()) {
				return false;
			}
		}
		return true;
	}

	private boolean offer(QueuedRecord record) {
		StackReserve.probe();
		return this.records.offerIfBelowThreshold(record, this.capacity);
	}

	/** What is linked at its first call needs a deep stack then; so call it now. */
	private void linkAll() {
		this.records.offerIfBelowThreshold(new QueuedRecord(new LoggingEvent(), new LaneCounts(Lane.NONE), null),
				this.capacity);
		this.records.poll();
	}

	private boolean mayWait(Level level) {
		return this.maxWaitNanos > 0 && level.isGreaterOrEqual(this.waitLevel) && this.stalledAt != this.progress.get()
				&& DELIVERING.get() == null;
	}

	/**
	 * Wait until the record is in the queue. A caller counts itself as waiting and then
	 * tries again, the writer frees a slot and then looks for waiting callers, each with
	 * a full fence in between: one of them sees the other. The writer wakes one caller at
	 * a time, which takes back that it is looking before it tries, and wakes the next one
	 * if it got in: waking is the callers' work, not the drain's.
	 */
	private boolean awaitRoom(QueuedRecord record) {
		long started = System.nanoTime();
		boolean interrupted = false;
		boolean enqueued;
		this.roomLock.lock();
		try {
			this.waiting.incrementAndGet();
			wakeDrain();
			long left = this.maxWaitNanos;
			enqueued = offer(record);
			while (!enqueued && left > 0 && this.mode != Mode.ABANDONED) {
				try {
					left = this.room.awaitNanos(left);
				}
				catch (InterruptedException ex) {
					interrupted = true;
					left = this.maxWaitNanos - (System.nanoTime() - started);
				}
				this.looking = false;
				enqueued = offer(record);
			}
			if (enqueued) {
				wakeNext();
			}
			else {
				this.stalledAt = this.progress.get();
			}
		}
		finally {
			this.waiting.decrementAndGet();
			this.roomLock.unlock();
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
		record.counts().countWait(System.nanoTime() - started);
		return enqueued;
	}

	private void wakeDrain() {
		Drain asleep = this.drain;
		if (asleep != null) {
			asleep.wake();
		}
	}

	private void wakeOneWaiting() {
		if (!this.looking) {
			this.roomLock.lock();
			try {
				wakeNext();
			}
			finally {
				this.roomLock.unlock();
			}
		}
	}

	/** Only under {@link #roomLock}. */
	private void wakeNext() {
		if (this.roomLock.hasWaiters(this.room)) {
			this.looking = true;
			this.room.signal();
		}
	}

	private void wakeAllWaiting() {
		this.roomLock.lock();
		try {
			this.room.signalAll();
		}
		finally {
			this.roomLock.unlock();
		}
	}

	/**
	 * Write out the queue on the current thread. A thread that is inside a delegate
	 * already does not wait for a lock, since two such threads could wait for each other:
	 * it leaves its record to the lock's holder, who looks for it after it has let go.
	 * @return whether this thread wrote
	 */
	private boolean writeOut() {
		boolean inside = DELIVERING.get() != null;
		boolean wrote = false;
		do {
			if (inside) {
				// before tryLock: the holder reads it after its unlock
				this.leftBehind = true;
			}
			if (!(inside ? this.writing.tryLock() : lockUnlessAbandoned())) {
				return wrote;
			}
			try {
				if (this.writing.getHoldCount() > 1) {
					// the writer further up this stack goes on with it
					return wrote;
				}
				this.leftBehind = false;
				write(Integer.MAX_VALUE, false);
				wrote = true;
			}
			finally {
				this.writing.unlock();
			}
		}
		while (this.leftBehind);
		return wrote;
	}

	/**
	 * Takes the lock, whatever the caller's interrupt flag says, which stays as it is.
	 */
	private boolean lockUnlessAbandoned() {
		if (this.writing.tryLock()) {
			return true;
		}
		boolean interrupted = false;
		try {
			while (this.mode != Mode.ABANDONED) {
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
			this.leftBehind = false;
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
				// between the freed slot and the look for waiting callers, see awaitRoom
				VarHandle.fullFence();
				if (this.waiting.get() != 0) {
					wakeOneWaiting();
				}
				if (count++ == 0) {
					this.sink.begin();
				}
				this.stats.writingSince(record.event().getTimeStamp());
				this.sink.write(record);
				if (isDrain) {
					// a delegate may leave its thread interrupted: the next one must not
					// suffer
					Thread.interrupted();
				}
				this.progress.lazySet(this.progress.getPlain() + 1);
				boolean more = isDrain ? count < limit : this.mode == Mode.PASS_THROUGH;
				record = more ? this.records.poll() : null;
			}
		}
		finally {
			if (count > 0) {
				this.sink.end();
				this.stats.writingSince(0);
			}
			if (outer == null) {
				DELIVERING.remove();
			}
		}
		return count;
	}

	/**
	 * Told by an idle drain: what was abandoned and is written out after all is as if it
	 * had been closed in time. A caller that enqueues meanwhile looks at the mode
	 * afterwards, as with any change.
	 */
	void writtenOut() {
		MODE.compareAndSet(this, Mode.ABANDONED, Mode.PASS_THROUGH);
	}

	/** Whether a drain has to look once more before it ends. */
	boolean isLeftBehind() {
		return this.leftBehind;
	}

	/** Whether a drain is to write out what there is, and end. */
	boolean hasLeft(Drain drain) {
		return this.mode == Mode.PASS_THROUGH || this.drain != drain;
	}

	boolean isEmpty() {
		return this.records.isEmpty();
	}

	/** Whether so many records wait that the drain should not pause on; an estimate. */
	boolean isHalfFull() {
		return (this.records.currentProducerIndex() - this.progress.getOpaque()) * 2 >= this.capacity;
	}

	/** From now on a drain thread takes records out. */
	synchronized void open() {
		if (this.mode == Mode.QUEUEING) {
			return;
		}
		this.mode = Mode.QUEUEING;
		Drain fresh = new Drain(this, this.stats.appender());
		// one that has not left yet stays, see hasEnded
		if (DRAIN.compareAndSet(this, null, fresh)) {
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
	 * Wait until a closed queue has been written out.
	 * @param deadline when to stop waiting, as of {@link System#nanoTime()}
	 * @return whether it was written out; if not it is abandoned now
	 */
	synchronized boolean awaitClosed(long deadline) {
		if (this.mode == Mode.ABANDONED) {
			return false;
		}
		Drain leaving = this.lastDrain;
		if (this.mode == Mode.QUEUEING || leaving == null || DELIVERING.get() != null) {
			// from inside a delegate, perhaps this one, it can not wait for itself
			return true;
		}
		if (leaving.join(deadline)) {
			return true;
		}
		this.mode = Mode.ABANDONED;
		wakeAllWaiting();
		if (this.drain == null && MODE.compareAndSet(this, Mode.ABANDONED, Mode.PASS_THROUGH)) {
			// it is just about to end, and would not come back
			return true;
		}
		return false;
	}

	/**
	 * Asked by a drain that has nothing more to write out. It takes itself out of its
	 * place and then looks at the mode; whoever sets another mode looks at the place
	 * afterwards. So no queue that needs a drain is without one: the drain comes back, or
	 * the other has put a new one in place. Where it is to end it writes once more: the
	 * queue may have been opened and closed again since it looked last, by somebody who
	 * counted on it.
	 * @param drain the drain, which is leaving
	 * @return whether it is to end
	 */
	boolean hasEnded(Drain drain) {
		DRAIN.compareAndSet(this, drain, null);
		if (this.mode == Mode.PASS_THROUGH) {
			writeOut();
			return true;
		}
		return !DRAIN.compareAndSet(this, null, drain);
	}

}
