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

	void handOver(byte @Nullable [] line) {
		this.line = line;
	}

	@Override
	public byte[] encode(ILoggingEvent event) {
		byte[] line = this.line;
		return (line != null) ? line : this.original.encode(event);
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
