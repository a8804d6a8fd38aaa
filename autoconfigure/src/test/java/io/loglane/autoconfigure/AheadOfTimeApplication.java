package io.loglane.autoconfigure;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import javax.management.JMException;
import javax.management.ObjectName;

import io.loglane.actuate.LoglaneEndpoint;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * Runs a task on an executor of each way of being covered, and writes down what it saw,
 * what is queued and what was counted.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class AheadOfTimeApplication {

	private static final Logger LOGGER = LoggerFactory.getLogger("work");

	private static final List<String> EXECUTORS = List.of("byDecorator", "byInterface", "byClass", "byThreads");

	public static void main(String[] arguments) throws IOException {
		try (ConfigurableApplicationContext context = SpringApplication.run(AheadOfTimeApplication.class, arguments)) {
			List<String> report = new ArrayList<>();
			MDC.put("requestId", "r1");
			EXECUTORS.forEach((name) -> report.add(name + " " + tagOfATask(context.getBean(name, Executor.class))));
			LoglaneEndpoint endpoint = context.getBeanProvider(LoglaneEndpoint.class).getIfAvailable();
			if (endpoint != null) {
				report.add(health());
				report.add("flushed " + endpoint.flush().complete());
				endpoint.overview()
					.queues()
					.forEach((queue) -> report
						.add("queue " + queue.appender() + " " + queue.mode() + " " + queue.capacity()));
				endpoint.overview().notCovered().keySet().forEach((name) -> report.add("not in full " + name));
				endpoint.overview()
					.lanes()
					.forEach((name, lane) -> report.add("level of " + name + ": " + lane.level()));
			}
			context.getBean(MeterRegistry.class)
				.find("loglane.records.written")
				.tag("executor", "byDecorator")
				.functionCounters()
				.forEach((written) -> report.add(written(written)));
			Files.write(Path.of(context.getEnvironment().getRequiredProperty("test.report")), report);
		}
	}

	private static String tagOfATask(Executor executor) {
		return CompletableFuture.supplyAsync(() -> {
			LOGGER.debug("Debugging a task");
			LOGGER.info("In a task");
			return new TreeMap<>(MDC.getCopyOfContextMap()).toString();
		}, executor).exceptionally((none) -> "{}").join();
	}

	/** In the words of whichever Spring Boot this is. */
	private static String health() {
		try {
			Map<?, ?> health = (Map<?, ?>) ManagementFactory.getPlatformMBeanServer()
				.invoke(new ObjectName("org.springframework.boot:type=Endpoint,name=Health"), "health", new Object[0],
						new String[0]);
			Map<?, ?> loglane = (Map<?, ?>) ((Map<?, ?>) health.get("components")).get("loglane");
			return "health " + loglane.get("status") + " " + loglane.get("details");
		}
		catch (JMException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String written(FunctionCounter counter) {
		return "written " + counter.getId().getTag("appender") + " " + (long) counter.count();
	}

	@Bean
	ThreadPoolTaskExecutor byDecorator() {
		return new ThreadPoolTaskExecutor();
	}

	@Bean
	ExecutorService byInterface() {
		return Executors.newSingleThreadExecutor();
	}

	@Bean
	UsersExecutor byClass() {
		return new UsersExecutor();
	}

	@Bean
	ThreadPoolExecutor byThreads() {
		return new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
	}

	/** In front of it comes a subclass. */
	static class UsersExecutor implements Executor {

		@Override
		public void execute(Runnable task) {
			new Thread(task, "users").start();
		}

	}

}
