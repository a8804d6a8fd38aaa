package io.loglane.task;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.loglane.task.EveryExecutorTests.Seen;
import io.micrometer.context.ContextExecutorService;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshotFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.SyncTaskExecutor;
import org.springframework.core.task.TaskDecorator;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.ConcurrentTaskExecutor;
import org.springframework.scheduling.concurrent.ConcurrentTaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.scheduling.config.TaskExecutorFactoryBean;
import org.springframework.scheduling.support.PeriodicTrigger;
import org.springframework.security.concurrent.DelegatingSecurityContextExecutor;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Traps in which wrapping an executor, or one that is wrapped already, goes wrong.
 */
class ExecutorTrapsTests {

	private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

	private final ExecutorLanes lanes = new ExecutorLanes(new TaskSettings("executor", "task", true, Set.of()));

	@AfterEach
	void close() {
		this.context.close();
		MDC.clear();
	}

	private void start(Class<?>... configurations) {
		this.lanes.setBeanFactory(this.context.getBeanFactory());
		this.context.getBeanFactory().addBeanPostProcessor(this.lanes);
		if (configurations.length > 0) {
			this.context.register(configurations);
		}
		this.context.refresh();
	}

	private Executor bean(String name) {
		return this.context.getBean(name, Executor.class);
	}

	private static Seen run(Executor executor) throws Exception {
		CompletableFuture<Seen> seen = new CompletableFuture<>();
		executor.execute(() -> seen.complete(Seen.now()));
		return seen.get(10, TimeUnit.SECONDS);
	}

	@Test
	void cancelledTasksAreRemovedWhereTheUserWantsThat() throws Exception {
		start(Schedulers.class);
		ThreadPoolTaskScheduler scheduler = this.context.getBean("removing", ThreadPoolTaskScheduler.class);
		for (int i = 0; i < 100; i++) {
			scheduler.schedule(() -> {
			}, Instant.now().plusSeconds(3600)).cancel(false);
		}
		assertThat(scheduler.getScheduledThreadPoolExecutor().getQueue()).isEmpty();
		Seen seen = run(scheduler);
		assertThat(seen.lane()).isEqualTo("removing");
		assertThat(seen.mdc()).containsOnly(Map.entry("executor", "removing"));
		assertThat(this.lanes.notCovered().get("removing")).startsWith("covered in part: ").contains("cancelled");
	}

	@Test
	void taskThatARunOfATriggerSubmitsKnowsItsSubmitter() throws Exception {
		start(Schedulers.class);
		ThreadPoolTaskScheduler two = this.context.getBean("two", ThreadPoolTaskScheduler.class);
		for (String name : List.of("one", "two", "concurrent")) {
			org.springframework.scheduling.TaskScheduler one = this.context.getBean(name,
					org.springframework.scheduling.TaskScheduler.class);
			CompletableFuture<Seen> inner = new CompletableFuture<>();
			one.schedule(() -> {
				MDC.put("requestId", "r-1");
				two.execute(() -> inner.complete(Seen.now()));
			}, new PeriodicTrigger(Duration.ofSeconds(100)));
			Map<String, String> mdc = inner.get(10, TimeUnit.SECONDS).mdc();
			assertThat(mdc).containsEntry("requestId", "r-1");
			assertThat(mdc.get("parent")).startsWith(name + "#");
		}
	}

	@Test
	void runsOfATriggerCarryNothingFromRunToRun() {
		start(Schedulers.class);
		for (String name : List.of("plain", "overPlain")) {
			ScheduledExecutorService plain = this.context.getBean("plain", ScheduledExecutorService.class);
			ConcurrentTaskScheduler scheduler = name.equals("plain") ? new ConcurrentTaskScheduler(plain)
					: this.context.getBean("overPlain", ConcurrentTaskScheduler.class);
			List<Seen> runs = new CopyOnWriteArrayList<>();
			MDC.put("startedBy", "test");
			java.util.concurrent.ScheduledFuture<?> future = scheduler.schedule(() -> {
				runs.add(Seen.now());
				MDC.put("left", "behind");
			}, new PeriodicTrigger(Duration.ofMillis(5)));
			await().until(() -> runs.size() >= 3);
			future.cancel(false);
			assertThat(runs).allSatisfy((run) -> {
				assertThat(run.lane()).isEqualTo("plain");
				assertThat(run.mdc()).containsOnlyKeys("executor", "task").containsEntry("executor", "plain");
			});
		}
	}

	@Test
	void whatAFactoryBeanMakesHasItsLane() throws Exception {
		start(Factories.class);
		assertThat(run(bean("likeXml")).mdc()).containsEntry("executor", "likeXml").containsKey("task");
	}

	@Test
	void executorsThatAreMadeBeforeAreCoveredWhereTheyStandOrTold() throws Exception {
		this.context.register(Early.class);
		this.context.refresh();
		assertThat(run(bean("pool")).mdc()).containsEntry("executor", "pool").containsKey("task");
		assertThat(run(bean("byClass")).mdc()).containsOnly(Map.entry("executor", "byClass"));
		assertThat(run(bean("lambda")).mdc()).isEmpty();
		assertThat(this.context.getBean(ExecutorLanes.class).notCovered()).containsOnlyKeys("byClass", "lambda")
			.hasEntrySatisfying("lambda", (reason) -> assertThat(reason).contains("made before"))
			.hasEntrySatisfying("byClass", (reason) -> assertThat(reason).startsWith("covered in part: "));
	}

	@Test
	void setterOrGetterThatThrowsLeavesTheExecutor() throws Exception {
		start(Refusing.class);
		assertThat(run(bean("refusing")).lane()).isEqualTo("none");
		assertThat(this.lanes.notCovered().get("refusing")).contains("not today");
		assertThat(run(bean("hiding")).lane()).isEqualTo("hiding");
	}

	@Test
	void poolThatIsHandedOutManyTimesIsWrappedOnce() throws Exception {
		start(Shared.class);
		for (int i = 0; i < 1000; i++) {
			bean("pool");
			bean("tasks");
		}
		for (String name : List.of("pool", "tasks")) {
			CompletableFuture<Integer> depth = new CompletableFuture<>();
			bean(name).execute(() -> depth.complete(Thread.currentThread().getStackTrace().length));
			assertThat(depth.get(10, TimeUnit.SECONDS)).as(name).isLessThan(60);
		}
	}

	@Test
	void innermostLaneWinsWhateverStandsBetween() throws Exception {
		start(Nested.class);
		MDC.put("requestId", "r-4");
		for (String name : List.of("lambda", "wrapping", "own")) {
			Seen seen = run(bean(name));
			assertThat(seen.lane()).as(name).isEqualTo("inner");
			assertThat(seen.mdc()).containsEntry("executor", "inner")
				.containsEntry("requestId", "r-4")
				.containsEntry("users", "yes")
				.containsKey("task")
				.doesNotContainKey("parent");
		}
	}

	@Test
	void beanWithoutANameHasTheLaneOfItsClass() throws Exception {
		RootBeanDefinition outer = new RootBeanDefinition(DelegatingSecurityContextExecutor.class);
		outer.getConstructorArgumentValues()
			.addGenericArgumentValue(new RootBeanDefinition(ThreadPoolTaskExecutor.class));
		this.context.registerBeanDefinition("outer", outer);
		start();
		assertThat(run(bean("outer")).lane()).isEqualTo("ThreadPoolTaskExecutor");
	}

	@Test
	void decoratorThatLooksAtItsTasksGetsThem() throws Exception {
		start(Nested.class);
		NamedTask task = new NamedTask("monthly", new CompletableFuture<>());
		bean("looking").execute(task);
		assertThat(task.seen().get(10, TimeUnit.SECONDS).mdc()).containsEntry("job", "monthly")
			.containsEntry("executor", "looking");
	}

	@Test
	void laneOfAnExecutorThatRunsTheTaskByItselfWins() throws Exception {
		start(Nested.class);
		CompletableFuture<Seen> seen = new CompletableFuture<>();
		bean("inner").execute(() -> bean("sync").execute(() -> seen.complete(Seen.now())));
		assertThat(seen.get(10, TimeUnit.SECONDS).lane()).isEqualTo("sync");
		assertThat(seen.get().mdc().get("parent")).startsWith("inner#");
		CompletableFuture<Seen> other = new CompletableFuture<>();
		bean("sync").execute(() -> bean("inner").execute(() -> other.complete(Seen.now())));
		assertThat(other.get(10, TimeUnit.SECONDS).lane()).isEqualTo("inner");
		assertThat(other.get().mdc().get("parent")).startsWith("sync#");
	}

	@Test
	void entryParentOfTheUsersOwnStays() throws Exception {
		start(Nested.class);
		MDC.put("parent", "mine");
		assertThat(run(bean("copying")).mdc()).containsEntry("parent", "mine");
		CompletableFuture<Seen> nested = new CompletableFuture<>();
		bean("sync").execute(() -> bean("copying").execute(() -> nested.complete(Seen.now())));
		assertThat(nested.get(10, TimeUnit.SECONDS).mdc()).containsEntry("parent", "mine");
		MDC.remove("parent");
		CompletableFuture<Seen> ours = new CompletableFuture<>();
		bean("sync")
			.execute(() -> bean("copying").execute(() -> bean("copying").execute(() -> ours.complete(Seen.now()))));
		assertThat(ours.get(10, TimeUnit.SECONDS).mdc().get("parent")).startsWith("copying#");
	}

	@Test
	void contextIsNotCapturedTwiceWhereTheExecutorCarriesIt() throws Exception {
		AtomicInteger sets = new AtomicInteger();
		ThreadLocal<String> tenant = new ThreadLocal<>();
		ContextRegistry.getInstance().registerThreadLocalAccessor("tenant2", tenant::get, (value) -> {
			sets.incrementAndGet();
			tenant.set(value);
		}, tenant::remove);
		try {
			start(Carrying.class);
			tenant.set("acme");
			CompletableFuture<String> seen = new CompletableFuture<>();
			bean("carrying").execute(() -> seen.complete(tenant.get()));
			assertThat(seen.get(10, TimeUnit.SECONDS)).isEqualTo("acme");
			assertThat(sets).hasValue(1);
			assertThat(run(bean("carrying")).lane()).isEqualTo("carrying");
		}
		finally {
			ContextRegistry.getInstance().removeThreadLocalAccessor("tenant2");
		}
	}

	@Test
	void taskThatIsRunnableAndCallableIsUsedAsWhatItIsHandedInAs() throws Exception {
		start(Schedulers.class, Nested.class);
		for (String name : List.of("plain", "inner", "one")) {
			Both both = new Both();
			Object executor = bean(name);
			if (executor instanceof ExecutorService service) {
				assertThat(service.submit((Callable<String>) both).get()).isEqualTo("called");
				assertThat(service.invokeAll(List.of(both)).get(0).get()).isEqualTo("called");
				assertThat(both.runs).hasValue(0);
				service.submit((Runnable) both).get();
			}
			else {
				AsyncTaskExecutor tasks = (AsyncTaskExecutor) executor;
				assertThat(tasks.submit((Callable<String>) both).get()).isEqualTo("called");
				assertThat(both.runs).hasValue(0);
				tasks.submit((Runnable) both).get();
			}
			assertThat(both.runs).hasValue(1);
		}
	}

	/** By reflection: before version 7 of Spring Framework there is no such callback. */
	@Test
	void callbackOfASyncTaskExecutorIsTaggedAndItsExceptionIsItsOwn() throws Exception {
		Class<?> type = typeOfCallbacks();
		Assumptions.assumeTrue(type != null, "SyncTaskExecutor takes no callback");
		Method execute = SyncTaskExecutor.class.getMethod("execute", type);
		start(Nested.class);
		SyncTaskExecutor sync = this.context.getBean(SyncTaskExecutor.class);
		MDC.put("requestId", "r-2");
		Seen seen = (Seen) execute.invoke(sync, callback(type, Seen::now));
		assertThat(seen.lane()).isEqualTo("sync");
		assertThat(seen.mdc()).containsEntry("requestId", "r-2").containsKey("task");
		Object failing = callback(type, () -> {
			throw new java.io.IOException("no paper");
		});
		assertThatExceptionOfType(InvocationTargetException.class).isThrownBy(() -> execute.invoke(sync, failing))
			.withCauseExactlyInstanceOf(java.io.IOException.class);
	}

	private static @Nullable Class<?> typeOfCallbacks() {
		String name = "org.springframework.core.task.TaskCallback";
		ClassLoader loader = SyncTaskExecutor.class.getClassLoader();
		return ClassUtils.isPresent(name, loader) ? ClassUtils.resolveClassName(name, loader) : null;
	}

	private static Object callback(Class<?> type, Callable<?> callable) {
		return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type },
				(proxy, method, arguments) -> callable.call());
	}

	@Test
	void callersOwnTagComesBackAfterASyncTaskExecutor() {
		start(Nested.class);
		MDC.put("executor", "mine");
		MDC.put("task", "7");
		bean("sync").execute(MDC::clear);
		assertThat(MDC.getCopyOfContextMap()).containsOnly(Map.entry("executor", "mine"), Map.entry("task", "7"));
	}

	/** The JDK shuts its pool down when nobody has its outer object any more. */
	@Test
	void poolOfASingleThreadOutlivesACollection() throws Exception {
		start(LetGo.class);
		ExecutorService single = this.context.getBean("single", ExecutorService.class);
		Thread ofAnother = threadOfAPoolThatIsLetGo();
		await().until(() -> {
			System.gc();
			return !ofAnother.isAlive();
		});
		assertThat(single.isShutdown()).isFalse();
		assertThat(single.submit(() -> "done").get(10, TimeUnit.SECONDS)).isEqualTo("done");
		single.shutdown();
	}

	private static Thread threadOfAPoolThatIsLetGo() throws Exception {
		return Executors.newSingleThreadExecutor().submit(Thread::currentThread).get(10, TimeUnit.SECONDS);
	}

	/** They would run on a proxy's own object, whose fields are empty. */
	@Test
	void finalMethodsOfSpringsExecutorsTellOfTheExecutor() throws Exception {
		start(FinalMethods.class);
		SimpleAsyncTaskExecutor simple = this.context.getBean(SimpleAsyncTaskExecutor.class);
		assertThat(simple.isThrottleActive()).isTrue();
		assertThat(simple.getConcurrencyLimit()).isEqualTo(7);
		assertThat(run(simple).lane()).isEqualTo("simple");
		ConcurrentTaskExecutor concurrent = this.context.getBean(ConcurrentTaskExecutor.class);
		assertThat(concurrent.getConcurrentExecutor()).isSameAs(FinalMethods.POOL);
		assertThat(run(concurrent).lane()).isEqualTo("concurrent");
		FinalMethods.POOL.shutdown();
	}

	/**
	 * Without the interface Spring would take a scheduler of its own, and say nothing.
	 */
	@Test
	void scheduledMethodsRunOnTheOnlyScheduledService() throws Exception {
		start(OneService.class);
		OneService.Seeing seeing = this.context.getBean(OneService.Seeing.class);
		assertThat(seeing.thread.get(10, TimeUnit.SECONDS)).startsWith("of the service");
		assertThat(seeing.seen.get(10, TimeUnit.SECONDS).lane()).isEqualTo("service");
	}

	@Test
	void decoratorOfAServiceWithItsOwnFuturesAndFinalMethodsStaysWhatItIs() throws Exception {
		start(Listening.class);
		ListeningService service = this.context.getBean("listening", ListeningService.class);
		ListenableTask<Seen> task = service.submit((Callable<Seen>) Seen::now);
		assertThat(task.listened()).isTrue();
		assertThat(task.get(10, TimeUnit.SECONDS).lane()).isEqualTo("listening");
		service.shutdown();
		assertThat(service.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
	}

	record NamedTask(String name, CompletableFuture<Seen> seen) implements Runnable {

		@Override
		public void run() {
			this.seen.complete(Seen.now());
		}

	}

	/** Both a Runnable and a Callable, as Reactor's periodic task is. */
	static class Both implements Runnable, Callable<String> {

		private final AtomicInteger runs = new AtomicInteger();

		@Override
		public void run() {
			this.runs.incrementAndGet();
		}

		@Override
		public String call() {
			return "called";
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Schedulers {

		@Bean
		ThreadPoolTaskScheduler removing() {
			ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
			scheduler.setRemoveOnCancelPolicy(true);
			return scheduler;
		}

		@Bean
		ThreadPoolTaskScheduler one() {
			return new ThreadPoolTaskScheduler();
		}

		@Bean
		ThreadPoolTaskScheduler two() {
			return new ThreadPoolTaskScheduler();
		}

		@Bean
		ScheduledExecutorService plain() {
			return Executors.newScheduledThreadPool(1);
		}

		@Bean
		ScheduledExecutorService forConcurrent() {
			return Executors.newScheduledThreadPool(1);
		}

		@Bean(destroyMethod = "")
		ConcurrentTaskScheduler overPlain(ScheduledExecutorService plain) {
			return new ConcurrentTaskScheduler(plain);
		}

		@Bean(destroyMethod = "")
		ConcurrentTaskScheduler concurrent() {
			ThreadPoolTaskScheduler raw = new ThreadPoolTaskScheduler();
			raw.setDaemon(true);
			raw.initialize();
			return new ConcurrentTaskScheduler(raw.getScheduledExecutor());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Early {

		@Bean
		static ExecutorLanes lanes() {
			return new ExecutorLanes(new TaskSettings("executor", "task", true, Set.of()));
		}

		@Bean
		static BeanFactoryPostProcessor needsThem(ThreadPoolTaskExecutor pool, ThreadPoolExecutor byClass,
				Executor lambda) {
			return (factory) -> assertThat(List.of(pool, byClass, lambda)).doesNotContainNull();
		}

		@Bean
		static ThreadPoolTaskExecutor pool() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean
		static ThreadPoolExecutor byClass() {
			return new ThreadPoolExecutor(0, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
		}

		@Bean
		static Executor lambda() {
			return Runnable::run;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Factories {

		@Bean
		TaskExecutorFactoryBean likeXml() {
			TaskExecutorFactoryBean factory = new TaskExecutorFactoryBean();
			factory.setPoolSize("1");
			return factory;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Refusing {

		@Bean
		ThreadPoolTaskExecutor refusing() {
			return new ThreadPoolTaskExecutor() {

				@Override
				public void setTaskDecorator(TaskDecorator decorator) {
					throw new UnsupportedOperationException("not today");
				}

			};
		}

		@Bean
		ThreadPoolTaskScheduler hiding() {
			return new ThreadPoolTaskScheduler() {

				@Override
				public ScheduledThreadPoolExecutor getScheduledThreadPoolExecutor() {
					throw new UnsupportedOperationException("nor tomorrow");
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Shared {

		private final ThreadPoolExecutor pool = new ThreadPoolExecutor(0, 1, 1, TimeUnit.MILLISECONDS,
				new LinkedBlockingQueue<>());

		private final ThreadPoolTaskExecutor tasks = new ThreadPoolTaskExecutor();

		Shared() {
			this.tasks.setDaemon(true);
		}

		@Bean
		@Scope("prototype")
		ThreadPoolExecutor pool() {
			return this.pool;
		}

		@Bean
		@Scope("prototype")
		ThreadPoolTaskExecutor tasks() {
			return this.tasks;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Nested {

		@Bean
		ThreadPoolTaskExecutor inner() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setTaskDecorator((task) -> () -> {
				MDC.put("users", "yes");
				task.run();
			});
			return executor;
		}

		@Bean
		ThreadPoolTaskExecutor copying() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setTaskDecorator((task) -> {
				Map<String, String> mdc = MDC.getCopyOfContextMap();
				return () -> {
					MDC.setContextMap((mdc != null) ? mdc : Map.of());
					task.run();
				};
			});
			return executor;
		}

		@Bean
		ThreadPoolTaskExecutor looking() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setTaskDecorator((task) -> {
				String job = ((NamedTask) task).name();
				return () -> {
					MDC.put("job", job);
					task.run();
				};
			});
			return executor;
		}

		@Bean
		Executor lambda(ThreadPoolTaskExecutor inner) {
			return (task) -> inner.execute(task);
		}

		@Bean
		Executor wrapping(ThreadPoolTaskExecutor inner) {
			return new DelegatingSecurityContextExecutor(inner);
		}

		@Bean
		Executor own(ThreadPoolTaskExecutor inner) {
			return new Wrapping(inner);
		}

		@Bean
		SyncTaskExecutor sync() {
			return new SyncTaskExecutor();
		}

	}

	static class Wrapping implements Executor {

		private final Executor delegate;

		Wrapping(Executor delegate) {
			this.delegate = delegate;
		}

		@Override
		public void execute(Runnable task) {
			this.delegate.execute(() -> task.run());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Carrying {

		@Bean
		ExecutorService carrying() {
			return ContextExecutorService.wrap(Executors.newFixedThreadPool(1),
					() -> ContextSnapshotFactory.builder().build().captureAll());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LetGo {

		/** Without a method at the end, which the context would hold it for. */
		@Bean(destroyMethod = "")
		ExecutorService single() {
			return Executors.newSingleThreadExecutor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FinalMethods {

		static final ExecutorService POOL = Executors.newFixedThreadPool(1);

		@Bean
		SimpleAsyncTaskExecutor simple() {
			SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor();
			executor.setConcurrencyLimit(7);
			return executor;
		}

		@Bean
		ConcurrentTaskExecutor concurrent() {
			return new ConcurrentTaskExecutor(POOL);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class OneService {

		@Bean
		ScheduledExecutorService service() {
			return Executors.newSingleThreadScheduledExecutor((work) -> new Thread(work, "of the service"));
		}

		@Bean
		Seeing seeing() {
			return new Seeing();
		}

		static class Seeing {

			private final CompletableFuture<Seen> seen = new CompletableFuture<>();

			private final CompletableFuture<String> thread = new CompletableFuture<>();

			@Scheduled(fixedRate = 50)
			void look() {
				this.seen.complete(Seen.now());
				this.thread.complete(Thread.currentThread().getName());
			}

		}

	}

	/** Like Guava's. */
	interface ListeningService extends ExecutorService {

		@Override
		<T> ListenableTask<T> submit(Callable<T> task);

	}

	static class ListenableTask<T> extends java.util.concurrent.FutureTask<T> {

		ListenableTask(Callable<T> task) {
			super(task);
		}

		boolean listened() {
			return true;
		}

	}

	static final class ListeningDecorator extends AbstractExecutorService implements ListeningService {

		private final ExecutorService delegate;

		ListeningDecorator(ExecutorService delegate) {
			this.delegate = delegate;
		}

		@Override
		public <T> ListenableTask<T> submit(Callable<T> task) {
			ListenableTask<T> future = new ListenableTask<>(task);
			execute(future);
			return future;
		}

		@Override
		public void execute(Runnable task) {
			this.delegate.execute(task);
		}

		@Override
		public void shutdown() {
			this.delegate.shutdown();
		}

		@Override
		public List<Runnable> shutdownNow() {
			return new ArrayList<>(this.delegate.shutdownNow());
		}

		@Override
		public boolean isShutdown() {
			return this.delegate.isShutdown();
		}

		@Override
		public boolean isTerminated() {
			return this.delegate.isTerminated();
		}

		@Override
		public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
			return this.delegate.awaitTermination(timeout, unit);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Listening {

		@Bean
		ListeningService listening() {
			return new ListeningDecorator(Executors.newFixedThreadPool(1));
		}

	}

}
