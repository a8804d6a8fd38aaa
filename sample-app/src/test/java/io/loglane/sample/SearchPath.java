package io.loglane.sample;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where the system looks for programs.
 */
final class SearchPath {

	private SearchPath() {
	}

	static Optional<Path> find(String program) {
		String path = Optional.ofNullable(System.getenv("PATH")).orElse("/usr/bin");
		return Pattern.compile(Pattern.quote(File.pathSeparator))
			.splitAsStream(path)
			.map((folder) -> Path.of(folder, program))
			.filter(Files::isExecutable)
			.findFirst();
	}

}
