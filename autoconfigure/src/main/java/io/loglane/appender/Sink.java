package io.loglane.appender;

import java.io.IOException;
import java.io.OutputStream;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.rolling.TimeBasedRollingPolicy;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.jspecify.annotations.Nullable;

/**
 * The delegate, as the queue's writer sees it: it takes batches, is flushed once for
 * each, counts what becomes of each record, and never throws. One thread at a time.
 * <p>
 * A record that a stream took is counted as written when it is flushed, and no failure
 * has come up since. For the time of a batch our encoder stands before the delegate's.
 */
final class Sink {

	/** So many records are flushed and counted together at most. */
	private static final int BATCH = 256;

	private final Appender<ILoggingEvent> delegate;

	private final boolean known;

	private final @Nullable OutputStreamAppender<ILoggingEvent> stream;

	/** System.out flushes with each write: what is written at once costs one call. */
	private final boolean isConsole;

	private final boolean needsEachFlush;

	private final StreamWatch watch = new StreamWatch();

	private final SwallowedFailures swallowed;

	private final ContextAwareBase status;

	private @Nullable HandOverEncoder encoder;

	/**
	 * Whose records the delegate took that are not counted yet; not the records: their
	 * room is somebody else's already.
	 */
	private final @Nullable LaneCounts[] open = new LaneCounts[BATCH];

	private final int[] rows = new int[BATCH];

	/** Where each of them ends, in bytes since the batch began. */
	private final long[] ends = new long[BATCH];

	private int openCount;

	private boolean flush;

	private boolean errorSaid;

	/**
	 * @param delegate the delegate
	 * @param known whether it looks at nothing but an event's interface
	 * @param status takes what goes wrong
	 */
	Sink(Appender<ILoggingEvent> delegate, boolean known, ContextAwareBase status) {
		this.delegate = delegate;
		this.known = known;
		this.stream = (delegate instanceof OutputStreamAppender<ILoggingEvent> stream) ? stream : null;
		this.needsEachFlush = this.stream != null && needsEachFlush(this.stream);
		this.isConsole = delegate.getClass() == ConsoleAppender.class;
		this.swallowed = SwallowedFailures.of(delegate);
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
		if (stream == null) {
			return;
		}
		try {
			standBeforeEncoder(stream);
			if (stream.isImmediateFlush() && !this.needsEachFlush) {
				stream.setImmediateFlush(false);
				this.flush = true;
				WideBuffer.widen(stream.getOutputStream());
			}
			this.watch.begin(stream.getOutputStream());
		}
		catch (Throwable ex) {
			report("failed to begin a batch", ex);
		}
	}

	private void standBeforeEncoder(OutputStreamAppender<ILoggingEvent> stream) {
		Encoder<ILoggingEvent> current = stream.getEncoder();
		HandOverEncoder ours = this.encoder;
		if (current == null || current == ours) {
			return;
		}
		if (ours == null || ours.original() != current) {
			ours = new HandOverEncoder(current, this.isConsole, this::watchNewStream);
			this.encoder = ours;
		}
		ours.begin();
		stream.setEncoder(ours);
	}

	/** A file that has just rolled has a new stream; the old one was closed. */
	private void watchNewStream() {
		OutputStreamAppender<ILoggingEvent> stream = this.stream;
		if (stream != null && this.watch.isOther(stream.getOutputStream())) {
			if (this.watch.isFailing() || this.watch.hasFailedAtClose()) {
				settle();
			}
			else {
				countWritten(this.openCount);
			}
			HandOverEncoder encoder = this.encoder;
			if (encoder != null) {
				encoder.begin();
			}
			this.watch.begin(stream.getOutputStream());
		}
	}

	/**
	 * Whether each record must be in the file before the next one comes. So it is with a
	 * file that other JVMs write too, and one whose length somebody may look at to decide
	 * when to roll; Logback's own policies count by themselves.
	 */
	static boolean needsEachFlush(Appender<ILoggingEvent> stream) {
		if (stream instanceof RollingFileAppender<?> rolling) {
			Class<?> policy = (rolling.getTriggeringPolicy() != null) ? rolling.getTriggeringPolicy().getClass() : null;
			if (policy != TimeBasedRollingPolicy.class && policy != SizeAndTimeBasedRollingPolicy.class) {
				return true;
			}
		}
		return stream instanceof FileAppender<?> file && file.isPrudent();
	}

	void write(QueuedRecord record) {
		boolean taken = false;
		try {
			taken = append((this.known || record.isFormatted()) ? record.settled() : EventCopy.settled(record),
					record.line());
		}
		catch (Throwable ex) {
			report("failed to append", ex);
		}
		if (this.watch.takeNewFailure()) {
			settle();
		}
		if (!taken || this.watch.isFailing()) {
			record.counts().countFailed(record.row());
			if (this.openCount == 0 && this.encoder != null) {
				// what was given to the stream and thrown away is not to be found in the
				// file
				this.encoder.begin();
			}
		}
		else if (this.stream == null) {
			record.counts().countWritten(record.row(), 1);
		}
		else {
			LaneCounts counts = record.counts();
			if (this.open[this.openCount] != counts) {
				// mostly it is the same: storing it would be a fence of G1's
				this.open[this.openCount] = counts;
			}
			this.rows[this.openCount] = record.row();
			this.ends[this.openCount] = (this.encoder != null) ? this.encoder.bytes() : 0;
			this.openCount++;
			HandOverEncoder encoder = this.encoder;
			if (this.openCount == BATCH || (encoder != null && encoder.isFull())) {
				flush();
			}
		}
	}

	/** Whether the delegate took it, as far as it lets us know. */
	private boolean append(ILoggingEvent event, byte @Nullable [] line) {
		HandOverEncoder encoder = this.encoder;
		int before = this.swallowed.count();
		boolean rendered = true;
		if (encoder != null) {
			encoder.handOver(line);
		}
		try {
			this.delegate.doAppend(event);
		}
		finally {
			if (encoder != null) {
				rendered = encoder.takeBack();
			}
		}
		// an appender that met an I/O error has stopped itself
		return rendered && this.swallowed.count() == before && this.delegate.isStarted();
	}

	/**
	 * Write in place what a lane has lost. It is no record of anybody's, and not counted
	 * as one.
	 */
	void tell(Share.Losses losses) {
		Share share = losses.share();
		long[] fresh = share.untold(losses);
		if (fresh == null) {
			return;
		}
		boolean told = false;
		try {
			ILoggingEvent notice = DropNotice.of(losses, fresh, this.status.getContext());
			told = notice == null || (append(notice, null) && !this.watch.isFailing());
		}
		catch (Throwable ex) {
			report("failed to tell of dropped records", ex);
		}
		if (this.watch.takeNewFailure()) {
			settle();
			told = false;
		}
		if (told) {
			share.told(losses);
		}
		else {
			share.takeBack(losses);
		}
	}

	void end() {
		OutputStreamAppender<ILoggingEvent> stream = this.stream;
		if (stream == null) {
			return;
		}
		HandOverEncoder encoder = this.encoder;
		if (encoder != null) {
			encoder.letGo();
		}
		flush();
		if (encoder != null && stream.getEncoder() == encoder) {
			stream.setEncoder(encoder.original());
		}
		if (this.flush) {
			this.flush = false;
			stream.setImmediateFlush(true);
		}
	}

	/** Flush what the delegate took, and count it. */
	private void flush() {
		OutputStreamAppender<ILoggingEvent> stream = this.stream;
		boolean failed = false;
		try {
			OutputStream out = (stream != null) ? stream.getOutputStream() : null;
			if (out != null) {
				if (this.encoder != null) {
					this.encoder.writeTo(out);
				}
				if (this.flush) {
					out.flush();
				}
			}
		}
		catch (IOException | RuntimeException | Error ex) {
			report("failed to flush", ex);
			failed = true;
		}
		if (this.watch.takeNewFailure() || failed) {
			settle();
		}
		else {
			countWritten(this.openCount);
		}
		if (this.encoder != null) {
			this.encoder.begin();
		}
		this.watch.atFlush();
	}

	/**
	 * The stream has failed: what is in the file is written, the rest failed. What the
	 * stream itself still has in its buffer may come later, and is not counted on.
	 */
	private void settle() {
		long inFile = this.watch.bytesInFile();
		int written = 0;
		while (written < this.openCount && this.ends[written] <= inFile) {
			written++;
		}
		int failed = this.openCount;
		for (int i = written; i < failed; i++) {
			LaneCounts counts = this.open[i];
			if (counts != null) {
				counts.countFailed(this.rows[i]);
			}
		}
		countWritten(written);
	}

	private void countWritten(int count) {
		int next;
		for (int i = 0; i < count; i = next) {
			LaneCounts counts = this.open[i];
			int row = this.rows[i];
			next = i + 1;
			while (next < count && this.open[next] == counts && this.rows[next] == row) {
				next++;
			}
			if (counts != null) {
				counts.countWritten(row, next - i);
			}
		}
		this.openCount = 0;
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
