package io.loglane.autoconfigure;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.Level;
import io.loglane.lane.Lane;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Several contexts in one JVM, and Logback configured anew: levels and files of lanes are
 * there as long as a context that asked for them is.
 */
@ExtendWith(OutputCaptureExtension.class)
class SharedLanesTests {

	private static final Logger LOGGER = LoggerFactory.getLogger("io.example.Shared");

	private static final String LEVEL = "--loglane.executors.reports.level=debug";

	private static final String ONLY = "--loglane.executors.reports.file-only=true";

	@TempDir
	private Path folder;

	@RegisterExtension
	private final Applications applications = new Applications();

	private Path file() {
		return this.folder.resolve("reports.log");
	}

	private String fileArgument() {
		return "--loglane.executors.reports.file=" + file();
	}

	private static <T> T inLane(ConfigurableApplicationContext context, Callable<T> task) throws Exception {
		return context.getBean("reports", ThreadPoolTaskExecutor.class).submit(task).get(10, TimeUnit.SECONDS);
	}

	private static void log(ConfigurableApplicationContext context, String message) throws Exception {
		inLane(context, () -> {
			LOGGER.info(message);
			return "";
		});
	}

	private static boolean isDebugEnabled(ConfigurableApplicationContext context) throws Exception {
		Callable<Boolean> question = LOGGER::isDebugEnabled;
		return inLane(context, question);
	}

	@Test
	void oneFileOfTwoContextsHasEachRecordOnceUntilTheLastIsClosed() throws Exception {
		ConfigurableApplicationContext first = this.applications.run(Reports.class, fileArgument(), ONLY);
		ConfigurableApplicationContext second = this.applications.run(Reports.class, fileArgument(), ONLY);
		log(first, "of the first");
		first.close();
		log(second, "of the second");
		assertThat(Lane.named("reports").isElsewhere()).isTrue();
		this.applications.closeAll();
		assertThat(Lane.named("reports").isElsewhere()).isFalse();
		assertThat(Files.readString(file())).containsOnlyOnce("of the first").containsOnlyOnce("of the second");
	}

	@Test
	void levelStaysUntilTheLastContextIsClosed() throws Exception {
		ConfigurableApplicationContext first = this.applications.run(Reports.class, LEVEL);
		ConfigurableApplicationContext second = this.applications.run(Reports.class,
				"--loglane.executors.reports.level=error");
		assertThat(Lane.named("reports").level()).isEqualTo(Level.ERROR_INT);
		second.close();
		assertThat(isDebugEnabled(first)).isTrue();
		first.close();
		assertThat(Lane.named("reports").level()).isEqualTo(Lane.NO_LEVEL);
	}

	@Test
	void levelAndFileComeBackWhereAFurtherStartConfiguresLogbackAnew() throws Exception {
		ConfigurableApplicationContext running = this.applications.run(Reports.class, fileArgument(), LEVEL);
		log(running, "before");
		// Boot takes this for the end of logging
		this.applications.run(Empty.class, "--loglane.enabled=false").close();
		this.applications.run(Empty.class, "--loglane.enabled=false");
		assertThat(isDebugEnabled(running)).isTrue();
		log(running, "after");
		this.applications.closeAll();
		assertThat(Files.readString(file())).containsOnlyOnce("before").containsOnlyOnce("after");
	}

	@Test
	void levelAndFileComeBackAfterAReset() throws Exception {
		ConfigurableApplicationContext running = this.applications.run(Reports.class, fileArgument(), LEVEL);
		log(running, "before");
		Applications.logback().reset();
		Applications.logback().reset();
		assertThat(isDebugEnabled(running)).isTrue();
		log(running, "after");
		this.applications.closeAll();
		assertThat(Files.readString(file())).containsOnlyOnce("before").containsOnlyOnce("after");
		assertThat(Applications.logback().getTurboFilterList()).isEmpty();
	}

	@Test
	void executorsOfAChildContextHaveTheirLane() throws Exception {
		ConfigurableApplicationContext child = new SpringApplicationBuilder(Empty.class).web(WebApplicationType.NONE)
			.child(Reports.class)
			.web(WebApplicationType.NONE)
			.run(fileArgument(), LEVEL);
		try (ConfigurableApplicationContext parent = (ConfigurableApplicationContext) Objects
			.requireNonNull(child.getParent())) {
			SeenByTask seen = inLane(child, SeenByTask::now);
			assertThat(seen.lane()).isEqualTo("reports");
			assertThat(seen.mdc()).containsKey("task");
			log(child, "of a child");
			child.close();
		}
		assertThat(Files.readString(file())).containsOnlyOnce("of a child");
	}

	@Test
	void namesThatAreNoExecutorsAreToldOnce(CapturedOutput output) {
		this.applications.run(Reports.class, "--loglane.executors.reportz.level=debug",
				"--loglane.executors.reports.level=info", "--loglane.executors.none.level=info",
				"--loglane.tasks.exclude=nothing,lazy,environment");
		this.applications.closeAll();
		assertThat(output.getAll().lines().filter((line) -> line.contains("No executor bean"))).singleElement()
			.asString()
			.contains("WARN")
			.contains("loglane.executors.reportz, loglane.tasks.exclude=nothing, loglane.tasks.exclude=environment.")
			.contains("applicationTaskExecutor", "reports");
	}

	@Test
	void settingsOfAnExecutorWithoutALaneAreTold(CapturedOutput output) {
		this.applications.run(Uncovered.class, "--loglane.executors.forks.level=debug",
				"--loglane.executors.pool.level=debug", "--loglane.executors.reports.level=debug",
				"--loglane.tasks.exclude=reports");
		this.applications.closeAll();
		assertThat(output.getAll().lines().filter((line) -> line.contains("has no lane"))).hasSize(2)
			.anySatisfy((line) -> assertThat(line).contains("WARN", "'forks'", "loglane.executors.forks", "JDK"))
			.anySatisfy((line) -> assertThat(line).contains("WARN", "'reports'", "excluded"));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Empty {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Reports {

		@Bean
		ThreadPoolTaskExecutor reports() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean
		org.springframework.core.task.AsyncTaskExecutor applicationTaskExecutor() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean
		@org.springframework.context.annotation.Lazy
		ThreadPoolTaskExecutor lazy() {
			return new ThreadPoolTaskExecutor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Uncovered {

		@Bean
		ForkJoinPool forks() {
			return new ForkJoinPool(1);
		}

		/** Covered in part. */
		@Bean
		ThreadPoolExecutor pool() {
			return new ScheduledThreadPoolExecutor(1);
		}

		@Bean
		ThreadPoolTaskExecutor reports() {
			return new ThreadPoolTaskExecutor();
		}

	}

}
