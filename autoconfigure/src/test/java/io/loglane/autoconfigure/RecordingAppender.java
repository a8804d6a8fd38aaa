package io.loglane.autoconfigure;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;

/**
 * An appender that no one can vouch for: a user's own. Keeps what it gets and on which
 * thread, and can be made to stall. It throws what begins with {@code Unwritable}.
 */
public final class RecordingAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {

	private final List<String> records = new CopyOnWriteArrayList<>();

	private final Semaphore gate = new Semaphore(1);

	private volatile boolean waitedInVain;

	/** Logback's base class would not let it out. */
	@Override
	public void doAppend(ILoggingEvent event) {
		if (event.getMessage().startsWith("Unwritable")) {
			throw new IllegalStateException("can not write that");
		}
		super.doAppend(event);
	}

	@Override
	protected void append(ILoggingEvent event) {
		boolean passed = pass();
		try {
			this.records.add(event.getFormattedMessage() + " on " + Thread.currentThread().getName());
		}
		finally {
			if (passed) {
				this.gate.release();
			}
		}
	}

	/** No test is to hang because the wrong thread has come here. */
	private boolean pass() {
		try {
			boolean passed = !this.waitedInVain && this.gate.tryAcquire(10, TimeUnit.SECONDS);
			this.waitedInVain |= !passed;
			return passed;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	/** From now on, and once the record that is being written is done, none is. */
	public void shut() {
		this.gate.acquireUninterruptibly();
	}

	/** Go on where it was shut. */
	public void open() {
		this.gate.release();
	}

	/**
	 * Return what arrived.
	 * @return {@code message on thread} for each record, in order
	 */
	public List<String> records() {
		return this.records;
	}

	/**
	 * Return how many records with that message arrived.
	 * @param message the beginning of the message
	 * @return the count
	 */
	public int count(String message) {
		return (int) this.records.stream().filter((seen) -> seen.startsWith(message)).count();
	}

}
