package io.loglane.appender;

import java.time.Duration;

import ch.qos.logback.classic.Level;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

import io.loglane.lane.Lane;

/** A queue never holds more than it may, and never less than it could for long. */
final class AdmissionStress {

	/** With room for one more, callers look no further than that. */
	private static final int LARGE = 1024;

	private AdmissionStress() {
	}

	private abstract static class Room {

		final MpscVarHandleArrayQueue<QueuedRecord> records;

		final Admission admission;

		final Share share = new Share(new LaneCounts(Lane.NONE));

		final Share other = new Share(new LaneCounts(Lane.NONE));

		Room(int capacity) {
			this.records = new MpscVarHandleArrayQueue<>(Math.max(2, capacity));
			this.admission = new Admission(this.records,
					QueueSettings.DEFAULTS.withCapacity(capacity).withMaxWait(Duration.ZERO));
		}

		final int enter(Share share, int slots, Level level) {
			return (this.admission.enter(Queues.record(share, slots, level)) != Admission.Entry.REFUSED) ? 1 : 0;
		}

		/** Takes out one record, if there is one. */
		final int take() {
			QueuedRecord record = this.records.poll();
			if (record == null) {
				return 0;
			}
			record.share().take(record.slots());
			this.admission.take(record.slots());
			return 1;
		}

		final void publish() {
			this.share.release();
			this.other.release();
			this.admission.publish();
		}

		/** As a caller that waits for room. */
		final int enterClosely(Share share, int slots, Level level) {
			return (this.admission.enterClosely(Queues.record(share, slots, level)) != Admission.Entry.REFUSED) ? 1 : 0;
		}

		/** What agrees at the end: records that are in the queue; slots used; held. */
		final void tell(III_Result result, int records, long held) {
			result.r1 = records;
			result.r2 = (int) this.admission.used();
			result.r3 = (int) held;
		}

		/** The slots that records take which are in the queue. */
		final int inQueue() {
			int slots = 0;
			for (QueuedRecord record = this.records.poll(); record != null; record = this.records.poll()) {
				slots += record.slots();
			}
			return slots;
		}

	}

	/** How many got in; how many slots are in use afterwards. */
	@JCStressTest
	@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "One of the two has the one place.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "More than there is room for, or none.")
	@State
	public static class LastPlace extends Room {

		private int first;

		private int second;

		public LastPlace() {
			super(1);
		}

		@Actor
		public void first() {
			this.first = enter(this.share, 1, Level.WARN);
		}

		@Actor
		public void second() {
			this.second = enter(this.other, 1, Level.WARN);
		}

		@Arbiter
		public void end(II_Result result) {
			result.r1 = this.first + this.second;
			result.r2 = (int) this.admission.used();
		}

	}

	/** How many got in; how many slots are in use afterwards. */
	@JCStressTest
	@Outcome(id = "1, 8", expect = Expect.ACCEPTABLE, desc = "One of the two that need all room has it.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "Both, or neither of them in an empty queue.")
	@State
	public static class TwoHeavy extends Room {

		private int first;

		private int second;

		public TwoHeavy() {
			super(8);
		}

		@Actor
		public void first() {
			this.first = enter(this.share, 8, Level.INFO);
		}

		@Actor
		public void second() {
			this.second = enter(this.other, 8, Level.INFO);
		}

		@Arbiter
		public void end(II_Result result) {
			result.r1 = this.first + this.second;
			result.r2 = (int) this.admission.used();
		}

	}

	/** The heavy one got in; the light one did; the slots that are held by both. */
	@JCStressTest
	@Outcome(id = "0, 1, 7", expect = Expect.ACCEPTABLE, desc = "A heavy one that is refused takes nothing from others.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "The light one is refused, though there is room.")
	@State
	public static class RefusedHeavy extends Room {

		private int heavy;

		private int light;

		public RefusedHeavy() {
			super(8);
			enter(this.share, 6, Level.INFO);
		}

		@Actor
		public void heavy() {
			this.heavy = enter(this.share, 6, Level.INFO);
		}

		@Actor
		public void light() {
			this.light = enter(this.other, 1, Level.INFO);
		}

		@Arbiter
		public void end(III_Result result) {
			result.r1 = this.heavy;
			result.r2 = this.light;
			result.r3 = (int) (this.share.held() + this.other.held());
		}

	}

	/** How many got in less those taken out; used; held. */
	@JCStressTest
	@Outcome(id = { "0, 0, 0", "1, 1, 1", "2, 2, 2" }, expect = Expect.ACCEPTABLE, desc = "All agree.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "Some place is lost, or counted twice.")
	@State
	public static class ClaimAndRelease extends Room {

		private int entered;

		private int taken;

		public ClaimAndRelease() {
			super(2);
			this.entered = enter(this.share, 1, Level.WARN);
		}

		@Actor
		public void caller() {
			this.entered += enter(this.share, 1, Level.WARN);
			this.entered += enter(this.share, 1, Level.WARN);
		}

		@Actor
		public void writer() {
			this.taken += take();
			publish();
			this.taken += take();
			publish();
		}

		@Arbiter
		public void end(III_Result result) {
			tell(result, this.entered - this.taken, this.share.held());
		}

	}

	/** How many got in less those taken out; used; held. */
	@JCStressTest
	@Outcome(id = { "0, 0, 0", "1, 1, 1", "2, 2, 2" }, expect = Expect.ACCEPTABLE, desc = "All agree.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "A record was taken out whose slot was not claimed, or is lost.")
	@State
	public static class ClaimBeforeTheEnqueue extends Room {

		private int entered;

		private int taken;

		private boolean unclaimed;

		public ClaimBeforeTheEnqueue() {
			super(LARGE);
		}

		@Actor
		public void caller() {
			this.entered = enter(this.share, 1, Level.INFO);
			this.entered += enter(this.share, 1, Level.INFO);
		}

		@Actor
		public void writer() {
			this.taken = take();
			publish();
			this.unclaimed = this.share.held() < 0;
			this.taken += take();
			publish();
		}

		@Arbiter
		public void end(III_Result result) {
			tell(result, this.entered - this.taken, this.unclaimed ? -1 : this.share.held());
		}

	}

	/** The slots of all that is in the queue. */
	@JCStressTest
	@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "The heavy one came before there was room.")
	@Outcome(id = "8", expect = Expect.ACCEPTABLE, desc = "The heavy one has all the room, the light one is refused.")
	@Outcome(id = "9", expect = Expect.ACCEPTABLE_INTERESTING,
			desc = "A light one came in beside a heavy one: one slot more for each such caller.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "More than may be in use, or both are refused.")
	@State
	public static class HeavyAndLightWhileTaken extends Room {

		public HeavyAndLightWhileTaken() {
			super(8);
			enter(this.share, 6, Level.WARN);
			enter(this.other, 1, Level.WARN);
		}

		@Actor
		public void heavy() {
			enterClosely(this.share, 7, Level.WARN);
		}

		/** Two actors, since jcstress leaves out what needs more than there are cores. */
		@Actor
		public void writerAndLight() {
			take();
			publish();
			enterClosely(this.other, 1, Level.WARN);
		}

		@Arbiter
		public void end(I_Result result) {
			result.r1 = inQueue();
		}

	}

	/** Whether a caller that waits found the room that is not published. */
	@JCStressTest
	@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "It got in, and the queue holds that one.")
	@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "It looked before the writer had taken one out.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "Room is found twice.")
	@State
	public static class RoomThatIsBeingPublished extends Room {

		private int entered;

		public RoomThatIsBeingPublished() {
			super(8);
			enter(this.share, 8, Level.WARN);
		}

		@Actor
		public void caller() {
			this.entered = enterClosely(this.other, 8, Level.WARN) + enterClosely(this.other, 8, Level.WARN);
		}

		@Actor
		public void writer() {
			take();
			publish();
		}

		@Arbiter
		public void end(II_Result result) {
			result.r1 = this.entered;
			result.r2 = inQueue() / 8;
		}

	}

}
