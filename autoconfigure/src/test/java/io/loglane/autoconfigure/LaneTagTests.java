package io.loglane.autoconfigure;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

import com.jayway.jsonpath.JsonPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How the tag of a task looks in lines, without configuration and with the user's own.
 */
@ExtendWith(OutputCaptureExtension.class)
class LaneTagTests {

	private static final Logger LOGGER = LoggerFactory.getLogger("app");

	private static final String TRACE_ID = "0123456789abcdef0123456789abcdef";

	private static final String SPAN_ID = "0123456789abcdef";

	@TempDir
	private Path folder;

	@RegisterExtension
	private final Applications applications = new Applications();

	@Test
	void standsBeforeTheLoggerInBootsConsoleLines(CapturedOutput output) {
		logInATask(run());
		this.applications.closeAll();
		assertThat(output.getAll().lines().filter((line) -> line.endsWith("In a task"))).singleElement()
			.asString()
			.matches(".* INFO \\d+ --- \\[ +tagged-1\\] \\[tagged#\\d+\\] app +: In a task");
	}

	@Test
	void standsBeforeTheLoggerInBootsFileLines() {
		logInATask(run());
		assertThat(file().line("In a task"))
			.matches(".* INFO \\d+ --- \\[tagged-1\\] \\[tagged#\\d+\\] app +: In a task");
	}

	@Test
	void countsTheTasksOfEachExecutorFromOne() {
		ConfigurableApplicationContext context = this.applications.run(CountedApplication.class, file().argument());
		ThreadPoolTaskExecutor executor = context.getBean("countedFromOne", ThreadPoolTaskExecutor.class);
		for (int i = 1; i <= 12; i++) {
			int number = i;
			executor.execute(() -> LOGGER.info("Task <{}>", number));
		}
		for (int i = 1; i <= 12; i++) {
			assertThat(file().line("Task <" + i + ">")).contains("[countedFromOne#" + i + "] app ");
		}
	}

	@Test
	void leavesLinesOfOtherThreadsAsTheyAre(CapturedOutput output) {
		run();
		LOGGER.info("Outside");
		String with = file().line("Outside");
		assertThat(with).matches(".* INFO \\d+ --- \\[\\w+\\] app +: Outside");
		this.applications.closeAll();
		assertThat(output.getAll().lines().filter((line) -> line.endsWith("Outside"))).singleElement()
			.asString()
			.matches(".* INFO \\d+ --- \\[ *\\w+\\] app +: Outside");
	}

	@Test
	void followsTheTraceIdsWhereTheyAreExpected(CapturedOutput output) {
		ConfigurableApplicationContext context = run("--logging.expect-correlation-id=true");
		MDC.put("traceId", TRACE_ID);
		MDC.put("spanId", SPAN_ID);
		logInATask(context);
		String expected = ".*\\[" + TRACE_ID + "-" + SPAN_ID + "\\] \\[tagged#\\d+\\] app +: In a task";
		assertThat(file().line("In a task")).matches(expected);
		this.applications.closeAll();
		assertThat(output.getAll().lines().filter((line) -> line.endsWith("In a task"))).singleElement()
			.asString()
			.matches(expected);
	}

	@Test
	void showsTraceIdsAloneOutsideOfTasks() {
		run("--logging.expect-correlation-id=true");
		MDC.put("traceId", TRACE_ID);
		MDC.put("spanId", SPAN_ID);
		LOGGER.info("Outside");
		assertThat(file().line("Outside")).matches(".*\\[" + TRACE_ID + "-" + SPAN_ID + "\\] app +: Outside");
	}

	@Test
	void leavesAUsersCorrelationPatternAsItIs() {
		ConfigurableApplicationContext context = run("--logging.pattern.correlation=<%X{requestId}> ");
		MDC.put("requestId", "r1");
		logInATask(context);
		assertThat(file().line("In a task")).matches(".* --- \\[tagged-1\\] <r1> app +: In a task");
		assertThat(context.getEnvironment().getProperty("logging.pattern.correlation")).isEqualTo("<%X{requestId}> ");
	}

	@Test
	void leavesAnEmptyCorrelationPatternAsItIs() {
		logInATask(run("--logging.pattern.correlation="));
		assertThat(file().line("In a task")).matches(".* --- \\[tagged-1\\] app +: In a task");
	}

	@Test
	void canBeNamedInAUsersCorrelationPattern() {
		logInATask(run("--logging.pattern.correlation=<%lane> "));
		assertThat(file().line("In a task")).matches(".* --- \\[tagged-1\\] <\\[tagged#\\d+\\] > app +: In a task");
	}

	@Test
	void canBeNamedInAUsersPattern() {
		logInATask(run("--logging.pattern.file=%lane%msg%n"));
		assertThat(file().line("In a task")).matches("\\[tagged#\\d+\\] In a task");
	}

	@Test
	void canBeNamedInALogbackFile() {
		logInATask(run("--logging.config=classpath:io/loglane/autoconfigure/tag-logback-spring.xml"));
		assertThat(file().line("In a task")).matches("\\[tagged#\\d+\\] tagged \\d+ In a task");
	}

	@ParameterizedTest
	@ValueSource(strings = { "ecs", "logstash" })
	void isTwoEntriesOfStructuredLines(String format) {
		ConfigurableApplicationContext context = run("--logging.structured.format.file=" + format);
		MDC.put("requestId", "r1");
		logInATask(context);
		Map<String, Object> line = JsonPath.parse(file().line("In a task")).json();
		assertThat(line).containsEntry("executor", "tagged").containsEntry("requestId", "r1");
		assertThat((String) line.get("task")).containsOnlyDigits();
		LOGGER.info("Outside");
		Map<String, Object> outside = JsonPath.parse(file().line("Outside")).json();
		assertThat(outside).doesNotContainKeys("executor", "task").containsEntry("requestId", "r1");
	}

	@Test
	void isShownFromTheEntriesThatAreSet() {
		ConfigurableApplicationContext context = run("--loglane.tasks.executorKey=pool",
				"--loglane.tasks.task-key=job.number");
		logInATask(context);
		assertThat(file().line("In a task")).matches(".* --- \\[tagged-1\\] \\[tagged#\\d+\\] app +: In a task");
		context.getBean("tagged", ThreadPoolTaskExecutor.class)
			.execute(() -> LOGGER.info("Keys {}", MDC.getCopyOfContextMap().keySet().stream().sorted().toList()));
		assertThat(file().line("Keys")).endsWith("Keys [job.number, pool]");
	}

	@Test
	void isNotThereWhereTasksAreNotTagged() {
		ConfigurableApplicationContext context = run("--loglane.tasks.enabled=false");
		MDC.put("requestId", "r1");
		logInATask(context);
		assertThat(file().line("In a task")).matches(".* --- \\[tagged-1\\] app +: In a task");
		assertThat(context.getEnvironment().containsProperty("logging.pattern.correlation")).isFalse();
	}

	@Test
	void isEmptyInAUsersPatternWhereTasksAreNotTagged() {
		logInATask(run("--loglane.tasks.enabled=false", "--logging.pattern.file=<%lane>%msg%n"));
		assertThat(file().line("In a task")).isEqualTo("<>In a task");
	}

	@Test
	void isThereWhereNothingIsQueued() {
		logInATask(run("--loglane.async.enabled=false"));
		assertThat(file().line("In a task")).matches(".* --- \\[tagged-1\\] \\[tagged#\\d+\\] app +: In a task");
	}

	@Test
	void letsAnApplicationNameStandWhereItStood() {
		logInATask(run("--spring.application.name=orders"));
		assertThat(file().line("In a task"))
			.matches(".* --- \\[orders\\] \\[tagged-1\\] \\[tagged#\\d+\\] app +: In a task");
	}

	private LogFile file() {
		return new LogFile(this.folder.resolve("app.log"));
	}

	private ConfigurableApplicationContext run(String... arguments) {
		return this.applications.run(Application.class,
				Stream.concat(Stream.of(file().argument()), Stream.of(arguments)).toArray(String[]::new));
	}

	private void logInATask(ConfigurableApplicationContext context) {
		context.getBean("tagged", ThreadPoolTaskExecutor.class).execute(() -> LOGGER.info("In a task"));
		file().line("In a task");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		ThreadPoolTaskExecutor tagged() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setCorePoolSize(1);
			return executor;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class CountedApplication {

		@Bean
		ThreadPoolTaskExecutor countedFromOne() {
			return new ThreadPoolTaskExecutor();
		}

	}

}
