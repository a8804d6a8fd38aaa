package io.loglane.autoconfigure;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application whose SLF4J is bound to Log4j2.
 */
class OtherLoggingLibraryTests {

	private static final Path LOG4J2 = Path.of("target", "log4j2-libs").toAbsolutePath();

	@TempDir
	private Path folder;

	@Test
	void tagsTasksAndSaysThatNothingIsQueuedWhereLogbackIsNotThere() throws Exception {
		List<String> classPath = classPath("logback-classic", "logback-core", "log4j-to-slf4j");
		List<String> lines = run(classPath, List.of());
		assertThat(mdc())
			.isEqualTo("org.apache.logging.slf4j.Log4jLoggerFactory " + "{executor=reports, requestId=r1, task=1}");
		assertThat(lines.stream().filter((line) -> line.contains(": Loglane "))).singleElement()
			.asString()
			.contains(" INFO ")
			.contains("Loglane queues nothing")
			.contains("org.apache.logging.slf4j.Log4jLoggerFactory");
		assertThatTheTaskLoggedAsWithoutUs(lines);
	}

	@Test
	void tagsTasksAndSaysThatNothingIsQueuedWhereLogbackIsThereAndNotBound() throws Exception {
		List<String> classPath = classPath("log4j-to-slf4j");
		List<String> lines = run(classPath, List.of("-Dslf4j.provider=org.apache.logging.slf4j.SLF4JServiceProvider",
				"-Dorg.springframework.boot.logging.LoggingSystem=org.springframework.boot.logging.log4j2.Log4J2LoggingSystem"));
		assertThat(mdc())
			.isEqualTo("org.apache.logging.slf4j.Log4jLoggerFactory " + "{executor=reports, requestId=r1, task=1}");
		assertThat(lines.stream().filter((line) -> line.contains(": Loglane "))).singleElement()
			.asString()
			.contains(" INFO ")
			.contains("Loglane queues nothing")
			.contains("org.apache.logging.slf4j.Log4jLoggerFactory");
		assertThatTheTaskLoggedAsWithoutUs(lines);
	}

	@Test
	void saysNothingWhereItIsOff() throws Exception {
		List<String> classPath = classPath("logback-classic", "logback-core", "log4j-to-slf4j");
		List<String> lines = run(classPath, List.of(), "--loglane.enabled=false");
		assertThat(mdc()).endsWith(" {}");
		assertThat(lines).noneMatch((line) -> line.contains("oglane"));
	}

	private static void assertThatTheTaskLoggedAsWithoutUs(List<String> lines) {
		assertThat(lines.stream().filter((line) -> line.endsWith("In a task"))).singleElement()
			.asString()
			.matches(".* INFO \\d+ --- \\[reports-1\\] work +: In a task");
	}

	static List<String> classPath(String... without) {
		List<String> classPath = new ArrayList<>();
		try (Stream<Path> libraries = Files.list(LOG4J2)) {
			libraries.map(Path::toString).forEach(classPath::add);
		}
		catch (java.io.IOException ex) {
			throw new java.io.UncheckedIOException(ex);
		}
		assertThat(classPath).isNotEmpty();
		ForkedJvm.classPath()
			.stream()
			.filter((entry) -> Stream.of(without).noneMatch((name) -> new File(entry).getName().startsWith(name)))
			.forEach(classPath::add);
		return classPath;
	}

	private List<String> run(List<String> classPath, List<String> options, String... arguments) throws Exception {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		List<String> all = new ArrayList<>(List.of(arguments));
		all.addAll(List.of(file.argument(), "--spring.main.web-application-type=none",
				"--test.mdc=" + this.folder.resolve("mdc.txt")));
		try (ForkedJvm application = ForkedJvm.start(this.folder, classPath, options, TaggingApplication.class, all)) {
			assertThat(application.awaitExit(Duration.ofSeconds(40))).as(application.text()).isZero();
		}
		return file.lines();
	}

	private String mdc() throws Exception {
		return Files.readString(this.folder.resolve("mdc.txt"));
	}

}
