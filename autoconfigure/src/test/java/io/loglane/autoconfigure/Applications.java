package io.loglane.autoconfigure;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.util.ContextInitializer;
import ch.qos.logback.core.joran.spi.JoranException;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Real applications, one for each {@code run}. Logback's context, Boot's logging system
 * and the system properties in which Boot hands over patterns are one for the JVM: each
 * test finds them as they are in a fresh JVM and leaves them like that, and none may
 * leave a thread behind.
 */
public final class Applications implements BeforeEachCallback, AfterEachCallback {

	/** Those that an earlier test has left behind; it has been told so already. */
	private static Set<Thread> leftBehind = Set.of();

	private final Deque<ConfigurableApplicationContext> running = new ArrayDeque<>();

	private Properties systemProperties = new Properties();

	@Override
	public void beforeEach(ExtensionContext test) throws Exception {
		this.systemProperties = (Properties) System.getProperties().clone();
		freshLogging();
		leftBehind = Thread.getAllStackTraces().keySet();
	}

	@Override
	public void afterEach(ExtensionContext test) throws Exception {
		closeAll();
		System.setProperties(this.systemProperties);
		freshLogging();
		assertThat(drainThreads()).isEmpty();
	}

	/** Close all that were run, the last first; what they logged is then written. */
	public void closeAll() {
		while (!this.running.isEmpty()) {
			this.running.pop().close();
		}
	}

	private static void freshLogging() throws JoranException {
		MDC.clear();
		LoggingSystem.get(Applications.class.getClassLoader()).cleanUp();
		PatternLayout.DEFAULT_CONVERTER_SUPPLIER_MAP.remove("lane");
		LoggerContext logback = logback();
		logback.reset();
		// one that was stopped would forget what is put into it
		logback.start();
		new ContextInitializer(logback).autoConfig();
		rootLogger().setLevel(Level.INFO);
	}

	/**
	 * Run an application without a web server until the test ends.
	 * @param source its configuration
	 * @param arguments its command line
	 * @return the running application
	 */
	public ConfigurableApplicationContext run(Class<?> source, String... arguments) {
		return run(WebApplicationType.NONE, source, arguments);
	}

	/**
	 * Run an application on a free HTTP port until the test ends.
	 * @param source its configuration
	 * @param arguments its command line
	 * @return the running application
	 */
	public ConfigurableApplicationContext runWeb(Class<?> source, String... arguments) {
		String[] withPort = Stream.concat(Stream.of("--server.port=0"), Stream.of(arguments)).toArray(String[]::new);
		return run(WebApplicationType.SERVLET, source, withPort);
	}

	private ConfigurableApplicationContext run(WebApplicationType type, Class<?> source, String... arguments) {
		ConfigurableApplicationContext context = new SpringApplicationBuilder(source).web(type).run(arguments);
		this.running.push(context);
		return context;
	}

	/**
	 * Return the threads of this test that write out queues.
	 * @return the names of those that are alive
	 */
	public static List<String> drainThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> !leftBehind.contains(thread))
			.map(Thread::getName)
			.filter(Applications::isDrain)
			.toList();
	}

	private static boolean isDrain(String thread) {
		return thread.startsWith("loglane-") && !thread.equals("loglane-shutdown");
	}

	public static LoggerContext logback() {
		return (LoggerContext) LoggerFactory.getILoggerFactory();
	}

	public static Logger rootLogger() {
		return logback().getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
	}

}
