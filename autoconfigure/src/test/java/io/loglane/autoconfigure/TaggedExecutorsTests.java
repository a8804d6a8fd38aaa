package io.loglane.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.MDC;

import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.TaskDecorator;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Every {@link ThreadPoolTaskExecutor} bean has its lane, its tasks their tag and their
 * submitter's MDC, and all that a user has set on it works as before.
 */
@ExtendWith(OutputCaptureExtension.class)
class TaggedExecutorsTests {

	@RegisterExtension
	private final Applications applications = new Applications();

	@Test
	void tagsTheTasksOfEachPool() {
		ConfigurableApplicationContext context = this.applications.run(TwoPools.class);
		MDC.put("requestId", "r1");
		SeenByTask first = supply(context, "firstPool");
		assertThat(first.mdc()).containsOnlyKeys("executor", "task", "requestId")
			.containsEntry("executor", "firstPool")
			.containsEntry("requestId", "r1");
		assertThat(first.lane()).isEqualTo("firstPool");
		SeenByTask second = supply(context, "secondPool");
		assertThat(second.mdc()).containsEntry("executor", "secondPool");
		assertThat(second.lane()).isEqualTo("secondPool");
	}

	@Test
	void numbersTheTasksInTheOrderOfTheirSubmission() {
		ConfigurableApplicationContext context = this.applications.run(TwoPools.class);
		long first = supply(context, "firstPool").task();
		assertThat(supply(context, "firstPool").task()).isEqualTo(first + 1);
		assertThat(supply(context, "firstPool").task()).isEqualTo(first + 2);
	}

	@Test
	void leavesNothingOfATaskOnItsThread() throws Exception {
		ConfigurableApplicationContext context = this.applications.run(SubclassApplication.class);
		MDC.put("requestId", "r1");
		SpecialPool pool = context.getBean(SpecialPool.class);
		pool.submit(() -> MDC.put("left", "behind")).get();
		assertThat(pool.submit(SeenByTask::now).get().mdc()).doesNotContainKey("left");
		assertNothingIsLeft(pool.afterwards());
	}

	@Test
	void leavesNothingOfATaskThatFails() {
		ConfigurableApplicationContext context = this.applications.run(SubclassApplication.class);
		MDC.put("requestId", "r1");
		SpecialPool pool = context.getBean(SpecialPool.class);
		CompletableFuture<Void> failing = CompletableFuture.runAsync(() -> {
			throw new IllegalStateException("on purpose");
		}, pool);
		assertThat(failing).failsWithin(Duration.ofSeconds(5));
		assertNothingIsLeft(pool.afterwards());
	}

	@Test
	void doesNotGiveATaskTheEntriesOfAnEarlierOne() {
		ConfigurableApplicationContext context = this.applications.run(TwoPools.class);
		MDC.put("requestId", "r1");
		supply(context, "firstPool");
		MDC.clear();
		assertThat(supply(context, "firstPool").mdc()).containsOnlyKeys("executor", "task");
	}

	@Test
	void tagsEachWayToSubmit() throws Exception {
		ConfigurableApplicationContext context = this.applications.run(TwoPools.class);
		ThreadPoolTaskExecutor pool = context.getBean("firstPool", ThreadPoolTaskExecutor.class);
		List<SeenByTask> seen = new CopyOnWriteArrayList<>();
		CountDownLatch executed = new CountDownLatch(1);
		pool.execute(() -> {
			seen.add(SeenByTask.now());
			executed.countDown();
		});
		assertThat(executed.await(5, TimeUnit.SECONDS)).isTrue();
		pool.submit(() -> seen.add(SeenByTask.now())).get();
		seen.add(pool.submit(SeenByTask::now).get());
		seen.add(pool.submitCompletable(SeenByTask::now).get());
		CompletableFuture.runAsync(() -> seen.add(SeenByTask.now()), pool).get();
		seen.add(CompletableFuture.supplyAsync(SeenByTask::now, pool).get());
		seen.add(CompletableFuture.completedFuture("").thenApplyAsync((ignored) -> SeenByTask.now(), pool).get());
		assertThat(seen).hasSize(7).allSatisfy((task) -> assertThat(task.mdc()).containsEntry("executor", "firstPool"));
		assertThat(seen).extracting(SeenByTask::task).doesNotHaveDuplicates().isSorted();
	}

	@Test
	void namesTheInnermostOfNestedExecutors() {
		ConfigurableApplicationContext context = this.applications.run(TwoPools.class);
		Executor first = context.getBean("firstPool", Executor.class);
		Executor second = context.getBean("secondPool", Executor.class);
		MDC.put("requestId", "r1");
		List<SeenByTask> seen = CompletableFuture.supplyAsync(() -> {
			SeenByTask before = SeenByTask.now();
			SeenByTask inner = CompletableFuture.supplyAsync(SeenByTask::now, second).join();
			return List.of(before, inner, SeenByTask.now());
		}, first).join();
		assertThat(seen).extracting(SeenByTask::lane).containsExactly("firstPool", "secondPool", "firstPool");
		assertThat(seen.get(1).mdc()).containsEntry("executor", "secondPool").containsEntry("requestId", "r1");
		assertThat(seen.get(2)).isEqualTo(seen.get(0));
	}

	@Test
	void tagsAsyncMethods() {
		ConfigurableApplicationContext context = this.applications.run(AsyncApplication.class);
		Service service = context.getBean(Service.class);
		MDC.put("requestId", "r1");
		assertThat(service.byDefault().join().mdc()).containsEntry("executor", "applicationTaskExecutor")
			.containsEntry("requestId", "r1")
			.containsKey("task");
		assertThat(SeenByTask.now().mdc()).containsOnlyKeys("requestId");
	}

	@Test
	void tagsAsyncMethodsOfANamedExecutor() {
		ConfigurableApplicationContext context = this.applications.run(NamedAsyncApplication.class);
		Service service = context.getBean(Service.class);
		MDC.put("requestId", "r1");
		SeenByTask seen = service.named().join();
		assertThat(seen.mdc()).containsEntry("executor", "reports").containsEntry("requestId", "r1");
		assertThat(seen.thread()).startsWith("reports-");
	}

	@Test
	void saysNothingOfTasksUnlessAskedTo(CapturedOutput output) {
		ConfigurableApplicationContext context = this.applications.run(TwoPools.class);
		supply(context, "firstPool");
		context.close();
		assertThat(output).doesNotContain("loglane.executor").doesNotContainPattern("Task \\d+ ");
		ConfigurableApplicationContext asked = this.applications.run(TwoPools.class,
				"--logging.level.loglane.executor.firstPool=DEBUG");
		supply(asked, "firstPool");
		supply(asked, "secondPool");
		asked.close();
		assertThat(output).containsPattern("loglane.executor.firstPool +: Task \\d+ started")
			.doesNotContain("loglane.executor.secondPool");
	}

	@Test
	void tagsTasksThatAreSubmittedWhileTheApplicationStarts() {
		ConfigurableApplicationContext context = this.applications.run(EarlyApplication.class);
		assertThat(context.getBean(EarlyApplication.Early.class).seen.join().mdc()).containsEntry("executor",
				"earlyPool");
	}

	@Test
	void tagsAPoolThatTheUserHasInitialized() {
		ConfigurableApplicationContext context = this.applications.run(InitializedApplication.class);
		assertThat(supply(context, "initializedPool").mdc()).containsEntry("executor", "initializedPool");
	}

	@Test
	void tagsSimpleExecutorsOfTheUsers() {
		ConfigurableApplicationContext context = this.applications.run(SimpleApplication.class);
		MDC.put("requestId", "r1");
		assertThat(supply(context, "simple").mdc()).containsEntry("executor", "simple")
			.containsEntry("requestId", "r1");
	}

	@Test
	void keepsTheTypeOfTheBean() {
		ConfigurableApplicationContext context = this.applications.run(SubclassApplication.class);
		assertThat(context.getBean("special")).isExactlyInstanceOf(SpecialPool.class);
		assertThat(supply(context, "special").mdc()).containsEntry("executor", "special");
	}

	@Test
	void keepsADecoratorThatIsSetOnTheExecutor() {
		ConfigurableApplicationContext context = this.applications.run(DecoratedApplication.class);
		assertThat(supply(context, "decorated").mdc()).containsEntry("executor", "decorated")
			.containsEntry("decorator", "set");
	}

	@Test
	void keepsADecoratorThatIsABean() {
		ConfigurableApplicationContext context = this.applications.run(DecoratorBeanApplication.class);
		assertThat(supply(context, "applicationTaskExecutor").mdc())
			.containsEntry("executor", "applicationTaskExecutor")
			.containsEntry("decorator", "bean");
	}

	@Test
	void keepsSeveralDecoratorBeansInTheirOrder() {
		ConfigurableApplicationContext context = this.applications.run(DecoratorBeansApplication.class);
		SeenByTask seen = supply(context, "applicationTaskExecutor");
		assertThat(seen.mdc()).containsEntry("executor", "applicationTaskExecutor");
		// Spring Boot 3.5 takes none where there are several
		boolean takesNone = SpringBootVersion.getVersion().startsWith("3.");
		assertThat(seen.mdc().get("decorators")).isEqualTo(takesNone ? null : "outer inner ");
	}

	@Test
	void showsTheTagToAUsersDecorator() {
		ConfigurableApplicationContext context = this.applications.run(LookingDecoratorApplication.class);
		supply(context, "lookedAt");
		assertThat(context.getBean(LookingDecoratorApplication.class).seen)
			.allSatisfy((seen) -> assertThat(seen.mdc()).containsEntry("executor", "lookedAt"));
	}

	@Test
	void survivesADecoratorThatReplacesAndClearsTheMdc() throws Exception {
		ConfigurableApplicationContext context = this.applications.run(ClearingDecoratorApplication.class);
		MDC.put("requestId", "r1");
		SpecialPool pool = context.getBean("clearing", SpecialPool.class);
		SeenByTask seen = pool.submit(SeenByTask::now).get();
		assertThat(seen.mdc()).containsOnlyKeys("executor", "task", "replaced").containsEntry("executor", "clearing");
		assertNothingIsLeft(pool.afterwards());
	}

	@Test
	void survivesADecoratorThatCopiesTheSubmittersMdc() throws Exception {
		ConfigurableApplicationContext context = this.applications.run(CopyingDecoratorApplication.class);
		ThreadPoolTaskExecutor outer = context.getBean("copyingOuter", ThreadPoolTaskExecutor.class);
		ThreadPoolTaskExecutor pool = context.getBean("copying", ThreadPoolTaskExecutor.class);
		// the submitter is a task itself: the copy holds the submitter's tag
		SeenByTask seen = outer.submit(() -> pool.submit(SeenByTask::now).get()).get();
		assertThat(seen.mdc()).containsEntry("executor", "copying");
		assertThat(seen.lane()).isEqualTo("copying");
	}

	@Test
	void leavesTheCallersMdcAsItWasWhereTheCallerRuns() {
		ConfigurableApplicationContext context = this.applications.run(CallerRunsApplication.class);
		ThreadPoolTaskExecutor pool = context.getBean("callerRuns", ThreadPoolTaskExecutor.class);
		CountDownLatch go = new CountDownLatch(1);
		MDC.put("requestId", "r1");
		MDC.put("executor", "mine");
		List<SeenByTask> seen = new CopyOnWriteArrayList<>();
		try {
			pool.execute(() -> awaitUninterruptibly(go));
			pool.execute(() -> seen.add(SeenByTask.now()));
		}
		finally {
			go.countDown();
		}
		assertThat(seen).singleElement().satisfies((task) -> {
			assertThat(task.thread()).isEqualTo(Thread.currentThread().getName());
			assertThat(task.mdc()).containsEntry("executor", "callerRuns").containsEntry("requestId", "r1");
		});
		assertThat(SeenByTask.now().mdc()).containsOnly(Map.entry("requestId", "r1"), Map.entry("executor", "mine"));
		assertThat(SeenByTask.now().lane()).isEqualTo("none");
	}

	@Test
	void runsComparableTasksInTheirOrder() {
		ConfigurableApplicationContext context = this.applications.run(PriorityApplication.class);
		List<String> seen = runByPriority(context, "byPriority");
		assertThat(seen).containsExactly("1 in byPriority", "2 in byPriority", "3 in byPriority", "4 in byPriority");
	}

	@Test
	void runsTasksInTheOrderOfAUsersComparator() {
		ConfigurableApplicationContext context = this.applications.run(PriorityApplication.class);
		List<String> seen = runByPriority(context, "byComparator");
		assertThat(seen).extracting((task) -> task.substring(0, 1)).containsExactly("4", "3", "2", "1");
	}

	@Test
	void rejectsANullTaskAsBefore() {
		ConfigurableApplicationContext tagged = this.applications.run(TwoPools.class);
		ThreadPoolTaskExecutor pool = tagged.getBean("firstPool", ThreadPoolTaskExecutor.class);
		// checkstyle:off
		assertThatExceptionOfType(NullPointerException.class).isThrownBy(() -> pool.execute(null));
		// checkstyle:on
		assertThat(supply(tagged, "firstPool").mdc()).containsEntry("executor", "firstPool");
	}

	@Test
	void createsNoBeanTooEarly(CapturedOutput output) {
		for (Class<?> application : List.of(TwoPools.class, AsyncApplication.class, NamedAsyncApplication.class,
				EarlyApplication.class, DecoratedApplication.class, DecoratorBeanApplication.class,
				ScheduledTasksTests.SchedulingApplication.class)) {
			this.applications.run(application);
		}
		this.applications.closeAll();
		assertThat(output).doesNotContain("not eligible for getting processed by all BeanPostProcessors");
		assertThat(output.getAll().lines().filter((line) -> line.contains(" WARN "))).isEmpty();
	}

	private static SeenByTask supply(ConfigurableApplicationContext context, String executor) {
		return CompletableFuture.supplyAsync(SeenByTask::now, context.getBean(executor, Executor.class)).join();
	}

	private static void assertNothingIsLeft(SeenByTask afterwards) {
		assertThat(afterwards.thread()).isNotEqualTo(Thread.currentThread().getName());
		assertThat(afterwards.mdc()).isEmpty();
		assertThat(afterwards.lane()).isEqualTo("none");
	}

	private static void awaitUninterruptibly(CountDownLatch latch) {
		try {
			latch.await(20, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static List<String> runByPriority(ConfigurableApplicationContext context, String executor) {
		ThreadPoolTaskExecutor pool = context.getBean(executor, ThreadPoolTaskExecutor.class);
		CountDownLatch go = new CountDownLatch(1);
		CountDownLatch done = new CountDownLatch(4);
		List<String> seen = new CopyOnWriteArrayList<>();
		pool.execute(new PriorityTask(0, () -> awaitUninterruptibly(go)));
		for (int priority : new int[] { 3, 1, 4, 2 }) {
			pool.execute(new PriorityTask(priority, () -> {
				seen.add(priority + " in " + MDC.get("executor"));
				done.countDown();
			}));
		}
		go.countDown();
		awaitUninterruptibly(done);
		return new ArrayList<>(seen);
	}

	private static ThreadPoolTaskExecutor pool() {
		ThreadPoolTaskExecutor pool = new ThreadPoolTaskExecutor();
		pool.setCorePoolSize(1);
		return pool;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class TwoPools {

		@Bean
		ThreadPoolTaskExecutor firstPool() {
			return pool();
		}

		@Bean
		Executor secondPool() {
			return pool();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableAsync
	static class AsyncApplication {

		@Bean
		Service service() {
			return new Service();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableAsync
	static class NamedAsyncApplication {

		@Bean
		Service service() {
			return new Service();
		}

		@Bean
		ThreadPoolTaskExecutor reports() {
			return pool();
		}

	}

	static class Service {

		@Async
		CompletableFuture<SeenByTask> byDefault() {
			return CompletableFuture.completedFuture(SeenByTask.now());
		}

		@Async("reports")
		CompletableFuture<SeenByTask> named() {
			return CompletableFuture.completedFuture(SeenByTask.now());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class EarlyApplication {

		@Bean
		ThreadPoolTaskExecutor earlyPool() {
			return pool();
		}

		@Bean
		Early early(ThreadPoolTaskExecutor earlyPool) {
			return new Early(earlyPool);
		}

		static class Early {

			private final CompletableFuture<SeenByTask> seen;

			Early(Executor executor) {
				this.seen = CompletableFuture.supplyAsync(SeenByTask::now, executor);
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class InitializedApplication {

		@Bean
		ThreadPoolTaskExecutor initializedPool() {
			ThreadPoolTaskExecutor pool = pool();
			pool.initialize();
			return pool;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class SimpleApplication {

		@Bean
		SimpleAsyncTaskExecutor simple() {
			return new SimpleAsyncTaskExecutor("simple-");
		}

	}

	/** A user's own subclass, which looks at its threads between tasks. */
	static final class SpecialPool extends ThreadPoolTaskExecutor {

		private final transient BlockingQueue<SeenByTask> between = new LinkedBlockingQueue<>();

		@Override
		protected void afterExecute(Runnable task, Throwable failure) {
			this.between.add(SeenByTask.now());
			super.afterExecute(task, failure);
		}

		SeenByTask afterwards() {
			try {
				return Objects.requireNonNull(this.between.poll(5, TimeUnit.SECONDS));
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class SubclassApplication {

		@Bean
		SpecialPool special() {
			return new SpecialPool();
		}

		@Bean
		Object whoNeedsIt(SpecialPool pool) {
			return List.of(pool);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class DecoratedApplication {

		@Bean
		ThreadPoolTaskExecutor decorated() {
			ThreadPoolTaskExecutor pool = pool();
			pool.setTaskDecorator((task) -> () -> {
				MDC.put("decorator", "set");
				task.run();
			});
			return pool;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class DecoratorBeanApplication {

		@Bean
		TaskDecorator decorator() {
			return (task) -> () -> {
				MDC.put("decorator", "bean");
				task.run();
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class DecoratorBeansApplication {

		@Bean
		@org.springframework.core.annotation.Order(1)
		TaskDecorator inner() {
			return named("inner ");
		}

		@Bean
		@org.springframework.core.annotation.Order(2)
		TaskDecorator outer() {
			return named("outer ");
		}

		private static TaskDecorator named(String name) {
			return (task) -> () -> {
				String before = MDC.get("decorators");
				MDC.put("decorators", (before != null) ? before + name : name);
				task.run();
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class LookingDecoratorApplication {

		private final List<SeenByTask> seen = new CopyOnWriteArrayList<>();

		@Bean
		ThreadPoolTaskExecutor lookedAt() {
			ThreadPoolTaskExecutor pool = pool();
			pool.setTaskDecorator((task) -> () -> {
				this.seen.add(SeenByTask.now());
				task.run();
			});
			return pool;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class ClearingDecoratorApplication {

		@Bean
		SpecialPool clearing() {
			SpecialPool pool = new SpecialPool();
			pool.setTaskDecorator((task) -> () -> {
				MDC.setContextMap(Map.of("replaced", "yes"));
				try {
					task.run();
				}
				finally {
					MDC.clear();
				}
			});
			return pool;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class CopyingDecoratorApplication {

		@Bean
		ThreadPoolTaskExecutor copyingOuter() {
			return pool();
		}

		@Bean
		ThreadPoolTaskExecutor copying() {
			ThreadPoolTaskExecutor pool = pool();
			pool.setTaskDecorator((task) -> {
				Map<String, String> submitters = MDC.getCopyOfContextMap();
				return () -> {
					MDC.setContextMap(submitters);
					task.run();
				};
			});
			return pool;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class CallerRunsApplication {

		@Bean
		ThreadPoolTaskExecutor callerRuns() {
			ThreadPoolTaskExecutor pool = pool();
			pool.setMaxPoolSize(1);
			pool.setQueueCapacity(0);
			pool.setRejectedExecutionHandler(new ThreadPoolExecutor.CallerRunsPolicy());
			return pool;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class PriorityApplication {

		@Bean
		ThreadPoolTaskExecutor byPriority() {
			return new PriorityPool(new PriorityBlockingQueue<>());
		}

		@Bean
		ThreadPoolTaskExecutor byComparator() {
			return new PriorityPool(new PriorityBlockingQueue<>(11,
					java.util.Comparator.comparingInt((Runnable task) -> ((PriorityTask) task).priority).reversed()));
		}

	}

	private static final class PriorityPool extends ThreadPoolTaskExecutor {

		private final transient BlockingQueue<Runnable> queue;

		PriorityPool(BlockingQueue<Runnable> queue) {
			this.queue = queue;
			setCorePoolSize(1);
		}

		@Override
		protected BlockingQueue<Runnable> createQueue(int queueCapacity) {
			return this.queue;
		}

	}

	private static final class PriorityTask implements Runnable, Comparable<PriorityTask> {

		private static final AtomicInteger NUMBERS = new AtomicInteger();

		private final int priority;

		private final int number = NUMBERS.incrementAndGet();

		private final Runnable task;

		PriorityTask(int priority, Runnable task) {
			this.priority = priority;
			this.task = task;
		}

		@Override
		public void run() {
			this.task.run();
		}

		@Override
		public int compareTo(PriorityTask other) {
			int byPriority = Integer.compare(this.priority, other.priority);
			return (byPriority != 0) ? byPriority : Integer.compare(this.number, other.number);
		}

		@Override
		public boolean equals(Object other) {
			return this == other;
		}

		@Override
		public int hashCode() {
			return this.number;
		}

	}

}
