package io.loglane.appender;

import java.io.IOException;
import java.io.OutputStream;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.jspecify.annotations.Nullable;

/**
 * The delegate, as the queue's writer sees it: it takes batches, is flushed once for
 * each, counts what becomes of each record, and never throws. One thread at a time.
 */
final class Sink {

	private final Appender<ILoggingEvent> delegate;

	private final @Nullable OutputStreamAppender<ILoggingEvent> stream;

	private final @Nullable HandOverEncoder encoder;

	private final ContextAwareBase status;

	private boolean flush;

	private boolean errorSaid;

	Sink(Appender<ILoggingEvent> delegate, @Nullable HandOverEncoder encoder, ContextAwareBase status) {
		this.delegate = delegate;
		this.stream = (delegate instanceof OutputStreamAppender<ILoggingEvent> stream) ? stream : null;
		this.encoder = encoder;
		this.status = status;
	}

	/**
	 * Whether the delegate ignores what is logged while it appends, as Logback's
	 * {@link AppenderBase} and its console appender do: a queue must not feed such
	 * records back to it.
	 */
	boolean ignoresReentry() {
		return this.delegate instanceof AppenderBase || this.delegate instanceof ConsoleAppender;
	}

	void begin() {
		OutputStreamAppender<ILoggingEvent> stream = this.stream;
		if (stream != null && stream.isImmediateFlush() && !isShared(stream)) {
			stream.setImmediateFlush(false);
			this.flush = true;
		}
	}

	/**
	 * A file that other JVMs write too is locked for each record, and flushed with it.
	 */
	private static boolean isShared(OutputStreamAppender<ILoggingEvent> stream) {
		return stream instanceof FileAppender<?> file && file.isPrudent();
	}

	void write(QueuedRecord record) {
		HandOverEncoder encoder = this.encoder;
		boolean written = false;
		try {
			if (encoder != null) {
				encoder.handOver(record.line());
			}
			this.delegate.doAppend(record.event());
			// an appender that met an I/O error has stopped itself
			written = this.delegate.isStarted();
		}
		catch (Throwable ex) {
			report("failed to append", ex);
		}
		if (encoder != null) {
			written &= encoder.takeBack();
		}
		if (written) {
			record.counts().countWritten(record.event().getLevel());
		}
		else {
			record.counts().countFailed(record.event().getLevel());
		}
	}

	void end() {
		OutputStreamAppender<ILoggingEvent> stream = this.stream;
		if (stream == null || !this.flush) {
			return;
		}
		this.flush = false;
		stream.setImmediateFlush(true);
		try {
			OutputStream out = stream.getOutputStream();
			if (out != null) {
				out.flush();
			}
		}
		catch (IOException | RuntimeException | Error ex) {
			report("failed to flush", ex);
		}
	}

	private void report(String what, Throwable ex) {
		if (!this.errorSaid) {
			this.errorSaid = true;
			try {
				this.status.addError("Appender [" + this.delegate.getName() + "] " + what + ".", ex);
			}
			catch (Throwable again) {
				// no memory even for that: the record is counted as failed all the same
			}
		}
	}

}
