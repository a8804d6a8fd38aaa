package io.loglane.task;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import ch.qos.logback.classic.util.LogbackMDCAdapter;
import io.loglane.lane.Lane;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
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
import org.springframework.scheduling.concurrent.ConcurrentTaskExecutor;
import org.springframework.scheduling.concurrent.ConcurrentTaskScheduler;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Every kind of executor, and every way to hand in work.
 */
class EveryExecutorTests {

	/** Whether this JVM has virtual threads. */
	private static final boolean VIRTUAL = Runtime.version().feature() >= 21;

	private static final TaskSettings SETTINGS = new TaskSettings("executor", "task", true, Set.of(),
			((LogbackMDCAdapter) MDC.getMDCAdapter())::getPropertyMap);

	/** What each worker has in its MDC before it runs a task, where it is ours to say. */
	private static final Map<String, String> WORKERS_OWN = Map.of("worker", "mine");

	/** What was left in the MDC of each of those when it ended. */
	private static final Map<Thread, Map<String, String>> LEFT_BEHIND = new ConcurrentHashMap<>();

	/** Each worker that was made with an MDC of its own. */
	private static final ConcurrentLinkedQueue<Thread> THREADS = new ConcurrentLinkedQueue<>();

	/** Each worker that has run a task. */
	private static final Set<Thread> WORKERS = ConcurrentHashMap.newKeySet();

	/** What ended a worker, or reached Spring's handler for what nobody catches. */
	static final Set<String> UNCAUGHT = ConcurrentHashMap.newKeySet();

	/** Pools that no bean closes. */
	private static final ConcurrentLinkedQueue<ExecutorService> POOLS = new ConcurrentLinkedQueue<>();

	private static Thread.@Nullable UncaughtExceptionHandler handlerBefore;

	@BeforeAll
	static void watchWorkers() {
		handlerBefore = Thread.getDefaultUncaughtExceptionHandler();
		Thread.setDefaultUncaughtExceptionHandler((thread, ex) -> UNCAUGHT.add(ex.toString()));
	}

	@AfterAll
	static void stop() {
		Thread.setDefaultUncaughtExceptionHandler(handlerBefore);
		AsyncController.stop();
	}

	@BeforeEach
	void forget() {
		THREADS.clear();
		WORKERS.clear();
		LEFT_BEHIND.clear();
		UNCAUGHT.clear();
	}

	@AfterEach
	void clear() throws InterruptedException {
		MDC.clear();
		awaitTheEndOfWorkers();
	}

	@ParameterizedTest(name = "{0}: {1}")
	@MethodSource("all")
	void taskIsTaggedAndCarriesAndEndsAsWithoutUsAndLeavesItsThreadAsItWas(String kind, Way way) throws Exception {
		MDC.put("requestId", "r-1");
		Map<String, String> before = MDC.getCopyOfContextMap();
		String failureWithoutUs;
		try (AnnotationConfigApplicationContext context = context(false)) {
			failureWithoutUs = fail(context.getBean(kind, Executor.class), way, () -> {
			});
		}
		Set<String> uncaughtWithoutUs = awaitTheEndOfWorkers();
		forget();
		try (AnnotationConfigApplicationContext context = context(true)) {
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
			assertThat(first.mdc().get("requestId")).isEqualTo(way.carries() ? "r-1" : null);
			assertThat(result).isEqualTo(way.result ? "done" : null);
			assertThat(MDC.getCopyOfContextMap()).isEqualTo(before);
			assertThat(fail(executor, way, MDC::clear)).isEqualTo(failureWithoutUs);
			assertThat(MDC.getCopyOfContextMap()).isEqualTo(before);
			assertThat(Lane.current()).isEqualTo(Lane.NONE);
			MDC.clear();
			CompletableFuture<Seen> next = new CompletableFuture<>();
			executor.execute(() -> next.complete(Seen.now()));
			assertThat(next.get(10, TimeUnit.SECONDS).mdc().keySet()).contains("executor", "task")
				.isSubsetOf("executor", "task", "worker");
		}
		assertThat(awaitTheEndOfWorkers()).isEqualTo(uncaughtWithoutUs);
		assertThat(THREADS).allSatisfy((thread) -> assertThat(LEFT_BEHIND.get(thread)).isEqualTo(WORKERS_OWN));
	}

	/** What whoever hands in a task that fails gets to see of it. */
	private static String fail(Executor executor, Way way, Runnable first) throws Exception {
		Thread caller = Thread.currentThread();
		CompletableFuture<Thread> worker = new CompletableFuture<>();
		executor.execute(() -> worker.complete(Thread.currentThread()));
		boolean byTheCaller = worker.get(10, TimeUnit.SECONDS) == caller;
		CountDownLatch ran = new CountDownLatch(1);
		String seen;
		try {
			seen = String.valueOf(way.handIn(executor, () -> {
				if (!byTheCaller) {
					WORKERS.add(Thread.currentThread());
				}
				first.run();
				ran.countDown();
				throw new IllegalStateException("as it should");
			}));
			assertThat(way.result).as("nobody was told").isFalse();
		}
		catch (Exception ex) {
			seen = Stream.iterate((Throwable) ex, Objects::nonNull, Throwable::getCause)
				.map(Throwable::toString)
				.collect(Collectors.joining(" of "));
			assertThat(seen).contains("as it should");
		}
		assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
		return seen;
	}

	/**
	 * Every worker is let to its end, where it tells what its MDC holds.
	 * @return what ended them
	 */
	private static Set<String> awaitTheEndOfWorkers() throws InterruptedException {
		POOLS.forEach(ExecutorService::shutdownNow);
		POOLS.clear();
		// a pool may want another worker in the place of one that failed, and not start
		// it if it is shut down
		THREADS.removeIf((thread) -> thread.getState() == Thread.State.NEW);
		WORKERS.addAll(THREADS);
		for (Thread thread : WORKERS) {
			thread.join(10_000);
			assertThat(thread.isAlive()).as(thread.getName()).isFalse();
		}
		return Set.copyOf(UNCAUGHT);
	}

	private static <E extends ExecutorService> E pool(E pool) {
		POOLS.add(pool);
		return pool;
	}

	@ParameterizedTest
	@MethodSource("kinds")
	void numbersAreUniqueAndRiseForEachOfManySubmittersAtOnce(String kind) throws Exception {
		int submitters = 8;
		int tasks = 250;
		List<List<CompletableFuture<Long>>> numbers = new ArrayList<>();
		try (AnnotationConfigApplicationContext context = context(true)) {
			Executor executor = context.getBean(kind, Executor.class);
			CountDownLatch go = new CountDownLatch(1);
			List<Thread> threads = new ArrayList<>();
			for (int i = 0; i < submitters; i++) {
				List<CompletableFuture<Long>> own = Stream.generate(CompletableFuture<Long>::new).limit(tasks).toList();
				numbers.add(own);
				Thread thread = new Thread(() -> {
					awaitQuietly(go);
					own.forEach((number) -> executor.execute(() -> number.complete(Long.parseLong(MDC.get("task")))));
				});
				thread.start();
				threads.add(thread);
			}
			go.countDown();
			for (Thread thread : threads) {
				thread.join(20_000);
			}
			Set<Long> all = new HashSet<>();
			for (List<CompletableFuture<Long>> own : numbers) {
				List<Long> inOrder = new ArrayList<>();
				for (CompletableFuture<Long> number : own) {
					inOrder.add(number.get(10, TimeUnit.SECONDS));
				}
				assertThat(inOrder).isSorted();
				all.addAll(inOrder);
			}
			assertThat(all).hasSize(submitters * tasks);
		}
	}

	@ParameterizedTest
	@MethodSource("kinds")
	void nullTaskFailsWhereAndHowItFailsWithoutUs(String kind) throws Exception {
		List<String> withoutUs;
		try (AnnotationConfigApplicationContext context = context(false)) {
			withoutUs = handInNull(context.getBean(kind, Executor.class));
		}
		Set<String> uncaughtWithoutUs = awaitTheEndOfWorkers();
		forget();
		try (AnnotationConfigApplicationContext context = context(true)) {
			assertThat(handInNull(context.getBean(kind, Executor.class))).isEqualTo(withoutUs);
		}
		assertThat(awaitTheEndOfWorkers()).isEqualTo(uncaughtWithoutUs);
	}

	private static List<String> handInNull(Executor executor) {
		List<String> seen = new ArrayList<>();
		seen.add(failure(() -> executor.execute(null)));
		if (executor instanceof ExecutorService service) {
			seen.add(failure(() -> service.submit((Runnable) null)));
			seen.add(failure(() -> service.submit((Callable<?>) null)));
			seen.add(failure(() -> service.invokeAll(null)));
			seen.add(failure(() -> service.invokeAny(Collections.singletonList(null))));
		}
		if (executor instanceof ScheduledExecutorService service) {
			seen.add(failure(() -> service.schedule((Runnable) null, 1, TimeUnit.HOURS)));
			seen.add(failure(() -> service.scheduleAtFixedRate(null, 1, 1, TimeUnit.HOURS)));
		}
		if (executor instanceof AsyncTaskExecutor tasks) {
			seen.add(failure(() -> tasks.submit((Runnable) null)));
			seen.add(failure(() -> tasks.submit((Callable<?>) null)));
		}
		return seen;
	}

	private static String failure(ThrowingCallable call) {
		Throwable failure = catchThrowable(call);
		return (failure != null) ? failure.getClass().getName() : "taken";
	}

	private static void awaitQuietly(CountDownLatch latch) {
		try {
			latch.await(10, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@ParameterizedTest
	@MethodSource("kinds")
	void numbersRiseWithinALaneAndParentIsTheSubmittingTask(String kind) throws Exception {
		try (AnnotationConfigApplicationContext context = context(true)) {
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

	private static AnnotationConfigApplicationContext context(boolean lanes) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		if (lanes) {
			context.getBeanFactory().addBeanPostProcessor(lanes(context));
		}
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

	/** All ways that a kind has without us. */
	static List<Arguments> all() {
		List<Arguments> combinations = new ArrayList<>();
		try (AnnotationConfigApplicationContext context = context(false)) {
			kinds().forEach((kind) -> Stream.of(Way.values())
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

	/** One bean of each kind. */
	@Configuration(proxyBeanMethods = false)
	static class Kinds {

		static final ThreadFactory FACTORY = withItsOwnMdc((work) -> {
			Thread thread = new Thread(work);
			thread.setDaemon(true);
			return thread;
		});

		static ThreadFactory withItsOwnMdc(ThreadFactory factory) {
			return (work) -> {
				Thread thread = factory.newThread(() -> {
					begin();
					try {
						work.run();
					}
					finally {
						end();
					}
				});
				THREADS.add(thread);
				return thread;
			};
		}

		static void begin() {
			MDC.setContextMap(WORKERS_OWN);
		}

		static void end() {
			Map<String, String> left = MDC.getCopyOfContextMap();
			LEFT_BEHIND.put(Thread.currentThread(), (left != null) ? left : Map.of());
		}

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
			return new ForkJoinPool(1, Worker::new, null, false);
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
			executor.setThreadFactory(Kinds.withItsOwnMdc(
					new org.springframework.core.task.VirtualThreadTaskExecutor().getVirtualThreadFactory()));
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

		@Bean
		ExecutorService threadPerTask() throws ReflectiveOperationException {
			return (ExecutorService) Executors.class.getMethod("newThreadPerTaskExecutor", ThreadFactory.class)
				.invoke(null, Kinds.FACTORY);
		}

	}

	/** Of a pool that takes no thread factory. */
	static final class Worker extends ForkJoinWorkerThread {

		Worker(ForkJoinPool pool) {
			super(pool);
			THREADS.add(this);
		}

		@Override
		protected void onStart() {
			Kinds.begin();
		}

		@Override
		protected void onTermination(@Nullable Throwable exception) {
			Kinds.end();
		}

	}

	static class UsersTaskExecutor implements TaskExecutor {

		@Override
		public void execute(Runnable task) {
			Kinds.FACTORY.newThread(task).start();
		}

	}

}
