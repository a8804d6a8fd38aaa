package io.loglane.appender;

import java.lang.reflect.Field;
import java.util.Set;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Context;
import ch.qos.logback.core.encoder.Encoder;
import org.jspecify.annotations.Nullable;

/**
 * What is known of Boot's structured encoder. It is known by name only: an application
 * may have a Boot without it, or none.
 */
final class StructuredLines {

	/** In a context of Logback: no code of the application's takes part. */
	static final String BOOTS_OWN = StructuredLines.class.getName() + ".BOOTS_OWN";

	private static final String ENCODER = Known.BOOTS + "StructuredLogEncoder";

	/** Not Graylog's: it may log while it renders. */
	private static final Set<String> FORMATTERS = Set.of(Known.BOOTS + "ElasticCommonSchemaStructuredLogFormatter",
			Known.BOOTS + "LogstashStructuredLogFormatter");

	private StructuredLines() {
	}

	/** Whether the encoder looks at nothing but the event, its markers and its pairs. */
	static boolean comeFromTheEvent(Encoder<?> encoder) {
		Context context = encoder.getContext();
		return encoder.getClass().getName().equals(ENCODER) && context != null
				&& Boolean.TRUE.equals(context.getObject(BOOTS_OWN)) && FORMATTERS.contains(formatter(encoder));
	}

	private static String formatter(Encoder<?> encoder) {
		try {
			Field field = encoder.getClass().getDeclaredField("formatter");
			Object formatter = field.trySetAccessible() ? field.get(encoder) : null;
			return (formatter != null) ? formatter.getClass().getName() : "";
		}
		catch (ReflectiveOperationException | RuntimeException | LinkageError ex) {
			return "";
		}
	}

	/**
	 * Encode an event, without our tag where that is in the way. Boot's formats refuse a
	 * record whose MDC has an entry that one of its key-value pairs has too, or that has
	 * {@code task} and {@code task.id}: without us it would be in the log.
	 * @param encoder any encoder
	 * @param event the event
	 * @return what the encoder returns, which may be {@code null}
	 */
	static byte @Nullable [] encode(Encoder<ILoggingEvent> encoder, ILoggingEvent event) {
		try {
			return encoder.encode(event);
		}
		catch (IllegalStateException ex) {
			ILoggingEvent untagged = isBoots(encoder) ? EventCopy.untagged(event, LogQueues.jvm().tagKeys()) : null;
			if (untagged == null) {
				throw ex;
			}
			return encoder.encode(untagged);
		}
	}

	private static boolean isBoots(Encoder<?> encoder) {
		for (Class<?> type = encoder.getClass(); type != null; type = type.getSuperclass()) {
			if (type.getName().equals(ENCODER)) {
				return true;
			}
		}
		return false;
	}

}
