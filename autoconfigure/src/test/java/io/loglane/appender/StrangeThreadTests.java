package io.loglane.appender;

import java.time.Duration;

import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** A thread class of the application's that fails costs that thread's record only. */
class StrangeThreadTests {

	private final OwnLogback logback = new OwnLogback();

	private final Logger logger = this.logback.logger();

	@AfterEach
	void close() {
		this.logback.close();
	}

	@Test
	void threadThatThrowsInGetIdStopsNobodyElse() throws Exception {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
		}), OwnLogback.withShutdownTimeout(OwnLogback.settings(8192, Duration.ofMillis(100)), Duration.ofSeconds(1)));
		queue.open();
		this.logger.info("before");
		await().until(() -> OwnLogback.counts(queue).written() == 1);
		Thread thread = new Thread(() -> {
			try {
				this.logger.info("here");
			}
			catch (IllegalStateException ex) {
				// its own fault
			}
		}) {
			@Override
			public long getId() {
				throw new IllegalStateException("no id");
			}
		};
		thread.start();
		thread.join();
		this.logger.info("afterwards");
		await().atMost(Duration.ofSeconds(5)).until(() -> OwnLogback.counts(queue).written() >= 2);
		assertThat(OwnLogback.counts(queue).depth()).isZero();
	}

}
