package io.loglane.autoconfigure;

import java.util.Locale;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import io.loglane.actuate.LoglaneEndpoint.LaneLevelSetter;
import io.loglane.appender.LaneLevels;
import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.logging.LogLevel;

/**
 * Sets the levels of lanes by Spring Boot's names of levels, over those that are
 * configured; these hold again when it is cleared.
 */
final class LogbackLaneLevels implements LaneLevelSetter, DisposableBean {

	@Override
	public @Nullable String get(Lane lane) {
		int level = lane.level();
		return (level != Lane.NO_LEVEL) ? Level.toLevel(level).toString() : null;
	}

	@Override
	public void set(Lane lane, @Nullable String level) {
		if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
			LaneLevels.set(context, this, lane, (level != null) ? LogbackQueues.level(parse(level)) : null);
		}
	}

	/** What an operator has set holds for as long as the application runs. */
	@Override
	public void destroy() {
		Lane.all().forEach((lane) -> set(lane, null));
	}

	private static LogLevel parse(String level) {
		try {
			return LogLevel.valueOf(level.trim().toUpperCase(Locale.ROOT));
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalArgumentException("There is no level '" + level
					+ "': use trace, debug, info, warn, error or off, or none to clear it", ex);
		}
	}

}
