package io.loglane.appender;

import ch.qos.logback.classic.spi.ILoggingEvent;
import org.jspecify.annotations.Nullable;

/**
 * One event on its way to one delegate, with all that its line needs.
 */
final class QueuedRecord {

	private final ILoggingEvent event;

	private final LaneCounts counts;

	private final byte @Nullable [] line;

	/**
	 * @param event the event, with all read from the caller's thread that the line needs
	 * @param counts where it is counted
	 * @param line the rendered line, where the caller rendered it; not copied
	 */
	QueuedRecord(ILoggingEvent event, LaneCounts counts, byte @Nullable [] line) {
		this.event = event;
		this.counts = counts;
		this.line = line;
	}

	ILoggingEvent event() {
		return this.event;
	}

	LaneCounts counts() {
		return this.counts;
	}

	byte @Nullable [] line() {
		return this.line;
	}

}
