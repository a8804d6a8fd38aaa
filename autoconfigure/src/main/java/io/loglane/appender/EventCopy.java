package io.loglane.appender;

import java.util.List;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;

/**
 * Copies of events, for the rare case that an event can not be used as it is.
 */
final class EventCopy {

	private EventCopy() {
	}

	/**
	 * An event with other arguments.
	 * @param event the event; all that the caller's thread has to say has been read
	 * @param arguments the arguments
	 */
	static ILoggingEvent with(ILoggingEvent event, @Nullable Object[] arguments) {
		LoggingEvent copy = new LoggingEvent();
		copy.setLoggerName(event.getLoggerName());
		copy.setLevel(event.getLevel());
		copy.setThreadName(event.getThreadName());
		copy.setInstant(event.getInstant());
		copy.setSequenceNumber(event.getSequenceNumber());
		copy.setLoggerContextRemoteView(event.getLoggerContextVO());
		copy.setMessage(event.getMessage());
		copy.setArgumentArray(arguments);
		copy.setMDCPropertyMap(event.getMDCPropertyMap());
		IThrowableProxy throwable = event.getThrowableProxy();
		if (throwable instanceof ThrowableProxy proxy) {
			copy.setThrowableProxy(proxy);
		}
		if (event.hasCallerData()) {
			copy.setCallerData(event.getCallerData());
		}
		List<Marker> markers = event.getMarkerList();
		if (markers != null) {
			markers.forEach(copy::addMarker);
		}
		List<KeyValuePair> pairs = event.getKeyValuePairs();
		if (pairs != null) {
			pairs.forEach(copy::addKeyValuePair);
		}
		return copy;
	}

}
