package io.loglane.appender;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.encoder.EncoderBase;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.helpers.BasicMarkerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What an application may do with what it has logged, and while it logs.
 */
@Timeout(90)
class ReusedArgumentsTests {

	private final OwnLogback logback = new OwnLogback();

	private final Logger logger = this.logback.logger();

	private final Gate first = new Gate();

	private final Gate second = new Gate();

	@TempDir
	private Path folder;

	@AfterEach
	void close() {
		this.first.open();
		this.second.open();
		this.logback.close();
	}

	private LoglaneAppender gated(Path file, Gate gate) {
		FileAppender<ILoggingEvent> delegate = new FileAppender<>() {

			@Override
			protected void subAppend(ILoggingEvent event) {
				gate.pass();
				super.subAppend(event);
			}

		};
		LoglaneAppender queue = this.logback.queue(this.logback.file(delegate, file, "%msg%n"),
				OwnLogback.lossless(64));
		queue.open();
		return queue;
	}

	@Test
	void arrayThatComesBackBetweenTwoDrainsChangesNoLine() {
		Path one = this.folder.resolve("one.log");
		Path other = this.folder.resolve("other.log");
		LoglaneAppender toOne = gated(one, this.first);
		LoglaneAppender toOther = gated(other, this.second);
		this.logger.info("block");
		this.first.awaitArrival();
		this.second.awaitArrival();
		Object[] arguments = { "a" };
		this.logger.info("{}", arguments);
		arguments[0] = "b";
		this.first.open();
		OwnLogback.close(toOne);
		arguments[0] = "a";
		this.second.open();
		OwnLogback.close(toOther);
		assertThat(OwnLogback.lines(one)).containsExactly("block", "a");
		assertThat(OwnLogback.lines(other)).containsExactly("block", "a");
	}

	@Test
	void arrayThatIsReusedForEachCallChangesNoLine() {
		Path file = this.folder.resolve("a.log");
		LoglaneAppender queue = this.logback.queue(this.logback.file(file, "%msg%n"), OwnLogback.lossless(1024));
		queue.open();
		Object[] arguments = { "", "", "" };
		int records = 200_000;
		for (int i = 0; i < records; i++) {
			boolean even = i % 2 == 0;
			arguments[2] = even ? "even" : "odd";
			this.logger.info(even ? "even {}{}{}" : "odd {}{}{}", arguments);
		}
		OwnLogback.close(queue);
		assertThat(OwnLogback.lines(file)).hasSize(records).containsOnly("even even", "odd odd");
	}

	@Test
	void appenderOfTheUsersOwnIsGivenLogbacksOwnEventsWithAllThatTheyHave() {
		Queue<LoggingEvent> expected = new ConcurrentLinkedQueue<>();
		Queue<LoggingEvent> actual = new ConcurrentLinkedQueue<>();
		this.logger.addAppender(this.logback.started(collecting(expected), "SYNCHRONOUS"));
		LoglaneAppender queue = this.logback.queue(this.logback.started(collecting(actual), "QUEUED"),
				OwnLogback.lossless(64));
		queue.open();
		UUID id = UUID.randomUUID();
		Object[] arguments = { "a", 1, id };
		this.logback.mdc().put("tenant", "acme");
		try {
			this.logger.info("none");
			this.logger.info("one {}", "a");
			this.logger.atWarn().addMarker(new BasicMarkerFactory().getMarker("M")).log("two {} {}", "a", 2L);
			this.logger.error("three {} {} {}", arguments);
			this.logger.error("failed {}", "x", new IllegalStateException("why"));
		}
		finally {
			this.logback.mdc().clear();
		}
		arguments[0] = "changed";
		OwnLogback.close(queue);
		assertThat(expected).hasSize(5);
		assertThat(actual).hasSize(5);
		for (LoggingEvent event : actual) {
			LoggingEvent twin = expected.remove();
			assertThat(event.getMessage()).isEqualTo(twin.getMessage());
			assertThat(event.getFormattedMessage()).isEqualTo(twin.getFormattedMessage());
			assertThat(event.getLevel()).isEqualTo(twin.getLevel());
			assertThat(event.getLoggerName()).isEqualTo(twin.getLoggerName());
			assertThat(event.getThreadName()).isEqualTo(twin.getThreadName());
			assertThat(event.getMDCPropertyMap()).isEqualTo(Map.of("tenant", "acme"));
			assertThat(event.getMarkerList()).isEqualTo(twin.getMarkerList());
			assertThat(event.getInstant()).isEqualTo(twin.getInstant());
			assertThat(event.getSequenceNumber()).isEqualTo(twin.getSequenceNumber());
			assertThat(event.getLoggerContextVO()).isEqualTo(twin.getLoggerContextVO());
			assertThat(event.getThrowableProxy()).isEqualTo(twin.getThrowableProxy());
			assertThat(event.getCallerData()).isNotEmpty().isEqualTo(twin.getCallerData());
		}
		assertThat(actual.stream().map(LoggingEvent::getArgumentArray)).containsExactly(null, new Object[] { "a" },
				new Object[] { "a", 2L }, new Object[] { "a", 1, id }, new Object[] { "x" });
	}

	private static AppenderBase<ILoggingEvent> collecting(Queue<LoggingEvent> events) {
		return new AppenderBase<>() {

			@Override
			protected void append(ILoggingEvent event) {
				event.getFormattedMessage();
				event.getCallerData();
				events.add((LoggingEvent) event);
			}

		};
	}

	@Test
	void filterOfAConsoleMayLogAndTheConsoleIgnoresIt() {
		PrintStream before = System.out;
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
		try {
			ConsoleAppender<ILoggingEvent> console = this.logback.stream(new ConsoleAppender<>(), "%msg%n");
			Filter<ILoggingEvent> logging = new Filter<>() {

				@Override
				public FilterReply decide(ILoggingEvent event) {
					ReusedArgumentsTests.this.logger.info("from the filter");
					return FilterReply.NEUTRAL;
				}

			};
			logging.start();
			console.addFilter(logging);
			LoglaneAppender queue = this.logback.queue(console, OwnLogback.lossless(64));
			queue.open();
			this.logger.info("outer");
			OwnLogback.close(queue);
			assertThat(OwnLogback.counts(queue).dropped(DropReason.REENTRANT)).isEqualTo(1);
		}
		finally {
			System.setOut(before);
		}
		assertThat(out.toString(StandardCharsets.UTF_8)).isEqualToIgnoringNewLines("outer\n");
	}

	@Test
	void noticeThatCouldNotBeWrittenComesLater() {
		this.logback.tellOfDrops(true);
		Path file = this.folder.resolve("n.log");
		AtomicBoolean broken = new AtomicBoolean();
		EncoderBase<ILoggingEvent> encoder = new EncoderBase<>() {

			@Override
			public byte[] headerBytes() {
				return new byte[0];
			}

			@Override
			public byte[] encode(ILoggingEvent event) {
				if (broken.get()) {
					throw new IllegalStateException("encoder");
				}
				return (event.getFormattedMessage() + "\n").getBytes(StandardCharsets.UTF_8);
			}

			@Override
			public byte[] footerBytes() {
				return new byte[0];
			}

		};
		FileAppender<ILoggingEvent> delegate = new FileAppender<>() {

			@Override
			protected void subAppend(ILoggingEvent event) {
				ReusedArgumentsTests.this.first.pass();
				super.subAppend(event);
			}

		};
		delegate.setFile(file.toString());
		this.logback.stream(delegate, encoder);
		LoglaneAppender queue = this.logback.queue(delegate, OwnLogback.settings(2, Duration.ZERO));
		queue.open();
		this.logger.info("first");
		this.first.awaitArrival();
		for (int i = 0; i < 20; i++) {
			this.logger.info("more");
		}
		long dropped = OwnLogback.counts(queue).dropped();
		assertThat(dropped).isPositive();
		broken.set(true);
		this.first.open();
		await().until(() -> OwnLogback.counts(queue).depth() == 0);
		broken.set(false);
		await().untilAsserted(() -> assertThat(OwnLogback.lines(file))
			.anySatisfy((line) -> assertThat(line).startsWith("Dropped " + dropped + " ")));
	}

}
