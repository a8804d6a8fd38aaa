package io.loglane.appender;

import java.time.Duration;

import ch.qos.logback.classic.Level;

/**
 * What can be set for a queue.
 *
 * @param capacity how many records it holds, from 1
 * @param memory how many bytes its records may retain, roughly, from 1
 * @param maxWait how long a caller waits at most where there is no room; zero: not at all
 * @param waitLevel callers of records at or above this level wait; {@link Level#OFF}:
 * none
 * @param callerData whether class, method and line of the caller are taken
 * @param render who turns a record into bytes
 * @param shutdownTimeout how long a closing context waits at most until the queue is
 * written out
 */
public record QueueSettings(int capacity, long memory, Duration maxWait, Level waitLevel, CallerData callerData,
		Render render, Duration shutdownTimeout) {

	/** The largest capacity: as much as a ring of references may take. */
	public static final int MAX_CAPACITY = 1 << 26;

	/** A sixteenth of the heap's maximum, and no more than 64 MiB. */
	public static final long DEFAULT_MEMORY = Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 16);

	/** The settings that hold where none is made. */
	public static final QueueSettings DEFAULTS = new QueueSettings(8192, DEFAULT_MEMORY, Duration.ofSeconds(1),
			Level.TRACE, CallerData.AUTO, Render.AUTO, Duration.ofSeconds(10));

	QueueSettings withCapacity(int capacity) {
		return new QueueSettings(capacity, this.memory, this.maxWait, this.waitLevel, this.callerData, this.render,
				this.shutdownTimeout);
	}

	QueueSettings withMemory(long memory) {
		return new QueueSettings(this.capacity, memory, this.maxWait, this.waitLevel, this.callerData, this.render,
				this.shutdownTimeout);
	}

	QueueSettings withMaxWait(Duration maxWait) {
		return new QueueSettings(this.capacity, this.memory, maxWait, this.waitLevel, this.callerData, this.render,
				this.shutdownTimeout);
	}

	QueueSettings withWaitLevel(Level waitLevel) {
		return new QueueSettings(this.capacity, this.memory, this.maxWait, waitLevel, this.callerData, this.render,
				this.shutdownTimeout);
	}

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
