package io.loglane.appender;

import java.nio.file.Path;

import ch.qos.logback.classic.LoggerContext;
import org.slf4j.spi.MDCAdapter;

/** A configured Logback, with queues that are open, or without any. */
interface SameLinesLogging extends AutoCloseable {

	LoggerContext context();

	MDCAdapter mdc();

	/** What the program is run in, on each thread. */
	default Callers.Body around(Callers.Body program) {
		return program;
	}

	/** Write out and close all. */
	@Override
	void close();

	/** How one is made. */
	interface Starter {

		SameLinesLogging start(SameLinesRow row, Path folder, boolean queued);

	}

}
