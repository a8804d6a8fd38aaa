package io.loglane.appender;

import java.io.IOException;
import java.io.OutputStream;

import ch.qos.logback.core.recovery.RecoveryListener;
import ch.qos.logback.core.recovery.ResilientFileOutputStream;
import ch.qos.logback.core.recovery.ResilientOutputStreamBase;
import org.jspecify.annotations.Nullable;

/**
 * Sees what Logback's file streams swallow: while one is in recovery it throws away what
 * it is given. One thread at a time.
 */
final class StreamWatch implements RecoveryListener {

	private @Nullable OutputStream stream;

	private boolean failing;

	private boolean newFailure;

	/** How long the file was at the last flush. */
	private long lengthAtFlush;

	/** A batch begins. */
	void begin(@Nullable OutputStream stream) {
		if (isOther(stream)) {
			if (this.stream instanceof ResilientOutputStreamBase left) {
				left.removeRecoveryListener(this);
			}
			this.stream = stream;
			this.failing = false;
			this.newFailure = false;
			if (stream instanceof ResilientOutputStreamBase resilient) {
				resilient.addRecoveryListener(this);
			}
		}
		atFlush();
	}

	boolean isOther(@Nullable OutputStream stream) {
		return this.stream != stream;
	}

	boolean isFailing() {
		return this.failing;
	}

	/** Whether it could not write all that it held when it was closed. */
	boolean hasFailedAtClose() {
		return WideBuffer.bytesInClosedFile(this.stream) >= 0;
	}

	/** Whether it has begun to fail since this was asked last. */
	boolean takeNewFailure() {
		boolean is = this.newFailure;
		this.newFailure = false;
		return is;
	}

	/** All that was written is in the file. */
	void atFlush() {
		this.lengthAtFlush = length();
		WideBuffer.atFlush(this.stream, this.lengthAtFlush);
	}

	/** How many bytes have come into the file since the last flush. */
	long bytesInFile() {
		long closed = WideBuffer.bytesInClosedFile(this.stream);
		if (closed >= 0) {
			return closed;
		}
		long length = length();
		return (length >= 0 && this.lengthAtFlush >= 0) ? length - this.lengthAtFlush : -1;
	}

	/**
	 * Asks for the file by its name: a channel would be closed, and the log with it,
	 * where this thread is interrupted.
	 */
	private long length() {
		return (this.stream instanceof ResilientFileOutputStream file) ? file.getFile().length() : -1;
	}

	@Override
	public void newFailure(IOException ex) {
		this.failing = true;
		this.newFailure = true;
	}

	@Override
	public void recoveryOccured() {
		this.failing = false;
		atFlush();
	}

}
