package io.loglane.appender;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** Where a delegate has to stop until the test lets it pass. Closed at first. */
final class Gate {

	private final Semaphore arrivals = new Semaphore(0);

	private final Semaphore permits = new Semaphore(0);

	private volatile boolean open;

	/** Called by who is to be stopped; its interrupt flag stays as it is. */
	void pass() {
		this.arrivals.release();
		if (!this.open) {
			this.permits.acquireUninterruptibly();
		}
	}

	/** Wait for one more arrival. */
	void awaitArrival() {
		boolean interrupted = Thread.interrupted();
		try {
			assertThat(this.arrivals.tryAcquire(20, TimeUnit.SECONDS)).as("somebody arrived").isTrue();
		}
		catch (InterruptedException ex) {
			throw new AssertionError(ex);
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	void letPass(int count) {
		this.permits.release(count);
	}

	/** From now on nobody is stopped. */
	void open() {
		this.open = true;
		this.permits.release(1_000_000);
	}

}
