package io.loglane.appender;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import ch.qos.logback.classic.spi.CallerData;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
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
		LoggingEvent copy = shell(event, message, event.getMDCPropertyMap());
		Object[] arguments = event.getArgumentArray();
		if (shown.arguments() && arguments != null) {
			copy.setArgumentArray(arguments.clone());
		}
		List<KeyValuePair> pairs = event.getKeyValuePairs();
		if (shown.pairs() && pairs != null) {
			copy.setKeyValuePairs(new ArrayList<>(pairs));
		}
		IThrowableProxy throwable = event.getThrowableProxy();
		if (throwable instanceof ThrowableProxy proxy) {
			copy.setThrowableProxy(proxy);
		}
		if (event.hasCallerData()) {
			copy.setCallerData(event.getCallerData());
		}
		return copy;
	}

	/**
	 * All of an event, for a delegate of which nothing is known: it may know Logback's
	 * own class of events only.
	 * @param record the record, whose message is not formatted yet
	 */
	static ILoggingEvent settled(QueuedRecord record) {
		LoggingEvent copy = shell(record, record.getMessage(), record.getMDCPropertyMap());
		copy.setArgumentArray(record.getArgumentArray());
		List<Marker> markers = record.getMarkerList();
		if (markers != null) {
			markers.forEach(copy::addMarker);
		}
		if (record.getThrowableProxy() instanceof ThrowableProxy proxy) {
			copy.setThrowableProxy(proxy);
		}
		if (record.hasCallerData()) {
			copy.setCallerData(record.getCallerData());
		}
		return copy;
	}

	/**
	 * An event whose line has been rendered.
	 * @param event the event
	 */
	static ILoggingEvent rendered(ILoggingEvent event) {
		return shell(event, "", Map.of());
	}

	private static LoggingEvent shell(ILoggingEvent event, String message, Map<String, String> mdc) {
		LoggingEvent copy = new Copy();
		copy.setLoggerName(event.getLoggerName());
		copy.setLevel(event.getLevel());
		copy.setThreadName(event.getThreadName());
		copy.setInstant(event.getInstant());
		copy.setSequenceNumber(event.getSequenceNumber());
		copy.setLoggerContextRemoteView(event.getLoggerContextVO());
		copy.setMessage(message);
		copy.setMDCPropertyMap(mdc);
		return copy;
	}

	/** Never looks for the caller: the thread that asks is another. */
	private static final class Copy extends LoggingEvent {

		@Override
		public StackTraceElement[] getCallerData() {
			return hasCallerData() ? super.getCallerData() : CallerData.EMPTY_CALLER_DATA_ARRAY;
		}

	}

}
