package io.loglane.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.awaitility.Awaitility.await;

/**
 * A file that an application logs to.
 *
 * @param path where it is
 */
record LogFile(Path path) {

	/**
	 * Return the argument that makes Boot log to this file.
	 * @return a command line argument
	 */
	String argument() {
		return "--logging.file.name=" + this.path;
	}

	List<String> lines() {
		try {
			return Files.readAllLines(this.path);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Wait for a line: while an application is up it may be a little later than the call.
	 * @param text what it contains
	 * @return the first such line
	 */
	String line(String text) {
		return await("a line with '" + text + "' in " + this.path)
			.until(() -> lines().stream().filter((line) -> line.contains(text)).findFirst(),
					java.util.Optional::isPresent)
			.orElseThrow();
	}

}
