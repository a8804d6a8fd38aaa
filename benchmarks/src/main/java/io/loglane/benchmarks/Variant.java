package io.loglane.benchmarks;

import java.util.List;
import java.util.Locale;

/** What is compared. */
public enum Variant {

	/** An appender that does nothing. */
	FLOOR_NOP,

	/** An appender that reads MDC and thread name. */
	FLOOR_LITE,

	/** One that gives each event a number besides, and puts it in the place of that. */
	FLOOR_ORDER,

	/** An appender that calls {@code prepareForDeferredProcessing}. */
	FLOOR_PREP,

	/** Logback's {@code FileAppender} as Boot sets it up: a flush for each record. */
	SYNC_FLUSH,

	/** Logback's {@code FileAppender} that flushes when its buffer is full. */
	SYNC_BUFFERED,

	/** Logback's {@code AsyncAppender}, which blocks when its queue is full. */
	LOGBACK_ASYNC,

	/** Logback's {@code AsyncAppender}, which drops when its queue is full. */
	LOGBACK_NEVER_BLOCK,

	/** The asynchronous appender of logstash-logback-encoder. */
	LOGSTASH,

	/** Log4j2 with all loggers asynchronous. */
	LOG4J_LOGGER,

	/** Log4j2's {@code AsyncAppender} with a queue of JCTools. */
	LOG4J_APPENDER,

	/** Loglane's queue, as the starter puts it in front. */
	LOGLANE;

	boolean isLog4j() {
		return this == LOG4J_LOGGER || this == LOG4J_APPENDER;
	}

	/**
	 * How many records it may lose in a case of a peer's own fault. Log4j2 takes a
	 * negative estimate of the room in its ring for a sign to discard, and a thread that
	 * loses its core in the midst of estimating gets one.
	 */
	int knownToLose() {
		return switch (this) {
			case LOG4J_LOGGER -> 100;
			case LOGBACK_NEVER_BLOCK -> Integer.MAX_VALUE;
			default -> 0;
		};
	}

	/** What the JVM has to be told. */
	List<String> jvmArguments() {
		return (this == LOG4J_LOGGER)
				? List.of("-Dlog4j2.contextSelector=org.apache.logging.log4j.core.async.AsyncLoggerContextSelector",
						"-Dlog4j2.asyncLoggerRingBufferSize=" + Subject.CAPACITY)
				: List.of();
	}

	/**
	 * Set it up.
	 * @param output where its records go
	 * @param mayDrop whether it drops records where there is no room, instead of waiting
	 */
	Subject start(Output output, boolean mayDrop) {
		return isLog4j() ? new Log4jSubject(this, output) : new LogbackSubject(this, output, mayDrop);
	}

	@Override
	public String toString() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

}
