package io.loglane.appender;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** What is handed over is for who writes for the queue, and for nobody else. */
final class HandOverStress {

	private static final ILoggingEvent EVENT = new LoggingEvent();

	private static final byte[] ORIGINAL = {};

	private static final byte[] FIRST = {};

	private static final byte[] SECOND = {};

	private HandOverStress() {
	}

	/** Each writer's own line; and the original's for who does not write any more. */
	@JCStressTest
	@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "Each has the line that is meant for it.")
	@Outcome(expect = Expect.FORBIDDEN, desc = "A line came where another was meant.")
	@State
	public static class WriterThatHasLetGo {

		private final HandOverEncoder encoder = new HandOverEncoder(new Original(), false, () -> {
		});

		/** As the queue's own: one writes at a time. */
		private synchronized boolean write(byte[] line) {
			this.encoder.handOver(line);
			boolean mine = this.encoder.encode(EVENT) == line;
			boolean rendered = this.encoder.takeBack();
			this.encoder.letGo();
			return rendered && mine;
		}

		@Actor
		public void writer(ZZ_Result result) {
			result.r1 = write(FIRST);
		}

		@Actor
		public void formerWriter(ZZ_Result result) {
			boolean mine = write(SECOND);
			result.r2 = mine && this.encoder.encode(EVENT) == ORIGINAL;
		}

	}

	private static final class Original extends EncoderBase<ILoggingEvent> {

		@Override
		public byte[] headerBytes() {
			return ORIGINAL;
		}

		@Override
		public byte[] encode(ILoggingEvent event) {
			return ORIGINAL;
		}

		@Override
		public byte[] footerBytes() {
			return ORIGINAL;
		}

	}

}
