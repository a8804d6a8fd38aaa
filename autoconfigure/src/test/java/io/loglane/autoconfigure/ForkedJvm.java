package io.loglane.autoconfigure;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application in a JVM of its own, for what a JVM can do once only: to be bound to
 * another logging library, and to end.
 *
 * @param process the process
 * @param output where its standard output and error go
 */
record ForkedJvm(Process process, Path output) implements AutoCloseable {

	static List<String> classPath() {
		return Arrays.asList(System.getProperty("java.class.path").split(File.pathSeparator));
	}

	/**
	 * Start a JVM.
	 * @param folder where its output goes
	 * @param classPath its class path
	 * @param options its own options
	 * @param main what it runs
	 * @param arguments the command line of that
	 * @return the running JVM
	 */
	static ForkedJvm start(Path folder, List<String> classPath, List<String> options, Class<?> main,
			List<String> arguments) throws IOException {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
		command.addAll(options);
		command.addAll(List.of("-cp", String.join(File.pathSeparator, classPath), main.getName()));
		command.addAll(arguments);
		Path output = folder.resolve("output.txt");
		Process process = new ProcessBuilder(command).directory(folder.toFile())
			.redirectErrorStream(true)
			.redirectOutput(output.toFile())
			.start();
		return new ForkedJvm(process, output);
	}

	/**
	 * Wait for its end.
	 * @param atMost how long
	 * @return its exit code
	 */
	int awaitExit(Duration atMost) throws InterruptedException, IOException {
		assertThat(this.process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)).as("ended; its output: " + text())
			.isTrue();
		return this.process.exitValue();
	}

	String text() throws IOException {
		return Files.readString(this.output);
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
	}

}
