package io.loglane.metrics;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;

import io.loglane.appender.LoglaneAppender;
import io.loglane.autoconfigure.Applications;
import io.loglane.autoconfigure.RecordingAppender;
import io.loglane.lane.Lane;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The meters over a real HTTP port, against what really became of the records. Counters
 * live as long as the JVM: each test counts from where it began, or under executors of
 * its own.
 */
@ExtendWith(OutputCaptureExtension.class)
class LoglaneMetricsTests {

	private static final Logger GATED = LoggerFactory.getLogger("gated");

	private static final Set<String> OF_A_LANE = Set.of("loglane.queue.depth", "loglane.records.accepted",
			"loglane.records.written", "loglane.records.failed", "loglane.records.dropped", "loglane.waits");

	private static final Set<String> OF_AN_APPENDER = Set.of("loglane.queue.capacity", "loglane.queue.age");

	private static final List<String> LEVELS = List.of("trace", "debug", "info", "warn", "error");

	@RegisterExtension
	private final Applications applications = new Applications();

	@Test
	void areThereFromTheStart() {
		ActuatorMetrics metrics = ActuatorMetrics.of(run(Application.class));
		assertThat(metrics.names()).containsAll(OF_A_LANE).containsAll(OF_AN_APPENDER);
		assertThat(metrics.names().stream().filter((name) -> name.startsWith("loglane.")))
			.hasSize(OF_A_LANE.size() + OF_AN_APPENDER.size());
		assertThat(metrics.tagValues("loglane.queue.depth", "appender")).contains("GATED");
		assertThat(metrics.tagValues("loglane.records.dropped", "executor")).contains("none", "counted",
				"applicationTaskExecutor");
		assertThat(metrics.tagValues("loglane.records.dropped", "level")).containsExactlyInAnyOrderElementsOf(LEVELS);
	}

	@Test
	void areZeroBeforeTheFirstRecord() {
		ActuatorMetrics metrics = ActuatorMetrics.of(run(SilentApplication.class));
		for (String name : OF_A_LANE) {
			assertThat(metrics.value(name, "executor:silent")).as(name).isZero();
			assertThat(metrics.value(name, "appender:GATED", "executor:silent")).as(name).isZero();
		}
		for (String level : LEVELS) {
			assertThat(metrics.value("loglane.records.dropped", "appender:GATED", "executor:silent", "level:" + level))
				.as(level)
				.isZero();
		}
		assertThat(metrics.value("loglane.queue.capacity", "appender:GATED")).isEqualTo(4);
		assertThat(metrics.value("loglane.queue.age", "appender:GATED")).isZero();
	}

	@Test
	void areOfQueuedAppendersOnly() {
		ActuatorMetrics metrics = ActuatorMetrics.of(run(Application.class));
		assertThat(metrics.has("loglane.queue.capacity", "appender:GATED")).isTrue();
		assertThat(metrics.has("loglane.queue.capacity", "appender:LEFT_ALONE")).isFalse();
	}

	@Test
	void countEachDropByItsExecutorAndLevel() throws Exception {
		ConfigurableApplicationContext application = run(DroppingApplication.class);
		ActuatorMetrics metrics = ActuatorMetrics.of(application);
		RecordingAppender gated = gated();
		double writtenByNone = metrics.value("loglane.records.written", "appender:GATED", "executor:none");
		gated.shut();
		try {
			inATask(application, "dropping", () -> logAtEachLevel(20));
			inATask(application, "alsoDropping", () -> logAtEachLevel(3));
			assertThat(metrics.value("loglane.queue.depth", "appender:GATED", "executor:dropping")).isBetween(4.0, 5.0);
			await().until(() -> metrics.value("loglane.queue.age", "appender:GATED") > 0);
		}
		finally {
			gated.open();
		}
		await().until(() -> metrics.value("loglane.queue.depth", "appender:GATED") == 0);
		for (String executor : List.of("dropping", "alsoDropping")) {
			int offered = executor.equals("dropping") ? 20 : 3;
			for (String level : LEVELS) {
				assertThat(metrics.value("loglane.records.dropped", "appender:GATED", "executor:" + executor,
						"level:" + level))
					.as(executor + " at " + level)
					.isEqualTo(offered - gated.count(executor + " " + level));
			}
			int delivered = gated.count(executor + " ");
			assertThat(metrics.value("loglane.records.accepted", "appender:GATED", "executor:" + executor))
				.isEqualTo(delivered);
			assertThat(metrics.value("loglane.records.written", "appender:GATED", "executor:" + executor))
				.isEqualTo(delivered);
			assertThat(metrics.value("loglane.records.dropped", "appender:GATED", "executor:" + executor))
				.isEqualTo(offered * LEVELS.size() - delivered);
		}
		assertThat(metrics.value("loglane.records.dropped", "executor:dropping")).isGreaterThan(90);
		assertThat(metrics.value("loglane.waits", "executor:dropping")).isZero();
		assertThat(metrics.value("loglane.records.written", "appender:GATED", "executor:none"))
			.isEqualTo(writtenByNone);
	}

	@Test
	void countAndTimeTheWaitsOfCallers() throws Exception {
		ConfigurableApplicationContext application = run(WaitingApplication.class, "200ms");
		ActuatorMetrics metrics = ActuatorMetrics.of(application);
		RecordingAppender gated = gated();
		gated.shut();
		try {
			// a queue of one record is full until the drain has taken it: that would be a
			// wait, too
			inATask(application, "waiting", () -> GATED.info("stuck"));
			await().until(() -> metrics.value("loglane.queue.age", "appender:GATED") > 0);
			inATask(application, "waiting", () -> {
				for (int i = 0; i < 10; i++) {
					GATED.info("waiting {}", i);
				}
			});
		}
		finally {
			gated.open();
		}
		// a dead sink costs one wait, not one for each record
		assertThat(metrics.value("loglane.waits", "appender:GATED", "executor:waiting")).isOne();
		assertThat(metrics.totalTime("loglane.waits", "appender:GATED", "executor:waiting")).isBetween(0.2, 10.0);
	}

	@Test
	void countRecordsThatTheAppenderCouldNotWrite() throws Exception {
		ConfigurableApplicationContext application = run(FailingApplication.class);
		ActuatorMetrics metrics = ActuatorMetrics.of(application);
		inATask(application, "failing", () -> {
			GATED.info("Unwritable");
			GATED.info("Written");
		});
		await().until(() -> metrics.value("loglane.queue.depth", "appender:GATED", "executor:failing") == 0);
		assertThat(metrics.value("loglane.records.accepted", "executor:failing")).isEqualTo(2);
		assertThat(metrics.value("loglane.records.failed", "executor:failing")).isOne();
		assertThat(metrics.value("loglane.records.written", "executor:failing")).isOne();
		assertThat(gated().count("Written")).isOne();
	}

	@Test
	void countRecordsOfOtherThreadsUnderNone() {
		ActuatorMetrics metrics = ActuatorMetrics.of(run(Application.class));
		double before = metrics.value("loglane.records.accepted", "appender:GATED", "executor:none");
		GATED.info("Outside");
		assertThat(metrics.value("loglane.records.accepted", "appender:GATED", "executor:none")).isEqualTo(before + 1);
		await().until(() -> metrics.value("loglane.records.written", "appender:GATED", "executor:none") == before + 1);
	}

	@Test
	void comeWithAnExecutorThatIsMadeLater() throws Exception {
		ConfigurableApplicationContext application = run(Application.class);
		ActuatorMetrics metrics = ActuatorMetrics.of(application);
		assertThat(metrics.has("loglane.records.dropped", "executor:later")).isFalse();
		registerExecutor(application, "later");
		for (String name : OF_A_LANE) {
			assertThat(metrics.value(name, "appender:GATED", "executor:later")).as(name).isZero();
		}
		inATask(application, "later", () -> GATED.info("Late"));
		await().until(() -> metrics.value("loglane.records.written", "appender:GATED", "executor:later") == 1);
	}

	@Test
	void goToEachRegistry() {
		ConfigurableApplicationContext application = run(TwoRegistriesApplication.class);
		assertThat(application.getBeansOfType(SimpleMeterRegistry.class).values()).hasSize(2).allSatisfy((registry) -> {
			assertThat(registry.get("loglane.queue.capacity").tag("appender", "GATED").gauge().value()).isEqualTo(4);
			assertThat(registry.get("loglane.records.dropped").tag("executor", "counted").functionCounters())
				.isNotEmpty();
		});
	}

	@Test
	void areNotRegisteredTwice(CapturedOutput output) {
		ConfigurableApplicationContext first = run(Application.class);
		registerExecutor(first, "madeInTheFirst");
		ConfigurableApplicationContext second = run(TwoRegistriesApplication.class);
		registerExecutor(second, "madeInBoth");
		registerExecutor(first, "madeInBoth");
		second.close();
		first.close();
		registerExecutor(run(Application.class), "madeInTheFirst");
		this.applications.closeAll();
		assertThat(output).doesNotContainIgnoringCase("already registered")
			.doesNotContainIgnoringCase("already been registered")
			.doesNotContainIgnoringCase("has been registered")
			.doesNotContain("WARN");
	}

	@ParameterizedTest
	@ValueSource(strings = { "reports,2024", "a b", "größe" })
	void nameAnExecutorAsItsBeanIsNamed(String name) {
		ActuatorMetrics metrics = ActuatorMetrics.of(run(Application.class));
		Lane lane = Lane.named(name);
		assertThat(metrics.tagValues("loglane.queue.depth", "executor")).contains(lane.name());
	}

	@Test
	void areThereWhereBeansAreLazy() {
		ActuatorMetrics metrics = ActuatorMetrics.of(this.applications.runWeb(SilentApplication.class,
				"--spring.main.lazy-initialization=true", "--management.endpoints.web.exposure.include=metrics"));
		assertThat(metrics.names()).containsAll(OF_A_LANE).containsAll(OF_AN_APPENDER);
	}

	private ConfigurableApplicationContext run(Class<?> source) {
		return run(source, "0");
	}

	private ConfigurableApplicationContext run(Class<?> source, String maxWait) {
		return this.applications.runWeb(source,
				"--logging.config=classpath:io/loglane/metrics/gated-logback-spring.xml",
				"--loglane.async.appenders=GATED", "--loglane.queue.capacity=4", "--loglane.queue.max-wait=" + maxWait,
				"--management.endpoints.web.exposure.include=metrics");
	}

	private static RecordingAppender gated() {
		LoglaneAppender queue = (LoglaneAppender) Applications.logback().getLogger("gated").getAppender("GATED");
		return (RecordingAppender) queue.getAppender("GATED");
	}

	/** Actuator creates those that are only lazy: it collects all executors. */
	private static void registerExecutor(ConfigurableApplicationContext application, String name) {
		((GenericApplicationContext) application).registerBean(name, ThreadPoolTaskExecutor.class);
		application.getBean(name);
	}

	private static void inATask(ConfigurableApplicationContext application, String executor, Runnable task)
			throws ExecutionException, InterruptedException {
		application.getBean(executor, ThreadPoolTaskExecutor.class).submit(task).get();
	}

	private static void logAtEachLevel(int times) {
		String executor = Lane.current().name();
		for (int i = 0; i < times; i++) {
			GATED.trace("{} trace {}", executor, i);
			GATED.debug("{} debug {}", executor, i);
			GATED.info("{} info {}", executor, i);
			GATED.warn("{} warn {}", executor, i);
			GATED.error("{} error {}", executor, i);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		ThreadPoolTaskExecutor applicationTaskExecutor() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean
		ThreadPoolTaskExecutor counted() {
			return new ThreadPoolTaskExecutor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class SilentApplication {

		@Bean
		ThreadPoolTaskExecutor silent() {
			return new ThreadPoolTaskExecutor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class DroppingApplication {

		@Bean
		ThreadPoolTaskExecutor dropping() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean
		ThreadPoolTaskExecutor alsoDropping() {
			return new ThreadPoolTaskExecutor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class WaitingApplication {

		@Bean
		ThreadPoolTaskExecutor waiting() {
			return new ThreadPoolTaskExecutor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class FailingApplication {

		@Bean
		ThreadPoolTaskExecutor failing() {
			return new ThreadPoolTaskExecutor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class TwoRegistriesApplication {

		@Bean
		ThreadPoolTaskExecutor counted() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean
		MeterRegistry firstRegistry() {
			return new SimpleMeterRegistry();
		}

		@Bean
		MeterRegistry secondRegistry() {
			return new SimpleMeterRegistry();
		}

	}

}
