package io.loglane.task;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import ch.qos.logback.classic.util.LogbackMDCAdapter;
import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.MDC;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.SyncTaskExecutor;
import org.springframework.core.task.TaskExecutor;
import org.springframework.core.task.support.TaskExecutorAdapter;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.concurrent.ConcurrentTaskExecutor;
import org.springframework.scheduling.concurrent.ConcurrentTaskScheduler;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Every kind of executor, and every way to hand in work.
 */
class EveryExecutorTests {

	/** Whether this JVM has virtual threads. */
	private static final boolean VIRTUAL = Runtime.version().feature() >= 21;

	private static final TaskSettings SETTINGS = new TaskSettings("executor", "task", true, Set.of(),
			((LogbackMDCAdapter) MDC.getMDCAdapter())::getPropertyMap);

	/** What was left in the MDC of each thread when it ended. */
	private static final ConcurrentLinkedQueue<Map<String, String>> LEFT_BEHIND = new ConcurrentLinkedQueue<>();

	/** Each thread that was made. */
	private static final ConcurrentLinkedQueue<Thread> THREADS = new ConcurrentLinkedQueue<>();

	/** Pools that no bean closes. */
	private static final ConcurrentLinkedQueue<ExecutorService> POOLS = new ConcurrentLinkedQueue<>();

	@BeforeEach
	void forget() {
		THREADS.clear();
		LEFT_BEHIND.clear();
	}

	@AfterEach
	void clear() {
		MDC.clear();
	}

	@ParameterizedTest(name = "{0}: {1}")
	@MethodSource("all")
	void taskIsTaggedAndCarriesItsSubmittersMdcAndLeavesNone(String kind, Way way) throws Exception {
		MDC.put("requestId", "r-1");
		Map<String, String> before = MDC.getCopyOfContextMap();
		try (AnnotationConfigApplicationContext context = context()) {
			Executor executor = context.getBean(kind, Executor.class);
			CompletableFuture<Seen> seen = new CompletableFuture<>();
			Object result = way.handIn(executor, () -> {
				seen.complete(Seen.now());
				MDC.put("leak", "me");
				return "done";
			});
			Seen first = seen.get(10, TimeUnit.SECONDS);
			assertThat(first.lane()).isEqualTo(kind);
			assertThat(first.mdc()).containsEntry("executor", kind);
			assertThat(first.mdc().get("task")).matches("[1-9][0-9]*");
			if (way.carries(executor)) {
				assertThat(first.mdc()).containsEntry("requestId", "r-1");
			}
			else {
				assertThat(first.mdc()).doesNotContainKey("requestId");
			}
			if (result != null) {
				assertThat(result).isEqualTo("done");
			}
			assertThat(MDC.getCopyOfContextMap()).isEqualTo(before);
			assertThat(Lane.current()).isEqualTo(Lane.NONE);
			MDC.clear();
			CompletableFuture<Seen> next = new CompletableFuture<>();
			executor.execute(() -> next.complete(Seen.now()));
			assertThat(next.get(10, TimeUnit.SECONDS).mdc()).containsOnlyKeys("executor", "task");
		}
		assertNothingIsLeftBehind();
	}

	@ParameterizedTest(name = "{0}: {1}")
	@MethodSource("withResult")
	void exceptionReachesWhoAsksForItAndTheMdcIsBroughtBack(String kind, Way way) throws Exception {
		try (AnnotationConfigApplicationContext context = context()) {
			Executor executor = context.getBean(kind, Executor.class);
			assertThatExceptionOfType(Exception.class).isThrownBy(() -> way.handIn(executor, () -> {
				MDC.clear();
				throw new IllegalStateException("as it should");
			})).withStackTraceContaining("as it should");
		}
		assertNothingIsLeftBehind();
	}

	/** Every thread is let to its end, where it tells what its MDC holds. */
	private static void assertNothingIsLeftBehind() throws InterruptedException {
		POOLS.forEach(ExecutorService::shutdownNow);
		POOLS.clear();
		for (Thread thread : THREADS) {
			thread.join(10_000);
			assertThat(thread.isAlive()).isFalse();
		}
		assertThat(LEFT_BEHIND).hasSameSizeAs(THREADS).allSatisfy((left) -> assertThat(left).isEmpty());
	}

	private static <E extends ExecutorService> E pool(E pool) {
		POOLS.add(pool);
		return pool;
	}

	@ParameterizedTest
	@MethodSource("kinds")
	void numbersRiseWithinALaneAndParentIsTheSubmittingTask(String kind) throws Exception {
		try (AnnotationConfigApplicationContext context = context()) {
			Executor executor = context.getBean(kind, Executor.class);
			Executor other = context.getBean("poolTaskExecutor", Executor.class);
			CompletableFuture<Seen> outer = new CompletableFuture<>();
			CompletableFuture<Seen> inner = new CompletableFuture<>();
			executor.execute(() -> {
				outer.complete(Seen.now());
				other.execute(() -> inner.complete(Seen.now()));
			});
			Map<String, String> parent = outer.get(10, TimeUnit.SECONDS).mdc();
			Map<String, String> child = inner.get(10, TimeUnit.SECONDS).mdc();
			assertThat(parent).doesNotContainKey("parent");
			assertThat(child).containsEntry("executor", "poolTaskExecutor")
				.containsEntry("parent", kind + "#" + parent.get("task"));
			CompletableFuture<Seen> next = new CompletableFuture<>();
			executor.execute(() -> next.complete(Seen.now()));
			assertThat(Long.parseLong(next.get(10, TimeUnit.SECONDS).mdc().get("task")))
				.isGreaterThan(Long.parseLong(parent.get("task")));
		}
	}

	private static AnnotationConfigApplicationContext context() {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.getBeanFactory().addBeanPostProcessor(lanes(context));
		context.register(Kinds.class);
		if (VIRTUAL) {
			context.register(VirtualKinds.class);
		}
		context.refresh();
		return context;
	}

	private static ExecutorLanes lanes(AnnotationConfigApplicationContext context) {
		ExecutorLanes lanes = new ExecutorLanes(SETTINGS);
		lanes.setBeanFactory(context.getBeanFactory());
		return lanes;
	}

	static Stream<String> kinds() {
		return Stream
			.concat(Stream.of(Kinds.class.getDeclaredMethods()),
					VIRTUAL ? Stream.of(VirtualKinds.class.getDeclaredMethods()) : Stream.empty())
			.filter((method) -> method.isAnnotationPresent(Bean.class))
			.map(java.lang.reflect.Method::getName)
			.sorted();
	}

	static List<Arguments> all() {
		return combinations(List.of(Way.values()));
	}

	static List<Arguments> withResult() {
		return combinations(Stream.of(Way.values()).filter((way) -> way.result).toList());
	}

	private static List<Arguments> combinations(List<Way> ways) {
		List<Arguments> combinations = new ArrayList<>();
		try (AnnotationConfigApplicationContext context = context()) {
			kinds().forEach((kind) -> ways.stream()
				.filter((way) -> way.type.isInstance(context.getBean(kind)))
				.forEach((way) -> combinations.add(Arguments.of(kind, way))));
		}
		return combinations;
	}

	/** What a task sees around it. */
	record Seen(String lane, Map<String, String> mdc) {

		static Seen now() {
			Map<String, String> mdc = MDC.getCopyOfContextMap();
			return new Seen(Lane.current().name(), (mdc != null) ? mdc : Map.of());
		}

	}

	enum Way {

		EXECUTE(Executor.class, false) {
			@Override
			@Nullable Object handIn(Executor executor, Callable<?> task) {
				executor.execute(runnable(task));
				return null;
			}
		},
		SUBMIT_RUNNABLE(ExecutorService.class, false) {
			@Override
			@Nullable Object handIn(Executor executor, Callable<?> task) throws Exception {
				return ((ExecutorService) executor).submit(runnable(task)).get();
			}
		},
		SUBMIT_RUNNABLE_WITH_RESULT(ExecutorService.class, true) {
			@Override
			Object handIn(Executor executor, Callable<?> task) throws Exception {
				return ((ExecutorService) executor).submit(runnable(task), "done").get();
			}
		},
		SUBMIT_CALLABLE(ExecutorService.class, true) {
			@Override
			Object handIn(Executor executor, Callable<?> task) throws Exception {
				return ((ExecutorService) executor).submit(task).get();
			}
		},
		INVOKE_ALL(ExecutorService.class, true) {
			@Override
			Object handIn(Executor executor, Callable<?> task) throws Exception {
				Callable<Object> any = task::call;
				return ((ExecutorService) executor).invokeAll(List.of(any)).get(0).get();
			}
		},
		INVOKE_ALL_IN_TIME(ExecutorService.class, true) {
			@Override
			Object handIn(Executor executor, Callable<?> task) throws Exception {
				Callable<Object> any = task::call;
				return ((ExecutorService) executor).invokeAll(List.of(any), 10, TimeUnit.SECONDS).get(0).get();
			}
		},
		INVOKE_ANY(ExecutorService.class, true) {
			@Override
			Object handIn(Executor executor, Callable<?> task) throws Exception {
				Callable<Object> any = task::call;
				return ((ExecutorService) executor).invokeAny(List.of(any));
			}
		},
		INVOKE_ANY_IN_TIME(ExecutorService.class, true) {
			@Override
			Object handIn(Executor executor, Callable<?> task) throws Exception {
				Callable<Object> any = task::call;
				return ((ExecutorService) executor).invokeAny(List.of(any), 10, TimeUnit.SECONDS);
			}
		},
		SCHEDULE_RUNNABLE(ScheduledExecutorService.class, false) {
			@Override
			@Nullable Object handIn(Executor executor, Callable<?> task) throws Exception {
				return ((ScheduledExecutorService) executor).schedule(runnable(task), 1, TimeUnit.MILLISECONDS).get();
			}
		},
		SCHEDULE_CALLABLE(ScheduledExecutorService.class, true) {
			@Override
			Object handIn(Executor executor, Callable<?> task) throws Exception {
				return ((ScheduledExecutorService) executor).schedule(task, 1, TimeUnit.MILLISECONDS).get();
			}
		},
		SCHEDULE_FIXED_RATE(ScheduledExecutorService.class, false) {
			@Override
			@Nullable Object handIn(Executor executor, Callable<?> task) {
				((ScheduledExecutorService) executor).scheduleAtFixedRate(runnable(task), 1, 50, TimeUnit.MILLISECONDS);
				return null;
			}

			@Override
			boolean carries(Executor executor) {
				return false;
			}
		},
		SCHEDULE_FIXED_DELAY(ScheduledExecutorService.class, false) {
			@Override
			@Nullable Object handIn(Executor executor, Callable<?> task) {
				((ScheduledExecutorService) executor).scheduleWithFixedDelay(runnable(task), 1, 50,
						TimeUnit.MILLISECONDS);
				return null;
			}

			@Override
			boolean carries(Executor executor) {
				return false;
			}
		},
		SPRING_SUBMIT_RUNNABLE(AsyncTaskExecutor.class, false) {
			@Override
			@Nullable Object handIn(Executor executor, Callable<?> task) throws Exception {
				return ((AsyncTaskExecutor) executor).submit(runnable(task)).get();
			}
		},
		SPRING_SUBMIT_CALLABLE(AsyncTaskExecutor.class, true) {
			@Override
			Object handIn(Executor executor, Callable<?> task) throws Exception {
				Future<?> future = ((AsyncTaskExecutor) executor).submit(task);
				return future.get();
			}
		},
		SPRING_SUBMIT_COMPLETABLE(AsyncTaskExecutor.class, true) {
			@Override
			Object handIn(Executor executor, Callable<?> task) throws Exception {
				return ((AsyncTaskExecutor) executor).submitCompletable(task).get();
			}
		},
		SPRING_SUBMIT_COMPLETABLE_RUNNABLE(AsyncTaskExecutor.class, false) {
			@Override
			@Nullable Object handIn(Executor executor, Callable<?> task) throws Exception {
				return ((AsyncTaskExecutor) executor).submitCompletable(runnable(task)).get();
			}
		},
		SPRING_EXECUTE_WITH_TIMEOUT(AsyncTaskExecutor.class, false) {
			@Override
			@SuppressWarnings("deprecation") // it is there as long as it is there
			@Nullable Object handIn(Executor executor, Callable<?> task) {
				((AsyncTaskExecutor) executor).execute(runnable(task), 10_000);
				return null;
			}
		},
		SPRING_SCHEDULE_INSTANT(TaskScheduler.class, false) {
			@Override
			@Nullable Object handIn(Executor executor, Callable<?> task) {
				((TaskScheduler) executor).schedule(runnable(task), Instant.now());
				return null;
			}
		},
		SPRING_SCHEDULE_TRIGGER(TaskScheduler.class, false) {
			@Override
			@Nullable Object handIn(Executor executor, Callable<?> task) {
				((TaskScheduler) executor).schedule(runnable(task), (context) -> Instant.now().plusMillis(20));
				return null;
			}

			@Override
			boolean carries(Executor executor) {
				return false;
			}
		},
		SPRING_FIXED_RATE(TaskScheduler.class, false) {
			@Override
			@Nullable Object handIn(Executor executor, Callable<?> task) {
				((TaskScheduler) executor).scheduleAtFixedRate(runnable(task), Duration.ofMillis(50));
				return null;
			}

			@Override
			boolean carries(Executor executor) {
				return false;
			}
		},
		SPRING_FIXED_RATE_FROM(TaskScheduler.class, false) {
			@Override
			@Nullable Object handIn(Executor executor, Callable<?> task) {
				((TaskScheduler) executor).scheduleAtFixedRate(runnable(task), Instant.now(), Duration.ofMillis(50));
				return null;
			}

			@Override
			boolean carries(Executor executor) {
				return false;
			}
		},
		SPRING_FIXED_DELAY(TaskScheduler.class, false) {
			@Override
			@Nullable Object handIn(Executor executor, Callable<?> task) {
				((TaskScheduler) executor).scheduleWithFixedDelay(runnable(task), Duration.ofMillis(50));
				return null;
			}

			@Override
			boolean carries(Executor executor) {
				return false;
			}
		},
		SPRING_FIXED_DELAY_FROM(TaskScheduler.class, false) {
			@Override
			@Nullable Object handIn(Executor executor, Callable<?> task) {
				((TaskScheduler) executor).scheduleWithFixedDelay(runnable(task), Instant.now(), Duration.ofMillis(50));
				return null;
			}

			@Override
			boolean carries(Executor executor) {
				return false;
			}
		},
		COMPLETABLE_FUTURE(Executor.class, true) {
			@Override
			Object handIn(Executor executor, Callable<?> task) throws Exception {
				return CompletableFuture.supplyAsync(() -> call(task), executor).get();
			}
		},
		COMPLETABLE_FUTURE_RUN(Executor.class, false) {
			@Override
			@Nullable Object handIn(Executor executor, Callable<?> task) throws Exception {
				return CompletableFuture.runAsync(runnable(task), executor).get();
			}
		},
		COMPLETABLE_FUTURE_STAGE(Executor.class, true) {
			@Override
			Object handIn(Executor executor, Callable<?> task) throws Exception {
				return CompletableFuture.completedFuture("done")
					.thenApplyAsync((before) -> call(task), executor)
					.thenCombineAsync(CompletableFuture.completedFuture(""), (done, nothing) -> done, executor)
					.get();
			}
		};

		private final Class<?> type;

		private final boolean result;

		Way(Class<?> type, boolean result) {
			this.type = type;
			this.result = result;
		}

		abstract @Nullable Object handIn(Executor executor, Callable<?> task) throws Exception;

		boolean carries(Executor executor) {
			return true;
		}

		private static Runnable runnable(Callable<?> task) {
			return () -> call(task);
		}

		private static Object call(Callable<?> task) {
			try {
				return task.call();
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex.getMessage(), ex);
			}
		}

	}

	/** One bean of each kind. */
	@Configuration(proxyBeanMethods = false)
	static class Kinds {

		private static final ThreadFactory FACTORY = (work) -> {
			Thread thread = new Thread(() -> {
				work.run();
				Map<String, String> left = MDC.getCopyOfContextMap();
				LEFT_BEHIND.add((left != null) ? left : Map.of());
			});
			thread.setDaemon(true);
			THREADS.add(thread);
			return thread;
		};

		@Bean
		ThreadPoolTaskExecutor poolTaskExecutor() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setThreadFactory(FACTORY);
			return executor;
		}

		@Bean
		Executor poolTaskExecutorAsExecutor() {
			return poolTaskExecutor();
		}

		@Bean
		ThreadPoolTaskExecutor initializedPoolTaskExecutor() {
			ThreadPoolTaskExecutor executor = poolTaskExecutor();
			executor.initialize();
			return executor;
		}

		@Bean
		SimpleAsyncTaskExecutor simpleAsyncTaskExecutor() {
			return new SimpleAsyncTaskExecutor(FACTORY);
		}

		@Bean
		ThreadPoolTaskScheduler poolTaskScheduler() {
			ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
			scheduler.setThreadFactory(FACTORY);
			return scheduler;
		}

		@Bean
		SimpleAsyncTaskScheduler simpleAsyncTaskScheduler() {
			SimpleAsyncTaskScheduler scheduler = new SimpleAsyncTaskScheduler();
			scheduler.setThreadFactory(FACTORY);
			return scheduler;
		}

		@Bean(destroyMethod = "")
		ConcurrentTaskExecutor concurrentTaskExecutor() {
			return new ConcurrentTaskExecutor(pool(Executors.newFixedThreadPool(1, FACTORY)));
		}

		@Bean(destroyMethod = "")
		ConcurrentTaskScheduler concurrentTaskScheduler() {
			return new ConcurrentTaskScheduler(pool(Executors.newScheduledThreadPool(1, FACTORY)));
		}

		@Bean(destroyMethod = "")
		TaskExecutorAdapter taskExecutorAdapter() {
			return new TaskExecutorAdapter(pool(Executors.newFixedThreadPool(1, FACTORY)));
		}

		@Bean
		SyncTaskExecutor syncTaskExecutor() {
			return new SyncTaskExecutor();
		}

		@Bean
		TaskExecutor syncTaskExecutorAsTaskExecutor() {
			return new SyncTaskExecutor();
		}

		@Bean
		TaskExecutor lambdaTaskExecutor() {
			return (task) -> FACTORY.newThread(task).start();
		}

		@Bean
		Executor lambdaExecutor() {
			return Runnable::run;
		}

		@Bean
		UsersTaskExecutor usersTaskExecutor() {
			return new UsersTaskExecutor();
		}

		@Bean
		ExecutorService fixedThreadPool() {
			return Executors.newFixedThreadPool(1, FACTORY);
		}

		@Bean
		ExecutorService singleThread() {
			return Executors.newSingleThreadExecutor(FACTORY);
		}

		@Bean
		ScheduledExecutorService scheduledThreadPool() {
			return new ScheduledThreadPoolExecutor(1, FACTORY);
		}

		@Bean
		ScheduledExecutorService singleThreadScheduled() {
			return Executors.newSingleThreadScheduledExecutor(FACTORY);
		}

		@Bean
		ExecutorService forkJoinPool() {
			return new ForkJoinPool(1);
		}

		@Bean
		ExecutorService workStealingPool() {
			return Executors.newWorkStealingPool(1);
		}

	}

	/** On virtual threads. */
	@Configuration(proxyBeanMethods = false)
	static class VirtualKinds {

		@Bean
		SimpleAsyncTaskExecutor virtualTaskExecutor() {
			SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor("virtual-");
			executor.setVirtualThreads(true);
			return executor;
		}

		@Bean
		SimpleAsyncTaskScheduler virtualTaskScheduler() {
			SimpleAsyncTaskScheduler scheduler = new SimpleAsyncTaskScheduler();
			scheduler.setVirtualThreads(true);
			return scheduler;
		}

		@Bean
		ThreadPoolTaskExecutor virtualPool() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setThreadFactory(
					new org.springframework.core.task.VirtualThreadTaskExecutor().getVirtualThreadFactory());
			return executor;
		}

		/** By its class it can not be covered: it has a final method. */
		@Bean
		AsyncTaskExecutor virtualThreadTaskExecutor() {
			return new org.springframework.core.task.VirtualThreadTaskExecutor("virtual-");
		}

		/** By reflection: it is compiled for a JDK that has none. */
		@Bean
		ExecutorService virtualThreadPerTask() throws ReflectiveOperationException {
			return (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
		}

	}

	static class UsersTaskExecutor implements TaskExecutor {

		@Override
		public void execute(Runnable task) {
			Kinds.FACTORY.newThread(task).start();
		}

	}

}
