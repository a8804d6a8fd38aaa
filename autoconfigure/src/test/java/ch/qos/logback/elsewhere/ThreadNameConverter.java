package ch.qos.logback.elsewhere;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;

/**
 * A conversion word of somebody who has a package under Logback's; it asks the thread.
 */
public final class ThreadNameConverter extends ClassicConverter {

	@Override
	public String convert(ILoggingEvent event) {
		return Thread.currentThread().getName();
	}

}
