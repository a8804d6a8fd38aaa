package io.loglane.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

import io.loglane.lane.Lane;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A file of a lane's own.
 */
class LaneFileTests {

	private static final Logger LOGGER = LoggerFactory.getLogger(LaneFileTests.class);

	@TempDir
	private Path folder;

	/** Boot sets system properties, and leaves them for the next application. */
	@AfterEach
	void forgetTheFormat() {
		System.clearProperty("FILE_LOG_STRUCTURED_FORMAT");
		System.clearProperty("LOGBACK_ROLLINGPOLICY_MAX_FILE_SIZE");
	}

	@Test
	void recordsOfTheLaneAreInItsFileToo() throws IOException {
		runTwoTasks("--loglane.executors.reports.file=" + file("reports.log"));
		assertThat(lines("reports.log")).hasSize(2)
			.allSatisfy((line) -> assertThat(line).contains("[reports#").contains("LaneFileTests"))
			.anySatisfy((line) -> assertThat(line).endsWith("on reports"))
			.anySatisfy((line) -> assertThat(line).endsWith("last word of reports"));
		assertThat(lines("app.log")).anySatisfy((line) -> assertThat(line).endsWith("on reports"))
			.anySatisfy((line) -> assertThat(line).endsWith("on emails"));
	}

	@Test
	void recordsOfTheLaneAreInItsFileOnly() throws IOException {
		runTwoTasks("--loglane.executors.reports.file=" + file("reports.log"),
				"--loglane.executors.reports.file-only=true");
		assertThat(lines("reports.log")).hasSize(2);
		assertThat(lines("app.log")).noneSatisfy((line) -> assertThat(line).contains("reports#"))
			.anySatisfy((line) -> assertThat(line).endsWith("on emails"));
		assertThat(Lane.named("reports").isElsewhere()).isFalse();
	}

	@Test
	void fileIsRolledLikeBootsLogFile() throws IOException {
		run((context) -> {
			Executor reports = context.getBean("reports", Executor.class);
			for (int i = 0; i < 3000; i++) {
				int number = i;
				reports.execute(() -> LOGGER.info("Record {}, and some more to fill the file faster", number));
			}
		}, "--loglane.executors.reports.file=" + file("reports.log"), "--loglane.executors.reports.file-only=true",
				"--logging.logback.rollingpolicy.max-file-size=50KB");
		try (Stream<Path> files = Files.list(this.folder)) {
			assertThat(files.map((path) -> path.getFileName().toString())).contains("reports.log")
				.anyMatch((name) -> name.matches("reports\\.log\\.\\d{4}-\\d\\d-\\d\\d\\.\\d+\\.gz"));
		}
	}

	@Test
	void fileIsStructuredWhereBootsLogFileIs() throws IOException {
		runTwoTasks("--loglane.executors.reports.file=" + file("reports.log"), "--logging.structured.format.file=ecs");
		assertThat(lines("reports.log")).hasSize(2)
			.allSatisfy((line) -> assertThat(line).startsWith("{\"@timestamp\"").contains("\"executor\":\"reports\""));
	}

	@Test
	void fileThatCanNotBeWrittenStopsTheStart() throws IOException {
		Path blocked = Files.createFile(this.folder.resolve("blocked"));
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
			.isThrownBy(() -> runTwoTasks("--loglane.executors.reports.file=" + blocked.resolve("reports.log")))
			.satisfies((ex) -> assertThat(ex.getName()).isEqualTo("loglane.executors.reports.file"));
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
			.isThrownBy(() -> runTwoTasks("--loglane.executors.reports.file-only=true"))
			.satisfies((ex) -> assertThat(ex.getReason()).contains("loglane.executors.reports.file"));
	}

	private void runTwoTasks(String... arguments) {
		run((context) -> {
			context.getBean("reports", Executor.class).execute(() -> LOGGER.info("on reports"));
			context.getBean("emails", Executor.class).execute(() -> LOGGER.info("on emails"));
		}, arguments);
	}

	private void run(java.util.function.Consumer<ConfigurableApplicationContext> work, String... arguments) {
		SpringApplication application = new SpringApplication(Application.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		String[] all = Stream
			.concat(Stream.of("--logging.file.name=" + file("app.log"), "--spring.main.banner-mode=off"),
					Stream.of(arguments))
			.toArray(String[]::new);
		try (ConfigurableApplicationContext context = application.run(all)) {
			work.accept(context);
		}
	}

	private String file(String name) {
		return this.folder.resolve(name).toString();
	}

	private List<String> lines(String name) throws IOException {
		return Files.readAllLines(this.folder.resolve(name));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		ThreadPoolTaskExecutor reports() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor() {

				@Override
				public void destroy() {
					execute(() -> LOGGER.info("last word of reports"));
					super.destroy();
				}

			};
			return waiting(executor);
		}

		@Bean
		ThreadPoolTaskExecutor emails() {
			return waiting(new ThreadPoolTaskExecutor());
		}

		private static ThreadPoolTaskExecutor waiting(ThreadPoolTaskExecutor executor) {
			executor.setAcceptTasksAfterContextClose(true);
			executor.setWaitForTasksToCompleteOnShutdown(true);
			executor.setAwaitTerminationSeconds(10);
			return executor;
		}

	}

}
