package io.loglane.appender;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;
import org.jspecify.annotations.Nullable;

/**
 * Stands in front of a delegate's encoder while a batch is written. It hands over the
 * line that the caller has rendered already, where it has; it knows whether a record was
 * rendered, and how many bytes went to the delegate; and it can keep the lines back, so
 * that a whole batch is written at once. One thread at a time, the queue's writer; others
 * that come past are passed on.
 */
final class HandOverEncoder extends EncoderBase<ILoggingEvent> {

	private static final byte[] NOTHING = {};

	/** What is kept back at most; a buffer that has grown larger is not kept. */
	private static final int BUFFER = 64 * 1024;

	private final Encoder<ILoggingEvent> original;

	private final Runnable beforeWrite;

	private final boolean keepsBack;

	private byte[] kept = NOTHING;

	private int keptBytes;

	private byte @Nullable [] line;

	/**
	 * Who hands over the records of a batch. Others may read it racily, and the race is
	 * benign: no thread finds itself here but the one that has put itself there, and has
	 * not let go. Not set for each record, since G1 makes a fence of it.
	 */
	private @Nullable Thread writer;

	/** Only the writer's: whether it is inside the delegate with a record. */
	private boolean handedOver;

	private boolean rendered;

	private long bytes;

	/**
	 * @param original the delegate's own encoder
	 * @param keepsBack whether lines are kept back until {@link #writeTo}
	 * @param beforeWrite called for each record when the delegate is about to write it
	 */
	HandOverEncoder(Encoder<ILoggingEvent> original, boolean keepsBack, Runnable beforeWrite) {
		this.original = original;
		this.keepsBack = keepsBack;
		this.beforeWrite = beforeWrite;
		setContext(original.getContext());
		if (original.isStarted()) {
			super.start();
		}
	}

	Encoder<ILoggingEvent> original() {
		return this.original;
	}

	/** A new batch. */
	void begin() {
		this.bytes = 0;
	}

	/** What {@link #encode} returns next; {@code null}: what the original renders. */
	void handOver(byte @Nullable [] line) {
		Thread current = Thread.currentThread();
		if (this.writer != current) {
			this.writer = current;
		}
		this.line = line;
		this.rendered = false;
		this.handedOver = true;
	}

	/**
	 * Take the line back, whoever may encode next.
	 * @return whether the record was rendered
	 */
	boolean takeBack() {
		this.line = null;
		this.handedOver = false;
		return this.rendered;
	}

	/** The batch has an end: whoever encodes from now on has his own reasons. */
	void letGo() {
		this.writer = null;
	}

	/** How many bytes the delegate was given since {@link #begin}. */
	long bytes() {
		return this.bytes;
	}

	/** Whether so much is kept back that it should be written now. */
	boolean isFull() {
		return this.keptBytes >= BUFFER;
	}

	/** Write what is kept back. */
	void writeTo(OutputStream out) throws IOException {
		int bytes = this.keptBytes;
		this.keptBytes = 0;
		if (bytes > 0) {
			byte[] lines = this.kept;
			if (lines.length > 2 * BUFFER) {
				this.kept = NOTHING;
			}
			out.write(lines, 0, bytes);
		}
	}

	@Override
	public byte[] encode(ILoggingEvent event) {
		if (Thread.currentThread() != this.writer || !this.handedOver) {
			// the delegate hangs on another logger too, without a queue
			return encodeByOriginal(event);
		}
		// thrown by the original, the appender around this swallows it
		byte[] line = (this.line != null) ? this.line : encodeByOriginal(event);
		this.beforeWrite.run();
		this.rendered = true;
		if (line == null) {
			return NOTHING;
		}
		this.bytes += line.length;
		if (this.keepsBack) {
			keep(line);
			return NOTHING;
		}
		return line;
	}

	private void keep(byte[] line) {
		int end = Math.addExact(this.keptBytes, line.length);
		if (end > this.kept.length) {
			this.kept = Arrays.copyOf(this.kept, Math.max(end, BUFFER + BUFFER / 2));
		}
		System.arraycopy(line, 0, this.kept, this.keptBytes, line.length);
		this.keptBytes = end;
	}

	@SuppressWarnings("NullAway") // an encoder may return null, which Logback does not
									// say
	private byte[] encodeByOriginal(ILoggingEvent event) {
		return StructuredLines.encode(this.original, event);
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
