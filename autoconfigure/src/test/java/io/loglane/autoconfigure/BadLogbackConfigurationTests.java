package io.loglane.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
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
 * A wrong queue in a user's Logback configuration stops the start, and a report says what
 * is wrong and what to do.
 */
@ExtendWith(OutputCaptureExtension.class)
class BadLogbackConfigurationTests {

	private static final String TITLE = "APPLICATION FAILED TO START";

	private static final String CONFIGURATION = """
			<configuration>
				<appender name="FILE" class="ch.qos.logback.core.FileAppender">
					<file>${FOLDER}/app.log</file>
					<encoder><pattern>%msg%n</pattern></encoder>
				</appender>
				<appender name="OTHER" class="ch.qos.logback.core.FileAppender">
					<file>${FOLDER}/other.log</file>
					<encoder><pattern>%msg%n</pattern></encoder>
				</appender>
				<appender name="FIRST" class="io.loglane.appender.LoglaneAppender">
					<appender-ref ref="FILE"/>
				</appender>
				<appender name="SECOND" class="io.loglane.appender.LoglaneAppender">
					${SECOND}
				</appender>
				<root level="INFO">${ROOT}</root>
			</configuration>
			""";

	private static final String BOTH = "<appender-ref ref=\"FIRST\"/><appender-ref ref=\"SECOND\"/>";

	@RegisterExtension
	private final Applications applications = new Applications();

	@TempDir
	private Path folder;

	private void start(String second, String root) throws IOException {
		Path configuration = this.folder.resolve("logback.xml");
		Files.writeString(configuration,
				CONFIGURATION.replace("${FOLDER}", this.folder.toString())
					.replace("${SECOND}", second)
					.replace("${ROOT}", root));
		assertThat(catchThrowable(() -> this.applications.run(Application.class, "--logging.config=" + configuration)))
			.isNotNull();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', nullValues = "", emptyValue = "",
			textBlock = """
					''                                                      | Appender [SECOND] has no appender to write to.                                | Add an <appender-ref> that names the appender to queue.
					<appender-ref ref="FIEL"/>                              | Appender [SECOND] has no appender to write to.                                | Add an <appender-ref> that names the appender to queue.
					<appender-ref ref="FILE"/>                              | Appender [SECOND] writes to [FILE], as [FIRST] does already.                  | An appender has one queue: let loggers refer to [FIRST] and remove [SECOND].
					<appender-ref ref="OTHER"/><appender-ref ref="FILE"/>   | Appender [SECOND] writes to [OTHER] already, and is to write to [FILE] too.   | Give each appender a LoglaneAppender of its own.
					<capacity>0</capacity><appender-ref ref="OTHER"/>       | Appender [SECOND] has capacity 0.                                             | A queue holds from 1 to
					<memory>0</memory><appender-ref ref="OTHER"/>           | Appender [SECOND] has memory 0.                                               | A size from 1 byte is needed
					""")
	void stopsTheStartAndReportsWhy(String second, String what, String action, CapturedOutput output)
			throws IOException {
		start((second != null) ? second : "", BOTH);
		// what Boot says by itself, before there is a log
		assertThat(output.getAll()).contains("Logback configuration error detected").contains(what);
		String report = report(Files.readString(this.folder.resolve("app.log")));
		assertThat(report.substring(report.indexOf("Description:"), report.indexOf("Action:"))).contains(what);
		assertThat(report.substring(report.indexOf("Action:"))).contains(action);
		assertThat(output.getErr()).doesNotContain(TITLE);
	}

	@Test
	void namesTheAppenderThatAMisspeltReferenceMeans(CapturedOutput output) throws IOException {
		start("<appender-ref ref=\"FIEL\"/>", BOTH);
		assertThat(output.getAll()).contains("[FIEL]");
	}

	@Test
	void printsTheReportWhereTheBrokenQueueIsAllThatWouldWriteIt(CapturedOutput output) throws IOException {
		start("", "<appender-ref ref=\"SECOND\"/>");
		assertThat(report(output.getErr())).contains("Appender [SECOND] has no appender to write to.")
			.contains("Add an <appender-ref> that names the appender to queue.");
	}

	@Test
	void reportsAllThatIsWrongAtOnce(CapturedOutput output) throws IOException {
		start("<capacity>0</capacity><memory>0</memory><appender-ref ref=\"OTHER\"/><appender-ref ref=\"FILE\"/>",
				BOTH);
		assertThat(report(Files.readString(this.folder.resolve("app.log")))).contains("is to write to [FILE] too")
			.contains("has capacity 0");
	}

	/** The one there is. */
	private static String report(String text) {
		assertThat(text).containsOnlyOnce(TITLE);
		return text.substring(text.indexOf(TITLE));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
