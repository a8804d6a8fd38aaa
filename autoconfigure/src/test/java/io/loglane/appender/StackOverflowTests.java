package io.loglane.appender;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An endless recursion that logs overflows its stack within the queue sooner or later. It
 * costs the application that thread's task, like without a queue, and no other record.
 */
class StackOverflowTests {

	@TempDir
	private Path folder;

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void callerThatOverflowsItsStackHarmsNoOtherRecord(boolean open) throws Exception {
		// compiles nothing: each frame is as large as can be
		run(OverflowingApplication.class, "-Xint", String.valueOf(open));
	}

	/** At each depth shortly before the stack's end, by each of the compilers. */
	@ParameterizedTest
	@CsvSource({ "-Xint, 0", "-XX:TieredStopAtLevel=1, 30000", "-XX:TieredStopAtLevel=3, 30000",
			"-XX:+TieredCompilation, 300", "-XX:+TieredCompilation, 1000", "-XX:+TieredCompilation, 30000" })
	void compiledCallerThatOverflowsItsStackHarmsNoOtherRecord(String compiler, int callsBefore) throws Exception {
		run(CompiledApplication.class, compiler, String.valueOf(callsBefore));
	}

	/** In a JVM of its own. */
	private void run(Class<?> application, String compiler, String argument) throws Exception {
		Path output = this.folder.resolve("output.txt");
		Path file = this.folder.resolve("overflow.log");
		List<String> command = List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), compiler,
				"-Xmx128m", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), application.getName(),
				file.toString(), argument);
		Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
		try {
			assertThat(process.waitFor(40, TimeUnit.SECONDS)).as("ended").isTrue();
			assertThat(process.exitValue()).as(Files.readString(output)).isZero();
			assertThat(OwnLogback.lines(file).contains("afterwards")).as("the last record is in the file").isTrue();
		}
		finally {
			process.destroyForcibly();
		}
	}

	static final class OverflowingApplication {

		private static final int ROUNDS = 12;

		private OverflowingApplication() {
		}

		public static void main(String[] args) {
			OwnLogback logback = new OwnLogback();
			QueueSettings settings = OwnLogback
				.withShutdownTimeout(OwnLogback.settings(1 << 15, Duration.ofMillis(100)), Duration.ofSeconds(2));
			LoglaneAppender queue = logback.queue(logback.file(Path.of(args[0]), "%msg%n"), settings);
			if (Boolean.parseBoolean(args[1])) {
				queue.open();
			}
			for (int round = 0; round < ROUNDS; round++) {
				// of different sizes, so that the overflow hits different frames
				run(256_000 + 96L * round, () -> overflow(logback.logger()));
			}
			run(0, () -> logback.logger().info("afterwards"));
			logback.close();
		}

		private static void run(long stackSize, Callers.Body body) {
			Callers callers = new Callers();
			callers.start(stackSize, body);
			callers.join(10_000);
		}

		private static void overflow(Logger logger) {
			try {
				recurse(logger);
			}
			catch (StackOverflowError ex) {
				// what this is about
			}
		}

		@SuppressWarnings("InfiniteRecursion") // on purpose
		private static void recurse(Logger logger) {
			logger.info("deeper");
			recurse(logger);
		}

	}

	static final class CompiledApplication {

		private static final int CASES = 40;

		private final Logger logger;

		private CompiledApplication(Logger logger) {
			this.logger = logger;
		}

		public static void main(String[] args) {
			OwnLogback logback = new OwnLogback();
			QueueSettings settings = OwnLogback.withShutdownTimeout(OwnLogback.settings(8192, Duration.ofMillis(100)),
					Duration.ofSeconds(2));
			LoglaneAppender queue = logback.queue(logback.file(Path.of(args[0]), "%msg%n"), settings);
			queue.open();
			CompiledApplication application = new CompiledApplication(logback.logger());
			for (int i = 0; i < Integer.parseInt(args[1]); i++) {
				application.descend(3, 3);
			}
			Callers callers = new Callers();
			callers.start(512 * 1024, application::search);
			callers.join(30_000);
			logback.logger().info("afterwards");
			logback.close();
		}

		/**
		 * Larger frames before smaller ones move the stack's end by less than a frame.
		 */
		private void search() {
			for (int large = 0; large < CASES; large++) {
				int low = 0;
				int high = 200_000;
				while (high - low > 1) {
					int middle = (low + high) / 2;
					if (goesThrough(middle, large)) {
						low = middle;
					}
					else {
						high = middle;
					}
				}
				for (int small = Math.max(0, low - 30); small < low + 30; small++) {
					goesThrough(small, large);
				}
			}
		}

		private boolean goesThrough(int small, int large) {
			try {
				descend(small, large);
				return true;
			}
			catch (StackOverflowError ex) {
				return false;
			}
		}

		private void descend(int small, int large) {
			if (small > 0) {
				descend(small - 1, large);
			}
			else {
				descend(large, 1, 2, 3);
			}
		}

		private void descend(int large, long one, long two, long three) {
			if (large > 0) {
				descend(large - 1, one, two, three);
			}
			else {
				this.logger.info("deeper");
			}
		}

	}

}
