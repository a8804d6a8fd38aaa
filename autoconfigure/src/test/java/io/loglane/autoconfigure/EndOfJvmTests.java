package io.loglane.autoconfigure;

import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A JVM that is told to end: the last record whose call returned is in the file, with all
 * before it, though eight threads log meanwhile, and though the context is closed.
 */
@DisabledOnOs(OS.WINDOWS)
class EndOfJvmTests {

	private static final Pattern RECORD = Pattern.compile("flooding (\\d) (\\d+)");

	private static final int SIGTERM = 128 + 15;

	@TempDir
	private Path folder;

	@Test
	void losesNoRecordWhoseCallHasReturned() throws Exception {
		killWhileThreadsLog();
	}

	@Test
	void losesNoRecordWhereTheContextIsNotClosed() throws Exception {
		// then the threads log until the JVM is gone, and Logback is never stopped
		killWhileThreadsLog("--spring.main.register-shutdown-hook=false", "--logging.register-shutdown-hook=false");
	}

	@Test
	void losesNoRecordWhereTheQueueIsFull() throws Exception {
		killWhileThreadsLog("--loglane.queue.capacity=16", "--loglane.queue.max-wait=10s");
	}

	@Test
	void hasTheLinesOfTheLastShutdownHandler() throws Exception {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		Path ready = this.folder.resolve("ready");
		try (ForkedJvm application = ForkedJvm.start(this.folder, ForkedJvm.classPath(), List.of(),
				LastLinesApplication.class,
				List.of(file.argument(), "--spring.main.web-application-type=none", "--logging.pattern.file=%msg%n",
						"--logging.pattern.console=%msg%n", "--test.ready=" + ready))) {
			await("all is logged").atMost(Duration.ofSeconds(60))
				.until(() -> Files.exists(ready) || !application.process().isAlive());
			application.process().destroy();
			assertThat(application.awaitExit(Duration.ofSeconds(30))).as(application.text()).isEqualTo(SIGTERM);
			assertThatTheLastLinesAreIn(file.lines());
			assertThatTheLastLinesAreIn(application.text().lines().toList());
		}
	}

	private static void assertThatTheLastLinesAreIn(List<String> lines) {
		List<String> expected = new ArrayList<>();
		for (String text : List.of("While up", "Closing", "Shutting down")) {
			addAll(expected, text);
		}
		expected.add("A handler, closed true");
		addAll(expected, "By a handler");
		expected.add("The last handler");
		assertThat(lines).containsSubsequence(expected);
		assertThat(lines.get(lines.size() - 1)).isEqualTo("The last handler");
	}

	private static void addAll(List<String> lines, String text) {
		for (int i = 0; i < LastLinesApplication.RECORDS; i++) {
			lines.add(text + " " + i);
		}
	}

	private void killWhileThreadsLog(String... arguments) throws IOException, InterruptedException {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		Path path = this.folder.resolve("returned");
		LongBuffer returned = FloodingApplication.returned(path);
		List<String> all = new ArrayList<>(
				List.of(file.argument(), "--logging.threshold.console=off", "--spring.main.web-application-type=none",
						"--logging.pattern.file=%X{executor} %msg%n", "--test.returned=" + path));
		all.addAll(List.of(arguments));
		try (ForkedJvm application = ForkedJvm.start(this.folder, ForkedJvm.classPath(), List.of(),
				FloodingApplication.class, all)) {
			await("each thread has logged; output: " + application.output()).atMost(Duration.ofSeconds(40))
				.until(() -> least(returned) > 500);
			application.process().destroy();
			assertThat(application.awaitExit(Duration.ofSeconds(30))).as(application.text()).isEqualTo(SIGTERM);
		}
		assertThatAllThatReturnedAreIn(file, returned);
	}

	private static long least(LongBuffer returned) {
		long least = Long.MAX_VALUE;
		for (int thread = 0; thread < FloodingApplication.THREADS; thread++) {
			least = Math.min(least, returned.get(thread));
		}
		return least;
	}

	private static void assertThatAllThatReturnedAreIn(LogFile file, LongBuffer returned) {
		long[] last = new long[FloodingApplication.THREADS];
		for (String line : file.lines()) {
			Matcher record = RECORD.matcher(line);
			if (record.matches()) {
				int thread = Integer.parseInt(record.group(1));
				long number = Long.parseLong(record.group(2));
				if (number != last[thread] + 1) {
					throw new AssertionError("Record " + number + " after " + last[thread] + " of thread " + thread);
				}
				last[thread] = number;
			}
		}
		for (int thread = 0; thread < FloodingApplication.THREADS; thread++) {
			// the call for one more may have been under way when the JVM ended
			assertThat(last[thread]).as("last record of thread %d", thread)
				.isBetween(returned.get(thread), returned.get(thread) + 1);
		}
	}

}
