package io.loglane.benchmarks;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/** Starts the JVMs that measure, one after the other, and reads their figures. */
final class Launcher {

	/** The first with virtual threads that do not hold their carrier in a lock. */
	private static final int VIRTUAL_THREADS = 25;

	private static final long PATIENCE_SECONDS = 300;

	private final Path folder;

	private final Path errors;

	private final @Nullable Path laterJava;

	Launcher(Path folder) throws IOException {
		this.folder = folder;
		this.errors = folder.resolve("errors.log");
		this.laterJava = laterJava();
	}

	/**
	 * A JDK beside the one that runs this, or the one that {@code JAVA_25_HOME} names.
	 */
	private static @Nullable Path laterJava() throws IOException {
		String named = System.getenv("JAVA_25_HOME");
		if (named != null) {
			return Path.of(named, "bin", "java");
		}
		if (Runtime.version().feature() >= VIRTUAL_THREADS) {
			return java();
		}
		Path beside = Path.of(System.getProperty("java.home")).toRealPath().getParent();
		if (beside == null) {
			return null;
		}
		try (Stream<Path> homes = Files.list(beside)) {
			Optional<Path> found = homes.filter((home) -> feature(home) >= VIRTUAL_THREADS)
				.min(Comparator.comparingInt(Launcher::feature))
				.map((home) -> home.resolve("bin").resolve("java"));
			return found.orElse(null);
		}
	}

	/** The version of a JDK, 0 where there is none. */
	private static int feature(Path home) {
		try {
			for (String line : Files.readAllLines(home.resolve("release"))) {
				if (line.startsWith("JAVA_VERSION=")) {
					return Runtime.Version.parse(line.substring(line.indexOf('=') + 1).replace("\"", "")).feature();
				}
			}
		}
		catch (IOException | IllegalArgumentException ex) {
			// not a JDK's folder
		}
		return 0;
	}

	private static Path java() {
		return Path.of(System.getProperty("java.home"), "bin", "java");
	}

	/**
	 * Run a job, and wait for its end.
	 * @param warmUp milliseconds for each output
	 */
	void run(Plan.Job job, int warmUp, Round round) throws IOException, InterruptedException {
		switch (job.type()) {
			case PLAIN -> await(fork(java(), job, warmUp).redirectOutput(discarded()).start(), job, round);
			case VIRTUAL_THREADS -> {
				if (this.laterJava != null) {
					await(fork(this.laterJava, job, warmUp).redirectOutput(discarded()).start(), job, round);
				}
			}
			case CONSOLE -> console(job, warmUp, round);
			case IDLE -> idle(job, round);
		}
	}

	private ProcessBuilder fork(Path java, Plan.Job job, int warmUp) throws IOException {
		List<String> arguments = new ArrayList<>(job.variant().jvmArguments());
		arguments.add(Fork.class.getName());
		arguments.add(job.variant().name());
		arguments.add(results(job.variant()).toString());
		arguments.add(this.folder.resolve("measured.log").toString());
		arguments.add(String.valueOf(warmUp));
		job.cases().forEach((each) -> arguments.add(each.toString()));
		return jvm(java, "1g", arguments);
	}

	private ProcessBuilder jvm(Path java, String heap, List<String> arguments) {
		List<String> command = new ArrayList<>(
				List.of(java.toString(), "-Xms" + heap, "-Xmx" + heap, "-cp", System.getProperty("java.class.path")));
		command.addAll(arguments);
		return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(this.errors.toFile()));
	}

	private static ProcessBuilder.Redirect discarded() {
		return ProcessBuilder.Redirect.DISCARD;
	}

	private Path results(Variant variant) throws IOException {
		return this.folder.resolve(variant + ".figures");
	}

	private List<String> await(Process process, Plan.Job job, Round round) throws IOException, InterruptedException {
		return await(process, job, job.variant(), round);
	}

	private List<String> await(Process process, Plan.Job job, Variant variant, Round round)
			throws IOException, InterruptedException {
		if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
			process.destroyForcibly();
			throw new FailedException(job.name() + " hangs");
		}
		Path results = results(variant);
		if (process.exitValue() != 0 || !Files.exists(results)) {
			List<String> said = Files.readAllLines(this.errors);
			throw new FailedException(job.name() + " failed:\n"
					+ String.join("\n", said.subList(Math.max(0, said.size() - 10), said.size())));
		}
		List<String> lines = Files.readAllLines(results);
		Files.delete(results);
		List<String> others = new ArrayList<>();
		for (String line : lines) {
			if (line.startsWith(Fork.CONSOLE_LOGGED)) {
				others.add(line);
				continue;
			}
			int space = line.indexOf(' ');
			round.add(variant, line.substring(0, space), Double.parseDouble(line.substring(space + 1)));
		}
		return others;
	}

	/** Reads what it writes, as fast as it comes, and counts. */
	private void console(Plan.Job job, int warmUp, Round round) throws IOException, InterruptedException {
		Process process = fork(java(), job, warmUp).start();
		Tally arrived;
		try (InputStream in = process.getInputStream()) {
			arrived = Lines.read(in, null);
		}
		List<String> logged = await(process, job, round);
		if (!logged.equals(List.of(Fork.CONSOLE_LOGGED + arrived))) {
			throw new FailedException(job.name() + " lost or doubled records: " + logged + ", arrived " + arrived);
		}
	}

	/** Both at the same time: they have a core each, and the same neighbours. */
	private void idle(Plan.Job job, Round round) throws IOException, InterruptedException {
		Process without = idle(Variant.FLOOR_NOP, "--loglane.enabled=false");
		Process with = idle(Variant.LOGLANE, "--loglane.enabled=true");
		await(without, job, Variant.FLOOR_NOP, round);
		await(with, job, Variant.LOGLANE, round);
	}

	private Process idle(Variant variant, String property) throws IOException {
		File log = this.folder.resolve(variant + "-idle.log").toFile();
		return jvm(java(), "64m",
				List.of(IdleApplication.class.getName(), results(variant).toString(), property,
						"--logging.config=classpath:boot.xml", "--logging.file.name=" + log))
			.redirectOutput(discarded())
			.start();
	}

	/** A JVM has not measured what it should; the message says why. */
	static final class FailedException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		FailedException(String message) {
			super(message);
		}

	}

}
