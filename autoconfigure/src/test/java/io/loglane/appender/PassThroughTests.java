package io.loglane.appender;

import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** While nobody holds the queues open the caller writes, like without a queue. */
class PassThroughTests {

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

	@Test
	void recordIsInTheFileWhenTheCallReturnsBeforeOpenAndAfterClose() {
		Path file = this.folder.resolve("file.log");
		LoglaneAppender queue = this.logback.queue(this.logback.file(file, "%msg%n"), OwnLogback.lossless(16));
		List<String> expected = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			this.logger.info("before {}", i);
			expected.add("before " + i);
			assertThat(OwnLogback.lines(file)).isEqualTo(expected);
		}
		queue.open();
		this.logger.info("between");
		expected.add("between");
		OwnLogback.close(queue);
		for (int i = 0; i < 5; i++) {
			this.logger.info("after {}", i);
			expected.add("after " + i);
			assertThat(OwnLogback.lines(file)).isEqualTo(expected);
		}
	}

	@Test
	void callerThatHasWrittenIsNotHeldOnTo() throws InterruptedException {
		this.logback.queue(this.logback.file(this.folder.resolve("held.log"), "%msg%n"), OwnLogback.lossless(16));
		WeakReference<Thread> caller = ended(() -> this.logger.info("written"));
		await().until(() -> {
			System.gc();
			return caller.refersTo(null);
		});
	}

	private static WeakReference<Thread> ended(Runnable code) throws InterruptedException {
		Thread thread = new Thread(code);
		thread.start();
		thread.join();
		return new WeakReference<>(thread);
	}

	@Test
	void manyCallersFindEachOfTheirRecordsInTheFileWhenTheirCallReturns() {
		Path file = this.folder.resolve("many.log");
		this.logback.queue(this.logback.file(file, "%msg%n"), OwnLogback.lossless(2));
		for (int t = 0; t < 4; t++) {
			int thread = t;
			this.callers.start(() -> {
				for (int i = 0; i < 50; i++) {
					this.logger.info("{} {}", thread, i);
					assertThat(OwnLogback.lines(file)).contains(thread + " " + i);
				}
			});
		}
		this.callers.join();
	}

	@Test
	void callerWritesBeforeOpenAndAfterCloseAndTheDrainBetween() {
		Queue<Thread> writers = new ConcurrentLinkedQueue<>();
		LoglaneAppender queue = this.logback
			.queue(this.logback.scripted((event) -> writers.add(Thread.currentThread())), OwnLogback.lossless(16));
		assertThat(OwnLogback.drains(queue)).isEmpty();
		this.logger.info("before");
		queue.open();
		Thread drain = OwnLogback.drains(queue).get(0);
		assertThat(drain.isDaemon()).isTrue();
		this.logger.info("between");
		await().until(() -> writers.size() == 2);
		OwnLogback.close(queue);
		this.logger.info("after");
		assertThat(writers).containsExactly(Thread.currentThread(), drain, Thread.currentThread());
		assertThat(OwnLogback.drains(queue)).isEmpty();
	}

	@Test
	void openTwiceIsOpenOnce() {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
		}), OwnLogback.lossless(16));
		queue.open();
		queue.open();
		assertThat(OwnLogback.drains(queue)).hasSize(1);
		OwnLogback.close(queue);
		assertThat(OwnLogback.drains(queue)).isEmpty();
	}

	@Test
	void nothingIsLeftInTheQueueAfterClose() {
		Path file = this.folder.resolve("rest.log");
		LoglaneAppender queue = this.logback.queue(this.logback.file(file, "%msg%n"), OwnLogback.lossless(8192));
		queue.open();
		for (int i = 0; i < 5_000; i++) {
			this.logger.info("x");
		}
		OwnLogback.close(queue);
		assertThat(OwnLogback.lines(file)).hasSize(5_000);
		assertThat(OwnLogback.counts(queue).depth()).isZero();
		assertThat(OwnLogback.counts(queue).written()).isEqualTo(5_000);
	}

	@Test
	void queueIsWrittenOutBeforeTheFirstRecordThatPassesThrough() {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
			this.gate.pass();
			this.written.add(event.getMessage());
		}), OwnLogback.lossless(16));
		queue.open();
		this.logger.info("queued 1");
		this.gate.awaitArrival();
		this.logger.info("queued 2");
		queue.close();
		AtomicBoolean returned = new AtomicBoolean();
		Thread caller = this.callers.start(() -> {
			this.logger.info("passed through");
			returned.set(true);
		});
		await().until(() -> caller.getState() == Thread.State.TIMED_WAITING);
		assertThat(returned).isFalse();
		this.gate.open();
		this.callers.join();
		assertThat(this.written).containsExactly("queued 1", "queued 2", "passed through");
	}

	@Test
	void interruptedCallerWritesAndKeepsItsFlag() {
		Queue<Boolean> flags = new ConcurrentLinkedQueue<>();
		this.logback.queue(this.logback.scripted((event) -> {
			this.gate.pass();
			flags.add(Thread.currentThread().isInterrupted());
		}), OwnLogback.lossless(16));
		this.callers.start(() -> this.logger.info("holds the lock"));
		this.gate.awaitArrival();
		AtomicBoolean flag = new AtomicBoolean();
		Thread caller = this.callers.start(() -> {
			Thread.currentThread().interrupt();
			this.logger.info("waits for the lock");
			flag.set(Thread.currentThread().isInterrupted());
		});
		await().until(() -> caller.getState() == Thread.State.TIMED_WAITING);
		this.gate.open();
		this.callers.join();
		assertThat(flag).isTrue();
		assertThat(flags).hasSize(2);
	}

	@Test
	void callerThatWritesIsLetGoWhenTheDrainCanTakeOver() {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> this.gate.pass()),
				OwnLogback.lossless(16));
		AtomicBoolean returned = new AtomicBoolean();
		this.callers.start(() -> {
			this.logger.info("passed through");
			returned.set(true);
		});
		this.gate.awaitArrival();
		queue.open();
		// from now on there is always one more record in the queue than the delegate
		// takes
		this.logger.info("queued");
		for (int i = 0; i < 2_000; i++) {
			this.logger.info("queued");
			this.gate.letPass(1);
			this.gate.awaitArrival();
		}
		await().untilTrue(returned);
	}

}
