package io.loglane.appender;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.encoder.EncoderBase;
import io.loglane.lane.Lane;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whatever a delegate does, each record that was offered is accepted or dropped, and each
 * that was accepted is written or failed, by lane and level; and the delegate agrees.
 */
@Timeout(180)
class AccountingUnderChaosTests {

	private static final int THREADS = 16;

	private static final int LANES = 5;

	private static final int RECORDS = 1_500;

	private static final int FLIPS = 60;

	private static final String NESTED = "nested";

	private final OwnLogback logback = new OwnLogback();

	private final Logger logger = this.logback.logger();

	private final Callers callers = new Callers();

	private final Map<String, LongAdder> offered = new ConcurrentHashMap<>();

	/** What the delegate took, as it counts itself. */
	private final Map<String, LongAdder> taken = new ConcurrentHashMap<>();

	/** What the delegate threw something for, as it counts itself. */
	private final Map<String, LongAdder> refused = new ConcurrentHashMap<>();

	@AfterEach
	void close() {
		this.logback.close();
	}

	@ParameterizedTest
	@EnumSource
	void everySumIsExactByLaneAndLevel(Kind kind) {
		runChaos(kind, OwnLogback.settings(8, Duration.ofMillis(2)));
	}

	@ParameterizedTest
	@EnumSource
	void everySumIsExactWhereNobodyWaits(Kind kind) {
		runChaos(kind, OwnLogback.settings(32, Duration.ZERO));
	}

	@ParameterizedTest
	@EnumSource
	void everySumIsExactWhereCallersRenderAndRecordsAreHeavy(Kind kind) {
		runChaos(kind, new QueueSettings(32, 32 * 400, Duration.ofMillis(1), Level.INFO, QueueSettings.CallerData.AUTO,
				QueueSettings.Render.CALLER, Duration.ofSeconds(30)));
	}

	private void runChaos(Kind kind, QueueSettings settings) {
		this.logback.tellOfDrops(true);
		LoglaneAppender queue = this.logback.queue(this.logback.started(kind.delegate(this), "CHAOS"), settings);
		List<Lane> lanes = new ArrayList<>(List.of(Lane.NONE));
		for (int i = 1; i < LANES; i++) {
			lanes.add(Lane.named(OwnLogback.unique("chaos")));
		}
		AtomicInteger flips = new AtomicInteger();
		for (int t = 0; t < THREADS; t++) {
			this.callers.start(() -> {
				for (int i = 0; i < RECORDS || flips.get() < FLIPS; i++) {
					try (Lane.Scope scope = lanes.get(ThreadLocalRandom.current().nextInt(LANES)).enter()) {
						offer("x".repeat(ThreadLocalRandom.current().nextInt(400)));
					}
				}
			});
		}
		AtomicBoolean done = new AtomicBoolean();
		Callers flipper = new Callers();
		flipper.start(() -> {
			while (!done.get()) {
				queue.open();
				LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(2_000_000));
				queue.close();
				if (flips.getAndIncrement() % 2 == 0) {
					OwnLogback.close(queue);
				}
			}
		});
		try {
			this.callers.join(120_000);
		}
		finally {
			done.set(true);
		}
		flipper.join();
		OwnLogback.close(queue);
		lanes.forEach((lane) -> assertThatAllAgree(kind, OwnLogback.counts(queue, lane)));
		// all of it did happen
		assertThat(sum(this.refused)).isPositive();
		assertThat(sum(this.taken)).isPositive();
		assertThat(sum(this.offered)).isGreaterThanOrEqualTo((long) THREADS * RECORDS);
	}

	private void assertThatAllAgree(Kind kind, LaneCounts counts) {
		for (Level level : LaneCounts.LEVELS) {
			String key = counts.lane() + " " + level;
			assertThat(counts.accepted(level) + counts.dropped(level)).as("accepted and dropped of %s", key)
				.isEqualTo(count(this.offered, key));
			assertThat(counts.written(level) + counts.failed(level)).as("written and failed of %s", key)
				.isEqualTo(counts.accepted(level));
			assertThat(counts.written(level)).as("written of %s", key).isEqualTo(count(this.taken, key));
			if (kind != Kind.ENCODER) {
				assertThat(counts.failed(level)).as("failed of %s", key).isEqualTo(count(this.refused, key));
			}
		}
		assertThat(counts.depth()).isZero();
	}

	private void offer(String text) {
		Level level = LaneCounts.LEVELS[ThreadLocalRandom.current().nextInt(LaneCounts.LEVELS.length)];
		String key = Lane.current() + " " + level;
		increment(this.offered, key);
		try {
			this.logger.atLevel(org.slf4j.event.Level.valueOf(level.toString())).log("{}|{}", key, text);
		}
		catch (LinkageError | VirtualMachineError ex) {
			// as without a queue, where callers render
			assertThat(ex).hasMessage("thrown by the test");
		}
	}

	private static void increment(Map<String, LongAdder> counts, String key) {
		counts.computeIfAbsent(key, (any) -> new LongAdder()).increment();
	}

	private static long count(Map<String, LongAdder> counts, String key) {
		LongAdder count = counts.get(key);
		return (count != null) ? count.sum() : 0;
	}

	private static long sum(Map<String, LongAdder> counts) {
		return counts.values().stream().mapToLong(LongAdder::sum).sum();
	}

	/** What each delegate does with a record. */
	private void misbehave(ILoggingEvent event) {
		if (event.getLoggerName().equals(DropNotice.LOGGER)) {
			return;
		}
		String message = event.getFormattedMessage();
		int end = message.indexOf('|');
		String key = message.substring(0, end);
		int choice = ThreadLocalRandom.current().nextInt(60);
		if (choice == 6) {
			LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(ThreadLocalRandom.current().nextInt(200)));
		}
		else if (choice == 7) {
			Thread.currentThread().interrupt();
		}
		else if (choice == 8 && !message.endsWith(NESTED)) {
			offer(NESTED);
		}
		if (choice < 6) {
			increment(this.refused, key);
		}
		else {
			increment(this.taken, key);
		}
		switch (choice) {
			case 0 -> throw new IllegalStateException("thrown by the test");
			case 1 -> AccountingUnderChaosTests.<RuntimeException>raise(new IOException("thrown by the test"));
			case 2 -> throw new NoClassDefFoundError("thrown by the test");
			case 3 -> throw new StackOverflowError("thrown by the test");
			case 4 -> throw new OutOfMemoryError("thrown by the test");
			case 5 -> AccountingUnderChaosTests.<RuntimeException>raise(new InterruptedException("thrown by the test"));
			default -> {
			}
		}
	}

	@SuppressWarnings({ "unchecked", "TypeParameterUnusedInFormals" })
	private static <T extends Throwable> void raise(Throwable ex) throws T {
		throw (T) ex;
	}

	/** What an appender may be made from. */
	enum Kind {

		PLAIN {

			@Override
			Appender<ILoggingEvent> delegate(AccountingUnderChaosTests test) {
				return new ScriptedAppender(test::misbehave);
			}

		},

		SYNCHRONIZED {

			@Override
			Appender<ILoggingEvent> delegate(AccountingUnderChaosTests test) {
				return new AppenderBase<>() {

					@Override
					protected void append(ILoggingEvent event) {
						test.misbehave(event);
					}

				};
			}

		},

		UNSYNCHRONIZED {

			@Override
			Appender<ILoggingEvent> delegate(AccountingUnderChaosTests test) {
				return new UnsynchronizedAppenderBase<>() {

					@Override
					protected void append(ILoggingEvent event) {
						test.misbehave(event);
					}

				};
			}

		},

		/** A stream whose encoder fails; what the stream got is what was taken. */
		ENCODER {

			@Override
			Appender<ILoggingEvent> delegate(AccountingUnderChaosTests test) {
				OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>() {

					// Logback stops such an appender at its first IOException
					@Override
					protected void subAppend(ILoggingEvent event) {
						super.subAppend(event);
						if (!isStarted()) {
							this.started = true;
						}
					}

				};
				appender.setContext(test.logback.context());
				MisbehavingEncoder encoder = new MisbehavingEncoder(test);
				encoder.setContext(test.logback.context());
				encoder.start();
				appender.setEncoder(encoder);
				appender.setOutputStream(new TakingStream(test));
				return appender;
			}

		};

		abstract Appender<ILoggingEvent> delegate(AccountingUnderChaosTests test);

	}

	private static final class MisbehavingEncoder extends EncoderBase<ILoggingEvent> {

		private final AccountingUnderChaosTests test;

		private final ThreadLocal<Boolean> encoding = new ThreadLocal<>();

		MisbehavingEncoder(AccountingUnderChaosTests test) {
			this.test = test;
		}

		@Override
		public byte[] headerBytes() {
			return new byte[0];
		}

		@Override
		public byte[] encode(ILoggingEvent event) {
			String message = event.getFormattedMessage();
			if (event.getLoggerName().equals(DropNotice.LOGGER)) {
				return new byte[0];
			}
			switch (ThreadLocalRandom.current().nextInt(60)) {
				case 0 -> fail(new IllegalStateException("thrown by the test"), message);
				case 1 -> fail(new IllegalArgumentException("thrown by the test"), message);
				case 2 -> fail(new IOException("thrown by the test"), message);
				case 6 -> fail(new NoClassDefFoundError("thrown by the test"), message);
				case 7 -> fail(new StackOverflowError("thrown by the test"), message);
				case 8 -> fail(new OutOfMemoryError("thrown by the test"), message);
				case 3 -> LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(100));
				case 4 -> Thread.currentThread().interrupt();
				case 5 -> {
					if (!message.endsWith(NESTED) && this.encoding.get() == null) {
						this.encoding.set(Boolean.TRUE);
						try {
							this.test.offer(NESTED);
						}
						finally {
							this.encoding.remove();
						}
					}
				}
				default -> {
				}
			}
			return (message.substring(0, message.indexOf('|')) + "\n").getBytes(StandardCharsets.UTF_8);
		}

		private void fail(Throwable ex, String message) {
			increment(this.test.refused, message.substring(0, message.indexOf('|')));
			AccountingUnderChaosTests.<RuntimeException>raise(ex);
		}

		@Override
		public byte[] footerBytes() {
			return new byte[0];
		}

	}

	/** Counts whole lines. */
	private static final class TakingStream extends ByteArrayOutputStream {

		private final AccountingUnderChaosTests test;

		TakingStream(AccountingUnderChaosTests test) {
			this.test = test;
		}

		@Override
		public synchronized void flush() throws IOException {
			Iterator<String> lines = toString(StandardCharsets.UTF_8).lines().iterator();
			lines.forEachRemaining((line) -> increment(this.test.taken, line));
			reset();
		}

		@Override
		public void close() throws IOException {
			flush();
		}

	}

}
