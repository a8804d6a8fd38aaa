package io.loglane.autoconfigure;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplicationAotProcessor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Applications that Spring Boot has processed ahead of time, as its build plugins do, run
 * in JVMs of their own.
 */
@Timeout(300)
class AheadOfTimeTests {

	private static final String AHEAD_OF_TIME = "-Dspring.aot.enabled=true";

	private static final List<String> ARGUMENTS = List.of("--spring.main.web-application-type=none",
			"--logging.config=classpath:io/loglane/autoconfigure/aot-logback-spring.xml", "--spring.jmx.enabled=true",
			"--management.endpoints.jmx.exposure.include=health,loglane", "--management.health.loglane.enabled=true",
			"--loglane.executors.byInterface.level=debug", "--loglane.executors.byInterface.file=by-interface.log");

	@TempDir
	private static Path build;

	private static String outputOfTheBuild;

	@TempDir
	private Path folder;

	@BeforeAll
	static void process() throws Exception {
		outputOfTheBuild = process(build, ForkedJvm.classPath(), AheadOfTimeApplication.class, ARGUMENTS);
	}

	@Test
	void processingQueuesNothingAndOpensNoFile() {
		assertThat(outputOfTheBuild).doesNotContain("Loglane").doesNotContain("ERROR");
		assertThat(build.resolve("by-interface.log")).doesNotExist();
	}

	@Test
	void tagsTasksHoweverTheirExecutorIsCovered() throws Exception {
		assertThat(run())
			.contains("byDecorator {executor=byDecorator, requestId=r1, task=1}",
					"byInterface {executor=byInterface, requestId=r1, task=1}",
					"byClass {executor=byClass, requestId=r1, task=1}", "byThreads {executor=byThreads}")
			.contains("not in full byThreads")
			.doesNotContain("not in full byDecorator", "not in full byInterface", "not in full byClass");
		assertThat(Files.readAllLines(this.folder.resolve("app.log"))).contains("INFO users [byClass#1] In a task");
	}

	@Test
	void queuesCountsAndKeepsTheLevelAndTheFileOfALane() throws Exception {
		assertThat(run()).contains("flushed true", "queue QUEUED queueing 64", "level of byInterface: DEBUG",
				"written QUEUED 1");
		assertThat(Files.readString(this.folder.resolve("by-interface.log"))).contains("In a task")
			.contains("Debugging a task");
	}

	@Test
	void tellsOfItsQueuesInTheHealthEndpoint() throws Exception {
		assertThat(run()).anyMatch((line) -> line.matches("health UP .*\\bQUEUED=\\{mode=queueing,.*"));
	}

	@Test
	void canStillBeSwitchedOff() throws Exception {
		assertThat(run("--loglane.enabled=false")).contains("byDecorator {}", "byInterface {}", "byClass {}",
				"byThreads {}", "queue QUEUED pass-through 64");
		assertThat(this.folder.resolve("by-interface.log")).doesNotExist();
		assertThat(Files.readString(this.folder.resolve("app.log"))).doesNotContain("Loglane");
	}

	@Test
	void worksWhereLogbackIsNotThere() throws Exception {
		List<String> classPath = OtherLoggingLibraryTests.classPath("logback-classic", "logback-core",
				"log4j-to-slf4j");
		Path build = Files.createDirectory(this.folder.resolve("build"));
		Path mdc = this.folder.resolve("mdc.txt");
		List<String> arguments = List.of("--spring.main.web-application-type=none", "--test.mdc=" + mdc);
		process(build, classPath, TaggingApplication.class, arguments);
		run(build, classPath, TaggingApplication.class, arguments);
		assertThat(mdc).content().endsWith(" {executor=reports, requestId=r1, task=1}");
	}

	private List<String> run(String... more) throws Exception {
		Path report = this.folder.resolve("report.txt");
		List<String> arguments = new ArrayList<>(ARGUMENTS);
		arguments.addAll(List.of("--logging.file.name=" + this.folder.resolve("app.log"), "--test.report=" + report));
		arguments.addAll(List.of(more));
		run(build, ForkedJvm.classPath(), AheadOfTimeApplication.class, arguments);
		return Files.readAllLines(report);
	}

	private void run(Path build, List<String> classPath, Class<?> application, List<String> arguments)
			throws Exception {
		List<String> withWhatWasMade = new ArrayList<>(
				List.of(build.resolve("classes").toString(), build.resolve("resources").toString()));
		withWhatWasMade.addAll(classPath);
		try (ForkedJvm jvm = ForkedJvm.start(this.folder, withWhatWasMade, List.of(AHEAD_OF_TIME), application,
				arguments)) {
			assertThat(jvm.awaitExit(Duration.ofSeconds(60))).as(jvm.text()).isZero();
		}
	}

	/** As the build plugins do: process, then compile what that has made. */
	private static String process(Path build, List<String> classPath, Class<?> application, List<String> arguments)
			throws Exception {
		Path sources = build.resolve("sources");
		Path classes = build.resolve("classes");
		List<String> all = new ArrayList<>(List.of(application.getName(), sources.toString(),
				build.resolve("resources").toString(), classes.toString(), "io.loglane", "test"));
		all.addAll(arguments);
		try (ForkedJvm jvm = ForkedJvm.start(build, classPath, List.of("-Dlogging.file.name=" + build + "/app.log"),
				SpringApplicationAotProcessor.class, all)) {
			assertThat(jvm.awaitExit(Duration.ofSeconds(60))).as(jvm.text()).isZero();
			compile(sources, classes, classPath);
			return jvm.text();
		}
	}

	private static void compile(Path sources, Path classes, List<String> classPath) throws IOException {
		JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "a JDK is needed");
		List<String> all = new ArrayList<>(classPath);
		// proxies of application classes, which sources refer to
		all.add(classes.toString());
		try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
				Stream<Path> found = Files.walk(sources)) {
			List<Path> java = found.filter((path) -> path.toString().endsWith(".java")).toList();
			List<String> options = List.of("-proc:none", "-nowarn", "-d", classes.toString(), "-cp",
					String.join(File.pathSeparator, all));
			assertThat(
					compiler.getTask(null, files, null, options, null, files.getJavaFileObjectsFromPaths(java)).call())
				.isTrue();
		}
	}

}
