package io.loglane.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * A wrong queue in a user's Logback configuration stops the start, and says what is
 * wrong.
 */
@ExtendWith(OutputCaptureExtension.class)
class BadLogbackConfigurationTests {

	private static final String CONFIGURATION = """
			<configuration>
				<appender name="FILE" class="ch.qos.logback.core.FileAppender">
					<file>${FOLDER}/app.log</file>
					<encoder><pattern>%%msg%%n</pattern></encoder>
				</appender>
				%s
				<root level="INFO"><appender-ref ref="FIRST"/><appender-ref ref="SECOND"/></root>
			</configuration>
			""";

	@RegisterExtension
	private final Applications applications = new Applications();

	@TempDir
	private Path folder;

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					<appender-ref ref="FILE"/> |                                                       | [SECOND] has no appender
					<appender-ref ref="FILE"/> | <appender-ref ref="FILE"/>                            | [FILE], as [FIRST] does already
					<appender-ref ref="FILE"/> | <capacity>0</capacity><appender-ref ref="OTHER"/>     | capacity 0
					""")
	void stopsTheStartAndSaysWhy(String first, String second, String what, CapturedOutput output) throws IOException {
		Path configuration = this.folder.resolve("logback.xml");
		String other = """
				<appender name="OTHER" class="ch.qos.logback.core.FileAppender">
					<file>${FOLDER}/other.log</file>
					<encoder><pattern>%msg%n</pattern></encoder>
				</appender>
				""";
		String queues = other + queue("FIRST", first) + queue("SECOND", (second != null) ? second : "");
		Files.writeString(configuration, CONFIGURATION.formatted(queues).replace("${FOLDER}", this.folder.toString()));
		assertThat(catchThrowable(() -> this.applications.run(Application.class, "--logging.config=" + configuration)))
			.isNotNull();
		// Boot tells by itself: there is no log yet for an analysis of the failure
		assertThat(output.getAll()).contains("Logback configuration error detected").contains(what);
	}

	private static String queue(String name, String inside) {
		return "<appender name=\"%s\" class=\"io.loglane.appender.LoglaneAppender\">%s</appender>".formatted(name,
				inside);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
