package io.loglane.autoconfigure;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import io.loglane.appender.LoglaneAppender;
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
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Several application contexts share the JVM's one Logback context, and so its queues.
 */
@ExtendWith(OutputCaptureExtension.class)
class SeveralApplicationsTests {

	private static final Logger LOGGER = LoggerFactory.getLogger("app");

	@TempDir
	private Path folder;

	@RegisterExtension
	private final Applications applications = new Applications();

	@Test
	void startsAgainAfterItWasClosed() {
		LogFile first = new LogFile(this.folder.resolve("first.log"));
		LogFile second = new LogFile(this.folder.resolve("second.log"));
		this.applications.run(Application.class, first.argument()).close();
		assertThat(Applications.drainThreads()).isEmpty();
		this.applications.run(Application.class, second.argument());
		assertThat(Applications.drainThreads()).containsExactlyInAnyOrder("loglane-CONSOLE", "loglane-FILE");
		LOGGER.info("To the second");
		second.line("To the second");
		assertThat(first.lines()).noneMatch((line) -> line.contains("To the second"));
	}

	@Test
	void writesEachRecordOnceAfterManyStarts(CapturedOutput output) {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		for (int i = 0; i < 5; i++) {
			ConfigurableApplicationContext context = this.applications.run(Application.class, file.argument());
			LOGGER.info("Record {}", i);
			context.close();
		}
		assertThat(file.lines().stream().filter((line) -> line.contains(": Record "))).hasSize(5);
		assertThat(output.getAll().lines().filter((line) -> line.contains(": Record "))).hasSize(5);
		assertThat(Applications.drainThreads()).isEmpty();
	}

	@Test
	void putsOneQueueInFrontOfAnAppenderForAll() {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		this.applications.run(Application.class, file.argument());
		LoglaneAppender queue = (LoglaneAppender) Applications.rootLogger().getAppender("FILE");
		this.applications.run(Application.class, file.argument());
		assertThat(Applications.rootLogger().getAppender("FILE")).isSameAs(queue);
		assertThat(queue.getAppender("FILE")).isInstanceOf(FileAppender.class);
		assertThat(Applications.drainThreads()).containsExactlyInAnyOrder("loglane-CONSOLE", "loglane-FILE");
	}

	@Test
	void linesShowTheNameThatTheirApplicationHadWhenAnotherStarts() {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		this.applications.run(Application.class, file.argument());
		LoglaneAppender queue = (LoglaneAppender) Applications.rootLogger().getAppender("FILE");
		queue.getAppender("FILE").addFilter(new SlowFilter());
		for (int i = 0; i < 500; i++) {
			LOGGER.info("Record {}", i);
		}
		this.applications.run(Application.class, file.argument(), "--spring.application.name=second");
		LOGGER.info("Last record");
		this.applications.closeAll();
		assertThat(file.lines()).filteredOn((line) -> line.contains(": Record "))
			.hasSize(500)
			.noneMatch((line) -> line.contains("[second]"));
		assertThat(file.lines()).filteredOn((line) -> line.contains(": Last record"))
			.hasSize(1)
			.allMatch((line) -> line.contains("[second]"));
	}

	/** As slow as a disk may be; the drain asks it. */
	private static final class SlowFilter extends Filter<ILoggingEvent> {

		@Override
		public FilterReply decide(ILoggingEvent event) {
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
			return FilterReply.NEUTRAL;
		}

	}

	@Test
	void tellsEachWhatIsQueued(CapturedOutput output) {
		this.applications.run(Application.class);
		this.applications.run(Application.class);
		this.applications.closeAll();
		assertThat(output.getAll().lines().filter((line) -> line.contains(": Loglane queues "))).hasSize(2)
			.allMatch((line) -> line.endsWith("Loglane queues CONSOLE (8192 records)"));
	}

	@Test
	void staysAsynchronousUntilTheLastIsClosed() {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		ConfigurableApplicationContext first = this.applications.run(Application.class, file.argument());
		ConfigurableApplicationContext second = this.applications.run(Application.class, file.argument());
		first.close();
		assertThat(Applications.drainThreads()).containsExactlyInAnyOrder("loglane-CONSOLE", "loglane-FILE");
		LOGGER.info("Between");
		file.line("Between");
		second.close();
		assertThat(Applications.drainThreads()).isEmpty();
		LOGGER.info("Afterwards");
		assertThat(lastLine(file)).endsWith("Afterwards");
	}

	@Test
	void staysAsynchronousUntilTheLastIsClosedInWhateverOrder() {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		ConfigurableApplicationContext first = this.applications.run(Application.class, file.argument());
		ConfigurableApplicationContext second = this.applications.run(Application.class, file.argument());
		second.close();
		assertThat(Applications.drainThreads()).containsExactlyInAnyOrder("loglane-CONSOLE", "loglane-FILE");
		first.close();
		assertThat(Applications.drainThreads()).isEmpty();
		LOGGER.info("Afterwards");
		assertThat(lastLine(file)).endsWith("Afterwards");
	}

	@Test
	void staysAsynchronousWhereAChildIsClosed() {
		ConfigurableApplicationContext parent = this.applications.run(Application.class);
		try (AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext()) {
			child.setParent(parent);
			child.refresh();
			assertThat(Applications.drainThreads()).containsExactly("loglane-CONSOLE");
		}
		assertThat(Applications.drainThreads()).containsExactly("loglane-CONSOLE");
	}

	@Test
	void staysAsynchronousUntilAParentIsClosed(CapturedOutput output) {
		ConfigurableApplicationContext child = new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.NONE)
			.child(Application.class)
			.web(WebApplicationType.NONE)
			.run();
		try (ConfigurableApplicationContext parent = (ConfigurableApplicationContext) Objects
			.requireNonNull(child.getParent())) {
			child.close();
			assertThat(Applications.drainThreads()).containsExactly("loglane-CONSOLE");
		}
		assertThat(Applications.drainThreads()).isEmpty();
		assertThat(output.getAll().lines().filter((line) -> line.contains(": Loglane queues "))).hasSize(1);
	}

	@Test
	void queuesAgainWhereAFurtherStartConfiguresLogbackAnew() {
		LogFile old = new LogFile(this.folder.resolve("old.log"));
		LogFile anew = new LogFile(this.folder.resolve("anew.log"));
		ConfigurableApplicationContext first = this.applications.run(Application.class, old.argument());
		ConfigurableApplicationContext second = this.applications.run(Application.class, old.argument());
		for (int i = 0; i < 1000; i++) {
			LOGGER.info("Record {}", i);
		}
		// Boot takes this for the end of logging
		first.close();
		ConfigurableApplicationContext third = this.applications.run(LookingApplication.class, anew.argument());
		// the second has kept them open all the while
		assertThat(third.getBean(LookingApplication.class).drainsDuringStart)
			.containsExactlyInAnyOrder("loglane-CONSOLE", "loglane-FILE");
		assertThat(Applications.rootLogger().getAppender("FILE")).isInstanceOf(LoglaneAppender.class);
		assertThat(Applications.drainThreads()).containsExactlyInAnyOrder("loglane-CONSOLE", "loglane-FILE");
		LOGGER.info("After the reset");
		anew.line("After the reset");
		assertThat(old.lines().stream().filter((line) -> line.contains(": Record "))).hasSize(1000);
		third.close();
		assertThat(Applications.drainThreads()).containsExactlyInAnyOrder("loglane-CONSOLE", "loglane-FILE");
		second.close();
		assertThat(Applications.drainThreads()).isEmpty();
	}

	@Test
	void queuesAgainWhereLogbackConfiguresItselfAnew() throws Exception {
		this.applications.run(TaggingApplication.class);
		assertThat(Applications.rootLogger().getAppender("CONSOLE")).isInstanceOf(LoglaneAppender.class);
		// as it does where it scans its configuration
		Applications.logback().reset();
		assertThat(Applications.rootLogger().getAppender("CONSOLE")).isNull();
		JoranConfigurator configurator = new JoranConfigurator();
		configurator.setContext(Applications.logback());
		configurator.doConfigure(new ByteArrayInputStream("""
				<configuration>
					<appender name="ANEW" class="ch.qos.logback.core.ConsoleAppender">
						<encoder><pattern>%msg%n</pattern></encoder>
					</appender>
					<root level="INFO"><appender-ref ref="ANEW"/></root>
				</configuration>
				""".getBytes(StandardCharsets.UTF_8)));
		assertThat(Applications.rootLogger().getAppender("ANEW")).isInstanceOf(LoglaneAppender.class);
		assertThat(Applications.drainThreads()).contains("loglane-ANEW");
	}

	@Test
	void leavesTheOthersAsynchronousWhereOneFailsToStart() {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		this.applications.run(Application.class, file.argument());
		assertThat(org.assertj.core.api.Assertions.catchThrowable(
				() -> this.applications.run(QueueInstallationTests.FailingRunnerApplication.class, file.argument())))
			.isNotNull();
		assertThat(Applications.drainThreads()).contains("loglane-FILE");
		LOGGER.info("Still there");
		file.line("Still there");
	}

	@Test
	void leavesQueuesAsTheyAreWhereAnotherApplicationDoesWithoutThem() {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		this.applications.run(Application.class, file.argument());
		ConfigurableApplicationContext without = this.applications.run(Application.class, file.argument(),
				"--loglane.enabled=false");
		assertThat(Applications.drainThreads()).contains("loglane-FILE");
		without.close();
		assertThat(Applications.drainThreads()).contains("loglane-FILE");
	}

	private static String lastLine(LogFile file) {
		List<String> lines = file.lines();
		return lines.get(lines.size() - 1);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class LookingApplication {

		private final List<String> drainsDuringStart = Applications.drainThreads();

	}

}
