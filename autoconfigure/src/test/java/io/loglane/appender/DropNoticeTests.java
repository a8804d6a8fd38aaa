package io.loglane.appender;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.loglane.lane.Lane;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** Where records were dropped the log says so, in their place. */
@Timeout(120)
class DropNoticeTests {

	private final OwnLogback logback = new OwnLogback();

	private final Logger logger = this.logback.logger();

	private final Gate gate = new Gate();

	private final Callers callers = new Callers();

	private final Queue<String> lines = new ConcurrentLinkedQueue<>();

	private final Queue<ILoggingEvent> notices = new ConcurrentLinkedQueue<>();

	private final Lane reports = Lane.named(OwnLogback.unique("reports"));

	private final Lane emails = Lane.named(OwnLogback.unique("emails"));

	@TempDir
	private Path folder;

	@AfterEach
	void close() {
		this.gate.open();
		this.logback.close();
	}

	private LoglaneAppender gated(QueueSettings settings) {
		this.logback.tellOfDrops(true);
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
			if (event.getLoggerName().equals(DropNotice.LOGGER)) {
				this.notices.add(event);
			}
			else {
				this.gate.pass();
			}
			this.lines.add(event.getFormattedMessage());
		}), settings);
		queue.open();
		return queue;
	}

	/** A queue with a record in the delegate, which hangs. */
	private LoglaneAppender stuck(int capacity) {
		LoglaneAppender queue = gated(OwnLogback.settings(capacity, Duration.ZERO));
		log(Lane.NONE, "stuck");
		this.gate.awaitArrival();
		return queue;
	}

	private void log(Lane lane, String... messages) {
		try (Lane.Scope scope = lane.enter()) {
			for (String message : messages) {
				this.logger.error(message);
			}
		}
	}

	private String line(int index) {
		return List.copyOf(this.lines).get(index);
	}

	@Test
	void noticeStandsBetweenTheLastRecordBeforeTheDropsAndTheFirstAfterThem() {
		LoglaneAppender queue = stuck(2);
		Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
		log(this.reports, "1", "2", "dropped", "dropped", "dropped");
		Instant after = Instant.now();
		this.gate.letPass(2);
		this.gate.awaitArrival();
		this.gate.awaitArrival();
		log(this.reports, "3");
		this.gate.open();
		OwnLogback.close(queue);
		assertThat(this.lines).hasSize(5);
		assertThat(List.copyOf(this.lines).subList(0, 3)).containsExactly("stuck", "1", "2");
		assertThat(line(4)).isEqualTo("3");
		Told told = Told.by(line(3));
		assertThat(told.executor()).isEqualTo(this.reports.name());
		assertThat(told.byLevel()).isEqualTo(Map.of("ERROR", 3L));
		assertThat(told.from()).isBetween(before, after);
		assertThat(told.to()).isBetween(before, after);
	}

	@Test
	void noticeIsAWarningOfItsOwnLogger() {
		LoglaneAppender queue = stuck(1);
		log(Lane.NONE, "1", "dropped");
		this.gate.open();
		OwnLogback.close(queue);
		assertThat(this.notices).singleElement().satisfies((notice) -> {
			assertThat(notice.getLevel()).isEqualTo(Level.WARN);
			assertThat(notice.getLoggerName()).isEqualTo("io.loglane.drops");
			assertThat(notice.getMDCPropertyMap()).isEmpty();
		});
	}

	@Test
	void noticeCountsByLevel() {
		LoglaneAppender queue = stuck(4);
		try (Lane.Scope scope = this.reports.enter()) {
			this.logger.error("1");
			this.logger.error("2");
			this.logger.error("3");
			this.logger.error("4");
			this.logger.error("dropped");
			this.logger.warn("dropped");
			this.logger.warn("dropped");
			this.logger.info("dropped");
			this.logger.debug("dropped");
			this.logger.trace("dropped");
		}
		this.gate.open();
		OwnLogback.close(queue);
		assertThat(Told.in(this.lines, this.reports.name())).singleElement()
			.satisfies((told) -> assertThat(told.byLevel())
				.isEqualTo(Map.of("ERROR", 1L, "WARN", 2L, "INFO", 1L, "DEBUG", 1L, "TRACE", 1L)));
	}

	@Test
	void eachLaneIsToldOfInFrontOfItsOwnNextRecord() {
		LoglaneAppender queue = stuck(2);
		log(this.reports, "r1", "r2", "dropped");
		log(this.emails, "dropped", "dropped");
		this.gate.letPass(2);
		this.gate.awaitArrival();
		this.gate.awaitArrival();
		log(this.emails, "e1");
		this.gate.letPass(1);
		this.gate.awaitArrival();
		log(this.reports, "r3");
		this.gate.open();
		OwnLogback.close(queue);
		assertThat(this.lines).hasSize(7);
		assertThat(line(3)).contains(this.emails.name()).contains("Dropped 2 records");
		assertThat(line(4)).isEqualTo("e1");
		assertThat(line(5)).contains(this.reports.name()).contains("Dropped 1 record ");
		assertThat(line(6)).isEqualTo("r3");
	}

	@Test
	void noticeWaitsForARecordThatGetsIn() {
		LoglaneAppender queue = stuck(1);
		log(this.reports, "1", "dropped");
		this.gate.letPass(1);
		this.gate.awaitArrival();
		// takes the room, so that the lane's next record is dropped too
		log(this.emails, "e1");
		log(this.reports, "dropped", "dropped");
		this.gate.letPass(1);
		this.gate.awaitArrival();
		log(this.reports, "2");
		this.gate.open();
		OwnLogback.close(queue);
		assertThat(this.lines).hasSize(5);
		assertThat(line(3)).contains("Dropped 3 records").contains(this.reports.name());
		assertThat(line(4)).isEqualTo("2");
	}

	@Test
	void laneThatFallsSilentIsToldOfWithinASecond() {
		LoglaneAppender queue = stuck(1);
		log(this.reports, "1", "dropped", "dropped");
		this.gate.open();
		await().atMost(Duration.ofSeconds(10)).until(() -> this.notices.size() == 1);
		ILoggingEvent notice = this.notices.element();
		Told told = Told.by(notice.getFormattedMessage());
		assertThat(told.sum()).isEqualTo(2);
		assertThat(Duration.between(told.to(), Instant.ofEpochMilli(notice.getTimeStamp())))
			.isLessThan(Duration.ofSeconds(3));
		assertThat(this.lines).hasSize(3);
		OwnLogback.close(queue);
		assertThat(this.lines).hasSize(3);
	}

	@Test
	void silentLaneIsToldOfWhereOthersKeepTheQueueBusy() {
		LoglaneAppender queue = stuck(256);
		AtomicBoolean done = new AtomicBoolean();
		try {
			log(this.reports, "1");
			while (OwnLogback.counts(queue, this.reports).dropped() == 0) {
				log(this.reports, "filling");
			}
			for (int t = 0; t < 3; t++) {
				this.callers.start(() -> {
					try (Lane.Scope scope = this.emails.enter()) {
						while (!done.get()) {
							this.logger.info("busy");
						}
					}
				});
			}
			this.gate.open();
			await().atMost(Duration.ofSeconds(20)).until(() -> !Told.in(this.lines, this.reports.name()).isEmpty());
		}
		finally {
			done.set(true);
		}
		this.callers.join();
		OwnLogback.close(queue);
		assertThat(Told.in(this.lines, this.reports.name())).singleElement()
			.satisfies((told) -> assertThat(told.sum()).isEqualTo(1));
		assertThat(Told.sum(this.lines, this.emails.name())).isEqualTo(OwnLogback.counts(queue, this.emails).dropped());
	}

	@Test
	void silentLaneIsToldOfWhereCallersWrite() {
		LoglaneAppender queue = gated(OwnLogback.settings(1, Duration.ZERO));
		OwnLogback.close(queue);
		this.callers.start(() -> log(Lane.NONE, "stuck"));
		this.gate.awaitArrival();
		log(this.emails, "left to the one who writes");
		log(this.reports, "dropped", "dropped");
		this.gate.open();
		await().until(() -> this.lines.size() == 3);
		assertThat(Told.sum(this.lines, this.reports.name())).isEqualTo(2);
		assertThat(OwnLogback.drains(queue)).isEmpty();
	}

	@Test
	void silentLaneIsToldOfWhateverTimeItsRecordsAreOf() {
		LoglaneAppender queue = stuck(1);
		log(this.emails, "queued");
		LoggingEvent event = new LoggingEvent();
		event.setLoggerContext(this.logback.context());
		event.setLevel(Level.ERROR);
		event.setMessage("dropped");
		event.setThreadName("of the future");
		event.setLoggerName("of the future");
		event.setMDCPropertyMap(Map.of());
		event.setInstant(Instant.now().plus(1, ChronoUnit.DAYS));
		try (Lane.Scope scope = this.reports.enter()) {
			queue.doAppend(event);
		}
		this.gate.open();
		await().until(() -> this.lines.size() == 3);
		assertThat(Told.sum(this.lines, this.reports.name())).isEqualTo(1);
	}

	@Test
	void noticeThatLeavesTheDrainInterruptedHarmsNoRecord() {
		this.logback.tellOfDrops(true);
		Queue<Boolean> flags = new ConcurrentLinkedQueue<>();
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
			flags.add(Thread.currentThread().isInterrupted());
			if (Told.isNotice(event.getFormattedMessage())) {
				Thread.currentThread().interrupt();
			}
			else {
				this.gate.pass();
			}
		}), OwnLogback.settings(1, Duration.ZERO));
		queue.open();
		log(Lane.NONE, "stuck");
		this.gate.awaitArrival();
		log(this.reports, "queued", "dropped");
		this.gate.letPass(1);
		this.gate.awaitArrival();
		log(this.reports, "next");
		log(this.emails, "dropped");
		this.gate.open();
		// one notice in front of a record, one of a lane that has fallen silent
		await().until(() -> flags.size() == 5);
		log(this.emails, "last");
		await().until(() -> flags.size() == 6);
		assertThat(flags).containsOnly(false);
	}

	@Test
	void everyLaneIsToldOfWhereTheQueueCloses() {
		LoglaneAppender queue = stuck(2);
		log(this.reports, "1", "2", "dropped");
		log(this.emails, "dropped", "dropped");
		queue.close();
		this.gate.open();
		OwnLogback.close(queue);
		assertThat(Told.sum(this.lines, this.reports.name())).isEqualTo(1);
		assertThat(Told.sum(this.lines, this.emails.name())).isEqualTo(2);
		assertThat(this.lines).hasSize(5);
	}

	@Test
	void everyLaneIsToldOfWhereTheAppenderStops() {
		Path file = this.folder.resolve("stop.log");
		this.logback.tellOfDrops(true);
		LoglaneAppender queue = this.logback.queue(this.logback.file(file, "%level %logger %msg%n"),
				OwnLogback.settings(2, Duration.ZERO));
		queue.open();
		LaneCounts counts = OwnLogback.counts(queue, this.reports);
		while (counts.dropped() == 0) {
			log(this.reports, "x", "x", "x", "x");
		}
		queue.stop();
		assertThat(Told.sum(OwnLogback.lines(file), this.reports.name())).isEqualTo(counts.dropped());
		assertThat(OwnLogback.lines(file)).filteredOn(Told::isNotice)
			.allMatch((line) -> line.startsWith("WARN io.loglane.drops Dropped "));
	}

	@Test
	void noticesAreNoRecordsOfAnybodys() {
		LoglaneAppender queue = stuck(1);
		log(this.reports, "1", "dropped");
		this.gate.letPass(1);
		this.gate.awaitArrival();
		log(this.reports, "2", "dropped");
		this.gate.open();
		OwnLogback.close(queue);
		assertThat(this.notices).hasSize(2);
		LaneCounts counts = OwnLogback.counts(queue, this.reports);
		assertThat(List.of(counts.accepted(), counts.written(), counts.failed(), counts.dropped())).containsExactly(2L,
				2L, 0L, 2L);
		assertThat(OwnLogback.counts(queue).accepted()).isEqualTo(1);
		for (Lane lane : Lane.all()) {
			if (lane != this.reports && lane != Lane.NONE) {
				assertThat(OwnLogback.counts(queue, lane).accepted()).isZero();
			}
		}
	}

	@Test
	void noNoticeIsWrittenTwiceAndNoLossIsLeftOut() {
		LoglaneAppender queue = gated(OwnLogback.settings(3, Duration.ZERO));
		this.gate.open();
		for (int t = 0; t < 6; t++) {
			Lane lane = (t % 2 == 0) ? this.reports : this.emails;
			this.callers.start(() -> {
				try (Lane.Scope scope = lane.enter()) {
					for (int i = 0; i < 20_000; i++) {
						this.logger.atLevel((i % 3 == 0) ? org.slf4j.event.Level.WARN : org.slf4j.event.Level.DEBUG)
							.log("x");
						if (i % 500 == 0) {
							LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(200));
						}
					}
				}
			});
		}
		this.callers.join();
		OwnLogback.close(queue);
		for (Lane lane : List.of(this.reports, this.emails)) {
			LaneCounts counts = OwnLogback.counts(queue, lane);
			assertThat(counts.dropped()).isPositive();
			List<Told> told = Told.in(this.lines, lane.name());
			assertThat(told).allMatch((each) -> each.sum() > 0);
			for (Level level : LaneCounts.LEVELS) {
				assertThat(told.stream().mapToLong((each) -> each.byLevel().getOrDefault(level.toString(), 0L)).sum())
					.as("told of %s at %s", lane, level)
					.isEqualTo(counts.dropped(level));
			}
		}
	}

	@Test
	void nothingIsToldOfWhatADelegateLogsAndIgnoresItself() {
		this.logback.tellOfDrops(true);
		AppenderBase<ILoggingEvent> delegate = new AppenderBase<>() {

			@Override
			protected void append(ILoggingEvent event) {
				DropNoticeTests.this.lines.add(event.getFormattedMessage());
				DropNoticeTests.this.logger.info("of the delegate");
			}

		};
		LoglaneAppender queue = this.logback.queue(this.logback.started(delegate, "GUARDED"), OwnLogback.lossless(8));
		queue.open();
		this.logger.info("1");
		this.logger.info("2");
		OwnLogback.close(queue);
		this.logger.info("3");
		assertThat(this.lines).containsExactly("1", "2", "3");
		assertThat(OwnLogback.counts(queue).dropped(DropReason.REENTRANT)).isEqualTo(3);
	}

	@Test
	void nothingIsToldWhereTheLoggerIsOff() {
		LoglaneAppender queue = stuck(1);
		this.logback.context().getLogger("io.loglane.drops").setLevel(Level.OFF);
		log(this.reports, "1", "dropped");
		this.gate.letPass(1);
		this.gate.awaitArrival();
		log(this.reports, "2", "dropped");
		this.gate.open();
		OwnLogback.close(queue);
		assertThat(this.lines).containsExactly("stuck", "1", "2");
		assertThat(OwnLogback.counts(queue, this.reports).dropped()).isEqualTo(2);
	}

}
