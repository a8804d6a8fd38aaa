package io.loglane.appender;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Nobody sleeps on while there is something to do. */
final class WakeUpStress {

	private static final long FOR_EVER = Duration.ofSeconds(3).toNanos();

	private WakeUpStress() {
	}

	/** Whether the one who waits got in. */
	@JCStressTest
	@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "There was room, or it was woken.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "It was not woken, though there was room.")
	@State
	public static class OneWhoWaits {

		private final WaitingRoom room = new WaitingRoom();

		private final Bench bench = new Bench();

		private final AtomicInteger places = new AtomicInteger();

		private long woken;

		private boolean take() {
			return this.places.get() > 0 && this.places.decrementAndGet() >= 0;
		}

		@Actor
		public void caller() {
			long started = System.nanoTime();
			boolean in = this.room.await(this.bench, (closely) -> take(), () -> false, FOR_EVER, () -> {
			});
			// it looks once more when its time is up: that would be too late
			this.woken = (in && System.nanoTime() - started < FOR_EVER) ? 1 : 0;
		}

		@Actor
		public void writer() {
			this.places.incrementAndGet();
			VarHandle.fullFence();
			this.room.roomIsThere();
		}

		@Arbiter
		public void end(I_Result result) {
			result.r1 = (int) this.woken;
		}

	}

	/** The drain has slept, and there is a record. If the drain slept on, the test would hang. */
	@JCStressTest
	@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "The drain saw it, or was woken.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "The drain sleeps on.")
	@State
	public static class DrainThatFallsAsleep {

		private final Queues queues = new Queues(2, Duration.ZERO);

		private final SleepyDrain drain = new SleepyDrain(this.queues.queue());

		@Actor
		public void drain() {
			this.drain.sleep();
		}

		@Actor
		public void caller() {
			this.queues.append();
		}

		@Arbiter
		public void end(I_Result result) {
			result.r1 = this.queues.queue().isEmpty() ? 0 : 1;
		}

	}

	/** As above, where a record is dropped, of which the log is to tell. */
	@JCStressTest
	@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "The drain saw it, or was woken.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "The drain sleeps on.")
	@State
	public static class DrainThatFallsAsleepWhileARecordIsDropped {

		private final Queues queues = new Queues(2, Duration.ZERO);

		private final SleepyDrain drain = new SleepyDrain(this.queues.queue());

		@Actor
		public void drain() {
			this.drain.sleep();
		}

		@Actor
		public void caller() {
			this.queues.drop();
		}

		@Arbiter
		public void end(I_Result result) {
			result.r1 = this.queues.queue().hasUntold() ? 1 : 0;
		}

	}

	/** As above, where the queue is closed instead. */
	@JCStressTest
	@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "The drain saw it, or was woken.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "The drain sleeps on.")
	@State
	public static class DrainThatFallsAsleepWhileTheQueueCloses {

		private final Queues queues = new Queues(2, Duration.ZERO);

		private final SleepyDrain drain = new SleepyDrain(this.queues.queue());

		@Actor
		public void drain() {
			this.drain.sleep();
		}

		@Actor
		public void closing() {
			this.drain.close(this.queues.queue());
		}

		@Arbiter
		public void end(I_Result result) {
			result.r1 = this.queues.queue().hasLeft() ? 1 : 0;
		}

	}

	/** A drain whose thread is the one that calls, and that sleeps when it is told to. */
	private static final class SleepyDrain {

		private static final MethodHandle SLEEP;

		private static final Field THREAD;

		private static final VarHandle MODE;

		private static final VarHandle DRAIN;

		static {
			try {
				MethodHandles.Lookup drains = MethodHandles.privateLookupIn(Drain.class, MethodHandles.lookup());
				MethodHandles.Lookup queues = MethodHandles.privateLookupIn(RecordQueue.class, MethodHandles.lookup());
				SLEEP = drains.findVirtual(Drain.class, "sleep", MethodType.methodType(void.class));
				THREAD = Drain.class.getDeclaredField("thread");
				THREAD.setAccessible(true);
				MODE = queues.findVarHandle(RecordQueue.class, "mode", RecordQueue.Mode.class);
				DRAIN = queues.findVarHandle(RecordQueue.class, "drain", Drain.class);
			}
			catch (ReflectiveOperationException ex) {
				throw new ExceptionInInitializerError(ex);
			}
		}

		private final Drain drain;

		SleepyDrain(RecordQueue queue) {
			this.drain = new Drain(queue, "stress");
			MODE.setVolatile(queue, RecordQueue.Mode.QUEUEING);
			DRAIN.setVolatile(queue, this.drain);
		}

		void sleep() {
			try {
				// whoever reads it has seen the state that is set afterwards
				THREAD.set(this.drain, Thread.currentThread());
				SLEEP.invokeExact(this.drain);
			}
			catch (Throwable ex) {
				throw new IllegalStateException(ex);
			}
		}

		/** The mode first, and then whoever is in the drain's place is woken. */
		void close(RecordQueue queue) {
			queue.close();
			// the thread may not have been known yet, which can not be outside of this test
			while (!asleepOrAwake()) {
				Thread.onSpinWait();
			}
			LockSupport.unpark(this.drain.thread());
		}

		private boolean asleepOrAwake() {
			return this.drain.thread().getState() != Thread.State.NEW;
		}

	}

}
