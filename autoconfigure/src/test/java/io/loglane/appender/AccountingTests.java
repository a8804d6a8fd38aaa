package io.loglane.appender;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.EncoderBase;
import io.loglane.lane.Lane;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** At any quiet moment the counters are exact, and no delegate can end the drain. */
class AccountingTests {

	private final OwnLogback logback = new OwnLogback();

	private final Gate gate = new Gate();

	private final Callers callers = new Callers();

	@TempDir
	private Path folder;

	@AfterEach
	void close() {
		this.gate.open();
		this.logback.close();
	}

	@Test
	void whatWaitsAndWhatWasDroppedIsCountedWhileTheDelegateIsStuck() {
		Lane reports = Lane.named(OwnLogback.unique("reports"));
		Lane emails = Lane.named(OwnLogback.unique("emails"));
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> this.gate.pass()),
				OwnLogback.settings(4, Duration.ZERO));
		queue.open();
		Logger logger = this.logback.logger();
		logger.info("in the delegate");
		this.gate.awaitArrival();
		try (Lane.Scope scope = reports.enter()) {
			logger.error("1");
			logger.warn("2");
		}
		try (Lane.Scope scope = emails.enter()) {
			logger.error("3");
			logger.error("4");
			logger.debug("dropped");
			logger.error("dropped");
			logger.error("dropped");
		}
		LaneCounts ofReports = OwnLogback.counts(queue, reports);
		LaneCounts ofEmails = OwnLogback.counts(queue, emails);
		assertCounts(OwnLogback.counts(queue), 1, 0, 0, 0, 1);
		assertCounts(ofReports, 2, 0, 0, 0, 2);
		assertCounts(ofEmails, 2, 0, 0, 3, 2);
		assertThat(ofEmails.dropped(Level.DEBUG)).isEqualTo(1);
		assertThat(ofEmails.dropped(Level.ERROR)).isEqualTo(2);
		assertThat(ofEmails.dropped(Level.INFO)).isZero();
		this.gate.open();
		OwnLogback.close(queue);
		assertCounts(OwnLogback.counts(queue), 1, 1, 0, 0, 0);
		assertCounts(ofReports, 2, 2, 0, 0, 0);
		assertCounts(ofEmails, 2, 2, 0, 3, 0);
	}

	private static void assertCounts(LaneCounts counts, long accepted, long written, long failed, long dropped,
			long waiting) {
		assertThat(List.of(counts.accepted(), counts.written(), counts.failed(), counts.dropped(), counts.depth()))
			.as("accepted, written, failed, dropped and waiting of %s", counts.lane())
			.containsExactly(accepted, written, failed, dropped, waiting);
	}

	@Test
	void agesAreThoseOfTheRecordThatIsBeingWritten() {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> this.gate.pass()),
				OwnLogback.lossless(4));
		QueueStats stats = LogQueues.jvm().stats(String.valueOf(queue.getName()));
		assertThat(stats.capacity()).isEqualTo(4);
		queue.open();
		assertThat(stats.ageMillis()).isZero();
		this.logback.logger().info("stuck");
		this.gate.awaitArrival();
		await().until(() -> stats.ageMillis() >= 20);
		this.gate.open();
		OwnLogback.close(queue);
		assertThat(stats.ageMillis()).isZero();
	}

	static Stream<Throwable> throwables() {
		return Stream.of(new IllegalStateException("thrown by the test"),
				new NoClassDefFoundError("thrown by the test"), new StackOverflowError("thrown by the test"),
				new OutOfMemoryError("thrown by the test"), new AssertionError("thrown by the test"));
	}

	@ParameterizedTest
	@MethodSource("throwables")
	void delegateThatThrowsCostsThatOneRecordAndNeverTheThread(Throwable thrown) {
		Queue<Thread> writers = new ConcurrentLinkedQueue<>();
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
			writers.add(Thread.currentThread());
			if (event.getMessage().equals("bad")) {
				AccountingTests.<RuntimeException>raise(thrown);
			}
		}), OwnLogback.lossless(4));
		queue.open();
		Logger logger = this.logback.logger();
		logger.info("good");
		logger.warn("bad");
		logger.info("good");
		await().until(() -> writers.size() == 3);
		assertThat(writers).containsOnly(OwnLogback.drains(queue).get(0));
		OwnLogback.close(queue);
		assertCounts(OwnLogback.counts(queue), 3, 2, 1, 0, 0);
		// nor does the caller hear of it where it writes itself
		logger.warn("bad");
		logger.info("good");
		assertCounts(OwnLogback.counts(queue), 5, 3, 2, 0, 0);
	}

	@SuppressWarnings("unchecked")
	private static <T extends Throwable> void raise(Throwable thrown) throws T {
		throw (T) thrown;
	}

	@Test
	void delegateThatLeavesItsThreadInterruptedDoesNotHarmTheNextRecord() {
		Queue<Boolean> flags = new ConcurrentLinkedQueue<>();
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
			flags.add(Thread.currentThread().isInterrupted());
			Thread.currentThread().interrupt();
		}), OwnLogback.lossless(4));
		queue.open();
		for (int i = 0; i < 20; i++) {
			this.logback.logger().info("x");
		}
		OwnLogback.close(queue);
		assertThat(flags).hasSize(20).containsOnly(false);
		assertCounts(OwnLogback.counts(queue), 20, 20, 0, 0, 0);
	}

	@Test
	void whatADelegateLogsByItselfIsARecordLikeAnyOther() {
		Queue<String> written = new ConcurrentLinkedQueue<>();
		Logger logger = this.logback.logger();
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
			written.add(event.getMessage());
			if (event.getMessage().equals("outer")) {
				logger.info("inner");
			}
		}), OwnLogback.lossless(4));
		queue.open();
		logger.info("outer");
		logger.info("next");
		OwnLogback.close(queue);
		assertThat(written).containsExactlyInAnyOrder("outer", "next", "inner");
		written.clear();
		logger.info("outer");
		assertThat(written).containsExactly("outer", "inner");
		assertCounts(OwnLogback.counts(queue), 5, 5, 0, 0, 0);
	}

	@Test
	void delegateThatIgnoresWhatItLogsItselfIsNotFedWithIt() {
		Queue<String> written = new ConcurrentLinkedQueue<>();
		Logger logger = this.logback.logger();
		AppenderBase<ILoggingEvent> delegate = new AppenderBase<>() {

			@Override
			protected void append(ILoggingEvent event) {
				written.add(event.getMessage());
				logger.info("of the delegate");
			}

		};
		LoglaneAppender queue = this.logback.queue(this.logback.started(delegate, "GUARDED"), OwnLogback.lossless(4));
		queue.open();
		logger.info("queued");
		OwnLogback.close(queue);
		logger.info("passed through");
		assertThat(written).containsExactly("queued", "passed through");
		assertCounts(OwnLogback.counts(queue), 2, 2, 0, 2, 0);
	}

	@Test
	void whatAStoppedDelegateDoesNotTakeIsCountedAsFailed() {
		OutputStream broken = new OutputStream() {

			@Override
			public void write(int octet) throws IOException {
				throw new IOException("thrown by the test");
			}

		};
		OutputStreamAppender<ILoggingEvent> delegate = new OutputStreamAppender<>();
		delegate.setOutputStream(broken);
		LoglaneAppender queue = this.logback.queue(this.logback.stream(delegate, "%msg%n"), OwnLogback.lossless(4));
		queue.open();
		this.logback.logger().info("meets the I/O error");
		this.logback.logger().info("finds the appender stopped");
		OwnLogback.close(queue);
		assertCounts(OwnLogback.counts(queue), 2, 0, 2, 0, 0);
	}

	@ParameterizedTest
	@ValueSource(strings = { "CALLER", "DRAIN" })
	void recordThatItsEncoderCanNotRenderIsCountedAsFailed(QueueSettings.Render render) {
		Path file = this.folder.resolve("encoder.log");
		FileAppender<ILoggingEvent> delegate = new FileAppender<>();
		delegate.setFile(file.toString());
		this.logback.stream(delegate, new PickyEncoder());
		QueueSettings settings = new QueueSettings(4, QueueSettings.DEFAULT_MEMORY, Duration.ofMinutes(1), Level.TRACE,
				QueueSettings.CallerData.AUTO, render, Duration.ofSeconds(30));
		LoglaneAppender queue = this.logback.queue(delegate, settings);
		queue.open();
		Logger logger = this.logback.logger();
		logger.info("good");
		logger.info("bad");
		logger.info("good");
		OwnLogback.close(queue);
		assertThat(OwnLogback.lines(file)).containsExactly("good", "good");
		assertCounts(OwnLogback.counts(queue), 3, 2, 1, 0, 0);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 5 })
	void everySumIsExactAfterChaosOfLanesLevelsFailuresAndModeChanges(int maxWaitMillis) {
		int threads = 4;
		String prefix = OwnLogback.unique("chaos");
		Map<String, LongAdder> offered = new ConcurrentHashMap<>();
		Map<String, LongAdder> written = new ConcurrentHashMap<>();
		Map<String, LongAdder> failed = new ConcurrentHashMap<>();
		Logger logger = this.logback.logger();
		LoglaneAppender queue = this.logback.queue(
				this.logback.scripted((event) -> misbehave(event, logger, offered, written, failed)),
				OwnLogback.settings(3, Duration.ofMillis(maxWaitMillis)));
		AtomicInteger flips = new AtomicInteger();
		List<Lane> lanes = new ArrayList<>(List.of(Lane.NONE));
		for (int t = 0; t < threads; t++) {
			Lane lane = Lane.named(prefix + "-" + t);
			lanes.add(lane);
			this.callers.start(() -> {
				try (Lane.Scope scope = lane.enter()) {
					for (int i = 0; i < 3_000 || flips.get() < 100; i++) {
						offer(logger, offered, "x");
					}
				}
			});
		}
		AtomicBoolean done = new AtomicBoolean();
		Callers flipper = new Callers();
		flipper.start(() -> {
			while (!done.get()) {
				queue.open();
				for (int i = ThreadLocalRandom.current().nextInt(100_000); i > 0; i--) {
					Thread.onSpinWait();
				}
				OwnLogback.close(queue);
				flips.incrementAndGet();
			}
		});
		this.callers.join();
		done.set(true);
		flipper.join();
		for (Lane lane : lanes) {
			LaneCounts counts = OwnLogback.counts(queue, lane);
			long droppedOfLane = 0;
			for (Level level : LaneCounts.LEVELS) {
				String key = lane + " " + level;
				long dropped = count(offered, key) - count(written, key) - count(failed, key);
				assertThat(counts.dropped(level)).as("dropped of %s", key).isEqualTo(dropped);
				droppedOfLane += dropped;
			}
			assertCounts(counts, sum(offered, lane) - droppedOfLane, sum(written, lane), sum(failed, lane),
					droppedOfLane, 0);
		}
		// all of it did happen
		assertThat(sum(failed, lanes.get(1))).isPositive();
		if (maxWaitMillis == 0) {
			assertThat(OwnLogback.counts(queue, lanes.get(1)).dropped()).isPositive();
		}
	}

	private static void offer(Logger logger, Map<String, LongAdder> offered, String what) {
		Level level = LaneCounts.LEVELS[ThreadLocalRandom.current().nextInt(5)];
		String key = Lane.current() + " " + level;
		offered.computeIfAbsent(key, (any) -> new LongAdder()).increment();
		logger.atLevel(org.slf4j.event.Level.valueOf(level.toString())).log(key + " " + what);
	}

	private static void misbehave(ILoggingEvent event, Logger logger, Map<String, LongAdder> offered,
			Map<String, LongAdder> written, Map<String, LongAdder> failed) {
		String message = event.getFormattedMessage();
		int end = message.lastIndexOf(' ');
		String key = message.substring(0, end);
		int choice = ThreadLocalRandom.current().nextInt(40);
		if (choice >= 1 && choice <= 4) {
			failed.computeIfAbsent(key, (any) -> new LongAdder()).increment();
		}
		else {
			written.computeIfAbsent(key, (any) -> new LongAdder()).increment();
		}
		switch (choice) {
			case 1 -> throw new IllegalStateException("thrown by the test");
			case 2 -> throw new NoClassDefFoundError("thrown by the test");
			case 3 -> throw new StackOverflowError("thrown by the test");
			case 4 -> throw new OutOfMemoryError("thrown by the test");
			case 5 -> Thread.currentThread().interrupt();
			case 6 -> {
				if (message.endsWith(" x")) {
					offer(logger, offered, "nested");
				}
			}
			default -> {
			}
		}
	}

	private static long count(Map<String, LongAdder> counts, String key) {
		LongAdder count = counts.get(key);
		return (count != null) ? count.sum() : 0;
	}

	private static long sum(Map<String, LongAdder> counts, Lane lane) {
		long sum = 0;
		for (Level level : LaneCounts.LEVELS) {
			sum += count(counts, lane + " " + level);
		}
		return sum;
	}

	/** Fails where it is asked to. */
	private static final class PickyEncoder extends EncoderBase<ILoggingEvent> {

		@Override
		public byte[] headerBytes() {
			return new byte[0];
		}

		@Override
		public byte[] encode(ILoggingEvent event) {
			if (event.getMessage().equals("bad")) {
				throw new IllegalStateException("thrown by the test");
			}
			return (event.getMessage() + "\n").getBytes(StandardCharsets.UTF_8);
		}

		@Override
		public byte[] footerBytes() {
			return new byte[0];
		}

	}

}
