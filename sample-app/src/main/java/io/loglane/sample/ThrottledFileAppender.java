package io.loglane.sample;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.spi.AppenderAttachable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logback's own file appender on a disk of a speed that can be changed, to see what a
 * queue in front of it does. Keeps the last lines that it has written.
 */
public final class ThrottledFileAppender extends RollingFileAppender<ILoggingEvent> {

	static final int NORMAL_SPEED = 5_000;

	/** So far a record may come before its turn: each wait of its own would cost more. */
	private static final long BURST = TimeUnit.MILLISECONDS.toNanos(2);

	private final Tail tail = new Tail();

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition speedChanged = this.lock.newCondition();

	private int speed = NORMAL_SPEED;

	private long nextTurn = System.nanoTime();

	/** The sample's log file, unless Logback is configured otherwise. */
	static Optional<ThrottledFileAppender> find() {
		LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
		Appender<ILoggingEvent> file = context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("FILE");
		// the queue stands in its place, and knows what is behind it
		if (file instanceof AppenderAttachable<?> queue) {
			return Optional.ofNullable(queue.getAppender("FILE"))
				.filter(ThrottledFileAppender.class::isInstance)
				.map(ThrottledFileAppender.class::cast);
		}
		return Optional.ofNullable(file)
			.filter(ThrottledFileAppender.class::isInstance)
			.map(ThrottledFileAppender.class::cast);
	}

	Tail tail() {
		return this.tail;
	}

	int speed() {
		this.lock.lock();
		try {
			return this.speed;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Change the speed of the disk.
	 * @param recordsPerSecond how much it takes; 0: nothing at all
	 */
	void speed(int recordsPerSecond) {
		this.lock.lock();
		try {
			this.speed = recordsPerSecond;
			this.nextTurn = System.nanoTime();
			this.speedChanged.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	protected void subAppend(ILoggingEvent event) {
		awaitTurn();
		super.subAppend(event);
		this.tail.add(event);
	}

	private void awaitTurn() {
		this.lock.lock();
		try {
			while (this.speed == 0 || this.nextTurn - System.nanoTime() > BURST) {
				this.speedChanged.awaitNanos((this.speed == 0) ? Long.MAX_VALUE : this.nextTurn - System.nanoTime());
			}
			this.nextTurn = Math.max(this.nextTurn, System.nanoTime()) + TimeUnit.SECONDS.toNanos(1) / this.speed;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void stop() {
		// whoever waits for a disk that has been stopped must not wait for ever
		speed(NORMAL_SPEED);
		super.stop();
	}

}
