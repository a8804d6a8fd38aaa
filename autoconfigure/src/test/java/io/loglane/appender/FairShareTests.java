package io.loglane.appender;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import io.loglane.lane.Lane;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** A lane that floods takes no room from one that is quiet. */
@Timeout(120)
class FairShareTests {

	private static final int FLOODING_THREADS = 4;

	private static final int STEADY_RECORDS = 1_000;

	private static final Duration DEFAULT_WAIT = QueueSettings.DEFAULTS.maxWait();

	private final OwnLogback logback = new OwnLogback();

	private final Logger logger = this.logback.logger();

	private final Gate gate = new Gate();

	private final Callers callers = new Callers();

	/** One permit for each record that the quiet lane may log. */
	private final Semaphore pace = new Semaphore(0);

	private final Lane loud = Lane.named(OwnLogback.unique("loud"));

	private final Lane quiet = Lane.named(OwnLogback.unique("quiet"));

	@TempDir
	private Path folder;

	@AfterEach
	void close() {
		this.gate.open();
		this.logback.close();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void quietLaneLosesNothingAndWaitsForNothingWhileAnotherFloodsAFile(boolean maxWait) {
		Path file = this.folder.resolve("flood.log");
		ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
		clock.scheduleAtFixedRate(this.pace::release, 1, 1, TimeUnit.MILLISECONDS);
		LoglaneAppender queue;
		try {
			queue = flooded(this.logback.file(file, "%msg%n"), 8192, maxWait, "loud");
		}
		finally {
			clock.shutdownNow();
		}
		assertThatTheQuietLaneSawNothingOfTheFlood(queue, OwnLogback.lines(file));
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void quietLaneLosesNothingAndWaitsForNothingWhileAnotherFloodsASlowDelegate(boolean maxWait) {
		Queue<String> lines = new ConcurrentLinkedQueue<>();
		LoglaneAppender queue = flooded(slow(lines), 1024, maxWait, "loud");
		assertThat(OwnLogback.counts(queue, this.loud).dropped() > 0).isNotEqualTo(maxWait);
		assertThatTheQuietLaneSawNothingOfTheFlood(queue, List.copyOf(lines));
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void quietLaneLosesNothingAndWaitsForNothingWhileAnotherFloodsWithLargeRecords(boolean maxWait) {
		Queue<String> lines = new ConcurrentLinkedQueue<>();
		// a third of what the queue may retain
		String large = "x".repeat((int) (QueueSettings.DEFAULT_MEMORY / 6));
		LoglaneAppender queue = flooded(slow(lines), 8192, maxWait, large);
		assertThat(OwnLogback.counts(queue, this.loud).dropped() > 0).isNotEqualTo(maxWait);
		assertThatTheQuietLaneSawNothingOfTheFlood(queue, List.copyOf(lines));
	}

	/** Takes its time, and asks for a tenth of what it gets from the quiet lane. */
	private Appender<ILoggingEvent> slow(Queue<String> lines) {
		AtomicInteger taken = new AtomicInteger();
		return this.logback.scripted((event) -> {
			LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(20));
			if (taken.incrementAndGet() % 10 == 0) {
				this.pace.release();
			}
			String message = event.getFormattedMessage();
			lines.add((message.length() > 1_000) ? "large" : message);
		});
	}

	/** Four threads of one lane log all the while that another logs steadily. */
	private LoglaneAppender flooded(Appender<ILoggingEvent> delegate, int capacity, boolean maxWait, String message) {
		this.logback.tellOfDrops(true);
		LoglaneAppender queue = this.logback.queue(delegate,
				OwnLogback.settings(capacity, (maxWait) ? DEFAULT_WAIT : Duration.ZERO));
		queue.open();
		LongAdder offered = new LongAdder();
		AtomicBoolean done = new AtomicBoolean();
		for (int t = 0; t < FLOODING_THREADS; t++) {
			this.callers.start(() -> {
				try (Lane.Scope scope = this.loud.enter()) {
					while (!done.get()) {
						this.logger.info(message);
						offered.increment();
					}
				}
			});
		}
		// on a thread of its own: an assertion that fails must end the flood
		Callers steady = new Callers();
		steady.start(() -> {
			try (Lane.Scope scope = this.quiet.enter()) {
				for (int i = 0; i < STEADY_RECORDS; i++) {
					this.pace.acquire();
					this.logger.info("quiet {}", i);
				}
			}
		});
		try {
			steady.join();
		}
		finally {
			done.set(true);
		}
		this.callers.join();
		OwnLogback.close(queue);
		LaneCounts counts = OwnLogback.counts(queue, this.loud);
		assertThat(counts.accepted() + counts.dropped()).as("offered by the loud").isEqualTo(offered.sum());
		return queue;
	}

	private void assertThatTheQuietLaneSawNothingOfTheFlood(LoglaneAppender queue, List<String> lines) {
		LaneCounts quiets = OwnLogback.counts(queue, this.quiet);
		assertThat(quiets.dropped()).as("dropped of the quiet lane").isZero();
		assertThat(quiets.waits()).as("waits of the quiet lane").isZero();
		assertThat(quiets.written()).isEqualTo(STEADY_RECORDS);
		assertThat(lines.stream().filter((line) -> line.startsWith("quiet "))).hasSize(STEADY_RECORDS);
		LaneCounts louds = OwnLogback.counts(queue, this.loud);
		assertThat(louds.written()).isEqualTo(louds.accepted());
		assertThat(lines.stream().filter((line) -> !line.startsWith("quiet ") && !Told.isNotice(line)).count())
			.isEqualTo(louds.written());
		assertThat(Told.sum(lines, this.loud.name())).as("told to be dropped of the loud lane")
			.isEqualTo(louds.dropped());
		assertThat(Told.in(lines, this.quiet.name())).isEmpty();
	}

	/** A queue whose delegate has one record of lane {@code none}, and hangs. */
	private LoglaneAppender stuck(int capacity) {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> this.gate.pass()),
				OwnLogback.settings(capacity, Duration.ZERO));
		queue.open();
		this.logger.error("stuck");
		this.gate.awaitArrival();
		return queue;
	}

	/** Logs until the first drop of that level. */
	private long fill(LoglaneAppender queue, Lane lane, Level level) {
		LaneCounts counts = OwnLogback.counts(queue, lane);
		long before = counts.accepted(level);
		long dropped = counts.dropped(level);
		try (Lane.Scope scope = lane.enter()) {
			while (counts.dropped(level) == dropped) {
				this.logger.atLevel(org.slf4j.event.Level.valueOf(level.toString())).log("filling");
			}
		}
		return counts.accepted(level) - before;
	}

	@ParameterizedTest
	@CsvSource({ "TRACE, 500", "DEBUG, 500", "INFO, 800", "WARN, 941", "ERROR, 941" })
	void loneLaneFillsWhatItsLevelAllows(String level, long expected) {
		LoglaneAppender queue = stuck(1_000);
		assertThat(fill(queue, this.loud, Level.toLevel(level))).isBetween(expected - 2, expected + 2);
	}

	@Test
	void recordsOfAHigherLevelFindRoomWhereThoseOfALowerOneDoNot() {
		LoglaneAppender queue = stuck(1_000);
		assertThat(fill(queue, this.loud, Level.DEBUG)).isBetween(498L, 502L);
		assertThat(fill(queue, this.loud, Level.INFO)).isBetween(298L, 302L);
		assertThat(fill(queue, this.loud, Level.WARN)).isBetween(138L, 144L);
		LaneCounts counts = OwnLogback.counts(queue, this.loud);
		assertThat(counts.dropped()).isEqualTo(3);
		assertThat(counts.dropped(Level.INFO)).isEqualTo(1);
	}

	@ParameterizedTest
	@CsvSource({ "1, INFO", "2, INFO", "4, INFO", "4, DEBUG", "2, ERROR" })
	void lanesThatFloodLeaveTheShareOfOneMoreFree(int lanes, String name) {
		int capacity = 1_000;
		Level level = Level.toLevel(name);
		double alpha = level.isGreaterOrEqual(Level.WARN) ? 16 : level.isGreaterOrEqual(Level.INFO) ? 4 : 1;
		LoglaneAppender queue = stuck(capacity);
		List<Lane> all = new ArrayList<>();
		for (int i = 0; i < lanes; i++) {
			all.add(Lane.named(OwnLogback.unique("flooding")));
		}
		long taken = 0;
		boolean grown = true;
		while (grown) {
			grown = false;
			for (Lane lane : all) {
				long before = OwnLogback.counts(queue, lane).accepted();
				try (Lane.Scope scope = lane.enter()) {
					this.logger.atLevel(org.slf4j.event.Level.valueOf(name)).log("flooding");
				}
				long more = OwnLogback.counts(queue, lane).accepted() - before;
				taken += more;
				grown |= more > 0;
			}
		}
		double free = capacity / (1 + alpha * lanes);
		assertThat((double) (capacity - taken)).isBetween(free - lanes - 1, free + lanes + 1);
		assertThat(all).extracting((lane) -> OwnLogback.counts(queue, lane).accepted())
			.allSatisfy((held) -> assertThat((double) held).isBetween(free * alpha - alpha, free * alpha + alpha));
		assertThat(fill(queue, this.quiet, Level.INFO)).as("room for a quiet lane").isPositive();
	}

	@ParameterizedTest
	@CsvSource({ "0.25, 500", "0.5, 667", "2, 889", "10, 976" })
	void weightScalesALanesShare(double weight, long expected) {
		this.loud.weight(weight);
		LoglaneAppender queue = stuck(1_000);
		assertThat(fill(queue, this.loud, Level.INFO)).isBetween(expected - 2, expected + 2);
	}

	@Test
	void weightThatChangesHoldsForTheNextRecord() {
		LoglaneAppender queue = stuck(1_000);
		assertThat(fill(queue, this.loud, Level.INFO)).isBetween(798L, 802L);
		this.loud.weight(4);
		assertThat(fill(queue, this.loud, Level.INFO)).isBetween(138L, 144L);
		this.loud.weight(0.01);
		assertThat(fill(queue, this.loud, Level.INFO)).isZero();
	}

	@ParameterizedTest
	@CsvSource({ "1, 1, 1, 1", "2, 1, 2, 2", "3, 2, 3, 3", "4, 2, 4, 4", "5, 3, 4, 5", "8, 4, 7, 8", "16, 8, 13, 16" })
	void smallQueueHasRoomForEachLevel(int capacity, long debug, long info, long warn) {
		assertThat(filled(capacity, Level.DEBUG)).isEqualTo(debug);
		assertThat(filled(capacity, Level.INFO)).isEqualTo(info);
		assertThat(filled(capacity, Level.WARN)).isEqualTo(warn);
	}

	private long filled(int capacity, Level level) {
		LoglaneAppender queue = stuck(capacity);
		return fill(queue, this.loud, level);
	}

	@Test
	void roomThatWasTakenIsFreeAgainHoweverOften() {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> this.gate.pass()),
				OwnLogback.settings(100, Duration.ZERO));
		queue.open();
		for (int round = 0; round < 20; round++) {
			this.logger.error("stuck");
			this.gate.awaitArrival();
			assertThat(fill(queue, this.loud, Level.INFO)).as("round %s", round).isBetween(79L, 81L);
			long held = OwnLogback.counts(queue, this.loud).depth();
			this.gate.letPass(1 + (int) held);
			for (long i = 0; i < held; i++) {
				this.gate.awaitArrival();
			}
			await().until(() -> OwnLogback.counts(queue, this.loud).depth() == 0);
		}
	}

}
