package io.loglane.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import com.sun.management.OperatingSystemMXBean;
import org.slf4j.LoggerFactory;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;

/**
 * An application that has logged a little and now does nothing: takes the CPU time of its
 * JVM. Called by {@link Comparison}: file for the figure, then properties.
 */
public final class IdleApplication {

	private static final long SETTLING = TimeUnit.SECONDS.toNanos(2);

	private static final long IDLE = TimeUnit.SECONDS.toNanos(5);

	private IdleApplication() {
	}

	public static void main(String[] arguments) throws IOException {
		SpringApplication application = new SpringApplication(Configuration.class);
		application.setBannerMode(Banner.Mode.OFF);
		application.run(List.of(arguments).subList(1, arguments.length).toArray(String[]::new));
		for (int i = 0; i < 1000; i++) {
			LoggerFactory.getLogger(IdleApplication.class).info("Parcel {} is on its way", i);
		}
		OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
		pause(SETTLING);
		long before = process.getProcessCpuTime();
		pause(IDLE);
		double percent = 100.0 * (process.getProcessCpuTime() - before) / IDLE;
		Files.write(Path.of(arguments[0]), List.of(String.format(Locale.ROOT, "idle.percent %.3f", percent)));
		Runtime.getRuntime().halt(0);
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
