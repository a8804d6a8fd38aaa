package io.loglane.appender;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Phaser;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;

import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Delivery order is enqueue order, in every mode and across every change of mode. */
class OrderTests {

	private static final int FLIPS = 300;

	private static final int FIRST_NUMBER = 1_000_000;

	private final OwnLogback logback = new OwnLogback();

	private final Callers callers = new Callers();

	@TempDir
	private Path folder;

	@AfterEach
	void close() {
		this.logback.close();
	}

	@ParameterizedTest
	@ValueSource(ints = { 3, 1024 })
	void eachRecordIsWrittenOnceAndEachThreadsInOrderWhileModesFlip(int capacity) {
		int threads = 4;
		AtomicIntegerArray logged = new AtomicIntegerArray(threads);
		Path file = this.folder.resolve("flips.log");
		LoglaneAppender queue = this.logback.queue(this.logback.file(file, "%msg%n"), OwnLogback.lossless(capacity));
		AtomicBoolean done = new AtomicBoolean();
		Callers flipper = new Callers();
		AtomicInteger flips = flipModes(flipper, queue, done);
		Logger logger = this.logback.logger();
		for (int t = 0; t < threads; t++) {
			int thread = t;
			this.callers.start(() -> {
				while (logged.get(thread) < 5_000 || flips.get() < FLIPS) {
					logger.info("{} {}", thread, logged.getAndIncrement(thread));
				}
			});
		}
		this.callers.join();
		done.set(true);
		flipper.join();
		OwnLogback.close(queue);
		int[] next = new int[threads];
		for (String line : OwnLogback.lines(file)) {
			int space = line.indexOf(' ');
			int thread = Integer.parseInt(line.substring(0, space));
			assertThat(Integer.parseInt(line.substring(space + 1))).isEqualTo(next[thread]++);
		}
		for (int t = 0; t < threads; t++) {
			assertThat(next[t]).isEqualTo(logged.get(t));
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 3, 1024 })
	void whatHappensBeforeIsWrittenBeforeWhileModesFlip(int capacity) {
		Path file = this.folder.resolve("order.log");
		LoglaneAppender queue = this.logback.queue(this.logback.file(file, "%msg%n"), OwnLogback.lossless(capacity));
		AtomicBoolean done = new AtomicBoolean();
		Callers others = new Callers();
		AtomicInteger flips = flipModes(others, queue, done);
		Logger logger = this.logback.logger();
		others.start(() -> {
			while (!done.get()) {
				logger.info("noise");
			}
		});
		// the token is the number to be logged next: even ones by one thread, odd ones by
		// the other
		AtomicInteger token = new AtomicInteger();
		AtomicBoolean stopped = new AtomicBoolean();
		for (int parity = 0; parity < 2; parity++) {
			int own = parity;
			this.callers.start(() -> {
				for (int i = own; i < 5_000 || flips.get() < FLIPS; i += 2) {
					while (token.get() != i) {
						if (stopped.get()) {
							return;
						}
						Thread.onSpinWait();
					}
					logger.info("token {}", i);
					token.set(i + 1);
				}
				stopped.set(true);
			});
		}
		this.callers.join();
		done.set(true);
		others.join();
		OwnLogback.close(queue);
		int next = 0;
		for (String line : OwnLogback.lines(file)) {
			if (!line.equals("noise")) {
				assertThat(line).isEqualTo("token " + next++);
			}
		}
		assertThat(next).isEqualTo(token.get());
	}

	private static AtomicInteger flipModes(Callers flipper, LoglaneAppender queue, AtomicBoolean done) {
		AtomicInteger flips = new AtomicInteger();
		flipper.start(() -> {
			while (!done.get()) {
				queue.open();
				// of any length, so that changes of mode hit every moment
				pause(ThreadLocalRandom.current().nextInt(30_000));
				queue.close();
				if (ThreadLocalRandom.current().nextBoolean()) {
					queue.awaitClosed(System.nanoTime() + 30_000_000_000L);
					pause(ThreadLocalRandom.current().nextInt(10_000));
				}
				flips.incrementAndGet();
			}
		});
		return flips;
	}

	private static void pause(int spins) {
		for (int i = 0; i < spins; i++) {
			Thread.onSpinWait();
		}
	}

	@Test
	void noRecordIsStrandedByAnyRaceOfCallersAndModeChanges() throws Exception {
		int threads = 3;
		int rounds = 4_000;
		long deadline = System.nanoTime() + 8_000_000_000L;
		Path file = this.folder.resolve("stranded.log");
		LoglaneAppender queue = this.logback.queue(this.logback.file(file, "%msg\n"), OwnLogback.lossless(4));
		Logger logger = this.logback.logger();
		AtomicLongArray returned = new AtomicLongArray(threads);
		AtomicBoolean done = new AtomicBoolean();
		Phaser round = new Phaser(threads + 1);
		for (int t = 0; t < threads; t++) {
			int thread = t;
			this.callers.start(() -> {
				int next = 0;
				while (true) {
					round.arriveAndAwaitAdvance();
					if (done.get()) {
						return;
					}
					for (int i = ThreadLocalRandom.current().nextInt(4); i >= 0; i--) {
						logger.info(thread + " " + (FIRST_NUMBER + next++));
						returned.incrementAndGet(thread);
						pause(ThreadLocalRandom.current().nextInt(200));
					}
					// so that nobody's later record saves an earlier one
					round.arriveAndAwaitAdvance();
				}
			});
		}
		int played = 0;
		while (played < rounds && System.nanoTime() < deadline) {
			round.arriveAndAwaitAdvance();
			pause(ThreadLocalRandom.current().nextInt(300));
			queue.open();
			pause(ThreadLocalRandom.current().nextInt(1_000));
			queue.close();
			queue.awaitClosed(System.nanoTime() + 30_000_000_000L);
			long before = sum(returned);
			assertThat(linesIn(file)).as("lines after the close in round %d", played).isGreaterThanOrEqualTo(before);
			round.arriveAndAwaitAdvance();
			assertThat(linesIn(file)).as("lines after round %d", played).isEqualTo(sum(returned));
			played++;
		}
		done.set(true);
		round.arriveAndAwaitAdvance();
		this.callers.join();
		assertThat(played).isGreaterThan(500);
		assertThat(OwnLogback.lines(file)).hasSize((int) sum(returned)).doesNotHaveDuplicates();
	}

	/**
	 * All lines have one length, so that the file need not be read in each round. While
	 * callers write, the file may end within a line: it grows page by page.
	 */
	private static long linesIn(Path file) throws IOException {
		long size = Files.size(file);
		int line = ("0 " + FIRST_NUMBER + "\n").length();
		return size / line;
	}

	private static long sum(AtomicLongArray longs) {
		long sum = 0;
		for (int i = 0; i < longs.length(); i++) {
			sum += longs.get(i);
		}
		return sum;
	}

}
