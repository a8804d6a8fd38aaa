package io.loglane.appender;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
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
		// a JVM of its own, which compiles nothing: interpreted frames are those that
		// overflow within the queue
		Path output = this.folder.resolve("output.txt");
		Path file = this.folder.resolve("overflow.log");
		List<String> command = List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xint",
				"-Xmx128m", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
				OverflowingApplication.class.getName(), file.toString(), String.valueOf(open));
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

}
