package io.loglane.appender;

import java.time.Duration;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Whatever the mode does meanwhile, no record is stranded. */
final class ModeChangeStress {

	private ModeChangeStress() {
	}

	/** First: written when the drain has ended. Second: accepted. */
	@JCStressTest
	@Outcome(id = "2, 2", expect = Expect.ACCEPTABLE, desc = "Each is written, by whomever.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "A record is stranded, or written twice.")
	@State
	public static class Close {

		private final Queues queues = new Queues(16, Duration.ZERO);

		public Close() {
			this.queues.queue().open();
		}

		@Actor
		public void caller() {
			this.queues.append();
			this.queues.append();
		}

		@Actor
		public void close() {
			this.queues.queue().close();
		}

		@Arbiter
		public void end(II_Result result) {
			this.queues.end();
			result.r1 = this.queues.written();
			result.r2 = (int) (this.queues.share().accepted(2));
		}

	}

	/** First: written when the drain has ended. Second: accepted. */
	@JCStressTest
	@Outcome(id = "2, 2", expect = Expect.ACCEPTABLE, desc = "Each is written, by whomever.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "A record is stranded, or written twice.")
	@State
	public static class OpenAndClose {

		private final Queues queues = new Queues(16, Duration.ZERO);

		@Actor
		public void caller() {
			this.queues.append();
			this.queues.append();
		}

		@Actor
		public void open() {
			this.queues.queue().open();
			this.queues.queue().close();
		}

		@Arbiter
		public void end(II_Result result) {
			this.queues.end();
			result.r1 = this.queues.written();
			result.r2 = (int) (this.queues.share().accepted(2));
		}

	}

	/** First: written in the end. Second: accepted. */
	@JCStressTest
	@Outcome(id = "2, 2", expect = Expect.ACCEPTABLE, desc = "Each is written, by whomever.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "A record is stranded, or written twice.")
	@State
	public static class GiveUp {

		private final Queues queues = new Queues(16, Duration.ZERO);

		public GiveUp() {
			this.queues.queue().open();
		}

		@Actor
		public void caller() {
			this.queues.append();
			this.queues.append();
		}

		@Actor
		public void close() {
			this.queues.queue().close();
			// no time is left: while the drain still writes it is given up
			this.queues.queue().awaitClosed(System.nanoTime());
		}

		@Arbiter
		public void end(II_Result result) {
			this.queues.awaitWritten(2);
			result.r1 = this.queues.written();
			result.r2 = (int) (this.queues.share().accepted(2));
		}

	}

	/** Written to the one; written to the other. */
	@JCStressTest
	@Outcome(id = "2, 2", expect = Expect.ACCEPTABLE, desc = "Each is written, by whomever.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "What a delegate logs to the other's queue is stranded.")
	@State
	public static class DelegatesLogToEachOther {

		private final Queues first = new Queues(16, Duration.ZERO);

		private final Queues second = new Queues(16, Duration.ZERO);

		public DelegatesLogToEachOther() {
			this.first.onFirst(this.second::append);
			this.second.onFirst(this.first::append);
		}

		@Actor
		public void callerOfTheFirst() {
			this.first.append();
		}

		@Actor
		public void callerOfTheSecond() {
			this.second.append();
		}

		@Arbiter
		public void end(II_Result result) {
			result.r1 = this.first.written();
			result.r2 = this.second.written();
		}

	}

	/** Written; dropped. */
	@JCStressTest
	@Outcome(id = "4, 0", expect = Expect.ACCEPTABLE, desc = "Each gets in, one after the other.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "One waits for ever, though there is room, or is lost.")
	@State
	public static class WaitWhileItCloses {

		private final Queues queues = new Queues(1, Duration.ofSeconds(30));

		public WaitWhileItCloses() {
			this.queues.queue().open();
		}

		@Actor
		public void caller() {
			this.queues.append();
			this.queues.append();
		}

		@Actor
		public void anotherWhoCloses() {
			this.queues.append();
			this.queues.queue().close();
			this.queues.append();
		}

		@Arbiter
		public void end(II_Result result) {
			this.queues.end();
			result.r1 = this.queues.written();
			result.r2 = (int) this.queues.share().counts().dropped();
		}

	}

}
