package io.loglane.appender;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Lets a lane's level decide for all records of its tasks, but not for what the lanes'
 * own loggers tell of tasks. It is in Logback's context only while some lane has a level,
 * so that a disabled log statement costs nothing more where none has.
 */
public final class LaneLevels extends TurboFilter {

	/** Begins the names of the lanes' own loggers. */
	private static final String OWN_LOGGERS = "loglane.executor.";

	private LaneLevels() {
	}

	/**
	 * Set or clear a lane's level. Safe for use by many threads.
	 * @param context Logback's context
	 * @param holder who sets it
	 * @param lane the lane
	 * @param level the level, {@code null} to let go of it
	 */
	public static void set(LoggerContext context, Object holder, Lane lane, @Nullable Level level) {
		lane.level(holder, (level != null) ? level.toInt() : Lane.NO_LEVEL);
		bringBack(context);
		if (level != null) {
			LogbackResets.watch(context);
		}
	}

	/** Put the filter where it is needed and missing, and take it away where not. */
	static synchronized void bringBack(LoggerContext context) {
		boolean needed = Lane.all().stream().anyMatch((each) -> each.level() != Lane.NO_LEVEL);
		TurboFilter present = context.getTurboFilterList()
			.stream()
			.filter(LaneLevels.class::isInstance)
			.findFirst()
			.orElse(null);
		if (needed && present == null) {
			LaneLevels levels = new LaneLevels();
			levels.setContext(context);
			levels.start();
			context.addTurboFilter(levels);
		}
		else if (!needed && present != null) {
			context.getTurboFilterList().remove(present);
		}
	}

	@Override
	public FilterReply decide(@Nullable Marker marker, Logger logger, Level level, @Nullable String format,
			Object @Nullable [] params, @Nullable Throwable t) {
		int lanes = Lane.current().level();
		// a lane's own logger tells of tasks also on their submitters' threads: half a
		// story would come of a lane's level there
		if (lanes == Lane.NO_LEVEL || logger.getName().startsWith(OWN_LOGGERS)) {
			return FilterReply.NEUTRAL;
		}
		return (level.toInt() >= lanes) ? FilterReply.ACCEPT : FilterReply.DENY;
	}

}
