package io.loglane.appender;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

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
 * Boot's log file is, by the properties that Boot leaves in Logback's context. Like the
 * lane it is the JVM's: application contexts that name the same file for it share one,
 * which is open until the last of them lets go, and is opened again where Logback is
 * configured anew.
 */
public final class LaneFile {

	private static final String LOG_FILE = "LOG_FILE";

	private static final String SUFFIX = ".%d{yyyy-MM-dd}.%i.gz";

	/** All that are open, by what they are; guarded by itself, like all of them. */
	private static final Map<Key, LaneFile> OPEN = new LinkedHashMap<>();

	private final Key key;

	private final String file;

	private final Encoder<ILoggingEvent> encoder;

	private final QueueSettings settings;

	private final Rolling rolling;

	private final Set<Object> holders = new HashSet<>();

	private final List<Logger> loggers = new ArrayList<>();

	private @Nullable LoglaneAppender queue;

	private LaneFile(Key key, String file, Encoder<ILoggingEvent> encoder, QueueSettings settings, Rolling rolling) {
		this.key = key;
		this.file = file;
		this.encoder = encoder;
		this.settings = settings;
		this.rolling = rolling;
	}

	/**
	 * Open the file, and let the lane's records in: on the root logger, and on each
	 * logger that does not pass its records on. Where it is open, share it.
	 * @param context Logback's context
	 * @param holder who needs it open
	 * @param lane the lane
	 * @param file the file's path; directories are made
	 * @param only whether all other queues leave the lane's records out from now on
	 * @param encoder makes what renders the lines; started
	 * @param settings for the queue
	 * @return the file, {@code null} if it can not be written to; Logback's status
	 * messages say why
	 */
	public static @Nullable LaneFile open(LoggerContext context, Object holder, Lane lane, String file, boolean only,
			Supplier<Encoder<ILoggingEvent>> encoder, QueueSettings settings) {
		synchronized (OPEN) {
			Key key = new Key(context, lane, Path.of(file).toAbsolutePath().normalize());
			LaneFile open = OPEN.get(key);
			if (open == null) {
				open = new LaneFile(key, file, encoder.get(), settings, Rolling.of(file, context));
				if (!open.start()) {
					return null;
				}
				OPEN.put(key, open);
			}
			open.holders.add(holder);
			lane.elsewhere(holder, only);
			LogbackResets.watch(context);
			return open;
		}
	}

	/** Open again what a reset of the context has closed. */
	static void bringBack(LoggerContext context) {
		synchronized (OPEN) {
			Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
			for (LaneFile open : OPEN.values()) {
				if (open.key.context == context && (open.queue == null || !root.isAttached(open.queue))) {
					open.stop();
					open.start();
					LogbackResets.watch(context);
				}
			}
		}
	}

	private boolean start() {
		RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
		appender.setContext(this.key.context);
		appender.setName("FILE_" + this.key.lane.name());
		appender.setFile(this.file);
		appender.setEncoder(this.encoder);
		this.rolling.set(appender, this.key.context);
		appender.start();
		if (!appender.isStarted()) {
			return false;
		}
		LoglaneAppender queue = new LoglaneAppender();
		queue.setContext(this.key.context);
		queue.setName(appender.getName());
		queue.settings(this.settings);
		queue.addAppender(appender);
		queue.only(this.key.lane);
		queue.start();
		this.queue = queue;
		attach(queue);
		return true;
	}

	private void attach(LoglaneAppender queue) {
		for (Logger logger : this.key.context.getLoggerList()) {
			boolean isRoot = logger.getName().equals(org.slf4j.Logger.ROOT_LOGGER_NAME);
			if (isRoot || (!logger.isAdditive() && logger.iteratorForAppenders().hasNext())) {
				logger.addAppender(queue);
				this.loggers.add(logger);
			}
		}
	}

	private void stop() {
		LoglaneAppender queue = this.queue;
		this.queue = null;
		if (queue != null) {
			this.loggers.forEach((logger) -> logger.detachAppender(queue));
			queue.stop();
		}
		this.loggers.clear();
	}

	/**
	 * Let go of the file. When the last holder has, no more records are let in, the queue
	 * is written out, and the file is closed.
	 * @param holder who has opened it
	 */
	public void close(Object holder) {
		synchronized (OPEN) {
			this.key.lane.elsewhere(holder, false);
			if (this.holders.remove(holder) && this.holders.isEmpty()) {
				OPEN.remove(this.key);
				stop();
			}
		}
	}

	/** A lane's file is one, whoever names it, and however. */
	private record Key(LoggerContext context, Lane lane, Path path) {

	}

	/** How a file is rolled; read once, for a reset takes the properties away. */
	private record Rolling(String fileNamePattern, boolean cleanHistoryOnStart, FileSize maxFileSize,
			FileSize totalSizeCap, int maxHistory) {

		static Rolling of(String file, LoggerContext context) {
			return new Rolling(fileNamePattern(file, context),
					Boolean.parseBoolean(resolve("${LOGBACK_ROLLINGPOLICY_CLEAN_HISTORY_ON_START:-false}", context)),
					FileSize.valueOf(resolve("${LOGBACK_ROLLINGPOLICY_MAX_FILE_SIZE:-10MB}", context)),
					FileSize.valueOf(resolve("${LOGBACK_ROLLINGPOLICY_TOTAL_SIZE_CAP:-0}", context)),
					Integer.parseInt(resolve("${LOGBACK_ROLLINGPOLICY_MAX_HISTORY:-7}", context)));
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

		void set(RollingFileAppender<ILoggingEvent> appender, LoggerContext context) {
			SizeAndTimeBasedRollingPolicy<ILoggingEvent> policy = new SizeAndTimeBasedRollingPolicy<>();
			policy.setContext(context);
			policy.setParent(appender);
			policy.setFileNamePattern(this.fileNamePattern);
			policy.setCleanHistoryOnStart(this.cleanHistoryOnStart);
			policy.setMaxFileSize(this.maxFileSize);
			policy.setTotalSizeCap(this.totalSizeCap);
			policy.setMaxHistory(this.maxHistory);
			appender.setRollingPolicy(policy);
			policy.start();
		}

	}

}
