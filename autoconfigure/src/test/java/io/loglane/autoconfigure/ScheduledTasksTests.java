package io.loglane.autoconfigure;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.loglane.task.ExecutorLanes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.TaskDecorator;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The tag and the carried context of what Boot's own scheduler and executor run, on
 * platform and on virtual threads.
 */
class ScheduledTasksTests {

	private static final String VIRTUAL = "--spring.threads.virtual.enabled=true";

	@RegisterExtension
	private final Applications applications = new Applications();

	@ParameterizedTest
	@ValueSource(strings = { "fixedRate", "fixedDelay", "cron" })
	void tagsEachRunOfAPeriodicTask(String kind) {
		ConfigurableApplicationContext context = runWithAnEntry();
		assertThat(context.getBean("taskScheduler")).isInstanceOf(ThreadPoolTaskScheduler.class);
		List<SeenByTask> runs = runs(context, kind);
		assertThat(runs).allSatisfy((run) -> {
			assertThat(run.mdc()).containsOnlyKeys("executor", "task").containsEntry("executor", "taskScheduler");
			assertThat(run.lane()).isEqualTo("taskScheduler");
		});
		assertThat(runs).extracting(SeenByTask::task).doesNotHaveDuplicates().isSorted();
	}

	@ParameterizedTest
	@ValueSource(strings = { "fixedRate", "fixedDelay", "cron" })
	@EnabledForJreRange(min = JRE.JAVA_21)
	void tagsEachRunOfAPeriodicTaskOnVirtualThreads(String kind) {
		ConfigurableApplicationContext context = runWithAnEntry(VIRTUAL);
		assertThat(context.getBean("taskScheduler")).isInstanceOf(SimpleAsyncTaskScheduler.class);
		List<SeenByTask> runs = runs(context, kind);
		assertThat(runs).allSatisfy((run) -> {
			assertThat(run.mdc()).containsOnlyKeys("executor", "task").containsEntry("executor", "taskScheduler");
			assertThat(run.lane()).isEqualTo("taskScheduler");
		});
		assertThat(runs).extracting(SeenByTask::task).doesNotHaveDuplicates();
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void tagsTheApplicationTaskExecutorOnVirtualThreads() {
		ConfigurableApplicationContext context = this.applications.run(AsyncApplication.class, VIRTUAL);
		assertThat(context.getBean("applicationTaskExecutor")).isInstanceOf(SimpleAsyncTaskExecutor.class);
		MDC.put("requestId", "r1");
		assertThat(context.getBean(AsyncService.class).async().join().mdc())
			.containsEntry("executor", "applicationTaskExecutor")
			.containsEntry("requestId", "r1")
			.containsKey("task");
		AsyncTaskExecutor executor = context.getBean("applicationTaskExecutor", AsyncTaskExecutor.class);
		assertThat(CompletableFuture.supplyAsync(SeenByTask::now, executor).join().mdc())
			.containsEntry("executor", "applicationTaskExecutor")
			.containsEntry("requestId", "r1");
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void keepsADecoratorBeanOnVirtualThreads() {
		ConfigurableApplicationContext context = this.applications
			.run(TaggedExecutorsTests.DecoratorBeanApplication.class, VIRTUAL);
		AsyncTaskExecutor executor = context.getBean("applicationTaskExecutor", AsyncTaskExecutor.class);
		assertThat(CompletableFuture.supplyAsync(SeenByTask::now, executor).join().mdc())
			.containsEntry("executor", "applicationTaskExecutor")
			.containsEntry("decorator", "bean");
	}

	@Test
	void carriesTheContextOfWhoeverSchedulesATaskOnce() throws Exception {
		ConfigurableApplicationContext context = runWithAnEntry();
		MDC.put("requestId", "r1");
		assertThat(scheduleOnce(context).mdc()).containsEntry("executor", "taskScheduler")
			.containsEntry("requestId", "r1");
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void carriesTheContextOfWhoeverSchedulesATaskOnceOnVirtualThreads() throws Exception {
		ConfigurableApplicationContext context = runWithAnEntry(VIRTUAL);
		MDC.put("requestId", "r1");
		assertThat(scheduleOnce(context).mdc()).containsOnlyKeys("executor", "task", "requestId")
			.containsEntry("executor", "taskScheduler")
			.containsEntry("requestId", "r1");
		assertThat(context.getBean(ExecutorLanes.class).notCovered()).isEmpty();
	}

	@Test
	void leavesNothingOfARunOnTheSchedulersThread() {
		ConfigurableApplicationContext context = this.applications.run(LookingSchedulerApplication.class);
		assertThat(runs(context, "fixedRate"))
			.allSatisfy((run) -> assertThat(run.mdc()).containsOnlyKeys("executor", "task"));
		runs(context, "fixedDelay");
		runs(context, "cron");
		assertThat(context.getBean(LookingScheduler.class).between).isNotEmpty().allSatisfy((between) -> {
			assertThat(between.mdc()).isEmpty();
			assertThat(between.lane()).isEqualTo("none");
		});
	}

	@Test
	void keepsADecoratorOfTheScheduler() {
		ConfigurableApplicationContext context = this.applications.run(DecoratedSchedulerApplication.class);
		List<SeenByTask> runs = runs(context, "fixedRate");
		assertThat(runs).allSatisfy((run) -> assertThat(run.mdc()).containsEntry("executor", "taskScheduler")
			.containsEntry("decorator", "set")
			.containsKey("task"));
	}

	@Test
	void goesOnWithAPeriodicTaskThatFails() {
		ConfigurableApplicationContext context = this.applications.run(FailingTaskApplication.class);
		List<SeenByTask> runs = context.getBean(FailingTaskApplication.class).runs;
		await().until(() -> runs.size() >= 3);
		assertThat(runs).allSatisfy((run) -> assertThat(run.mdc()).containsOnlyKeys("executor", "task"));
	}

	private ConfigurableApplicationContext runWithAnEntry(String... arguments) {
		// whoever starts the application is nobody's submitter
		MDC.put("startedBy", "main");
		try {
			return this.applications.run(SchedulingApplication.class, arguments);
		}
		finally {
			MDC.remove("startedBy");
		}
	}

	private static SeenByTask scheduleOnce(ConfigurableApplicationContext context) throws Exception {
		CompletableFuture<SeenByTask> seen = new CompletableFuture<>();
		Future<?> scheduled = context.getBean(TaskScheduler.class)
			.schedule(() -> seen.complete(SeenByTask.now()), Instant.now().plusMillis(20));
		scheduled.get(5, TimeUnit.SECONDS);
		return seen.join();
	}

	private static List<SeenByTask> runs(ConfigurableApplicationContext context, String kind) {
		List<SeenByTask> runs = context.getBean(Jobs.class).runs.computeIfAbsent(kind,
				(key) -> new CopyOnWriteArrayList<>());
		await().until(() -> runs.size() >= 3);
		return List.copyOf(runs);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableScheduling
	static class SchedulingApplication {

		@Bean
		Jobs jobs() {
			return new Jobs();
		}

	}

	static class Jobs {

		private final Map<String, List<SeenByTask>> runs = new ConcurrentHashMap<>();

		@Scheduled(fixedRate = 10)
		void atFixedRate() {
			ran("fixedRate");
		}

		@Scheduled(fixedDelay = 10)
		void withFixedDelay() {
			ran("fixedDelay");
		}

		@Scheduled(cron = "* * * * * *")
		void byCron() {
			ran("cron");
		}

		private void ran(String kind) {
			this.runs.computeIfAbsent(kind, (key) -> new CopyOnWriteArrayList<>()).add(SeenByTask.now());
			MDC.put("left", "behind");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableAsync
	static class AsyncApplication {

		@Bean
		AsyncService service() {
			return new AsyncService();
		}

	}

	static class AsyncService {

		@Async
		CompletableFuture<SeenByTask> async() {
			return CompletableFuture.completedFuture(SeenByTask.now());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableScheduling
	static class DecoratedSchedulerApplication {

		@Bean
		ThreadPoolTaskScheduler taskScheduler() {
			ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
			TaskDecorator decorator = (task) -> () -> {
				MDC.put("decorator", "set");
				task.run();
			};
			scheduler.setTaskDecorator(decorator);
			return scheduler;
		}

		@Bean
		Jobs jobs() {
			return new Jobs();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableScheduling
	static class LookingSchedulerApplication {

		@Bean
		LookingScheduler taskScheduler() {
			return new LookingScheduler();
		}

		@Bean
		Jobs jobs() {
			return new Jobs();
		}

	}

	/** Looks at its threads between tasks. */
	static final class LookingScheduler extends ThreadPoolTaskScheduler {

		private final transient List<SeenByTask> between = new CopyOnWriteArrayList<>();

		@Override
		protected void afterExecute(Runnable task, Throwable failure) {
			this.between.add(SeenByTask.now());
			super.afterExecute(task, failure);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableScheduling
	static class FailingTaskApplication {

		private final List<SeenByTask> runs = new CopyOnWriteArrayList<>();

		@Scheduled(fixedRate = 10)
		void fail() {
			this.runs.add(SeenByTask.now());
			throw new IllegalStateException("on purpose");
		}

	}

}
