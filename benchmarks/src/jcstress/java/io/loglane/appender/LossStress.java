package io.loglane.appender;

import java.time.Duration;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

import io.loglane.lane.Lane;

/** Each loss is told once, or is still to be told. */
final class LossStress {

	private static final int INFO = 2;

	private LossStress() {
	}

	private static int told(Share share, Share.Losses losses) {
		long[] fresh = share.untold(losses);
		share.told(losses);
		return (fresh != null) ? (int) fresh[INFO] : 0;
	}

	private static int rest(Share share) {
		Share.Losses losses = share.losses();
		return (losses != null) ? told(share, losses) : 0;
	}

	/** Told, all together. */
	@JCStressTest
	@Outcome(id = "3", expect = Expect.ACCEPTABLE, desc = "Each loss is told once.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "A loss is told twice, or never.")
	@State
	public static class LoseAndTell {

		private final Share share = new Share(new LaneCounts(Lane.NONE));

		private int told;

		public LoseAndTell() {
			this.share.lose(INFO, 1);
		}

		@Actor
		public void caller() {
			this.share.lose(INFO, 2);
			this.share.lose(INFO, 3);
		}

		@Actor
		public void writer() {
			this.told += rest(this.share);
		}

		@Arbiter
		public void end(I_Result result) {
			result.r1 = this.told + rest(this.share);
		}

	}

	/** Told, all together. */
	@JCStressTest
	@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "Each loss is told once.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "A loss is told twice, or never.")
	@State
	public static class TakeBack {

		private final Share share = new Share(new LaneCounts(Lane.NONE));

		private int told;

		public TakeBack() {
			this.share.lose(INFO, 1);
		}

		@Actor
		public void callerWhoIsRefused() {
			Share.Losses losses = this.share.losses();
			if (losses != null) {
				this.share.takeBack(losses);
			}
			this.share.lose(INFO, 2);
		}

		@Actor
		public void writer() {
			this.told += rest(this.share);
		}

		@Arbiter
		public void end(I_Result result) {
			result.r1 = this.told + rest(this.share);
		}

	}

	/** Whether the lane's losses are still to be told; whether the queue knows of it. */
	@JCStressTest
	@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Who writes has told, or who dropped.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "It is left to the next record, which may never come.")
	@State
	public static class DropWhereCallersWrite {

		private final Queues queues = new Queues(4, Duration.ZERO);

		@Actor
		public void writer() {
			this.queues.append();
		}

		@Actor
		public void callerWhoIsRefused() {
			this.queues.drop();
		}

		@Arbiter
		public void end(II_Result result) {
			result.r1 = this.queues.share().hasUntold() ? 1 : 0;
			result.r2 = this.queues.queue().hasUntold() ? 1 : 0;
		}

	}

	/** Whether the lane's losses are still to be told; whether the queue knows of it. */
	@JCStressTest
	@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "The drain that ends has told, or who dropped.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "It is left to the next record, which may never come.")
	@State
	public static class DropWhileTheDrainEnds {

		private final Queues queues = new Queues(4, Duration.ZERO);

		public DropWhileTheDrainEnds() {
			this.queues.queue().open();
		}

		@Actor
		public void callerWhoIsRefused() {
			this.queues.drop();
		}

		@Actor
		public void close() {
			this.queues.end();
		}

		@Arbiter
		public void end(II_Result result) {
			this.queues.end();
			result.r1 = this.queues.share().hasUntold() ? 1 : 0;
			result.r2 = this.queues.queue().hasUntold() ? 1 : 0;
		}

	}

}
