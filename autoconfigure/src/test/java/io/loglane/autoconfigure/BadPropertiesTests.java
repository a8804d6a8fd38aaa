package io.loglane.autoconfigure;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

import io.loglane.appender.LoglaneAppender;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.ArgumentResolver;
import org.springframework.core.io.support.SpringFactoriesLoader.FailureHandler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * A wrong value stops the start, says what is wrong, and leaves nothing half done.
 */
@ExtendWith(OutputCaptureExtension.class)
class BadPropertiesTests {

	@TempDir
	private Path folder;

	@RegisterExtension
	private final Applications applications = new Applications();

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoglaneAutoConfiguration.class));

	/** Property, value, and what the text says is allowed. */
	static Stream<Arguments> badProperties() {
		return Stream.of(bad("loglane.queue.capacity", "0", "from 1 to"),
				bad("loglane.queue.capacity", "-1", "from 1 to"), bad("loglane.queue.capacity", "abc", "to int"),
				bad("loglane.queue.capacity", "2147483647", "from 1 to"),
				bad("loglane.queue.capacity", "99999999999", "to int"), bad("loglane.queue.memory", "0B", "from 1B"),
				bad("loglane.queue.memory", "-1MB", "from 1B"), bad("loglane.queue.memory", "much", "DataSize"),
				bad("loglane.executors.reports.weight", "0", "above 0"),
				bad("loglane.executors.reports.weight", "-1", "above 0"),
				bad("loglane.executors.reports.weight", "NaN", "above 0"),
				bad("loglane.queue.wait-level", "loud", "ERROR"), bad("loglane.queue.max-wait", "-1s", "from 0"),
				bad("loglane.queue.max-wait", "soon", "is not a valid duration"),
				bad("loglane.shutdown-timeout", "-5s", "from 0"), bad("loglane.caller-data", "maybe", "AUTO"),
				bad("loglane.async.render", "nobody", "CALLER"),
				bad("loglane.async.appenders", "FIEL", "The appenders are: "),
				bad("loglane.async.exclude", "KONSOLE", "The appenders are: "),
				bad("loglane.tasks.executor-key", "the executor", "letters, digits"),
				bad("loglane.tasks.task-key", "task}", "letters, digits"),
				bad("loglane.tasks.propagate-context", "perhaps", "oolean"),
				bad("loglane.executors.reports.level", "loud", "ERROR"), bad("loglane.enabled", "perhaps", "oolean"));
	}

	private static Arguments bad(String property, String value, String allowed) {
		return Arguments.of(property, value, allowed);
	}

	@ParameterizedTest(name = "{0}={1}")
	@MethodSource("badProperties")
	void stopsTheStartAndSaysWhy(String property, String value, String allowed, CapturedOutput output) {
		assertThat(catchThrowable(() -> this.applications.run(Application.class, "--" + property + "=" + value)))
			.isNotNull();
		String report = output.getAll().substring(output.getAll().indexOf("APPLICATION FAILED TO START"));
		assertThat(report).contains(property).contains(value).contains(allowed);
		assertNothingIsHalfDone();
	}

	@ParameterizedTest(name = "{0}={1}")
	@MethodSource("badProperties")
	void stopsTheRefreshOfAContextAndSaysWhy(String property, String value, String allowed) {
		this.runner.withPropertyValues(property + "=" + value).run((context) -> {
			assertThat(context).hasFailed();
			FailureAnalysis analysis = analyze(Objects.requireNonNull(context.getStartupFailure()));
			assertThat(analysis).isNotNull();
			assertThat(analysis.getDescription()).contains(property).contains(value);
			assertThat(analysis.getDescription() + analysis.getAction()).contains(allowed);
		});
		assertNothingIsHalfDone();
	}

	@ParameterizedTest(name = "{0}={1}")
	@MethodSource("badProperties")
	void stopsTheStartBeforeAnyBeanIsMade(String property, String value, String allowed, CapturedOutput output) {
		assertThat(catchThrowable(() -> this.applications.run(NoisyApplication.class, "--" + property + "=" + value)))
			.isNotNull();
		assertThat(output).doesNotContain("A bean is made").contains("APPLICATION FAILED TO START");
	}

	@Test
	void startsWellAfterABadStart(CapturedOutput output) {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		assertThat(catchThrowable(
				() -> this.applications.run(Application.class, file.argument(), "--loglane.async.appenders=FILE,FIEL")))
			.isNotNull();
		assertNothingIsHalfDone();
		this.applications.run(Application.class, file.argument(), "--loglane.async.appenders=FILE");
		assertThat(Applications.drainThreads()).containsExactly("loglane-FILE");
		LoggerFactory.getLogger("app").info("After all");
		file.line("After all");
		this.applications.closeAll();
		assertThat(output.getAll().lines().filter((line) -> line.contains(": After all"))).hasSize(1);
	}

	@Test
	void namesTheAppendersThatThereAre(CapturedOutput output) {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		assertThat(catchThrowable(
				() -> this.applications.run(Application.class, file.argument(), "--loglane.async.exclude=KONSOLE")))
			.isNotNull();
		assertThat(output).contains("The appenders are: CONSOLE, FILE.");
	}

	@Test
	void reportsABadValueInTheLogFile() {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		assertThat(catchThrowable(
				() -> this.applications.run(Application.class, file.argument(), "--loglane.queue.capacity=0")))
			.isNotNull();
		assertThat(String.join("\n", file.lines())).contains("APPLICATION FAILED TO START")
			.contains("loglane.queue.capacity");
	}

	@Test
	void refusesTheSameKeyForBoth(CapturedOutput output) {
		assertThat(catchThrowable(() -> this.applications.run(Application.class, "--loglane.tasks.executor-key=job",
				"--loglane.tasks.task-key=job")))
			.isNotNull();
		assertThat(output).contains("loglane.tasks.task-key");
	}

	@ParameterizedTest
	@ValueSource(strings = { "false", "FALSE" })
	void isOffHoweverFalseIsWritten(String word) {
		this.applications.run(Application.class, "--loglane.enabled=" + word);
		assertNothingIsHalfDone();
	}

	private static void assertNothingIsHalfDone() {
		assertThat(Applications.rootLogger().iteratorForAppenders()).toIterable()
			.isNotEmpty()
			.doesNotHaveAnyElementsOfTypes(LoglaneAppender.class);
		assertThat(Applications.drainThreads()).isEmpty();
	}

	private static @Nullable FailureAnalysis analyze(Throwable failure) {
		ArgumentResolver arguments = ArgumentResolver.of(BeanFactory.class, new DefaultListableBeanFactory())
			.and(Environment.class, new StandardEnvironment());
		List<FailureAnalyzer> analyzers = SpringFactoriesLoader.forDefaultResourceLocation()
			.load(FailureAnalyzer.class, arguments, FailureHandler.handleMessage((message, ex) -> {
			}));
		return analyzers.stream()
			.map((analyzer) -> analyzer.analyze(failure))
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class NoisyApplication {

		NoisyApplication() {
			LoggerFactory.getLogger("app").info("A bean is made");
		}

	}

}
