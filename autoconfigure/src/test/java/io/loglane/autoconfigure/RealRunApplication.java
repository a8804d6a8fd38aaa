package io.loglane.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.awaitility.Awaitility.await;

/**
 * Eight pools of four threads log 200,000 records. Each message says what its line has to
 * show: the pool, the request that submitted the task, and the thread's own count.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class RealRunApplication {

	static final int POOLS = 8;

	static final int THREADS = 4;

	static final int TASKS = 50;

	static final int RECORDS = 500;

	private static final Logger LOGGER = LoggerFactory.getLogger("work");

	private static final ThreadLocal<AtomicInteger> COUNT = ThreadLocal.withInitial(AtomicInteger::new);

	public static void main(String[] arguments) throws IOException {
		SpringApplication application = new SpringApplication(RealRunApplication.class);
		application.addInitializers(pools());
		ConfigurableApplicationContext context = application.run(arguments);
		List<CompletableFuture<Void>> submitters = new ArrayList<>();
		for (int pool = 1; pool <= POOLS; pool++) {
			String name = "pool" + pool;
			submitters.add(CompletableFuture.runAsync(() -> submitAll(name, context.getBean(name, Executor.class)),
					(submitter) -> new Thread(submitter, "submitter").start()));
		}
		submitters.forEach(CompletableFuture::join);
		Path counters = Path.of(context.getEnvironment().getRequiredProperty("test.counters"));
		Files.write(counters, quietCounters(context.getBean(MeterRegistry.class)));
		context.close();
	}

	private static ApplicationContextInitializer<GenericApplicationContext> pools() {
		return (context) -> {
			for (int pool = 1; pool <= POOLS; pool++) {
				context.registerBean("pool" + pool, ThreadPoolTaskExecutor.class, RealRunApplication::pool);
			}
		};
	}

	private static ThreadPoolTaskExecutor pool() {
		ThreadPoolTaskExecutor pool = new ThreadPoolTaskExecutor();
		pool.setCorePoolSize(THREADS);
		return pool;
	}

	private static void submitAll(String name, Executor pool) {
		List<CompletableFuture<Void>> tasks = new ArrayList<>();
		for (int task = 1; task <= TASKS; task++) {
			String request = name + "-" + task;
			MDC.put("requestId", request);
			tasks.add(CompletableFuture.runAsync(() -> log(name, request), pool));
		}
		tasks.forEach(CompletableFuture::join);
	}

	private static void log(String pool, String request) {
		AtomicInteger count = COUNT.get();
		for (int i = 1; i <= RECORDS; i++) {
			LOGGER.info("{} {} {} {}", pool, request, i, count.incrementAndGet());
		}
	}

	private static List<String> quietCounters(MeterRegistry registry) {
		await().atMost(Duration.ofSeconds(20)).until(() -> {
			return registry.find("loglane.queue.depth").gauges().stream().allMatch((depth) -> depth.value() == 0);
		});
		return registry.getMeters()
			.stream()
			.filter((meter) -> meter.getId().getName().startsWith("loglane.records."))
			.filter((meter) -> "FILE".equals(meter.getId().getTag("appender")))
			.map((meter) -> meter.getId().getName() + " " + meter.getId().getTag("executor") + " "
					+ (long) ((FunctionCounter) meter).count())
			.toList();
	}

}
