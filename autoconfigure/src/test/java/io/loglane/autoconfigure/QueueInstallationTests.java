package io.loglane.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import io.loglane.appender.LoglaneAppender;
import jakarta.annotation.PreDestroy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Where the queues stand, from each of the ways in which Logback can be configured, and
 * when they are asynchronous.
 */
@ExtendWith(OutputCaptureExtension.class)
class QueueInstallationTests {

	private static final Logger LOGGER = LoggerFactory.getLogger("app");

	private static final String OWN_CONFIGURATION = "--logging.config=classpath:io/loglane/autoconfigure/installation-logback-spring.xml";

	@TempDir
	private Path folder;

	@RegisterExtension
	private final Applications applications = new Applications();

	@Test
	void queuesTheConsoleOfBootsDefaults(CapturedOutput output) {
		ConfigurableApplicationContext context = this.applications.run(Application.class);
		assertThat(appenders("ROOT")).singleElement().satisfies((console) -> {
			assertThat(console.getName()).isEqualTo("CONSOLE");
			assertThat(console).isInstanceOf(LoglaneAppender.class);
		});
		assertThat(Applications.drainThreads()).containsExactly("loglane-CONSOLE");
		context.close();
		assertThat(startLines(output)).singleElement().asString().endsWith("Loglane queues CONSOLE (8192 records)");
	}

	@Test
	void queuesBootsFileToo(CapturedOutput output) {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		ConfigurableApplicationContext context = this.applications.run(Application.class, file.argument(),
				"--loglane.queue.capacity=512");
		assertThat(appenders("ROOT")).extracting(Appender::getName).containsExactly("CONSOLE", "FILE");
		assertThat(appenders("ROOT")).hasOnlyElementsOfType(LoglaneAppender.class);
		LOGGER.info("While up");
		assertThat(file.line("While up")).contains(" INFO ").contains(" app ");
		context.close();
		assertThat(output).contains("While up");
		assertThat(startLines(output)).singleElement()
			.asString()
			.endsWith("Loglane queues CONSOLE (512 records), FILE (512 records)");
	}

	@Test
	void putsQueuesWhereTheirAppendersStood() {
		runWithOwnConfiguration();
		assertThat(appenders("ROOT")).extracting(Appender::getName).containsExactly("OWN", "PLAIN", "ASYNC");
		assertThat(appenders("ROOT").get(0)).isInstanceOf(RecordingAppender.class);
		assertThat(appenders("ROOT").get(1)).isInstanceOf(LoglaneAppender.class);
		assertThat(appenders("ROOT").get(2)).isInstanceOf(ch.qos.logback.classic.AsyncAppender.class);
	}

	@Test
	void givesAnAppenderOfSeveralLoggersOneQueue() {
		runWithOwnConfiguration();
		assertThat(appenders("audit")).extracting(Appender::getName).containsExactly("AUDIT", "PLAIN");
		assertThat(appenders("audit").get(0)).isInstanceOf(LoglaneAppender.class);
		assertThat(appenders("audit").get(1)).isSameAs(appenders("ROOT").get(1));
		assertThat(Applications.logback().getLogger("audit").isAdditive()).isFalse();
	}

	@Test
	void findsTheDelegateBehindItsQueue() {
		runWithOwnConfiguration();
		LoglaneAppender queue = (LoglaneAppender) Applications.rootLogger().getAppender("PLAIN");
		assertThat(queue.getAppender("PLAIN")).isInstanceOf(ch.qos.logback.core.FileAppender.class);
		assertThat(queue.iteratorForAppenders()).toIterable().hasSize(1);
	}

	@Test
	void tellsInOneLineWhatIsQueuedAndWhyTheRestIsNot() {
		runWithOwnConfiguration();
		LogFile file = new LogFile(this.folder.resolve("plain.log"));
		file.line("Loglane queues");
		List<String> lines = file.lines().stream().filter((line) -> line.contains(" io.loglane ")).toList();
		assertThat(lines).singleElement()
			.asString()
			.startsWith("INFO io.loglane Loglane queues ")
			.contains("PLAIN (8192 records)")
			.contains("AUDIT (8192 records)")
			.contains("OWN (RecordingAppender may read the calling thread)")
			.contains("ASYNC (asynchronous already)")
			.doesNotContain("BEHIND");
	}

	@Test
	void writesEachRecordToTheSameOutputsAsWithoutQueues() {
		ConfigurableApplicationContext context = runWithOwnConfiguration();
		LoggerFactory.getLogger("audit.orders").info("To audit");
		LOGGER.info("To root");
		RecordingAppender own = (RecordingAppender) Applications.rootLogger().getAppender("OWN");
		context.close();
		assertThat(new LogFile(this.folder.resolve("audit.log")).lines()).containsExactly("INFO audit.orders To audit");
		assertThat(new LogFile(this.folder.resolve("plain.log")).lines()).contains("INFO audit.orders To audit",
				"INFO app To root");
		assertThat(own.count("To root")).isOne();
		assertThat(own.count("To audit")).isZero();
		await().until(() -> new LogFile(this.folder.resolve("behind.log")).lines().contains("INFO app To root"));
	}

	@Test
	void leavesAUsersOwnAppenderOnTheCallingThread() {
		runWithOwnConfiguration();
		RecordingAppender own = (RecordingAppender) Applications.rootLogger().getAppender("OWN");
		LOGGER.info("Mine");
		assertThat(own.records()).contains("Mine on " + Thread.currentThread().getName());
	}

	@Test
	void queuesAUsersOwnAppenderThatIsNamedAndNoOther() {
		runWithOwnConfiguration("--loglane.async.appenders=OWN");
		assertThat(appenders("ROOT")).extracting(Appender::getName).containsExactly("OWN", "PLAIN", "ASYNC");
		assertThat(appenders("ROOT").get(0)).isInstanceOf(LoglaneAppender.class);
		assertThat(appenders("ROOT").get(1)).isInstanceOf(ch.qos.logback.core.FileAppender.class);
		RecordingAppender own = own();
		LOGGER.info("Mine");
		await().until(() -> own.records().contains("Mine on loglane-OWN"));
		assertThat(new LogFile(this.folder.resolve("plain.log")).line("Loglane queues"))
			.contains("Loglane queues OWN (8192 records); not queued: ")
			.contains("PLAIN (not named)")
			.contains("ASYNC (not named)");
	}

	@Test
	void leavesAnExcludedAppenderAlone(CapturedOutput output) {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		ConfigurableApplicationContext context = this.applications.run(Application.class, file.argument(),
				"--loglane.async.exclude=CONSOLE");
		assertThat(appenders("ROOT").get(0)).isInstanceOf(ch.qos.logback.core.ConsoleAppender.class);
		assertThat(appenders("ROOT").get(1)).isInstanceOf(LoglaneAppender.class);
		context.close();
		assertThat(startLines(output)).singleElement()
			.asString()
			.endsWith("Loglane queues FILE (8192 records); not queued: CONSOLE (excluded)");
	}

	@Test
	void leavesAllAppendersAloneWhereQueueingIsOff(CapturedOutput output) {
		this.applications.run(Application.class, "--loglane.async.enabled=false");
		assertThat(appenders("ROOT")).singleElement().isInstanceOf(ch.qos.logback.core.ConsoleAppender.class);
		assertThat(startLines(output)).isEmpty();
	}

	@Test
	void leavesAllAppendersAloneWhereItIsOff(CapturedOutput output) {
		this.applications.run(Application.class, "--loglane.enabled=false");
		assertThat(appenders("ROOT")).singleElement().isInstanceOf(ch.qos.logback.core.ConsoleAppender.class);
		assertThat(startLines(output)).isEmpty();
	}

	@Test
	void doesNotMakeCallersWaitForTheOutputWhileUp() {
		runWithOwnConfiguration("--loglane.async.appenders=OWN");
		RecordingAppender own = own();
		own.shut();
		try {
			LOGGER.info("Queued");
			assertThat(own.count("Queued")).isZero();
		}
		finally {
			own.open();
		}
		await().until(() -> own.count("Queued") == 1);
	}

	@Test
	void makesCallersWriteBeforeTheApplicationIsUp() {
		runWithOwnConfiguration("--loglane.async.appenders=OWN");
		assertThat(own().records()).contains("Starting up on " + Thread.currentThread().getName());
	}

	@Test
	void makesCallersWriteFromTheMomentThatItBeginsToClose() {
		ConfigurableApplicationContext context = runWithOwnConfiguration("--loglane.async.appenders=OWN");
		RecordingAppender own = own();
		context.close();
		String thread = Thread.currentThread().getName();
		assertThat(own.records()).contains("Closing on " + thread, "Shutting down on " + thread);
	}

	@Test
	void makesCallersWriteOnceTheApplicationIsClosed() {
		ConfigurableApplicationContext context = runWithOwnConfiguration("--loglane.async.appenders=OWN");
		RecordingAppender own = own();
		context.close();
		LOGGER.info("After close");
		assertThat(own.records()).contains("After close on " + Thread.currentThread().getName());
		assertThat(Applications.drainThreads()).isEmpty();
	}

	@Test
	void writesTheQueueOutBeforeTheFirstRecordAfterwards() throws InterruptedException {
		ConfigurableApplicationContext context = runWithOwnConfiguration("--loglane.async.appenders=OWN");
		RecordingAppender own = own();
		own.shut();
		for (int i = 0; i < 100; i++) {
			LOGGER.info("Queued {}", i);
		}
		Thread closing = new Thread(context::close, "closing");
		Thread logging = new Thread(() -> LOGGER.info("Queued {}", 100), "logging");
		try {
			closing.start();
			await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
			logging.start();
			await().until(() -> logging.getState() == Thread.State.TIMED_WAITING);
		}
		finally {
			own.open();
		}
		closing.join();
		logging.join();
		List<String> expected = new ArrayList<>();
		for (int i = 0; i <= 100; i++) {
			expected.add("Queued " + i);
		}
		assertThat(own.records().stream().filter((record) -> record.startsWith("Queued")))
			.extracting((record) -> record.substring(0, record.indexOf(" on ")))
			.containsExactlyElementsOf(expected);
	}

	@Test
	void writesTheQueueOutWhereLogbackIsStopped() {
		runWithOwnConfiguration("--loglane.async.appenders=PLAIN");
		for (int i = 0; i < 1000; i++) {
			LOGGER.info("Record {}", i);
		}
		Applications.logback().stop();
		assertThat(new LogFile(this.folder.resolve("plain.log")).lines())
			.filteredOn((line) -> line.startsWith("INFO app Record "))
			.hasSize(1000);
		assertThat(Applications.drainThreads()).isEmpty();
	}

	@Test
	void closesInTimeWhereAnOutputIsStuck(CapturedOutput output) {
		ConfigurableApplicationContext context = runWithOwnConfiguration("--loglane.async.appenders=OWN",
				"--loglane.shutdown-timeout=200ms");
		RecordingAppender own = own();
		own.shut();
		try {
			LOGGER.info("Stuck");
			long started = System.nanoTime();
			context.close();
			LOGGER.info("Stuck too");
			assertThat(Duration.ofNanos(System.nanoTime() - started)).isBetween(Duration.ofMillis(200),
					Duration.ofSeconds(10));
			assertThat(output.getErr()).contains("Loglane gave up records that appender OWN did not write in time: ")
				.containsPattern("none=\\d+");
		}
		finally {
			own.open();
		}
		await().until(() -> own.count("Stuck") == 2);
		// who is late is let go of when Logback stops, at the latest
		Applications.logback().stop();
		await().until(() -> Applications.drainThreads().isEmpty());
	}

	@Test
	void keepsTheThresholdOfAnAppender() {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		ConfigurableApplicationContext context = this.applications.run(Application.class, file.argument(),
				"--logging.threshold.file=warn");
		LOGGER.info("Refused");
		LOGGER.warn("Let through");
		file.line("Let through");
		context.close();
		LOGGER.info("Refused");
		LOGGER.warn("Let through again");
		assertThat(file.lines()).hasSize(2);
	}

	@Test
	void queuesWhereBeansAreLazy() {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		ConfigurableApplicationContext context = this.applications.run(Application.class, file.argument(),
				"--spring.main.lazy-initialization=true");
		assertThat(Applications.drainThreads()).contains("loglane-FILE");
		LOGGER.info("Queued");
		context.close();
		LOGGER.info("The very last");
		assertThat(Applications.drainThreads()).isEmpty();
		assertThat(file.lines()).last().asString().endsWith("The very last");
	}

	@Test
	void hasTheLastLinesOfShutdownInTheFile() {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		ConfigurableApplicationContext context = this.applications.run(Application.class, file.argument());
		for (int i = 0; i < 1000; i++) {
			LOGGER.info("Record {}", i);
		}
		context.close();
		LOGGER.info("The very last");
		List<String> lines = file.lines();
		assertThat(lines.get(lines.size() - 1)).endsWith("The very last");
		assertThat(lines.get(lines.size() - 2)).endsWith("Shutting down");
		assertThat(lines.stream().filter((line) -> line.contains(": Record "))).hasSize(1000);
	}

	@Test
	void hasAllBeforeAFailureOfTheStartInTheFile() {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		assertThatExceptionOfType(RuntimeException.class)
			.isThrownBy(() -> this.applications.run(FailingApplication.class, file.argument()))
			.withRootCauseInstanceOf(IllegalStateException.class);
		List<String> lines = file.lines();
		assertThat(lines.stream().filter((line) -> line.contains(": Before the failure "))).hasSize(1000);
		assertThat(String.join("\n", lines)).contains("Application run failed").contains("Failing on purpose");
		assertThat(Applications.drainThreads()).isEmpty();
	}

	@Test
	void hasAllBeforeAFailureOfARunnerInTheFile() {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		assertThatExceptionOfType(RuntimeException.class)
			.isThrownBy(() -> this.applications.run(FailingRunnerApplication.class, file.argument()));
		List<String> lines = file.lines();
		assertThat(lines.stream().filter((line) -> line.contains(": Before the failure "))).hasSize(1000);
		assertThat(String.join("\n", lines)).contains("Application run failed").contains("Failing on purpose");
		assertThat(Applications.drainThreads()).isEmpty();
	}

	@Test
	void hasAllBeforeAFailureOfAnotherListenerInTheFile() {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		assertThatExceptionOfType(RuntimeException.class)
			.isThrownBy(() -> this.applications.run(FailingListenerApplication.class, file.argument()));
		assertThat(Applications.drainThreads()).isEmpty();
		assertThat(file.lines().stream().filter((line) -> line.contains(": Before the failure "))).hasSize(1000);
	}

	private ConfigurableApplicationContext runWithOwnConfiguration(String... arguments) {
		List<String> all = new ArrayList<>(List.of(arguments));
		all.add(OWN_CONFIGURATION);
		all.add("--test.folder=" + this.folder);
		return this.applications.run(Application.class, all.toArray(String[]::new));
	}

	private static RecordingAppender own() {
		LoglaneAppender queue = (LoglaneAppender) Applications.rootLogger().getAppender("OWN");
		return (RecordingAppender) queue.getAppender("OWN");
	}

	private static List<Appender<ILoggingEvent>> appenders(String logger) {
		List<Appender<ILoggingEvent>> appenders = new ArrayList<>();
		Iterator<Appender<ILoggingEvent>> attached = Applications.logback().getLogger(logger).iteratorForAppenders();
		attached.forEachRemaining(appenders::add);
		return appenders;
	}

	/** Those that are there once the application is closed. */
	private static List<String> startLines(CapturedOutput output) {
		return output.getAll().lines().filter((line) -> line.contains(" io.loglane ")).toList();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Noisy noisy() {
			return new Noisy();
		}

	}

	static class Noisy implements InitializingBean {

		@Override
		public void afterPropertiesSet() {
			LOGGER.info("Starting up");
		}

		@EventListener(ContextClosedEvent.class)
		void closing() {
			LOGGER.info("Closing");
		}

		@PreDestroy
		void shuttingDown() {
			LOGGER.info("Shutting down");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class FailingApplication {

		@Bean
		InitializingBean failing() {
			return FailingApplication::fail;
		}

		static void fail() {
			for (int i = 0; i < 1000; i++) {
				LOGGER.info("Before the failure {}", i);
			}
			throw new IllegalStateException("Failing on purpose");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class FailingRunnerApplication {

		@Bean
		org.springframework.boot.CommandLineRunner failing() {
			return (arguments) -> FailingApplication.fail();
		}

	}

	/** Fails when the queues are open already, in a context that then never closes. */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class FailingListenerApplication {

		@EventListener(ContextRefreshedEvent.class)
		void fail() {
			FailingApplication.fail();
		}

	}

}
