package io.loglane.appender;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import ch.qos.logback.classic.spi.CallerData;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;

/**
 * Copies of events that hold no more than their line still needs. What an application
 * hands to a log statement may be large, and a queue is bounded in memory.
 */
final class EventCopy {

	private EventCopy() {
	}

	/**
	 * An event for a line that the drain renders.
	 * @param event the event; all that the caller's thread has to say has been read
	 * @param shown what the line shows, none of which may change by itself; the lists may
	 * be the caller's
	 */
	static ILoggingEvent forDrain(ILoggingEvent event, Rendering.Shown shown) {
		String message = shown.arguments() ? event.getMessage() : event.getFormattedMessage();
		Copy copy = shell(event, message, event.getMDCPropertyMap());
		Object[] arguments = event.getArgumentArray();
		if (shown.arguments() && arguments != null) {
			copy.setArgumentArray(arguments.clone());
		}
		List<KeyValuePair> pairs = event.getKeyValuePairs();
		if (shown.pairs() && pairs != null) {
			copy.setKeyValuePairs(new ArrayList<>(pairs));
		}
		addTraces(copy, event);
		return copy;
	}

	/**
	 * All of an event, for a delegate of which nothing is known: it may know Logback's
	 * own class of events only.
	 * @param record the record, whose message is not formatted yet
	 */
	static ILoggingEvent settled(QueuedRecord record) {
		return whole(record, record.getMDCPropertyMap());
	}

	/**
	 * All of an event but our tag in its MDC.
	 * @param event the event
	 * @param keys the names of the tag's entries; one of the application's own stays
	 * @return the copy, {@code null} where the event has no tag
	 */
	static @Nullable ILoggingEvent untagged(ILoggingEvent event, Set<String> keys) {
		Map<String, String> mdc = new HashMap<>(event.getMDCPropertyMap());
		if (!mdc.entrySet()
			.removeIf((entry) -> keys.contains(entry.getKey()) && isTag(entry.getKey(), entry.getValue()))) {
			return null;
		}
		Copy copy = whole(event, mdc);
		copy.formatted = event.getFormattedMessage();
		copy.setKeyValuePairs(event.getKeyValuePairs());
		return copy;
	}

	/** A lane, a task, or both: {@code reports}, {@code 42} or {@code reports#42}. */
	private static boolean isTag(String key, @Nullable String value) {
		if (value == null) {
			return false;
		}
		int mark = value.lastIndexOf('#');
		String number = value.substring(mark + 1);
		boolean isNumbered = !number.isEmpty() && number.chars().allMatch(Character::isDigit);
		if (mark < 0) {
			// a parent of ours is always both
			return !key.equals("parent") && (isNumbered || isLane(value));
		}
		return isNumbered && isLane(value.substring(0, mark));
	}

	private static boolean isLane(String name) {
		return Lane.all().stream().anyMatch((lane) -> lane.name().equals(name));
	}

	/**
	 * An event whose line has been rendered.
	 * @param event the event
	 */
	static ILoggingEvent rendered(ILoggingEvent event) {
		return shell(event, "", Map.of());
	}

	/** All but the key-value pairs, and the message as it was formatted. */
	private static Copy whole(ILoggingEvent event, Map<String, String> mdc) {
		Copy copy = shell(event, event.getMessage(), mdc);
		copy.setArgumentArray(event.getArgumentArray());
		List<Marker> markers = event.getMarkerList();
		if (markers != null) {
			markers.forEach(copy::addMarker);
		}
		addTraces(copy, event);
		return copy;
	}

	private static void addTraces(Copy copy, ILoggingEvent event) {
		copy.throwable = event.getThrowableProxy();
		if (event.hasCallerData()) {
			copy.setCallerData(event.getCallerData());
		}
	}

	private static Copy shell(ILoggingEvent event, String message, Map<String, String> mdc) {
		Copy copy = new Copy();
		copy.setLoggerName(event.getLoggerName());
		copy.setLevel(event.getLevel());
		copy.setThreadName(event.getThreadName());
		Instant instant = event.getInstant();
		if (instant != null) {
			// an event that somebody made by hand may have none
			copy.setInstant(instant);
		}
		copy.setSequenceNumber(event.getSequenceNumber());
		copy.setLoggerContextRemoteView(event.getLoggerContextVO());
		copy.setMessage(message);
		copy.setMDCPropertyMap(mdc);
		return copy;
	}

	/** Never looks for the caller: the thread that asks is another. */
	private static final class Copy extends LoggingEvent {

		/** Where it is to be asked from no arguments again. */
		private @Nullable String formatted;

		/**
		 * One that comes from another JVM is of a class that Logback's setter refuses.
		 */
		private @Nullable IThrowableProxy throwable;

		@Override
		public @Nullable IThrowableProxy getThrowableProxy() {
			return this.throwable;
		}

		@Override
		public String getFormattedMessage() {
			String formatted = this.formatted;
			return (formatted != null) ? formatted : super.getFormattedMessage();
		}

		@Override
		public StackTraceElement[] getCallerData() {
			return hasCallerData() ? super.getCallerData() : CallerData.EMPTY_CALLER_DATA_ARRAY;
		}

	}

}
