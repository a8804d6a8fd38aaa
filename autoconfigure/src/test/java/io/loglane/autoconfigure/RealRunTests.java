package io.loglane.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * 200,000 records of 32 threads, read back from the file line by line.
 */
class RealRunTests {

	/** Executor, task, request and thread as the line shows them, then the message. */
	private static final Pattern LINE = Pattern
		.compile("(\\w*)\\|(\\d*)\\|([\\w-]*)\\|([^|]+)\\|(\\w+) ([\\w-]+) (\\d+) (\\d+)");

	private static final int TOTAL = RealRunApplication.POOLS * RealRunApplication.TASKS * RealRunApplication.RECORDS;

	@TempDir
	private Path folder;

	@Test
	void writesEachRecordOnceInOrderWithItsExecutorAndRequest() throws Exception {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		Path counters = this.folder.resolve("counters.txt");
		try (ForkedJvm application = ForkedJvm.start(this.folder, ForkedJvm.classPath(), List.of(),
				RealRunApplication.class,
				List.of(file.argument(), "--logging.threshold.console=off", "--spring.main.web-application-type=none",
						"--logging.pattern.file=%X{executor}|%X{task}|%X{requestId}|%thread|%msg%n",
						"--test.counters=" + counters))) {
			assertThat(application.awaitExit(Duration.ofSeconds(90))).as(application.text()).isZero();
		}
		Map<String, Integer> linesByExecutor = checkLines(file.lines());
		assertThat(linesByExecutor).containsKeys("none");
		checkCounters(counters, linesByExecutor);
	}

	/**
	 * Checks each line and returns how many there are of each executor.
	 */
	private static Map<String, Integer> checkLines(List<String> lines) {
		Map<String, Integer> linesByExecutor = new HashMap<>();
		Map<String, Integer> lastOfThread = new HashMap<>();
		Map<String, String> requestOfTask = new HashMap<>();
		Set<String> seen = new HashSet<>();
		for (String line : lines) {
			Matcher matcher = LINE.matcher(line);
			if (!matcher.matches()) {
				// Boot's and ours, from outside of tasks
				assertThat(line).startsWith("|||");
				linesByExecutor.merge("none", 1, Integer::sum);
				continue;
			}
			String executor = matcher.group(1);
			String thread = matcher.group(4);
			String request = matcher.group(6);
			linesByExecutor.merge(executor, 1, Integer::sum);
			check(executor.equals(matcher.group(5)), line, "its executor");
			check(thread.startsWith(executor + "-"), line, "a thread of its executor");
			check(matcher.group(3).equals(request), line, "its submitter's request");
			String task = executor + "#" + matcher.group(2);
			check(request.equals(requestOfTask.computeIfAbsent(task, (key) -> request)), line,
					"a task number of its own");
			check(seen.add(request + "/" + matcher.group(7)), line, "a record that was not there before");
			int count = Integer.parseInt(matcher.group(8));
			check(count == lastOfThread.getOrDefault(thread, 0) + 1, line, "the thread's next record");
			lastOfThread.put(thread, count);
		}
		assertThat(seen).hasSize(TOTAL);
		assertThat(requestOfTask).hasSize(RealRunApplication.POOLS * RealRunApplication.TASKS);
		assertThat(lastOfThread).hasSize(RealRunApplication.POOLS * RealRunApplication.THREADS);
		return linesByExecutor;
	}

	/** Cheaper than an assertion for each of a million facts. */
	private static void check(boolean fact, String line, String expected) {
		if (!fact) {
			throw new AssertionError("Expected " + expected + " in: " + line);
		}
	}

	private static void checkCounters(Path counters, Map<String, Integer> linesByExecutor) throws IOException {
		Map<String, Long> sums = new HashMap<>();
		for (String counter : Files.readAllLines(counters)) {
			// name and executor, then the count of one level or of all
			int end = counter.lastIndexOf(' ');
			sums.merge(counter.substring(0, end), Long.valueOf(counter.substring(end + 1)), Long::sum);
		}
		linesByExecutor.forEach((executor, lines) -> {
			if (!executor.equals("none")) {
				assertThat(sums).containsEntry("loglane.records.accepted " + executor, (long) lines)
					.containsEntry("loglane.records.written " + executor, (long) lines);
			}
			assertThat(sums).containsEntry("loglane.records.dropped " + executor, 0L)
				.containsEntry("loglane.records.failed " + executor, 0L);
		});
	}

}
