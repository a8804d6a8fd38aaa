package io.loglane.appender;

import java.nio.charset.StandardCharsets;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is handed over is for one record, of whoever hands over.
 */
class HandOverEncoderTests {

	private static final byte[] ORIGINAL = "original".getBytes(StandardCharsets.UTF_8);

	private static final byte[] LINE = "line".getBytes(StandardCharsets.UTF_8);

	private final HandOverEncoder encoder = new HandOverEncoder(new Original(), true, () -> {
	});

	private final ILoggingEvent event = new LoggingEvent();

	/** As where the delegate hangs on another logger too, without a queue. */
	@Test
	void writerThatEncodesBetweenTwoRecordsHasTheOriginalsLine() {
		assertThat(encoded()).isEmpty();
		assertThat(this.encoder.encode(this.event)).isSameAs(ORIGINAL);
		assertThat(this.encoder.bytes()).isEqualTo(LINE.length);
		assertThat(encoded()).isEmpty();
		assertThat(this.encoder.bytes()).isEqualTo(LINE.length + LINE.length);
	}

	@Test
	void anotherThreadHasTheOriginalsLineMeanwhile() throws Exception {
		this.encoder.handOver(LINE);
		byte[][] other = new byte[1][];
		Thread thread = new Thread(() -> other[0] = this.encoder.encode(this.event));
		thread.start();
		thread.join();
		assertThat(other[0]).isSameAs(ORIGINAL);
		assertThat(this.encoder.bytes()).isZero();
		assertThat(this.encoder.takeBack()).as("the record was rendered").isFalse();
	}

	private byte[] encoded() {
		this.encoder.handOver(LINE);
		byte[] line = this.encoder.encode(this.event);
		assertThat(this.encoder.takeBack()).isTrue();
		return line;
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
