package io.loglane.task;

import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lane's own logger, {@code loglane.executor.<lane>}: at DEBUG the life of its tasks,
 * at WARN those that were rejected. Where DEBUG is off it costs the look at the level.
 */
final class TaskLog {

	private static final String PREFIX = "loglane.executor.";

	/** What {@link #submitted} says where nothing was logged, nor any time taken. */
	static final long NOT_TIMED = Long.MIN_VALUE;

	/** In the place of what {@link #submitted} says, for what nobody submitted. */
	static final long BY_NOBODY = Long.MIN_VALUE + 1;

	private final Logger logger;

	TaskLog(Lane lane) {
		this.logger = LoggerFactory.getLogger(PREFIX + lane.name());
	}

	/**
	 * On the submitter's thread.
	 * @return when that was, {@link #NOT_TIMED} where nobody wants to know
	 */
	long submitted(String number) {
		if (!this.logger.isDebugEnabled()) {
			return NOT_TIMED;
		}
		this.logger.debug("Task {} submitted", number);
		return System.nanoTime();
	}

	/**
	 * Whether the rest of a task's life is to be told: where its beginning was. Asked
	 * outside of the lane, whose own level is for what its tasks log, and not for this.
	 * @param submitted what {@link #submitted} returned
	 */
	boolean tells(long submitted) {
		return (submitted == BY_NOBODY) ? this.logger.isDebugEnabled() : submitted != NOT_TIMED;
	}

	/**
	 * On the worker's thread.
	 * @param submitted what {@link #submitted} returned
	 * @return when that was
	 */
	long started(String number, long submitted) {
		long now = System.nanoTime();
		if (submitted != BY_NOBODY) {
			this.logger.debug("Task {} started, waited {} ms", number, millis(now - submitted));
		}
		else {
			this.logger.debug("Task {} started", number);
		}
		return now;
	}

	/**
	 * On the worker's thread.
	 * @param started what {@link #started} returned, {@link #NOT_TIMED} where it is not
	 * told
	 * @param failure what the task threw
	 */
	void ended(String number, long started, Object task, @Nullable Throwable failure) {
		if (started == NOT_TIMED) {
			return;
		}
		double millis = millis(System.nanoTime() - started);
		Throwable cause = (failure != null) ? failure : failureOf(task);
		if (cause != null) {
			this.logger.debug("Task {} failed, ran {} ms", number, millis, cause);
		}
		else {
			this.logger.debug("Task {} ended, ran {} ms", number, millis);
		}
	}

	/** A task with a result keeps what it threw to itself. */
	private static @Nullable Throwable failureOf(Object task) {
		if (!(task instanceof Future<?> future) || !future.isDone()) {
			return null;
		}
		try {
			future.get();
			return null;
		}
		catch (ExecutionException ex) {
			return ex.getCause();
		}
		catch (CancellationException ex) {
			return ex;
		}
		catch (InterruptedException ex) {
			// it is done, so nobody waited: the flag was the task's own
			Thread.currentThread().interrupt();
			return null;
		}
	}

	/** A task that the executor refused, whatever it told the submitter. */
	void rejected(Object task) {
		this.logger.warn("Task rejected: {}", task);
	}

	private static double millis(long nanos) {
		return Math.round(nanos / 1e3) / 1e3;
	}

}
