package io.loglane.appender;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** What applications do around their log statements neither hangs nor loses a record. */
@Timeout(120)
class HarmlessTests {

	/** For what a class logs while it is initialised, which knows no instance. */
	private static volatile Logger initialising = new OwnLogback().logger();

	private final OwnLogback logback = new OwnLogback();

	private final Logger logger = this.logback.logger();

	private final Callers callers = new Callers();

	private final Gate gate = new Gate();

	private final Queue<String> lines = new ConcurrentLinkedQueue<>();

	@TempDir
	private Path folder;

	@AfterEach
	void close() {
		this.gate.open();
		this.logback.close();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void messageMayLogInItsToString(boolean open) {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
			event.getKeyValuePairs();
			this.lines.add(event.getFormattedMessage());
		}), OwnLogback.lossless(2));
		flip(queue, open);
		Object message = new Object() {

			@Override
			public String toString() {
				HarmlessTests.this.logger.info("inner");
				return "outer";
			}

		};
		for (int t = 0; t < 4; t++) {
			this.callers.start(() -> {
				for (int i = 0; i < 300; i++) {
					this.logger.info(String.valueOf(message));
					this.logger.atInfo().addArgument(message).addKeyValue("key", message).log("{}");
				}
			});
		}
		this.callers.join();
		OwnLogback.close(queue);
		assertThat(this.lines.stream().filter("outer"::equals)).hasSize(2 * 4 * 300);
		assertThat(this.lines.stream().filter("inner"::equals)).hasSizeGreaterThanOrEqualTo(2 * 4 * 300);
		assertThatNothingIsLost(queue);
	}

	private static void flip(LoglaneAppender queue, boolean open) {
		if (open) {
			queue.open();
		}
	}

	private void assertThatNothingIsLost(LoglaneAppender queue) {
		LaneCounts counts = OwnLogback.counts(queue);
		assertThat(counts.dropped()).isZero();
		assertThat(counts.failed()).isZero();
		assertThat(counts.written()).isEqualTo(counts.accepted()).isEqualTo(this.lines.size());
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void appenderMayLog(boolean open) {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
			this.lines.add(event.getMessage());
			if (event.getMessage().equals("outer")) {
				this.logger.info("inner");
			}
		}), OwnLogback.lossless(8192));
		flip(queue, open);
		for (int t = 0; t < 4; t++) {
			this.callers.start(() -> {
				for (int i = 0; i < 500; i++) {
					this.logger.info("outer");
				}
			});
		}
		this.callers.join();
		OwnLogback.close(queue);
		assertThat(this.lines.stream().filter("outer"::equals)).hasSize(2_000);
		assertThat(this.lines.stream().filter("inner"::equals)).hasSize(2_000);
		assertThatNothingIsLost(queue);
	}

	@Test
	void callerMayHoldALockThatTheDelegateTakes() {
		ReentrantLock lock = new ReentrantLock();
		LoglaneAppender queue = this.logback.queue(locking(lock), OwnLogback.lossless(8192));
		queue.open();
		logUnder(lock, 4, 1_000);
		OwnLogback.close(queue);
		assertThat(this.lines).hasSize(4_000);
		assertThatNothingIsLost(queue);
	}

	@Test
	void callerThatHoldsALockThatTheDelegateTakesIsHeldUpNoLongerThanTheWait() {
		ReentrantLock lock = new ReentrantLock();
		LoglaneAppender queue = this.logback.queue(locking(lock), OwnLogback.settings(4, Duration.ofMillis(100)));
		queue.open();
		this.callers.start(() -> {
			lock.lock();
			try {
				for (int i = 0; i < 1_000; i++) {
					this.logger.info("x");
				}
			}
			finally {
				lock.unlock();
			}
		});
		this.callers.join();
		OwnLogback.close(queue);
		LaneCounts counts = OwnLogback.counts(queue);
		assertThat(counts.waits()).isLessThanOrEqualTo(2);
		assertThat(counts.accepted() + counts.dropped()).isEqualTo(1_000);
		assertThat(counts.written()).isEqualTo(counts.accepted()).isEqualTo(this.lines.size());
	}

	@Test
	void callerMayHoldALockThatTheDelegateTakesWhereCallersWrite() {
		ReentrantLock lock = new ReentrantLock();
		LoglaneAppender queue = this.logback.queue(locking(lock), OwnLogback.lossless(64));
		AtomicBoolean met = new AtomicBoolean();
		// one that logs without the lock writes, and meets one that logs with it
		this.callers.start(() -> {
			while (!met.get()) {
				this.logger.info("x");
			}
		});
		this.callers.start(() -> {
			lock.lock();
			try {
				// the other is in the delegate, and holds the queue
				await().until(lock::hasQueuedThreads);
				this.logger.info("x");
			}
			finally {
				met.set(true);
				lock.unlock();
			}
		});
		this.callers.join(30_000);
		OwnLogback.close(queue);
		assertThatNothingIsLost(queue);
	}

	/** Like many a user's appender it takes no lock of Logback's. */
	private UnsynchronizedAppenderBase<ILoggingEvent> locking(ReentrantLock lock) {
		return this.logback.started(new UnsynchronizedAppenderBase<>() {

			@Override
			protected void append(ILoggingEvent event) {
				lock.lock();
				try {
					HarmlessTests.this.lines.add(event.getMessage());
				}
				finally {
					lock.unlock();
				}
			}

		}, "LOCKING");
	}

	private void logUnder(ReentrantLock lock, int threads, int records) {
		for (int t = 0; t < threads; t++) {
			this.callers.start(() -> {
				for (int i = 0; i < records; i++) {
					lock.lock();
					try {
						this.logger.info("x");
					}
					finally {
						lock.unlock();
					}
				}
			});
		}
		this.callers.join(30_000);
	}

	@Test
	void classMayLogWhileItIsInitialisedAndTheDelegateNeedsIt() {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
			this.gate.pass();
			this.lines.add(event.getFormattedMessage() + NeededByTheDelegate.suffix());
		}), OwnLogback.lossless(64));
		queue.open();
		this.logger.info("before");
		this.gate.awaitArrival();
		initialising = this.logger;
		// the drain is let go in the middle of the initialiser
		Thread initialiser = this.callers.start(NeededByTheDelegate::suffix);
		this.callers.start(() -> {
			this.gate.open();
			this.logger.info("meanwhile");
		});
		this.callers.join();
		assertThat(initialiser.isAlive()).isFalse();
		OwnLogback.close(queue);
		assertThat(this.lines).contains("before done", "initialising 0 done", "initialising 19 done", "meanwhile done")
			.hasSize(22);
		assertThatNothingIsLost(queue);
	}

	@Test
	void classMayLogItselfWhileItIsInitialised() {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
			this.gate.pass();
			this.lines.add(event.getFormattedMessage());
		}), OwnLogback.lossless(64));
		queue.open();
		this.logger.info("before");
		this.gate.awaitArrival();
		initialising = this.logger;
		this.gate.open();
		this.callers.start(() -> this.logger.info("from one {}", LoggedByItself.ONE));
		this.callers.start(() -> this.logger.info("from another {}", LoggedByItself.ONE));
		this.callers.join();
		OwnLogback.close(queue);
		assertThat(this.lines).containsExactlyInAnyOrder("before", "initialised null", "from one done",
				"from another done");
		assertThatNothingIsLost(queue);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void interruptedCallerLosesNothingAndStaysInterrupted(boolean open) {
		Path file = this.folder.resolve("interrupted.log");
		LoglaneAppender queue = this.logback.queue(this.logback.file(file, "%msg%n"), OwnLogback.lossless(2));
		flip(queue, open);
		AtomicInteger kept = new AtomicInteger();
		for (int t = 0; t < 4; t++) {
			this.callers.start(() -> {
				Thread.currentThread().interrupt();
				for (int i = 0; i < 1_000; i++) {
					this.logger.info("x");
				}
				if (Thread.currentThread().isInterrupted()) {
					kept.incrementAndGet();
				}
			});
		}
		this.callers.join();
		OwnLogback.close(queue);
		assertThat(kept).hasValue(4);
		assertThat(OwnLogback.lines(file)).hasSize(4_000);
		assertThat(OwnLogback.counts(queue).written()).isEqualTo(4_000);
	}

	@Test
	void callersMayBeInterruptedAgainAndAgainWhileTheyWait() {
		LoglaneAppender queue = this.logback.queue(this.logback.started(new AppenderBase<ILoggingEvent>() {

			@Override
			protected void append(ILoggingEvent event) {
				LockSupport.parkNanos(1_000);
				HarmlessTests.this.lines.add(event.getMessage());
			}

		}, "SLOW"), OwnLogback.lossless(1));
		queue.open();
		List<Thread> threads = new ArrayList<>();
		for (int t = 0; t < 4; t++) {
			threads.add(this.callers.start(() -> {
				for (int i = 0; i < 1_000; i++) {
					this.logger.info("x");
				}
			}));
		}
		AtomicBoolean done = new AtomicBoolean();
		Callers interrupter = new Callers();
		interrupter.start(() -> {
			while (!done.get()) {
				threads.forEach(Thread::interrupt);
				LockSupport.parkNanos(1_000);
			}
		});
		try {
			this.callers.join();
		}
		finally {
			done.set(true);
		}
		interrupter.join();
		OwnLogback.close(queue);
		assertThat(this.lines).hasSize(4_000);
		assertThatNothingIsLost(queue);
	}

	@ParameterizedTest
	@ValueSource(ints = { 16, 8192 })
	@EnabledForJreRange(min = JRE.JAVA_21)
	void tenThousandVirtualThreadsLoseNothing(int capacity) throws Exception {
		Path file = this.folder.resolve("virtual.log");
		LoglaneAppender queue = this.logback.queue(this.logback.file(file, "%msg%n"), OwnLogback.lossless(capacity));
		queue.open();
		inVirtualThreads(10_000, (number) -> {
			this.logger.info("{} first", number);
			LockSupport.parkNanos(1_000);
			this.logger.info("{} second", number);
		});
		OwnLogback.close(queue);
		assertThat(OwnLogback.lines(file)).hasSize(20_000).doesNotHaveDuplicates();
		LaneCounts counts = OwnLogback.counts(queue);
		assertThat(counts.dropped() + counts.failed()).isZero();
		assertThat(counts.written()).isEqualTo(20_000);
	}

	/** Nearly all of them wait for room at a time. */
	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void tenThousandVirtualThreadsLoseNothingToASlowDelegate() throws Exception {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
			this.lines.add(event.getFormattedMessage());
		}), OwnLogback.lossless(256));
		queue.open();
		inVirtualThreads(10_000, (number) -> this.logger.info("{}", number));
		OwnLogback.close(queue);
		assertThat(this.lines).hasSize(10_000).doesNotHaveDuplicates();
		LaneCounts counts = OwnLogback.counts(queue);
		assertThat(counts.waits()).isGreaterThan(5_000);
		assertThat(counts.dropped() + counts.failed()).isZero();
		assertThat(counts.written()).isEqualTo(10_000);
	}

	private static void inVirtualThreads(int count, IntConsumer code) throws Exception {
		List<Thread> threads = new ArrayList<>();
		for (int t = 0; t < count; t++) {
			int number = t;
			threads.add(Callers.startVirtual(() -> code.accept(number)));
		}
		for (Thread thread : threads) {
			thread.join(60_000);
			assertThat(thread.isAlive()).isFalse();
		}
	}

	static final class NeededByTheDelegate {

		static {
			for (int i = 0; i < 20; i++) {
				initialising.info("initialising {}", i);
				LockSupport.parkNanos(1_000);
			}
		}

		private NeededByTheDelegate() {
		}

		static String suffix() {
			return " done";
		}

	}

	enum LoggedByItself {

		ONE;

		private static final String STATE = state();

		private static String state() {
			initialising.info("initialised {}", ONE);
			return "done";
		}

		@Override
		public String toString() {
			return String.valueOf(STATE);
		}

	}

}
