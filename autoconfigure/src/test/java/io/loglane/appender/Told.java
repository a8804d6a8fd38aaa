package io.loglane.appender;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One drop notice as a reader of the log understands it.
 *
 * @param executor whose records were dropped
 * @param sum how many were dropped
 * @param byLevel how many of each level
 * @param from when the first was
 * @param to when the last was
 */
record Told(String executor, long sum, Map<String, Long> byLevel, Instant from, Instant to) {

	private static final Pattern NOTICE = Pattern
		.compile("Dropped (\\d+) records? of executor '([^']*)' \\(([^)]*)\\) from (\\S+) to (\\S+)");

	/**
	 * Return what a line says.
	 * @param line the line, which must be a notice
	 * @return the notice
	 */
	static Told by(String line) {
		Matcher notice = NOTICE.matcher(line);
		assertThat(notice.find()).as("'%s' is a drop notice", line).isTrue();
		Map<String, Long> byLevel = new HashMap<>();
		for (String level : notice.group(3).split(", ", -1)) {
			String[] parts = level.split(" ", 2);
			byLevel.put(parts[0], Long.valueOf(parts[1]));
		}
		Told told = new Told(notice.group(2), Long.parseLong(notice.group(1)), byLevel, Instant.parse(notice.group(4)),
				Instant.parse(notice.group(5)));
		assertThat(byLevel.values().stream().mapToLong(Long::longValue).sum()).as(line).isEqualTo(told.sum);
		assertThat(told.from).as(line).isBeforeOrEqualTo(told.to);
		return told;
	}

	static boolean isNotice(String line) {
		return line.contains("Dropped ");
	}

	/**
	 * Return the notices about one lane.
	 * @param lines lines of a log, notices and others
	 * @param executor the lane's name
	 * @return the notices, in their order
	 */
	static List<Told> in(Iterable<String> lines, String executor) {
		List<Told> all = new ArrayList<>();
		for (String line : lines) {
			if (isNotice(line)) {
				Told told = by(line);
				if (told.executor.equals(executor)) {
					all.add(told);
				}
			}
		}
		return all;
	}

	/**
	 * Return what notices about one lane say all together.
	 * @param lines lines of a log, notices and others
	 * @param executor the lane's name
	 * @return records
	 */
	static long sum(Iterable<String> lines, String executor) {
		return in(lines, executor).stream().mapToLong(Told::sum).sum();
	}

}
