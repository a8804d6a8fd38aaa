package io.loglane.appender;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A delegate that streams bytes is flushed once a batch, and when the queue runs empty.
 */
class BatchFlushTests {

	private static final int RECORDS = 2_000;

	private static final String LINE = "x".repeat(150);

	private final OwnLogback logback = new OwnLogback();

	private final Gate gate = new Gate();

	private final Logger logger = this.logback.logger();

	private final CountingStream stream = new CountingStream();

	@AfterEach
	void close() {
		this.gate.open();
		this.logback.close();
	}

	private OutputStreamAppender<ILoggingEvent> delegate(boolean immediateFlush) {
		OutputStreamAppender<ILoggingEvent> delegate = new OutputStreamAppender<>();
		delegate.setOutputStream(this.stream);
		delegate.setImmediateFlush(immediateFlush);
		return this.logback.stream(delegate, "%msg%n");
	}

	@Test
	void batchesAreFlushedOnceAndNothingIsUnflushedWhenTheQueueRanEmpty() {
		LoglaneAppender queue = this.logback.queue(delegate(true), OwnLogback.lossless(8192));
		queue.open();
		this.logger.info("stuck");
		this.gate.awaitArrival();
		for (int i = 0; i < RECORDS; i++) {
			this.logger.info("x");
		}
		this.gate.open();
		await().until(() -> OwnLogback.counts(queue).written() == RECORDS + 1);
		await().until(() -> this.stream.unflushed.get() == 0);
		assertThat(this.stream.writes).hasValue(RECORDS + 1);
		assertThat(this.stream.flushes.get() - this.stream.flushesOfNothing.get()).isBetween(1, RECORDS / 20);
	}

	/** Logback's file streams have a buffer of 8 KiB, which is full again and again. */
	@Test
	void batchGoesToAFileInOneWrite(@TempDir Path folder) throws IOException {
		FileAppender<ILoggingEvent> delegate = this.logback.file(folder.resolve("batch.log"), "%msg%n");
		FileOutputStream file = new CountingFile(delegate.getFile());
		ReflectionTestUtils.setField(delegate.getOutputStream(), "fos", file);
		ReflectionTestUtils.setField(delegate.getOutputStream(), "os", new BufferedOutputStream(file));
		LoglaneAppender queue = this.logback.queue(delegate, OwnLogback.lossless(8192));
		queue.open();
		this.logger.info("stuck");
		this.gate.awaitArrival();
		for (int i = 0; i < RECORDS; i++) {
			this.logger.info("{}", LINE);
		}
		this.gate.open();
		await().until(() -> OwnLogback.counts(queue).written() == RECORDS + 1);
		assertThat(this.stream.bytes).hasValue(RECORDS * (LINE.length() + 1L) + "stuck\n".length());
		// a batch has up to 256 records
		assertThat(this.stream.writes.get()).isBetween(RECORDS / 256, RECORDS / 256 + 5);
	}

	@Test
	void drainWithoutRecordsFlushesNothing() {
		LoglaneAppender queue = this.logback.queue(delegate(true), OwnLogback.lossless(16));
		this.gate.open();
		queue.open();
		this.logger.info("x");
		Thread drain = OwnLogback.drains(queue).get(0);
		await().until(() -> drain.getState() == Thread.State.WAITING);
		assertThat(this.stream.unflushed).hasValue(0);
		assertThat(this.stream.flushes).hasValue(1);
	}

	@Test
	void singleRecordIsFlushedWithoutAnother() {
		LoglaneAppender queue = this.logback.queue(delegate(true), OwnLogback.lossless(16));
		this.gate.open();
		queue.open();
		for (int i = 1; i <= 5; i++) {
			this.logger.info("x");
			int expected = i;
			await().until(() -> this.stream.writes.get() == expected && this.stream.unflushed.get() == 0);
		}
	}

	@Test
	void recordThatPassesThroughIsFlushedWhenTheCallReturns() {
		this.logback.queue(delegate(true), OwnLogback.lossless(16));
		this.gate.open();
		for (int i = 1; i <= 5; i++) {
			this.logger.info("x");
			assertThat(this.stream.writes).hasValue(i);
			assertThat(this.stream.unflushed).hasValue(0);
		}
	}

	@Test
	void immediateFlushIsAsBeforeAfterStop() {
		OutputStreamAppender<ILoggingEvent> delegate = delegate(true);
		LoglaneAppender queue = this.logback.queue(delegate, OwnLogback.lossless(16));
		this.gate.open();
		queue.open();
		this.logger.info("x");
		queue.stop();
		assertThat(delegate.isImmediateFlush()).isTrue();
	}

	@Test
	void delegateThatDoesNotFlushIsNotFlushed() {
		OutputStreamAppender<ILoggingEvent> delegate = delegate(false);
		LoglaneAppender queue = this.logback.queue(delegate, OwnLogback.lossless(16));
		this.gate.open();
		queue.open();
		this.logger.info("x");
		OwnLogback.close(queue);
		this.logger.info("y");
		assertThat(this.stream.flushes).hasValue(0);
		queue.stop();
		assertThat(delegate.isImmediateFlush()).isFalse();
	}

	/** Nothing comes into it. */
	private final class CountingFile extends FileOutputStream {

		CountingFile(String name) throws IOException {
			super(name, true);
		}

		@Override
		public void write(byte[] bytes, int from, int length) {
			BatchFlushTests.this.stream.write(bytes, from, length);
		}

	}

	/** Its first write has to pass the gate. */
	private final class CountingStream extends OutputStream {

		private final AtomicInteger writes = new AtomicInteger();

		private final AtomicLong bytes = new AtomicLong();

		private final AtomicInteger unflushed = new AtomicInteger();

		private final AtomicInteger flushes = new AtomicInteger();

		private final AtomicInteger flushesOfNothing = new AtomicInteger();

		@Override
		public void write(int octet) {
			throw new UnsupportedOperationException();
		}

		@Override
		public void write(byte[] bytes, int from, int length) {
			this.unflushed.incrementAndGet();
			this.bytes.addAndGet(length);
			if (this.writes.incrementAndGet() == 1) {
				BatchFlushTests.this.gate.pass();
			}
		}

		@Override
		public void flush() {
			this.flushes.incrementAndGet();
			if (this.unflushed.getAndSet(0) == 0) {
				this.flushesOfNothing.incrementAndGet();
			}
		}

	}

}
