package io.loglane.appender;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.lang.ref.WeakReference;
import java.nio.CharBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** A queue retains no more than it may, however large the records are. */
@Timeout(300)
class MemoryBoundTests {

	private static final int MIB = 1 << 20;

	private static final long BOUND = 8L * MIB;

	private final OwnLogback logback = new OwnLogback();

	private final Logger logger = this.logback.logger();

	private final Gate gate = new Gate();

	private final Callers callers = new Callers();

	@TempDir
	private Path folder;

	@AfterEach
	void close() {
		this.gate.open();
		this.logback.close();
	}

	private static QueueSettings settings(long memory, QueueSettings.Render render) {
		return new QueueSettings(8192, memory, Duration.ZERO, Level.TRACE, QueueSettings.CallerData.AUTO, render,
				Duration.ofSeconds(30));
	}

	private LoglaneAppender stuck(QueueSettings settings) {
		return stuck(settings, "%msg%n%ex");
	}

	private LoglaneAppender stuck(QueueSettings settings, String pattern) {
		OutputStreamAppender<ILoggingEvent> delegate = new OutputStreamAppender<>();
		delegate.setOutputStream(new OutputStream() {

			private boolean met;

			@Override
			public void write(int octet) {
				write(new byte[] { (byte) octet }, 0, 1);
			}

			@Override
			public void write(byte[] octets, int from, int length) {
				if (!this.met && length > 0) {
					this.met = true;
					MemoryBoundTests.this.gate.pass();
				}
			}

		});
		LoglaneAppender queue = this.logback.queue(this.logback.stream(delegate, pattern), settings);
		queue.open();
		this.logger.error("stuck");
		this.gate.awaitArrival();
		return queue;
	}

	@ParameterizedTest
	@CsvSource({ "MESSAGE, 1048576", "MESSAGE, 100000", "MESSAGE, 3000", "WIDE_MESSAGE, 1048576", "ARGUMENT, 1048576",
			"ARGUMENT, 100000", "WIDE_ARGUMENT, 1048576", "MUTABLE_ARGUMENT, 1048576", "EXCEPTION, 1048576",
			"EXCEPTION, 100000", "RENDERED, 1048576", "RENDERED, 5000" })
	void whatWaitsIsBoundedWithinAQuarter(Kind kind, int size) {
		LoglaneAppender queue = stuck(settings(BOUND, kind.render));
		LaneCounts counts = OwnLogback.counts(queue);
		for (int i = 0; counts.dropped() == 0; i++) {
			kind.log(this.logger, i, size);
		}
		long waiting = counts.accepted() - 1;
		assertThat(waiting).isPositive();
		assertThat(waiting * kind.retained(size)).as("bytes that wait").isBetween(BOUND / 8, BOUND + BOUND / 4);
	}

	@ParameterizedTest
	@ValueSource(strings = { "%msg%n", "%msg %kvp%n" })
	void whatALineNoLongerNeedsIsNotKept(String pattern) {
		LoglaneAppender queue = stuck(settings(BOUND, QueueSettings.Render.AUTO), pattern);
		List<WeakReference<Object>> bodies = new ArrayList<>();
		logBodies(bodies);
		await().until(() -> {
			System.gc();
			return bodies.stream().allMatch((body) -> body.get() == null);
		});
		assertThat(OwnLogback.counts(queue).depth()).isEqualTo(3);
	}

	private void logBodies(List<WeakReference<Object>> bodies) {
		for (int i = 0; i < 2; i++) {
			Body body = new Body(new byte[MIB]);
			bodies.add(new WeakReference<>(body));
			if (i == 0) {
				this.logger.info("argument {}", body);
			}
			else {
				this.logger.atInfo().addKeyValue("pair", body).log("pair");
			}
		}
	}

	/** Says little of what it holds. */
	private static final class Body {

		private final byte[] bytes;

		Body(byte[] bytes) {
			this.bytes = bytes;
		}

		@Override
		public String toString() {
			return "a body of " + this.bytes.length;
		}

	}

	@Test
	void manyCallersTogetherKeepTheBound() {
		LoglaneAppender queue = stuck(settings(BOUND, QueueSettings.Render.AUTO));
		for (int t = 0; t < 8; t++) {
			this.callers.start(() -> {
				for (int i = 0; i < 200; i++) {
					Kind.MESSAGE.log(this.logger, i, MIB / 2);
				}
			});
		}
		this.callers.join();
		LaneCounts counts = OwnLogback.counts(queue);
		assertThat(counts.accepted() + counts.dropped()).isEqualTo(1 + 8 * 200);
		assertThat((counts.accepted() - 1) * (MIB / 2)).isBetween(BOUND / 4, BOUND + BOUND / 4);
	}

	@ParameterizedTest
	@ValueSource(ints = { MIB, 8 * MIB, 32 * MIB })
	void nothingIsTooLargeForAnEmptyQueue(int size) {
		LoglaneAppender queue = stuck(settings(BOUND, QueueSettings.Render.AUTO));
		LaneCounts counts = OwnLogback.counts(queue);
		Kind.MESSAGE.log(this.logger, 0, size);
		assertThat(counts.accepted()).isEqualTo(2);
		assertThat(counts.dropped()).isZero();
		this.gate.open();
		OwnLogback.close(queue);
		assertThat(counts.written()).isEqualTo(2);
	}

	@Test
	void oneOfManyLargeRecordsAtOnceAlwaysGetsIntoAnEmptyQueue() {
		for (int round = 0; round < 200; round++) {
			LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> this.gate.pass()),
					settings(MIB, QueueSettings.Render.AUTO));
			queue.open();
			this.logger.error("stuck");
			this.gate.awaitArrival();
			Callers together = new Callers();
			AtomicInteger ready = new AtomicInteger();
			String large = "x".repeat(MIB);
			for (int t = 0; t < 3; t++) {
				together.start(() -> {
					ready.incrementAndGet();
					while (ready.get() < 3) {
						Thread.onSpinWait();
					}
					this.logger.error(large);
				});
			}
			together.join();
			LaneCounts counts = OwnLogback.counts(queue);
			assertThat(counts.accepted()).as("round %s", round).isEqualTo(2);
			assertThat(counts.dropped()).isEqualTo(2);
			this.logger.detachAppender(queue);
			this.gate.letPass(2);
			this.gate.awaitArrival();
			queue.stop();
		}
	}

	@Test
	void roomOfLargeRecordsIsFreeAgain() {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
		}), settings(BOUND, QueueSettings.Render.AUTO));
		queue.open();
		LaneCounts counts = OwnLogback.counts(queue);
		for (int i = 0; i < 500; i++) {
			Kind.MESSAGE.log(this.logger, i, MIB);
			if (i % 3 == 0) {
				OwnLogback.close(queue);
				queue.open();
			}
		}
		OwnLogback.close(queue);
		queue.open();
		long dropped = counts.dropped();
		Kind.MESSAGE.log(this.logger, 0, 64 * MIB);
		assertThat(counts.dropped()).isEqualTo(dropped);
	}

	@ParameterizedTest
	@EnumSource
	void recordsOfAMebibyteDoNotFillASmallHeap(Kind kind) throws Exception {
		recordsDoNotFillASmallHeap(kind, 2_000);
	}

	@Test
	@Tag("long")
	@Timeout(1_200)
	void hundredThousandRecordsOfAMebibyteDoNotFillASmallHeap() throws Exception {
		recordsDoNotFillASmallHeap(Kind.MESSAGE, 100_000);
	}

	private void recordsDoNotFillASmallHeap(Kind kind, int records) throws Exception {
		Path output = this.folder.resolve("output.txt");
		List<String> command = List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
				"-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-cp", System.getProperty("java.class.path"),
				LargeRecordsApplication.class.getName(), kind.name(), String.valueOf(records));
		Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
		try {
			assertThat(process.waitFor(Math.max(120, records / 100), TimeUnit.SECONDS)).as("ended").isTrue();
			assertThat(process.exitValue()).as(Files.readString(output)).isZero();
		}
		finally {
			process.destroyForcibly();
		}
	}

	/** Where a record's weight is. */
	enum Kind {

		MESSAGE(1, QueueSettings.Render.AUTO),

		WIDE_MESSAGE(2, QueueSettings.Render.AUTO),

		ARGUMENT(1, QueueSettings.Render.AUTO),

		WIDE_ARGUMENT(2, QueueSettings.Render.AUTO),

		/** The argument itself, and the message that was formatted from it. */
		MUTABLE_ARGUMENT(2, QueueSettings.Render.AUTO),

		EXCEPTION(1, QueueSettings.Render.AUTO),

		/** The message, and the line. */
		RENDERED(1, QueueSettings.Render.CALLER);

		private final int bytesPerChar;

		private final QueueSettings.Render render;

		Kind(int bytesPerChar, QueueSettings.Render render) {
			this.bytesPerChar = bytesPerChar;
			this.render = render;
		}

		long retained(int size) {
			return (long) size * this.bytesPerChar;
		}

		@SuppressWarnings("UnnecessaryStringBuilder") // it can change
		void log(Logger logger, int number, int size) {
			switch (this) {
				case MESSAGE, RENDERED -> logger.error(text('x', number, size));
				case WIDE_MESSAGE -> logger.error(text('\u0416', number, size));
				case ARGUMENT -> logger.error("{}", text('x', number, size));
				case WIDE_ARGUMENT -> logger.error("{}", text('\u0416', number, size));
				case MUTABLE_ARGUMENT -> logger.error("{}", CharBuffer.wrap(text('x', number, size)));
				case EXCEPTION -> logger.error("failed", new IllegalStateException(text('x', number, size)));
			}
		}

		private static String text(char of, int number, int size) {
			return number + String.valueOf(of).repeat(size - 8);
		}

	}

	/** Default settings, but where the caller is to render. */
	static final class LargeRecordsApplication {

		private static final int THREADS = 2;

		private LargeRecordsApplication() {
		}

		public static void main(String[] args) throws IOException {
			Kind kind = Kind.valueOf(args[0]);
			int records = Integer.parseInt(args[1]);
			OwnLogback logback = new OwnLogback();
			QueueSettings defaults = QueueSettings.DEFAULTS;
			LoglaneAppender queue = logback.queue(slow(logback, kind),
					new QueueSettings(defaults.capacity(), defaults.memory(), defaults.maxWait(), defaults.waitLevel(),
							defaults.callerData(), kind.render, Duration.ofMinutes(1)));
			queue.open();
			Callers callers = new Callers();
			for (int t = 0; t < THREADS; t++) {
				callers.start(() -> {
					for (int i = 0; i < records / THREADS; i++) {
						kind.log(logback.logger(), i, MIB / kind.bytesPerChar);
					}
				});
			}
			callers.join(TimeUnit.HOURS.toMillis(1));
			OwnLogback.close(queue);
			LaneCounts counts = OwnLogback.counts(queue);
			assertThat(counts.failed()).isZero();
			assertThat(counts.waits()).as("waits: the queue was full, or this tries nothing").isPositive();
			assertThat(counts.accepted() + counts.dropped()).isEqualTo(records);
			assertThat(counts.written()).isEqualTo(counts.accepted());
		}

		private static Appender<ILoggingEvent> slow(OwnLogback logback, Kind kind) {
			// slower than the callers, also where these do the drain's work
			long nanos = TimeUnit.MICROSECONDS.toNanos((kind == Kind.RENDERED) ? 2_000 : 200);
			OutputStreamAppender<ILoggingEvent> delegate = new OutputStreamAppender<>();
			delegate.setOutputStream(new OutputStream() {

				@Override
				public void write(int octet) {
					write(new byte[] { (byte) octet }, 0, 1);
				}

				@Override
				public void write(byte[] octets, int from, int length) {
					LockSupport.parkNanos(nanos);
				}

			});
			return logback.stream(delegate, "%msg%n%ex");
		}

	}

}
