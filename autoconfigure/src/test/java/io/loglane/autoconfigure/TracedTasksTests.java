package io.loglane.autoconfigure;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The trace of a submitter is in its tasks, once, and not in those that come after. In a
 * JVM of its own: OpenTelemetry's context storage takes no wrapper once it is in use.
 */
class TracedTasksTests {

	@TempDir
	private Path folder;

	@ParameterizedTest
	@ValueSource(strings = { "false", "true" })
	void traceOfTheSubmitterIsEnteredOnceAndLeft(String bootPropagates) throws Exception {
		Path seen = this.folder.resolve("seen.txt");
		try (ForkedJvm application = ForkedJvm.start(this.folder, ForkedJvm.classPath(), List.of(),
				TracedApplication.class,
				List.of("--spring.main.web-application-type=none", "--spring.main.banner-mode=off",
						"--test.seen=" + seen, "--spring.task.execution.pool.core-size=1",
						"--spring.task.execution.propagate-context=" + bootPropagates))) {
			assertThat(application.awaitExit(Duration.ofSeconds(60))).as(application.text()).isZero();
			assertThat(Files.readAllLines(seen)).containsExactly("applicationTaskExecutor: same trace true, entered 1",
					"then [executor, task]");
		}
	}

}
