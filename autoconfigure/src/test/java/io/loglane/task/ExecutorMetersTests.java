package io.loglane.task;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.loglane.autoconfigure.Applications;
import io.loglane.lane.Lane;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Spring Boot's own meters of an executor, and the pool that it hands out, tell of its
 * tasks what they tell without Loglane.
 */
class ExecutorMetersTests {

	private static final int DONE = 3;

	private static final int QUEUED = 2;

	@RegisterExtension
	private final Applications applications = new Applications();

	@ParameterizedTest
	@ValueSource(strings = { "pool", "scheduler", "applicationTaskExecutor" })
	void metersAndPoolTellWhatTheyTellWithoutUs(String name) throws Exception {
		Map<String, Double> without = work(name, false);
		Map<String, Double> with = work(name, true);
		assertThat(with).isEqualTo(without)
			.containsEntry("executor.completed", (double) DONE)
			.containsEntry("executor.active", 1.0)
			.containsEntry("executor.queued", (double) QUEUED)
			.containsEntry("executor.pool.size", 1.0)
			.containsEntry("pool completed", (double) DONE)
			.containsEntry("pool active", 1.0)
			.containsEntry("pool queued", (double) QUEUED);
	}

	/** What is told once some tasks are done, one runs, and the others wait for it. */
	private Map<String, Double> work(String name, boolean loglane) throws Exception {
		ConfigurableApplicationContext context = this.applications.run(Pools.class, "--loglane.enabled=" + loglane,
				"--spring.task.execution.mode=force", "--spring.task.execution.pool.core-size=1");
		AsyncTaskExecutor executor = context.getBean(name, AsyncTaskExecutor.class);
		ThreadPoolExecutor pool = poolOf(executor);
		CountDownLatch gate = new CountDownLatch(1);
		AtomicBoolean tagged = new AtomicBoolean();
		try {
			for (int i = 0; i < DONE; i++) {
				executor.submit(() -> tagged.set(!Lane.current().equals(Lane.NONE))).get(10, TimeUnit.SECONDS);
			}
			await().until(() -> pool.getCompletedTaskCount() == DONE);
			assertThat(tagged.get()).isEqualTo(loglane);
			for (int i = 0; i < 1 + QUEUED; i++) {
				executor.submit(() -> gate.await(30, TimeUnit.SECONDS));
			}
			await().until(() -> pool.getActiveCount() == 1 && pool.getQueue().size() == QUEUED);
			Map<String, Double> told = new TreeMap<>();
			told.put("pool completed", (double) pool.getCompletedTaskCount());
			told.put("pool active", (double) pool.getActiveCount());
			told.put("pool queued", (double) pool.getQueue().size());
			context.getBean(MeterRegistry.class)
				.getMeters()
				.stream()
				.filter((meter) -> name.equals(meter.getId().getTag("name")))
				.forEach((meter) -> told.put(meter.getId().getName(), meter.measure().iterator().next().getValue()));
			return told;
		}
		finally {
			gate.countDown();
			context.close();
		}
	}

	private static ThreadPoolExecutor poolOf(AsyncTaskExecutor executor) {
		return (executor instanceof ThreadPoolTaskScheduler scheduler) ? scheduler.getScheduledThreadPoolExecutor()
				: ((ThreadPoolTaskExecutor) executor).getThreadPoolExecutor();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Pools {

		@Bean
		ThreadPoolTaskExecutor pool() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean
		ThreadPoolTaskScheduler scheduler() {
			return new ThreadPoolTaskScheduler();
		}

	}

}
