package io.loglane.appender;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** Logging from within logging: nothing hangs, nothing goes on for ever. */
@Timeout(60)
class ReentranceTests {

	private final OwnLogback logback = new OwnLogback();

	private final Callers callers = new Callers();

	private final Gate gate = new Gate();

	@TempDir
	private Path folder;

	@AfterEach
	void close() {
		this.gate.open();
		this.logback.close();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void argumentMayLogInItsToString(boolean open) {
		Path file = this.folder.resolve("nested.log");
		LoglaneAppender queue = this.logback.queue(this.logback.file(file, "%msg%n"), OwnLogback.lossless(4));
		if (open) {
			queue.open();
		}
		Logger logger = this.logback.logger();
		Object argument = new Object() {

			@Override
			public String toString() {
				logger.info("inner");
				return "value";
			}

		};
		for (int t = 0; t < 4; t++) {
			this.callers.start(() -> {
				for (int i = 0; i < 500; i++) {
					logger.info("outer {}", argument);
				}
			});
		}
		this.callers.join();
		OwnLogback.close(queue);
		assertThat(OwnLogback.lines(file)).hasSize(4_000).containsOnly("inner", "outer value");
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 2 })
	void delegatesMayLogToEachOthersQueues(int open) {
		Logger first = this.logback.context().getLogger("first");
		Logger second = this.logback.context().getLogger("second");
		first.setAdditive(false);
		second.setAdditive(false);
		Queue<String> written = new ConcurrentLinkedQueue<>();
		LoglaneAppender ofFirst = this.logback.queue(this.logback.scripted((event) -> {
			written.add(event.getMessage());
			if (event.getMessage().equals("outer")) {
				second.info("inner");
			}
		}), OwnLogback.lossless(1024));
		LoglaneAppender ofSecond = this.logback.queue(this.logback.scripted((event) -> {
			written.add(event.getMessage());
			if (event.getMessage().equals("outer")) {
				first.info("inner");
			}
		}), OwnLogback.lossless(1024));
		this.logback.logger().detachAppender(ofFirst);
		this.logback.logger().detachAppender(ofSecond);
		first.addAppender(ofFirst);
		second.addAppender(ofSecond);
		if (open > 0) {
			ofFirst.open();
		}
		if (open > 1) {
			ofSecond.open();
		}
		int records = 400;
		for (int t = 0; t < 4; t++) {
			Logger own = (t % 2 == 0) ? first : second;
			this.callers.start(() -> {
				for (int i = 0; i < records; i++) {
					own.info("outer");
				}
			});
		}
		this.callers.join();
		// what a delegate logged to the other's queue may still be on its way
		await().until(() -> OwnLogback.counts(ofFirst).depth() + OwnLogback.counts(ofSecond).depth() == 0);
		OwnLogback.close(ofFirst);
		OwnLogback.close(ofSecond);
		LaneCounts firsts = OwnLogback.counts(ofFirst);
		LaneCounts seconds = OwnLogback.counts(ofSecond);
		assertThat(firsts.accepted() + firsts.dropped()).isEqualTo(4L * records);
		assertThat(seconds.accepted() + seconds.dropped()).isEqualTo(4L * records);
		assertThat((long) written.size()).isEqualTo(firsts.accepted() + seconds.accepted());
	}

	@Test
	void recordThatADelegateLeavesToADrainThatIsEndingIsWritten() {
		Logger inner = this.logback.context().getLogger("inner");
		inner.setAdditive(false);
		Semaphore flushes = new Semaphore(0);
		AtomicInteger entered = new AtomicInteger();
		AtomicInteger written = new AtomicInteger();
		OutputStream stream = new OutputStream() {

			private volatile boolean gated = true;

			@Override
			public void write(int octet) {
				written.incrementAndGet();
			}

			@Override
			public void flush() {
				if (this.gated && Thread.currentThread().getName().startsWith("loglane-")) {
					entered.incrementAndGet();
					flushes.acquireUninterruptibly();
				}
			}

			@Override
			public void close() {
				this.gated = false;
			}

		};
		OutputStreamAppender<ILoggingEvent> slow = new OutputStreamAppender<>();
		slow.setOutputStream(stream);
		LoglaneAppender innerQueue = this.logback.queue(this.logback.stream(slow, "x"), OwnLogback.lossless(16));
		this.logback.logger().detachAppender(innerQueue);
		inner.addAppender(innerQueue);
		this.logback.queue(this.logback.scripted((event) -> inner.info("inner")), OwnLogback.lossless(16));
		try {
			innerQueue.open();
			inner.info("first");
			await().until(() -> entered.get() == 1);
			Thread drain = OwnLogback.drains(innerQueue).get(0);
			// from the next round on the drain is leaving
			innerQueue.close();
			flushes.release();
			await().until(() -> entered.get() == 2 || !drain.isAlive());
			int batches = entered.get();
			this.callers.start(() -> this.logback.logger().info("outer"));
			this.callers.join();
			assertThat(entered).hasValue(batches);
		}
		finally {
			flushes.release(1_000_000);
		}
		await().until(() -> written.get() == 2);
	}

	@Test
	void consoleThatLogsWhatIsPrintedToItIsNotFedWithItsOwnOutput() {
		PrintStream before = System.out;
		Logger logger = this.logback.logger();
		AtomicInteger printed = new AtomicInteger();
		ByteArrayOutputStream console = new ByteArrayOutputStream();
		// like sysout-over-slf4j; the limit ends a loop that would not end
		System.setOut(new PrintStream(console, true, StandardCharsets.UTF_8) {

			@Override
			public void write(byte[] bytes, int from, int length) {
				super.write(bytes, from, length);
				if (printed.incrementAndGet() < 1_000) {
					logger.info("printed");
				}
			}

		});
		try {
			ConsoleAppender<ILoggingEvent> delegate = this.logback.stream(new ConsoleAppender<>(), "%msg%n");
			LoglaneAppender queue = this.logback.queue(delegate, OwnLogback.lossless(4096));
			queue.open();
			logger.info("queued");
			OwnLogback.close(queue);
			logger.info("passed through");
		}
		finally {
			System.setOut(before);
		}
		assertThat(console.toString(StandardCharsets.UTF_8).lines()).containsExactly("queued", "passed through");
	}

	@Test
	void stopFromWithinADelegateDoesNotHang() {
		LoglaneAppender[] queues = new LoglaneAppender[1];
		AtomicInteger appended = new AtomicInteger();
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
			appended.incrementAndGet();
			queues[0].stop();
		}), OwnLogback.lossless(16));
		queues[0] = queue;
		queue.open();
		this.logback.logger().info("stops");
		await().until(() -> appended.get() == 1 && !queue.isStarted() && OwnLogback.drains(queue).isEmpty());
	}

}
