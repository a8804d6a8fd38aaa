package io.loglane.appender;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.FileAppender;
import io.loglane.lane.Lane;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** A queue that stops writes out all there is, and waits for no delegate for ever. */
class StopTests {

	private static final Duration PATIENCE = Duration.ofMillis(300);

	/** How much longer than asked something may take on a busy machine. */
	private static final Duration BOUND = Duration.ofSeconds(10);

	private final OwnLogback logback = new OwnLogback();

	private final Gate gate = new Gate();

	private final Callers callers = new Callers();

	private final Queue<String> written = new ConcurrentLinkedQueue<>();

	private final Logger logger = this.logback.logger();

	@TempDir
	private Path folder;

	@AfterEach
	void close() {
		this.gate.open();
		this.logback.close();
	}

	private Appender<ILoggingEvent> gated() {
		return this.logback.scripted((event) -> {
			this.gate.pass();
			this.written.add(event.getMessage());
		});
	}

	private LoglaneAppender hung(QueueSettings settings) {
		LoglaneAppender queue = this.logback.queue(gated(), OwnLogback.withShutdownTimeout(settings, PATIENCE));
		queue.open();
		this.logger.info("stuck");
		this.gate.awaitArrival();
		return queue;
	}

	private static String stderrOf(Runnable action) {
		PrintStream before = System.err;
		ByteArrayOutputStream captured = new ByteArrayOutputStream();
		System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
		try {
			action.run();
		}
		finally {
			System.setErr(before);
		}
		return captured.toString(StandardCharsets.UTF_8);
	}

	private static Duration timeOf(Runnable action) {
		long started = System.nanoTime();
		action.run();
		return Duration.ofNanos(System.nanoTime() - started);
	}

	@Test
	void stopWritesOutEverythingStopsTheDelegateAndLeavesNoThread() {
		Path file = this.folder.resolve("stop.log");
		FileAppender<ILoggingEvent> delegate = this.logback.file(file, "%msg%n");
		LoglaneAppender queue = this.logback.queue(delegate, OwnLogback.lossless(8192));
		queue.open();
		for (int i = 0; i < 5_000; i++) {
			this.logger.info("x");
		}
		queue.stop();
		assertThat(OwnLogback.lines(file)).hasSize(5_000);
		assertThat(OwnLogback.drains(queue)).isEmpty();
		assertThat(queue.isStarted()).isFalse();
		assertThat(delegate.isStarted()).isFalse();
		// like any appender of Logback's: no line, no exception
		this.logger.info("late");
		assertThat(OwnLogback.lines(file)).hasSize(5_000);
		assertThat(OwnLogback.counts(queue).accepted()).isEqualTo(5_000);
	}

	@Test
	void stopOfAQueueThatWasNeverOpenedStopsTheDelegate() {
		Path file = this.folder.resolve("never.log");
		FileAppender<ILoggingEvent> delegate = this.logback.file(file, "%msg%n");
		LoglaneAppender queue = this.logback.queue(delegate, OwnLogback.lossless(8));
		this.logger.info("x");
		queue.stop();
		queue.stop();
		assertThat(OwnLogback.lines(file)).containsExactly("x");
		assertThat(delegate.isStarted()).isFalse();
	}

	@Test
	void queueCanBeStartedAgain() {
		LoglaneAppender queue = this.logback.queue(gated(), OwnLogback.lossless(8));
		this.gate.open();
		queue.open();
		this.logger.info("first life");
		queue.stop();
		queue.start();
		OwnLogback.close(queue);
		queue.open();
		this.logger.info("second life");
		queue.stop();
		assertThat(this.written).containsExactly("first life", "second life");
		assertThat(OwnLogback.drains(queue)).isEmpty();
	}

	@Test
	void callersThatRaceWithStopAreWrittenOrRefusedButNeverHang() {
		Path file = this.folder.resolve("race.log");
		LoglaneAppender queue = this.logback.queue(this.logback.file(file, "%msg%n"), OwnLogback.lossless(4));
		queue.open();
		AtomicBoolean done = new AtomicBoolean();
		for (int t = 0; t < 3; t++) {
			this.callers.start(() -> {
				while (!done.get()) {
					this.logger.info("x");
				}
			});
		}
		await().until(() -> OwnLogback.counts(queue).written() > 1_000);
		queue.stop();
		done.set(true);
		this.callers.join();
		LaneCounts counts = OwnLogback.counts(queue);
		assertThat(counts.depth()).isZero();
		assertThat(counts.dropped()).isZero();
		assertThat((long) OwnLogback.lines(file).size()).isEqualTo(counts.written());
	}

	/** They write their records themselves, and are nothing to be given up. */
	@Test
	void callersThatAreLateKeepNobodyWhoWaitsForTheEnd() {
		QueueSettings settings = OwnLogback.lossless(64);
		Shares shares = new QueueStats("late").newQueue(settings);
		RecordQueue queue = this.logback.bareQueue(settings, shares, (event) -> {
		});
		AtomicBoolean done = new AtomicBoolean();
		for (int t = 0; t < 2; t++) {
			this.callers.start(() -> {
				while (!done.get()) {
					OwnLogback.append(queue, shares.of(Lane.NONE));
				}
			});
		}
		try {
			for (int i = 0; i < 20_000; i++) {
				assertThat(queue.awaitEmpty(System.nanoTime() + BOUND.toNanos())).as("written out, %s", i).isTrue();
			}
		}
		finally {
			done.set(true);
		}
		this.callers.join();
		assertThat(queue.isEmpty()).isTrue();
	}

	@Test
	void hungDelegateCostsStopNoMoreThanTheShutdownTimeout() {
		Lane reports = Lane.named(OwnLogback.unique("reports"));
		LoglaneAppender queue = hung(OwnLogback.lossless(8));
		try (Lane.Scope scope = reports.enter()) {
			this.logger.info("1");
			this.logger.info("2");
		}
		Duration[] took = new Duration[1];
		String stderr = stderrOf(() -> took[0] = timeOf(queue::stop));
		assertThat(took[0]).isBetween(PATIENCE, PATIENCE.plus(BOUND));
		assertThat(stderr.lines()).singleElement()
			.asString()
			.contains(String.valueOf(queue.getName()))
			.contains("none=1")
			.contains(reports + "=2");
		assertThat(OwnLogback.counts(queue, reports).depth()).isEqualTo(2);
		// if the delegate ever lets go
		this.gate.open();
		await().until(() -> this.written.size() == 3);
		assertThat(OwnLogback.counts(queue, reports).written()).isEqualTo(2);
	}

	@Test
	void lineOnStderrTellsOfWhatWasDroppedWhileTheDelegateHung() {
		Lane reports = Lane.named(OwnLogback.unique("reports"));
		LoglaneAppender queue = hung(OwnLogback.settings(1, Duration.ZERO));
		this.logger.info("queued");
		this.logger.info("dropped");
		try (Lane.Scope scope = reports.enter()) {
			this.logger.info("dropped");
			this.logger.error("dropped");
		}
		assertThat(stderrOf(queue::stop).lines()).singleElement()
			.asString()
			.contains("did not write in time: none=2; ")
			.matches(".*dropped before: (none=1, " + reports + "=2|" + reports + "=2, none=1)");
	}

	@Test
	void hungDelegateKeepsNoCallerOnceItIsGivenUp() {
		LoglaneAppender queue = hung(OwnLogback.lossless(1));
		this.logger.info("queued");
		Thread waiting = this.callers.start(() -> this.logger.info("waits for room"));
		await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
		queue.close();
		Thread passing = this.callers.start(() -> this.logger.info("waits for the lock"));
		await().until(() -> passing.getState() == Thread.State.TIMED_WAITING);
		stderrOf(() -> queue.awaitClosed(System.nanoTime() + PATIENCE.toNanos()));
		this.callers.join();
		assertThat(timeOf(() -> this.logger.info("given up"))).isLessThan(BOUND);
		LaneCounts counts = OwnLogback.counts(queue);
		assertThat(counts.accepted()).isEqualTo(2);
		assertThat(counts.dropped()).isEqualTo(3);
		assertThat(counts.depth()).isEqualTo(2);
	}

	@Test
	void lineOnStderrIsPrintedOnceForOneHungDelegate() {
		LoglaneAppender queue = hung(OwnLogback.lossless(8));
		String stderr = stderrOf(() -> {
			queue.close();
			queue.awaitClosed(System.nanoTime() + PATIENCE.toNanos());
			assertThat(timeOf(queue::stop)).isLessThan(BOUND);
		});
		assertThat(stderr.lines()).hasSize(1);
	}

	@Test
	void queueThatWasGivenUpIsAsynchronousAgainWhenItIsOpened() {
		LoglaneAppender queue = hung(OwnLogback.lossless(8));
		queue.close();
		stderrOf(() -> queue.awaitClosed(System.nanoTime() + PATIENCE.toNanos()));
		queue.open();
		this.logger.info("queued");
		this.gate.open();
		await().until(() -> this.written.size() == 2);
		OwnLogback.close(queue);
		assertThat(OwnLogback.drains(queue)).isEmpty();
		this.logger.info("passed through");
		assertThat(this.written).containsExactly("stuck", "queued", "passed through");
	}

	@Test
	void queueCanBeOpenedWhileSomebodyWaitsForItsEnd() {
		LoglaneAppender queue = hung(OwnLogback.lossless(8));
		queue.close();
		Thread waiting = this.callers.start(() -> queue.awaitClosed(System.nanoTime() + Duration.ofHours(1).toNanos()));
		await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
		this.callers.start(queue::open);
		await().until(() -> "queueing".equals(mode(queue)));
		// who waited for the end of what is open again does so no longer
		this.callers.join();
		this.gate.open();
		OwnLogback.close(queue);
		assertThat(this.written).containsExactly("stuck");
	}

	private static String mode(LoglaneAppender queue) {
		return Objects.requireNonNull(queue.state()).mode();
	}

	@Test
	void delegateThatComesBackAfterItWasGivenUpGetsAllRecordsHoweverLate() {
		LoglaneAppender queue = hung(OwnLogback.lossless(8));
		Thread drain = OwnLogback.drains(queue).get(0);
		queue.close();
		stderrOf(() -> queue.awaitClosed(System.nanoTime() + PATIENCE.toNanos()));
		this.gate.open();
		await().until(() -> this.written.size() == 1);
		await().until(() -> drain.getState() == Thread.State.WAITING || !drain.isAlive());
		this.logger.info("later");
		await().until(() -> this.written.contains("later"));
	}

	@Test
	void delegateThatCameBackIsStoppedWithTheQueue() {
		LoglaneAppender queue = hung(OwnLogback.lossless(8));
		Appender<ILoggingEvent> delegate = queue.iteratorForAppenders().next();
		queue.close();
		stderrOf(() -> queue.awaitClosed(System.nanoTime() + PATIENCE.toNanos()));
		this.gate.open();
		await().until(() -> this.written.size() == 1);
		queue.stop();
		assertThat(delegate.isStarted()).isFalse();
		await().until(() -> OwnLogback.drains(queue).isEmpty());
	}

	@Test
	void resetOfTheContextWritesOutTheQueueAndANewAppenderOfThatNameCountsOn() {
		Path file = this.folder.resolve("reset.log");
		FileAppender<ILoggingEvent> delegate = this.logback.file(file, "%msg%n");
		LoglaneAppender queue = this.logback.queue(delegate, OwnLogback.lossless(8192));
		String name = String.valueOf(queue.getName());
		queue.open();
		for (int i = 0; i < 1_000; i++) {
			this.logger.info("x");
		}
		this.logback.context().reset();
		assertThat(OwnLogback.lines(file)).hasSize(1_000);
		assertThat(OwnLogback.drains(queue)).isEmpty();
		FileAppender<ILoggingEvent> second = new FileAppender<>();
		second.setName(name);
		LoglaneAppender secondQueue = this.logback.queue(this.logback.file(second, file, "%msg%n"),
				OwnLogback.lossless(16));
		this.logger.info("after the reset");
		assertThat(OwnLogback.lines(file)).hasSize(1_001);
		assertThat(OwnLogback.counts(secondQueue)).isSameAs(OwnLogback.counts(queue));
		assertThat(OwnLogback.counts(secondQueue).written()).isEqualTo(1_001);
		assertThat(List.copyOf(LogQueues.jvm().stats())).filteredOn((stats) -> stats.appender().equals(name))
			.singleElement()
			.satisfies((stats) -> assertThat(stats.capacity()).isEqualTo(16));
	}

}
