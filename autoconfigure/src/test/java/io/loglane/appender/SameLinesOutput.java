package io.loglane.appender;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What was written into one folder. A file that is rolled counts as one, in the order in
 * which it was written, where that is asked for: {@code window.log} and
 * {@code window.1.log}, whose numbers fall, {@code sized.log} and {@code sized.….0.log},
 * whose numbers rise.
 *
 * @param folder the folder
 */
record SameLinesOutput(Path folder) {

	private static final Pattern ROLLED = Pattern.compile("(window|sized)\\.(?:.*\\.)?(\\d+)\\.log");

	private static final Pattern LOCAL_SEQUENCE_NUMBER = Pattern.compile("lsn=(\\d+)");

	/**
	 * What every row masks: times of this century, whose fraction may end early or not be
	 * there, identity hash codes, and what it puts in brackets.
	 */
	private static final List<Pattern> MASKS = List.of(Pattern
		.compile("2\\d{3}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(([.,]\\d{1,9})?(Z|[+-]\\d\\d:?\\d\\d)|[.,]\\d{3,9})"),
			Pattern.compile("@[0-9a-f]{4,8}\\b"), Pattern.compile("<<[^<>]*>>"));

	Map<String, String> files() {
		Map<String, String> files = new TreeMap<>();
		for (Path file : list()) {
			files.put(this.folder.relativize(file).toString(), read(file));
		}
		return files;
	}

	Map<String, String> rolledTogether() {
		Map<String, String> files = new TreeMap<>();
		list().stream()
			.sorted(Comparator.comparing(this::age).reversed())
			.forEach((file) -> files.merge(together(file), read(file), String::concat));
		return files;
	}

	/** How long each file is, those that are rolled together; in bytes. */
	Map<String, Integer> lengths() {
		Map<String, Integer> lengths = new TreeMap<>();
		for (Path file : list()) {
			lengths.merge(together(file), (int) file.toFile().length(), Integer::sum);
		}
		return lengths;
	}

	private String together(Path file) {
		String name = this.folder.relativize(file).toString();
		Matcher rolled = ROLLED.matcher(name);
		return rolled.matches() ? rolled.group(1) + ".log" : name;
	}

	private int age(Path file) {
		Matcher rolled = ROLLED.matcher(this.folder.relativize(file).toString());
		if (!rolled.matches()) {
			return -1;
		}
		int number = Integer.parseInt(rolled.group(2));
		return rolled.group(1).equals("window") ? number : 1000 - number;
	}

	private List<Path> list() {
		try (Stream<Path> files = Files.walk(this.folder)) {
			return files.filter(Files::isRegularFile).toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Take out what differs from run to run by nature.
	 * @param text what was written
	 * @param masks what differs besides the usual
	 * @return the text without
	 */
	static String mask(String text, List<Pattern> masks) {
		String masked = text;
		for (Pattern mask : masks) {
			masked = mask.matcher(masked).replaceAll("");
		}
		for (Pattern mask : MASKS) {
			masked = mask.matcher(masked).replaceAll("<>");
		}
		return fromZero(masked);
	}

	/** Local sequence numbers begin with the time at which they were first needed. */
	private static String fromZero(String text) {
		long first = LOCAL_SEQUENCE_NUMBER.matcher(text)
			.results()
			.mapToLong((result) -> Long.parseLong(result.group(1)))
			.min()
			.orElse(0);
		return LOCAL_SEQUENCE_NUMBER.matcher(text)
			.replaceAll((result) -> "lsn=" + (Long.parseLong(result.group(1)) - first));
	}

}
