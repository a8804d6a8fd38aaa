package io.loglane.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import io.loglane.appender.LaneCounts;
import io.loglane.appender.LogQueues;
import io.loglane.appender.LoglaneAppender;
import io.loglane.lane.Lane;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * However applications come and go in one JVM, each appender has one queue, no thread is
 * left behind, and each record is written once.
 */
@ExtendWith(OutputCaptureExtension.class)
@Timeout(120)
class LifeTests {

	private static final Logger LOGGER = LoggerFactory.getLogger("app");

	@TempDir
	private Path folder;

	@RegisterExtension
	private final Applications applications = new Applications();

	private static void assertThatEachAppenderHasOneQueue() {
		assertThat(Applications.drainThreads()).containsExactlyInAnyOrder("loglane-CONSOLE", "loglane-FILE");
		LoggerContext logback = Applications.logback();
		assertThat(logback.getLoggerList()).filteredOn((logger) -> logger.iteratorForAppenders().hasNext())
			.singleElement()
			.satisfies((logger) -> assertThat(logger.iteratorForAppenders()).toIterable()
				.hasSize(2)
				.allSatisfy(LifeTests::assertThatItIsAQueueInFrontOfAnAppender));
	}

	private static void assertThatItIsAQueueInFrontOfAnAppender(Appender<ILoggingEvent> appender) {
		assertThat(appender).isInstanceOf(LoglaneAppender.class);
		assertThat(((LoglaneAppender) appender).iteratorForAppenders()).toIterable()
			.singleElement()
			.isNotInstanceOf(LoglaneAppender.class);
	}

	private static long records(List<String> lines, String text) {
		return lines.stream().filter((line) -> line.endsWith(": " + text)).count();
	}

	private void assertThatAllIsWrittenOnceAndNothingIsLeft(LogFile file, CapturedOutput output, String... texts) {
		assertThat(Applications.drainThreads()).isEmpty();
		for (String text : texts) {
			assertThat(records(file.lines(), text)).as(text + " in the file").isEqualTo(1);
			assertThat(records(output.getAll().lines().toList(), text)).as(text + " on the console").isEqualTo(1);
		}
	}

	@Test
	void managementContextOnAPortOfItsOwnSharesTheQueues(CapturedOutput output) throws Exception {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		ConfigurableApplicationContext context = this.applications.runWeb(Application.class, file.argument(),
				"--management.server.port=0", "--management.endpoints.web.exposure.include=*");
		String management = context.getEnvironment().getProperty("local.management.port");
		assertThat(management).isNotNull().isNotEqualTo(context.getEnvironment().getProperty("local.server.port"));
		assertThatEachAppenderHasOneQueue();
		LOGGER.info("Before the request");
		HttpResponse<String> response = HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(URI.create("http://localhost:" + management + "/actuator/loglane")).build(),
					HttpResponse.BodyHandlers.ofString());
		assertThat(response.statusCode()).isIn(200, 404);
		LOGGER.info("After the request");
		assertThatEachAppenderHasOneQueue();
		this.applications.closeAll();
		LOGGER.info("After the end");
		assertThatAllIsWrittenOnceAndNothingIsLeft(file, output, "Before the request", "After the request",
				"After the end");
		assertThat(output.getAll().lines().filter((line) -> line.contains(": Loglane queues "))).hasSize(1);
	}

	@Test
	void restartInANewClassLoaderLeavesOneQueueAndLosesNothing(CapturedOutput output) throws Exception {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		for (int round = 0; round < 4; round++) {
			// as DevTools do: the application's classes anew, the libraries as they are
			Thread main = Thread.currentThread();
			ClassLoader before = main.getContextClassLoader();
			RestartClassLoader restart = new RestartClassLoader(before);
			main.setContextClassLoader(restart);
			try {
				Class<?> application = restart.loadClass(RestartedApplication.class.getName());
				assertThat(application).isNotSameAs(RestartedApplication.class);
				try (ConfigurableApplicationContext context = run(application, file.argument(),
						String.valueOf(round))) {
					assertThat(context.isActive()).isTrue();
					assertThatEachAppenderHasOneQueue();
					LOGGER.info("Round {}", round);
				}
				LOGGER.info("Between {}", round);
			}
			finally {
				main.setContextClassLoader(before);
			}
		}
		assertThatAllIsWrittenOnceAndNothingIsLeft(file, output, "Runner 0", "Round 0", "Between 0", "Runner 1",
				"Round 1", "Between 1", "Runner 2", "Round 2", "Runner 3", "Round 3", "Between 3");
	}

	private static ConfigurableApplicationContext run(Class<?> application, String... arguments) throws Exception {
		try {
			return (ConfigurableApplicationContext) application.getMethod("run", String[].class)
				.invoke(null, (Object) arguments);
		}
		catch (InvocationTargetException ex) {
			throw new AssertionError(ex.getCause());
		}
	}

	@Test
	void startAfterAFailureToStartIsLikeAnyOther(CapturedOutput output) {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		for (int round = 0; round < 3; round++) {
			String text = "Before the failure " + round;
			assertThatExceptionOfType(RuntimeException.class)
				.isThrownBy(() -> this.applications.run(FailingApplication.class, file.argument(), "--text=" + text));
			assertThat(Applications.drainThreads()).isEmpty();
			LOGGER.info("After the failure {}", round);
		}
		this.applications.run(Application.class, file.argument());
		assertThatEachAppenderHasOneQueue();
		LOGGER.info("Up at last");
		this.applications.closeAll();
		assertThatAllIsWrittenOnceAndNothingIsLeft(file, output, "Before the failure 0", "After the failure 0",
				"Before the failure 1", "After the failure 1", "Before the failure 2", "Up at last");
		assertThat(file.lines().stream().filter((line) -> line.contains("Application run failed"))).hasSize(3);
	}

	@Test
	void noRecordIsLostOrDoubledWhileApplicationsComeAndGo() throws Exception {
		LogFile file = new LogFile(this.folder.resolve("app.log"));
		// configured once: a reset of Logback would end the file for everybody
		String[] arguments = { file.argument(), "--logging.threshold.console=off", "--loglane.queue.max-wait=1m",
				"--logging.logback.rollingpolicy.max-file-size=1GB" };
		this.applications.run(Application.class, arguments);
		AtomicBoolean done = new AtomicBoolean();
		Lane lane = Lane.named("coming-and-going");
		Thread caller = new Thread(() -> {
			try (Lane.Scope scope = lane.enter()) {
				for (int i = 0; !done.get(); i++) {
					LOGGER.info("Steady {}", i);
				}
			}
		});
		caller.start();
		try {
			for (int round = 0; round < 3; round++) {
				this.applications.run(Application.class, arguments);
			}
		}
		finally {
			done.set(true);
			caller.join();
		}
		this.applications.closeAll();
		assertThat(Applications.drainThreads()).isEmpty();
		List<String> steady = file.lines().stream().filter((line) -> line.contains(": Steady ")).toList();
		LaneCounts counts = countsOfFile(lane);
		assertThat(counts.dropped() + counts.failed()).isZero();
		// Boot itself turns levels off for moments
		assertThat((long) steady.size()).isPositive().isEqualTo(counts.accepted()).isEqualTo(counts.written());
		assertThat(steady).extracting((line) -> Integer.valueOf(line.substring(line.lastIndexOf(' ') + 1)))
			.isSorted()
			.doesNotHaveDuplicates();
	}

	private static LaneCounts countsOfFile(Lane lane) {
		return LogQueues.jvm()
			.stats()
			.stream()
			.filter((stats) -> stats.appender().equals("FILE"))
			.map((stats) -> stats.lane(lane))
			.findFirst()
			.orElseThrow();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class FailingApplication {

		@Bean
		CommandLineRunner failing(org.springframework.core.env.Environment environment) {
			return (arguments) -> {
				LOGGER.info(environment.getRequiredProperty("text"));
				throw new IllegalStateException("Failing on purpose");
			};
		}

	}

	/** Loaded anew for each start. */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	public static class RestartedApplication {

		public static ConfigurableApplicationContext run(String[] arguments) {
			SpringApplication application = new SpringApplication(RestartedApplication.class);
			application.setWebApplicationType(org.springframework.boot.WebApplicationType.NONE);
			return application.run(arguments);
		}

		@Bean
		CommandLineRunner runner() {
			return (arguments) -> LoggerFactory.getLogger("app").info("Runner {}", arguments[1]);
		}

	}

	/** Knows one class of its own. */
	private static final class RestartClassLoader extends ClassLoader {

		RestartClassLoader(ClassLoader parent) {
			super(parent);
		}

		@Override
		protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
			if (!name.equals(RestartedApplication.class.getName())) {
				return super.loadClass(name, resolve);
			}
			synchronized (getClassLoadingLock(name)) {
				Class<?> loaded = findLoadedClass(name);
				return (loaded != null) ? loaded : define(name);
			}
		}

		private Class<?> define(String name) throws ClassNotFoundException {
			try (InputStream code = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
				if (code == null) {
					throw new ClassNotFoundException(name);
				}
				byte[] bytes = code.readAllBytes();
				return defineClass(name, bytes, 0, bytes.length);
			}
			catch (IOException ex) {
				throw new ClassNotFoundException(name, ex);
			}
		}

	}

}
