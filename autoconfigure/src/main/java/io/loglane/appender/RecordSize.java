package io.loglane.appender;

import java.util.List;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * What a record retains, roughly, in bytes: its texts, and its stack traces. A character
 * counts as two bytes, though most take one: better a queue that is too small than one
 * that is too large.
 */
final class RecordSize {

	/** The event itself, its time, its arguments' array and its place in the queue. */
	private static final int BASE = 320;

	private static final int CHAR = 2;

	/** A frame, with what Logback keeps beside it. */
	private static final int FRAME = 128;

	private RecordSize() {
	}

	/**
	 * Size up a record; where it is ordinary that takes a few nanoseconds.
	 * @param event the event
	 * @param formatted the formatted message, where it has been formatted already
	 * @param line the rendered line, where it has been rendered already
	 * @return bytes
	 */
	static long of(ILoggingEvent event, @Nullable String formatted, byte @Nullable [] line) {
		long size = BASE;
		String message = event.getMessage();
		if (message != null) {
			size += (long) CHAR * message.length();
		}
		// without arguments it is the message itself
		Object[] arguments = event.getArgumentArray();
		if (formatted != null && arguments != null) {
			size += (long) CHAR * formatted.length();
		}
		if (line != null) {
			size += line.length;
		}
		if (arguments != null) {
			for (Object argument : arguments) {
				size += text(argument);
			}
		}
		List<KeyValuePair> pairs = event.getKeyValuePairs();
		if (pairs != null) {
			for (KeyValuePair pair : pairs) {
				size += text(pair.value);
			}
		}
		IThrowableProxy throwable = event.getThrowableProxy();
		return (throwable != null) ? size + of(throwable) : size;
	}

	private static long text(@Nullable Object value) {
		// first what is decided by its class: to find out that a number has not a certain
		// interface takes longer than all the rest here
		if (value instanceof String text) {
			return (long) CHAR * text.length();
		}
		if (Immutable.is(value)) {
			return 0;
		}
		return (value instanceof CharSequence text) ? (long) CHAR * text.length()
				: (value instanceof byte[] bytes) ? bytes.length : 0;
	}

	/** Logback has cut cycles already. */
	private static long of(IThrowableProxy throwable) {
		long size = 0;
		for (IThrowableProxy each = throwable; each != null; each = each.getCause()) {
			StackTraceElementProxy[] frames = each.getStackTraceElementProxyArray();
			size += (frames != null) ? (long) FRAME * frames.length : 0;
			size += text(each.getMessage());
			IThrowableProxy[] suppressed = each.getSuppressed();
			if (suppressed != null) {
				for (IThrowableProxy other : suppressed) {
					size += of(other);
				}
			}
		}
		return size;
	}

}
