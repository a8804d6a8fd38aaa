package io.loglane.appender;

import java.time.Duration;

import ch.qos.logback.classic.Level;

/**
 * What can be set for a queue.
 *
 * @param capacity how many records it holds, from 1
 * @param maxWait how long a caller waits at most where there is no room; zero: not at all
 * @param waitLevel callers of records at or above this level wait; {@link Level#OFF}:
 * none
 * @param callerData whether class, method and line of the caller are taken
 * @param render who turns a record into bytes
 * @param shutdownTimeout how long a closing context waits at most until the queue is
 * written out
 */
public record QueueSettings(int capacity, Duration maxWait, Level waitLevel, CallerData callerData, Render render,
		Duration shutdownTimeout) {

	/** The largest capacity: as much as a ring of references may take. */
	public static final int MAX_CAPACITY = 1 << 26;

	/** The settings that hold where none is made. */
	public static final QueueSettings DEFAULTS = new QueueSettings(8192, Duration.ofSeconds(1), Level.TRACE,
			CallerData.AUTO, Render.AUTO, Duration.ofSeconds(10));

	/** Whether the caller's class, method and line are taken; it costs microseconds. */
	public enum CallerData {

		/** Where the delegate's pattern asks for it. */
		AUTO,

		/** Always. */
		TRUE,

		/** Never. */
		FALSE

	}

	/** Who turns a record into bytes. */
	public enum Render {

		/**
		 * The drain where all that a line needs comes from the event, else the caller.
		 */
		AUTO,

		/** The thread that logs. */
		CALLER,

		/** The drain thread. */
		DRAIN

	}

}
