package io.loglane.appender;

import java.util.function.Consumer;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;

/**
 * A delegate that does what the test says, and throws what the test throws: Logback's own
 * base class would swallow it.
 */
final class ScriptedAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {

	private final Consumer<ILoggingEvent> script;

	ScriptedAppender(Consumer<ILoggingEvent> script) {
		this.script = script;
	}

	@Override
	public void doAppend(ILoggingEvent event) {
		this.script.accept(event);
	}

	@Override
	protected void append(ILoggingEvent event) {
		throw new UnsupportedOperationException();
	}

}
