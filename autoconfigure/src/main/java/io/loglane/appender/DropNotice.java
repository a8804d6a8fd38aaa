package io.loglane.appender;

import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Context;
import org.jspecify.annotations.Nullable;

/**
 * What the log says in the place where a lane's records are missing.
 */
final class DropNotice {

	/** The logger that says so; its level can turn it off. */
	static final String LOGGER = "io.loglane.drops";

	private DropNotice() {
	}

	/**
	 * Only the queue's writer.
	 * @param losses what was lost
	 * @param fresh how many of each level are to be told of
	 * @param context Logback's context
	 * @return the record, {@code null} where nobody wants to know
	 */
	static @Nullable ILoggingEvent of(Share.Losses losses, long[] fresh, Context context) {
		if (!(context instanceof LoggerContext loggers)) {
			return null;
		}
		Logger logger = loggers.getLogger(LOGGER);
		if (!Level.WARN.isGreaterOrEqual(logger.getEffectiveLevel())) {
			return null;
		}
		LoggingEvent event = new LoggingEvent();
		event.setLoggerName(LOGGER);
		event.setLoggerContextRemoteView(loggers.getLoggerContextRemoteView());
		event.setLevel(Level.WARN);
		event.setMessage(text(losses, fresh));
		CallerName.read(event);
		// the records around it are of that time
		event.setInstant(Instant.ofEpochMilli(losses.lastMillis()));
		event.setMDCPropertyMap(Map.of());
		// there is no caller to be looked for
		event.setCallerData(new StackTraceElement[0]);
		return event;
	}

	private static String text(Share.Losses losses, long[] fresh) {
		long sum = 0;
		StringJoiner byLevel = new StringJoiner(", ");
		for (int row = fresh.length - 1; row >= 0; row--) {
			sum += fresh[row];
			if (fresh[row] > 0) {
				byLevel.add(LaneCounts.LEVELS[row].toString().toUpperCase(Locale.ROOT) + " " + fresh[row]);
			}
		}
		long first = (losses.firstMillis() != 0) ? losses.firstMillis() : losses.lastMillis();
		return "Dropped " + sum + ((sum == 1) ? " record" : " records") + " of executor '" + losses.share().lane()
				+ "' (" + byLevel + ") from " + Instant.ofEpochMilli(first) + " to "
				+ Instant.ofEpochMilli(losses.lastMillis());
	}

}
