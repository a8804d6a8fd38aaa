package io.loglane.autoconfigure;

import java.util.ArrayList;
import java.util.List;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import io.loglane.appender.LoglaneAppender;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalysisReporter;

/**
 * Prints the report of {@link InvalidQueueFailureAnalyzer} where Boot's, which is logged,
 * would be seen by nobody: all that would write it are the queues of which it tells.
 */
final class InvalidQueueReporter implements FailureAnalysisReporter {

	@Override
	public void report(FailureAnalysis analysis) {
		if (InvalidQueueFailureAnalyzer.isOurs(analysis) && Preconditions.logbackIsThere() && LogbackQueues.isBound()
				&& InLogback.nobodyWrites()) {
			// the log itself is what can not be written to
			// checkstyle:off
			System.err.printf("%nAPPLICATION FAILED TO START%n%nDescription:%n%n%s%nAction:%n%n%s%n%n",
					analysis.getDescription(), analysis.getAction());
			// checkstyle:on
		}
	}

	/** Loaded only where Logback is. */
	private static final class InLogback {

		private InLogback() {
		}

		static boolean nobodyWrites() {
			LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
			List<Appender<ILoggingEvent>> appenders = new ArrayList<>();
			context.getLogger(Logger.ROOT_LOGGER_NAME).iteratorForAppenders().forEachRemaining(appenders::add);
			return appenders.stream()
				.allMatch((appender) -> appender instanceof LoglaneAppender && !appender.isStarted());
		}

	}

}
