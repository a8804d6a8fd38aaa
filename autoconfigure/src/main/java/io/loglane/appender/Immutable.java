package io.loglane.appender;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * Which objects say the same for ever, whoever asks them: by their exact class, since a
 * subclass may say anything.
 */
final class Immutable {

	private static final Set<Class<?>> CLASSES = Set.of(Short.class, Byte.class, Character.class, Float.class,
			BigDecimal.class, BigInteger.class, UUID.class, URI.class, Class.class, Instant.class, Duration.class,
			Period.class, LocalDate.class, LocalTime.class, LocalDateTime.class, OffsetDateTime.class,
			ZonedDateTime.class, Locale.class);

	/** Decided once for each class, and forgotten with it. */
	private static final ClassValue<Boolean> KNOWN = new ClassValue<>() {

		@Override
		protected Boolean computeValue(Class<?> type) {
			return CLASSES.contains(type) || isPlainEnum(type);
		}

	};

	private Immutable() {
	}

	/** Whether all are; a few nanoseconds where they are texts and numbers. */
	static boolean are(@Nullable Object @Nullable [] values) {
		if (values != null) {
			for (Object value : values) {
				if (!is(value)) {
					return false;
				}
			}
		}
		return true;
	}

	/** Whether the values of all pairs are. */
	static boolean arePairs(@Nullable List<KeyValuePair> pairs) {
		if (pairs != null) {
			for (KeyValuePair pair : pairs) {
				if (pair == null || pair.getClass() != KeyValuePair.class || !is(pair.value)) {
					return false;
				}
			}
		}
		return true;
	}

	static boolean is(@Nullable Object value) {
		if (value == null) {
			return true;
		}
		Class<?> type = value.getClass();
		return type == String.class || type == Integer.class || type == Long.class || type == Boolean.class
				|| type == Double.class || KNOWN.get(type);
	}

	/** One that says its name, and has nothing else to say. */
	private static boolean isPlainEnum(Class<?> type) {
		if (!type.isEnum()) {
			return false;
		}
		try {
			return type.getMethod("toString").getDeclaringClass() == Enum.class;
		}
		catch (NoSuchMethodException | SecurityException | LinkageError ex) {
			return false;
		}
	}

}
