package io.loglane.appender;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggerContextListener;

/**
 * Brings the levels and files of lanes back when Logback's context is reset, which throws
 * out all appenders and filters. A context that is stopped throws out its listeners too;
 * whoever starts it anew asks for {@link #bringBack}.
 */
public final class LogbackResets implements LoggerContextListener {

	private LogbackResets() {
	}

	/**
	 * Put the levels and files of lanes back where they are missing.
	 * @param context Logback's context
	 */
	public static void bringBack(LoggerContext context) {
		LaneLevels.bringBack(context);
		LaneFile.bringBack(context);
	}

	static synchronized void watch(LoggerContext context) {
		if (context.getCopyOfListenerList().stream().noneMatch(LogbackResets.class::isInstance)) {
			context.addListener(new LogbackResets());
		}
	}

	@Override
	public boolean isResetResistant() {
		return true;
	}

	@Override
	public void onReset(LoggerContext context) {
		bringBack(context);
	}

	@Override
	public void onStart(LoggerContext context) {
		// what is brought back is started by itself
	}

	@Override
	public void onStop(LoggerContext context) {
		// after a reset, which has told already
	}

	@Override
	public void onLevelChange(Logger logger, Level level) {
		// lanes have levels of their own
	}

}
