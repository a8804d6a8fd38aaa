package io.loglane.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import com.sun.management.OperatingSystemMXBean;
import io.loglane.appender.LoglaneAppender;
import org.slf4j.LoggerFactory;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * An application that has logged a little and now does nothing: takes the CPU time of its
 * JVM. Called by {@link Comparison}: file for the figure, then properties.
 */
public final class IdleApplication {

	private static final long SETTLING = TimeUnit.SECONDS.toNanos(2);

	private static final long IDLE = TimeUnit.SECONDS.toNanos(5);

	private static final Path THREADS = Path.of("/proc/self/task");

	/** The first 15 letters are known of a thread's name. */
	private static final String CLOCK = "VM Periodic Tas";

	private IdleApplication() {
	}

	public static void main(String[] arguments) throws IOException {
		SpringApplication application = new SpringApplication(Configuration.class);
		application.setBannerMode(Banner.Mode.OFF);
		ConfigurableApplicationContext context = application
			.run(List.of(arguments).subList(1, arguments.length).toArray(String[]::new));
		for (int i = 0; i < 1000; i++) {
			LoggerFactory.getLogger(IdleApplication.class).info("Parcel {} is on its way", i);
		}
		check(Boolean.parseBoolean(context.getEnvironment().getProperty("loglane.enabled")));
		// what this loads and compiles is no idleness
		cpuNanos();
		pause(SETTLING);
		Map<Path, Long> before = cpuNanos();
		pause(IDLE);
		long nanos = cpuNanos().entrySet()
			.stream()
			.mapToLong((thread) -> thread.getValue() - before.getOrDefault(thread.getKey(), 0L))
			.sum();
		double percent = 100.0 * nanos / IDLE;
		Files.write(Path.of(arguments[0]), List.of(String.format(Locale.ROOT, "idle.percent %.3f", percent)));
		Runtime.getRuntime().halt(0);
	}

	/** What does not log, or has no queue to sleep, is idle whatever Loglane does. */
	private static void check(boolean queues) {
		List<Appender<ILoggingEvent>> appenders = new ArrayList<>();
		((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).iteratorForAppenders()
			.forEachRemaining(appenders::add);
		if (appenders.isEmpty()
				|| appenders.stream().anyMatch((appender) -> (appender instanceof LoglaneAppender) != queues)) {
			throw new IllegalStateException("With loglane.enabled=" + queues + " there are " + appenders);
		}
	}

	/**
	 * What each thread has taken, the JVM's own, too: as Linux knows it, to the
	 * nanosecond. The JVM's figure, which others have to do with, comes in hundredths of
	 * a second: more than the limit in 5 s. Without the JVM's clock, which ticks 20 times
	 * a second whatever the application does, and whose time scatters by as much.
	 */
	private static Map<Path, Long> cpuNanos() throws IOException {
		if (!Files.isDirectory(THREADS)) {
			OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
			return Map.of(THREADS, process.getProcessCpuTime());
		}
		Map<Path, Long> nanos = new HashMap<>();
		try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
			for (Path thread : threads) {
				try {
					if (!Files.readString(thread.resolve("comm")).startsWith(CLOCK)) {
						String times = Files.readString(thread.resolve("schedstat"));
						nanos.put(thread, Long.parseLong(times.split(" ", 2)[0]));
					}
				}
				catch (IOException ex) {
					if (Files.exists(thread)) {
						throw ex;
					}
					// it has just ended, as a compiler's does
				}
			}
		}
		return nanos;
	}

	private static void pause(long nanos) {
		long until = System.nanoTime() + nanos;
		while (System.nanoTime() < until) {
			LockSupport.parkNanos(until - System.nanoTime());
		}
	}

	/** The application's: nothing but what Boot and Loglane configure themselves. */
	@EnableAutoConfiguration
	static class Configuration {

	}

}
