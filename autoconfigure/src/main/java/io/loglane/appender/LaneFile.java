package io.loglane.appender;

import java.util.ArrayList;
import java.util.List;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.spi.ScanException;
import ch.qos.logback.core.util.FileSize;
import ch.qos.logback.core.util.OptionHelper;
import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;

/**
 * A file for the records of one lane, behind a queue of its own. It is rolled as Spring
 * Boot's log file is, by the properties that Boot leaves in Logback's context.
 */
public final class LaneFile implements AutoCloseable {

	private static final String LOG_FILE = "LOG_FILE";

	private static final String SUFFIX = ".%d{yyyy-MM-dd}.%i.gz";

	private final Lane lane;

	private final boolean only;

	private final LoglaneAppender queue;

	private final List<Logger> loggers = new ArrayList<>();

	private LaneFile(Lane lane, boolean only, LoglaneAppender queue) {
		this.lane = lane;
		this.only = only;
		this.queue = queue;
	}

	/**
	 * Open the file, and let the lane's records in: on the root logger, and on each
	 * logger that does not pass its records on.
	 * @param context Logback's context
	 * @param lane the lane
	 * @param file the file's path; directories are made
	 * @param only whether all other queues leave the lane's records out from now on
	 * @param encoder renders the lines; started
	 * @param settings for the queue
	 * @return the file, {@code null} if it can not be written to; Logback's status
	 * messages say why
	 */
	public static @Nullable LaneFile open(LoggerContext context, Lane lane, String file, boolean only,
			Encoder<ILoggingEvent> encoder, QueueSettings settings) {
		RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
		appender.setContext(context);
		appender.setName("FILE_" + lane.name());
		appender.setFile(file);
		appender.setEncoder(encoder);
		roll(appender, file, context);
		appender.start();
		if (!appender.isStarted()) {
			return null;
		}
		LoglaneAppender queue = new LoglaneAppender();
		queue.setContext(context);
		queue.setName(appender.getName());
		queue.settings(settings);
		queue.addAppender(appender);
		queue.only(lane);
		queue.start();
		LaneFile opened = new LaneFile(lane, only, queue);
		opened.attach(context);
		return opened;
	}

	private static void roll(RollingFileAppender<ILoggingEvent> appender, String file, LoggerContext context) {
		SizeAndTimeBasedRollingPolicy<ILoggingEvent> policy = new SizeAndTimeBasedRollingPolicy<>();
		policy.setContext(context);
		policy.setParent(appender);
		policy.setFileNamePattern(fileNamePattern(file, context));
		policy.setCleanHistoryOnStart(
				Boolean.parseBoolean(resolve("${LOGBACK_ROLLINGPOLICY_CLEAN_HISTORY_ON_START:-false}", context)));
		policy.setMaxFileSize(FileSize.valueOf(resolve("${LOGBACK_ROLLINGPOLICY_MAX_FILE_SIZE:-10MB}", context)));
		policy.setTotalSizeCap(FileSize.valueOf(resolve("${LOGBACK_ROLLINGPOLICY_TOTAL_SIZE_CAP:-0}", context)));
		policy.setMaxHistory(Integer.parseInt(resolve("${LOGBACK_ROLLINGPOLICY_MAX_HISTORY:-7}", context)));
		appender.setRollingPolicy(policy);
		policy.start();
	}

	/** Boot's pattern with this file in the place of Boot's; never the same file. */
	private static String fileNamePattern(String file, LoggerContext context) {
		String boots = resolve("${LOGBACK_ROLLINGPOLICY_FILE_NAME_PATTERN:-}", context);
		String main = resolve("${" + LOG_FILE + ":-}", context);
		return (!main.isEmpty() && boots.startsWith(main)) ? file + boots.substring(main.length()) : file + SUFFIX;
	}

	private static String resolve(String value, LoggerContext context) {
		try {
			return OptionHelper.substVars(value, context);
		}
		catch (ScanException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void attach(LoggerContext context) {
		for (Logger logger : context.getLoggerList()) {
			boolean isRoot = logger.getName().equals(org.slf4j.Logger.ROOT_LOGGER_NAME);
			if (isRoot || (!logger.isAdditive() && logger.iteratorForAppenders().hasNext())) {
				logger.addAppender(this.queue);
				this.loggers.add(logger);
			}
		}
		if (this.only) {
			this.lane.elsewhere(true);
		}
	}

	/** Let no more records in, write out the queue, and close the file. */
	@Override
	public void close() {
		if (this.only) {
			this.lane.elsewhere(false);
		}
		this.loggers.forEach((logger) -> logger.detachAppender(this.queue));
		this.queue.stop();
	}

}
