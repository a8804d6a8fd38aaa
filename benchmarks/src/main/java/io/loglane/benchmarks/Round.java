package io.loglane.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** The figures of one round, by case and variant. */
final class Round {

	private final Map<String, Map<Variant, Double>> figures = new TreeMap<>();

	void add(Variant variant, String key, double value) {
		this.figures.computeIfAbsent(key, (created) -> new TreeMap<>()).put(variant, value);
	}

	Map<String, Map<Variant, Double>> figures() {
		return this.figures;
	}

	/** Not a number where there is none. */
	double of(Variant variant, String key) {
		return this.figures.getOrDefault(key, Map.of()).getOrDefault(variant, Double.NaN);
	}

	double loglane(String key) {
		return of(Variant.LOGLANE, key);
	}

	/** Not a number where one is missing: the best might have been that one. */
	double least(String key, Variant... variants) {
		return values(key, variants).reduce(Double.POSITIVE_INFINITY, Math::min);
	}

	double most(String key, Variant... variants) {
		return values(key, variants).reduce(Double.NEGATIVE_INFINITY, Math::max);
	}

	/** One line for each figure: what, by whom, how much. */
	void save(Path file) throws IOException {
		List<String> lines = this.figures.entrySet()
			.stream()
			.flatMap((of) -> of.getValue()
				.entrySet()
				.stream()
				.map((by) -> of.getKey() + " " + by.getKey() + " " + by.getValue()))
			.toList();
		Files.write(file, lines);
	}

	private DoubleStream values(String key, Variant... variants) {
		return Stream.of(variants).mapToDouble((variant) -> of(variant, key));
	}

}
