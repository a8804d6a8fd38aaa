package io.loglane.appender;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

/** What each thread is to write into one file. */
final class SameLinesShuffle {

	private final String name;

	private final String head;

	private final String tail;

	private final Map<String, List<String>> records = new TreeMap<>();

	SameLinesShuffle(String name, String file, String text, List<Cut> cuts, List<Pattern> masks) {
		this.name = name;
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		int end = cuts.get(0).lengths().getOrDefault(file, 0);
		this.head = part(bytes, 0, end, masks);
		for (Cut cut : cuts.subList(1, cuts.size())) {
			int start = end;
			end = cut.lengths().getOrDefault(file, 0);
			if (end > start) {
				add(cut.thread(), part(bytes, start, end, masks));
			}
		}
		this.tail = part(bytes, end, bytes.length, masks);
	}

	private void add(String thread, String text) {
		// a thread that has another name for a while begins with its own
		List<String> all = this.records.computeIfAbsent(thread.substring(0, "caller-0".length()),
				(key) -> new ArrayList<>());
		String half = text.substring(text.length() / 2);
		if (text.equals(half + half)) {
			// written twice, where an appender hangs on two loggers
			all.add(half);
			all.add(half);
		}
		else {
			all.add(text);
		}
	}

	private static String part(byte[] bytes, int start, int end, List<Pattern> masks) {
		return SameLinesOutput.mask(new String(bytes, start, end - start, StandardCharsets.UTF_8), masks);
	}

	void assertShuffled(String actual) {
		assertThat(actual).startsWith(this.head).endsWith(this.tail);
		Map<String, Integer> next = new HashMap<>();
		int position = this.head.length();
		boolean found = true;
		while (found) {
			found = false;
			for (Map.Entry<String, List<String>> thread : this.records.entrySet()) {
				int index = next.getOrDefault(thread.getKey(), 0);
				if (index < thread.getValue().size() && actual.startsWith(thread.getValue().get(index), position)) {
					next.put(thread.getKey(), index + 1);
					position += thread.getValue().get(index).length();
					found = true;
					break;
				}
			}
		}
		Set<String> expected = new TreeSet<>();
		this.records.forEach((thread, all) -> {
			int index = next.getOrDefault(thread, 0);
			if (index < all.size()) {
				expected.add(SameLinesRun.excerpt(all.get(index), 0));
			}
		});
		assertThat(expected).as("%s, before: %s", this.name, SameLinesRun.excerpt(actual, position)).isEmpty();
		assertThat(actual.substring(position)).as("end of " + this.name).isEqualTo(this.tail);
	}

	/**
	 * How much was written when a thread had logged a record.
	 *
	 * @param thread its name
	 * @param lengths of the files, in bytes
	 */
	record Cut(String thread, Map<String, Integer> lengths) {

	}

}
