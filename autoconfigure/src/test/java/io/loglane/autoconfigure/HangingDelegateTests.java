package io.loglane.autoconfigure;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A JVM that is told to end while a delegate hangs for ever ends, and says what it gave
 * up.
 */
@DisabledOnOs(OS.WINDOWS)
class HangingDelegateTests {

	private static final int SIGTERM = 128 + 15;

	@TempDir
	private Path folder;

	@ParameterizedTest
	@ValueSource(strings = { "true", "false" })
	void jvmEndsInTimeAndSaysWhatItGaveUp(String hook) throws Exception {
		Path mark = this.folder.resolve("hanging");
		Path ready = this.folder.resolve("ready");
		Path configuration = Files.writeString(this.folder.resolve("logback-test.xml"), """
				<configuration>
					<appender name="HANGING" class="%s">
						<mark>%s</mark>
						<encoder>
							<pattern>%%msg%%n</pattern>
						</encoder>
					</appender>
					<root level="INFO">
						<appender-ref ref="HANGING" />
					</root>
				</configuration>
				""".formatted(HangingAppender.class.getName(), mark));
		try (ForkedJvm application = ForkedJvm.start(this.folder, ForkedJvm.classPath(), List.of(),
				HangingApplication.class,
				List.of("--logging.config=" + configuration, "--spring.main.web-application-type=none",
						"--spring.main.banner-mode=off", "--loglane.shutdown-timeout=1s",
						"--loglane.async.appenders=HANGING", "--spring.main.register-shutdown-hook=" + hook,
						"--test.mark=" + mark, "--test.ready=" + ready))) {
			await("all is logged").atMost(Duration.ofSeconds(60))
				.until(() -> Files.exists(ready) || !application.process().isAlive());
			assertThat(application.process().isAlive()).as(application.text()).isTrue();
			application.process().destroy();
			assertThat(application.awaitExit(Duration.ofSeconds(15))).as(application.text()).isEqualTo(SIGTERM);
			assertThat(application.text().lines().filter((line) -> line.contains("gave up"))).singleElement()
				.asString()
				.contains("HANGING")
				.matches(".*: (%1$s, %2$s|%2$s, %1$s)".formatted("none=" + (1 + HangingApplication.OF_NONE),
						"reports=" + HangingApplication.OF_REPORTS));
		}
	}

}
