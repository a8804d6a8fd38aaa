package io.loglane.appender;

import java.util.Set;

import ch.qos.logback.classic.net.SyslogAppender;
import ch.qos.logback.classic.pattern.PropertyConverter;
import ch.qos.logback.classic.sift.SiftingAppender;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AsyncAppenderBase;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.pattern.Converter;
import ch.qos.logback.core.pattern.DynamicConverter;
import org.jspecify.annotations.Nullable;

/**
 * What is known of other people's classes: which appenders can be called from another
 * thread without a change in what they write, and which parts of a pattern read nothing
 * but the event. A subclass of a known class is not known.
 */
final class Known {

	/** Begins the names of Spring Boot's own classes for Logback. */
	static final String BOOTS = "org.springframework.boot.logging.logback.";

	private static final Set<String> BOOTS_PROPERTIES = Set.of("APPLICATION_NAME", "APPLICATION_GROUP");

	private Known() {
	}

	/**
	 * Say why an appender is not queued unless it is named.
	 * @param appender any appender
	 * @return the reason, or {@code null} where it can be queued
	 */
	static @Nullable String reasonToLeave(Appender<?> appender) {
		Class<?> type = appender.getClass();
		if (type == SiftingAppender.class) {
			return "makes its appenders as records come, and those may read the calling thread";
		}
		if (appender instanceof SyslogAppender syslog && type == SyslogAppender.class) {
			Rendering rendering = Rendering.of(syslog, QueueSettings.DEFAULTS);
			return (rendering.byCaller() || rendering.shown().isAny()) ? "its lines may read the calling thread" : null;
		}
		if (appender instanceof OutputStreamAppender && isLogbacks(type)) {
			return null;
		}
		if (appender instanceof AsyncAppenderBase || type.getName().contains("Async")) {
			return "asynchronous already";
		}
		return type.getSimpleName() + " may read the calling thread";
	}

	/**
	 * Whether a conversion word renders from the event alone. A property may be the
	 * system's, and change.
	 */
	static boolean readsTheEventOnly(Converter<?> converter) {
		Class<?> type = converter.getClass();
		return type == LaneConverter.class || (isLogbacks(type) && type != PropertyConverter.class)
				|| (type.getName().startsWith(BOOTS) && !showsAnyProperty(converter));
	}

	/**
	 * Boot's square brackets show a property where there is nothing else in them. Those
	 * of its own lines change only where another application starts, and that one waits
	 * until the queues are written out.
	 */
	private static boolean showsAnyProperty(Converter<?> converter) {
		return converter.getClass().getName().equals(BOOTS + "EnclosedInSquareBracketsConverter")
				&& converter instanceof DynamicConverter<?> brackets && brackets.getFirstOption() != null
				&& !BOOTS_PROPERTIES.contains(brackets.getFirstOption());
	}

	/** Others have packages under Logback's too. */
	private static boolean isLogbacks(Class<?> type) {
		String name = type.getName();
		return name.startsWith("ch.qos.logback.core.") || name.startsWith("ch.qos.logback.classic.");
	}

}
