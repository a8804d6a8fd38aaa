package io.loglane.appender;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;
import org.jspecify.annotations.Nullable;

/**
 * Stands in front of a delegate's encoder and hands it the line that the caller has
 * rendered already, where it has. {@link #handOver} and {@link #encode} are called by the
 * queue's writer only, one thread at a time.
 */
final class HandOverEncoder extends EncoderBase<ILoggingEvent> {

	private final Encoder<ILoggingEvent> original;

	private byte @Nullable [] line;

	private boolean failed;

	HandOverEncoder(Encoder<ILoggingEvent> original) {
		this.original = original;
		setContext(original.getContext());
		if (original.isStarted()) {
			super.start();
		}
	}

	Encoder<ILoggingEvent> original() {
		return this.original;
	}

	/** What {@link #encode} returns until it is taken back. */
	void handOver(byte @Nullable [] line) {
		this.line = line;
		this.failed = false;
	}

	/**
	 * Take the line back, whoever may encode next.
	 * @return whether the record was rendered
	 */
	boolean takeBack() {
		this.line = null;
		return !this.failed;
	}

	@Override
	public byte[] encode(ILoggingEvent event) {
		byte[] line = this.line;
		if (line != null) {
			return line;
		}
		// the appender around it swallows what is thrown
		this.failed = true;
		byte[] encoded = this.original.encode(event);
		this.failed = false;
		return encoded;
	}

	@Override
	public byte[] headerBytes() {
		return this.original.headerBytes();
	}

	@Override
	public byte[] footerBytes() {
		return this.original.footerBytes();
	}

	@Override
	public void start() {
		this.original.start();
		super.start();
	}

	@Override
	public void stop() {
		this.original.stop();
		super.stop();
	}

}
