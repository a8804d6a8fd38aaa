package io.loglane.appender;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** Callers who have to wait for the drain, again and again. */
class DrainBehindTests {

	private static final int THREADS = 4;

	private static final int RECORDS = 20_000;

	private final OwnLogback logback = new OwnLogback();

	private final Logger logger = this.logback.logger();

	private final Callers callers = new Callers();

	@TempDir
	private Path folder;

	@AfterEach
	void close() {
		this.logback.close();
	}

	private List<String> saturate(String pattern) {
		Path file = this.folder.resolve("behind.log");
		LoglaneAppender queue = this.logback.queue(this.logback.file(file, pattern), OwnLogback.lossless(64));
		queue.open();
		for (int i = 0; i < THREADS; i++) {
			int thread = i;
			this.callers.start(() -> {
				for (int record = 0; record < RECORDS; record++) {
					this.logger.info("{} {}", thread, record);
				}
			});
		}
		this.callers.join();
		OwnLogback.close(queue);
		assertThat(OwnLogback.counts(queue).waits()).as("callers had to wait").isPositive();
		return OwnLogback.lines(file);
	}

	@Test
	void eachThreadsLinesAreThereOnceAndInOrder() {
		List<String> lines = saturate("%p %msg%n");
		assertThat(lines).hasSize(THREADS * RECORDS);
		for (int i = 0; i < THREADS; i++) {
			String prefix = "INFO " + i + " ";
			List<String> expected = new ArrayList<>();
			IntStream.range(0, RECORDS).forEach((record) -> expected.add(prefix + record));
			assertThat(lines.stream().filter((line) -> line.startsWith(prefix)).toList()).isEqualTo(expected);
		}
	}

	@Test
	void numbersOfLinesFollowTheOrderOfTheFile() {
		List<String> lines = saturate("%30(%lsn) %n");
		assertThat(lines).hasSize(THREADS * RECORDS);
		long first = Long.parseLong(lines.get(0).strip());
		assertThat(lines.stream().map((line) -> Long.parseLong(line.strip()) - first).toList())
			.isEqualTo(LongStream.range(0, THREADS * RECORDS).boxed().toList());
	}

}
