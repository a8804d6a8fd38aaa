package io.loglane.task;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.loglane.lane.Lane;
import io.loglane.task.EveryExecutorTests.Seen;
import io.micrometer.context.ContextRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

import org.springframework.aop.SpringProxy;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.config.BeanDefinitionHolder;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.core.task.TaskDecorator;
import org.springframework.core.task.TaskExecutor;
import org.springframework.core.task.support.ContextPropagatingTaskDecorator;
import org.springframework.scheduling.concurrent.ConcurrentTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolExecutorFactoryBean;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * Executors, their tasks and their injection points behave as they do without lanes.
 */
class ExecutorsStayThemselvesTests {

	private AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

	private ExecutorLanes lanes = new ExecutorLanes(new TaskSettings("executor", "task", true, Set.of("excluded")));

	@AfterEach
	void close() {
		this.context.close();
		MDC.clear();
	}

	private void start(Class<?>... configurations) {
		this.lanes.setBeanFactory(this.context.getBeanFactory());
		this.context.getBeanFactory().addBeanPostProcessor(this.lanes);
		this.context.register(configurations);
		this.context.refresh();
	}

	private Seen run(Executor executor) throws Exception {
		CompletableFuture<Seen> seen = new CompletableFuture<>();
		executor.execute(() -> seen.complete(Seen.now()));
		return seen.get(10, TimeUnit.SECONDS);
	}

	@Test
	void naturalOrderOfAPriorityQueueIsKept() throws Exception {
		start(PriorityQueues.class);
		assertThat(orderOf(this.context.getBean("natural", ThreadPoolTaskExecutor.class))).containsExactly(1, 2, 3);
		assertThat(orderOf(this.context.getBean("naturalPool", ExecutorService.class))).containsExactly(1, 2, 3);
	}

	@Test
	void comparatorOfAPriorityQueueSeesTheUsersTasks() throws Exception {
		start(PriorityQueues.class);
		assertThat(orderOf(this.context.getBean("byComparator", ThreadPoolTaskExecutor.class))).containsExactly(3, 2,
				1);
		assertThat(orderOf(this.context.getBean("byComparatorPool", ExecutorService.class))).containsExactly(3, 2, 1);
		for (String name : List.of("byComparator", "byComparatorPool")) {
			CompletableFuture<Seen> seen = new CompletableFuture<>();
			this.context.getBean(name, Executor.class).execute(new Ranked(1, () -> seen.complete(Seen.now())));
			assertThat(seen.get(10, TimeUnit.SECONDS).lane()).isEqualTo(name);
			assertThat(seen.get().mdc()).containsOnly(Map.entry("executor", name));
			assertThat(this.lanes.notCovered().get(name)).startsWith("covered in part: ").contains("order of its own");
		}
	}

	private List<Integer> orderOf(Executor executor) throws Exception {
		CountDownLatch gate = new CountDownLatch(1);
		CountDownLatch done = new CountDownLatch(3);
		Queue<Integer> order = new ConcurrentLinkedQueue<>();
		executor.execute(new Ranked(0, () -> await(gate)));
		for (int rank : new int[] { 2, 3, 1 }) {
			executor.execute(new Ranked(rank, () -> {
				order.add(rank);
				done.countDown();
			}));
		}
		gate.countDown();
		assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
		return List.copyOf(order);
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await(10, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Test
	void shutdownNowGivesBackTheUsersOwnTasks() throws Exception {
		start(Plain.class);
		ExecutorService pool = this.context.getBean("pool", ExecutorService.class);
		CountDownLatch gate = new CountDownLatch(1);
		CountDownLatch running = new CountDownLatch(1);
		pool.execute(() -> {
			running.countDown();
			await(gate);
		});
		assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
		Runnable mine = () -> {
		};
		pool.execute(mine);
		assertThat(pool.shutdownNow()).containsExactly(mine);
		gate.countDown();
	}

	@Test
	void beansDeclaredByClassAreInjectedByClass() throws Exception {
		start(ByClass.class);
		assertThat(this.context.getBean(UsersExecutor.class)).isInstanceOf(SpringProxy.class);
		assertThat(run(this.context.getBean(UsersExecutor.class)).lane()).isEqualTo("users");
		ThreadPoolExecutor pool = this.context.getBean(ThreadPoolExecutor.class);
		assertThat(pool.getClass()).isEqualTo(ThreadPoolExecutor.class);
		Seen seen = run(pool);
		assertThat(seen.lane()).isEqualTo("jdkPool");
		assertThat(seen.mdc()).containsEntry("executor", "jdkPool").doesNotContainKey("task");
		assertThat(this.lanes.notCovered().get("jdkPool")).contains("threads have the lane");
	}

	@Test
	void whatCanNotBeProxiedIsLeftAsItIsWithTheReason() throws Exception {
		start(NotCovered.class);
		assertThat(this.context.getBean("finalClass")).isExactlyInstanceOf(FinalExecutor.class);
		assertThat(this.context.getBean("finalMethod")).isExactlyInstanceOf(FinalMethodExecutor.class);
		assertThat(this.context.getBean("openField", OpenFieldExecutor.class).count).isEqualTo(7);
		assertThat(this.context.getBean("forkJoin")).isExactlyInstanceOf(ForkJoinPool.class);
		assertThat(this.context.getBean("excluded")).isExactlyInstanceOf(UsersExecutor.class);
		assertThat(run(this.context.getBean("excluded", Executor.class)).mdc()).isEmpty();
		assertThat(this.lanes.notCovered()).containsOnlyKeys("finalClass", "finalMethod", "openField", "forkJoin",
				"excluded");
		assertThat(this.lanes.notCovered().get("finalMethod")).contains("stop").contains("final");
	}

	@Test
	void whatIsNotCoveredIsToldOnceAtDebug() {
		Logger logger = (Logger) LoggerFactory.getLogger(ExecutorLanes.class);
		ListAppender<ILoggingEvent> told = new ListAppender<>();
		told.start();
		logger.addAppender(told);
		logger.setLevel(Level.DEBUG);
		try {
			start(NotCovered.class, OftenMade.class);
			this.context.getBean("often");
			this.context.getBean("often");
		}
		finally {
			logger.setLevel(null);
			logger.detachAppender(told);
		}
		assertThat(told.list).extracting(ILoggingEvent::getLevel).containsOnly(Level.DEBUG);
		assertThat(told.list).extracting(ILoggingEvent::getFormattedMessage)
			.containsExactlyInAnyOrder("Executor 'finalClass' is not covered: FinalExecutor is final",
					"Executor 'finalMethod' is not covered: method stop of FinalMethodExecutor is final",
					"Executor 'openField' is not covered: field count of OpenFieldExecutor can be read directly",
					"Executor 'forkJoin' is not covered: a class of the JDK can not be proxied",
					"Executor 'excluded' is not covered: excluded",
					"Executor 'often' is not covered: FinalExecutor is final");
	}

	@Test
	void circularReferencesGetTheSameObjectAsEveryoneElse() throws Exception {
		this.context.setAllowCircularReferences(true);
		start(Circular.class);
		Circular.Owner owner = this.context.getBean(Circular.Owner.class);
		assertThat(owner.executor).isSameAs(this.context.getBean("circular"));
		assertThat(run(owner.executor).lane()).isEqualTo("circular");
	}

	@Test
	void lazyPrototypeScopedAndFactoryMadeBeansHaveTheirLane() throws Exception {
		RootBeanDefinition target = new RootBeanDefinition(UsersExecutor.class, UsersExecutor::new);
		BeanDefinitionHolder scoped = ScopedProxyUtils.createScopedProxy(new BeanDefinitionHolder(target, "scoped"),
				this.context, true);
		this.context.registerBeanDefinition(scoped.getBeanName(), scoped.getBeanDefinition());
		start(Special.class);
		assertThat(this.context.getBeanFactory().containsSingleton("lazy")).isFalse();
		assertThat(run(this.context.getBean("lazy", Executor.class)).lane()).isEqualTo("lazy");
		assertThat(this.context.getBean("prototype")).isNotSameAs(this.context.getBean("prototype"));
		assertThat(run(this.context.getBean("prototype", Executor.class)).lane()).isEqualTo("prototype");
		assertThat(run(this.context.getBean("scoped", Executor.class)).lane()).isEqualTo("scoped");
		assertThat(run(this.context.getBean("factoryMade", Executor.class)).lane()).isEqualTo("factoryMade");
	}

	@Test
	void usersDecoratorRunsInsideAndCanNotTakeTheTagAway() throws Exception {
		start(Decorated.class);
		MDC.put("requestId", "r-9");
		Seen seen = run(this.context.getBean("wiping", Executor.class));
		assertThat(seen.mdc()).containsEntry("executor", "wiping").containsKey("task").containsEntry("users", "yes");
		this.context.close();
		assertThat(Decorated.WORKER_MDC).hasSize(1).allSatisfy((left) -> assertThat(left).isEmpty());
	}

	@Test
	void callerRunsLeavesTheCallersMdcAndLane() {
		start(Decorated.class);
		ThreadPoolTaskExecutor executor = this.context.getBean("callerRuns", ThreadPoolTaskExecutor.class);
		CountDownLatch gate = new CountDownLatch(1);
		executor.execute(() -> await(gate));
		MDC.put("requestId", "r-3");
		MDC.put("executor", "mine");
		Map<String, String> before = MDC.getCopyOfContextMap();
		AtomicReference<Seen> seen = new AtomicReference<>();
		executor.execute(() -> {
			seen.set(Seen.now());
			MDC.clear();
		});
		assertThat(seen.get().mdc()).containsEntry("executor", "callerRuns").containsEntry("requestId", "r-3");
		assertThat(MDC.getCopyOfContextMap()).isEqualTo(before);
		assertThat(Lane.current()).isEqualTo(Lane.NONE);
		gate.countDown();
	}

	@Test
	void callerRunsLeavesTheCallersMdcAndLaneAlsoWhereTheTaskFails() {
		start(Decorated.class);
		CountDownLatch gate = new CountDownLatch(1);
		for (String name : List.of("callerRuns", "callerRunsPool")) {
			Executor executor = this.context.getBean(name, Executor.class);
			executor.execute(() -> await(gate));
			MDC.put("requestId", "r-3");
			Map<String, String> before = MDC.getCopyOfContextMap();
			assertThatIllegalStateException().isThrownBy(() -> executor.execute(() -> {
				MDC.clear();
				throw new IllegalStateException("on purpose");
			})).withMessage("on purpose");
			assertThat(MDC.getCopyOfContextMap()).as(name).isEqualTo(before);
			assertThat(Lane.current()).isEqualTo(Lane.NONE);
		}
		gate.countDown();
	}

	@Test
	void callerRunsLeavesTheCallersMdcAndLaneAlsoWhereTheTaskFailsWithAResult() {
		start(Decorated.class);
		ExecutorService pool = this.context.getBean("callerRunsPool", ExecutorService.class);
		CountDownLatch gate = new CountDownLatch(1);
		pool.execute(() -> await(gate));
		MDC.put("requestId", "r-3");
		Map<String, String> before = MDC.getCopyOfContextMap();
		Future<String> result = pool.submit((Callable<String>) () -> {
			MDC.clear();
			throw new java.io.IOException("on purpose");
		});
		assertThat(result.isDone()).isTrue();
		assertThat(MDC.getCopyOfContextMap()).isEqualTo(before);
		assertThat(Lane.current()).isEqualTo(Lane.NONE);
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(result::get)
			.havingCause()
			.isExactlyInstanceOf(java.io.IOException.class)
			.withMessage("on purpose");
		gate.countDown();
	}

	@Test
	void nestedExecutorsRunTheTaskInTheInnermostLane() throws Exception {
		start(Nested.class);
		MDC.put("requestId", "r-4");
		Seen seen = run(this.context.getBean("outer", Executor.class));
		assertThat(seen.lane()).isEqualTo("inner");
		assertThat(seen.mdc()).containsEntry("executor", "inner").containsEntry("requestId", "r-4");
	}

	@Test
	void contextOfOthersTravelsOnceAndIsBroughtBack() throws Exception {
		AtomicReference<Integer> sets = new AtomicReference<>(0);
		ThreadLocal<String> tenant = new ThreadLocal<>();
		ContextRegistry.getInstance().registerThreadLocalAccessor("tenant", tenant::get, (value) -> {
			sets.updateAndGet((n) -> n + 1);
			tenant.set(value);
		}, tenant::remove);
		try {
			start(Decorated.class);
			tenant.set("acme");
			for (String name : List.of("plain", "propagating")) {
				sets.set(0);
				CompletableFuture<String> seen = new CompletableFuture<>();
				this.context.getBean(name, Executor.class).execute(() -> seen.complete(tenant.get()));
				assertThat(seen.get(10, TimeUnit.SECONDS)).isEqualTo("acme");
				assertThat(sets.get()).as(name).isEqualTo(1);
			}
		}
		finally {
			ContextRegistry.getInstance().removeThreadLocalAccessor("tenant");
		}
	}

	@Test
	void nullTasksAndRejectionsFailAsBefore() {
		start(Plain.class);
		ExecutorService pool = this.context.getBean("pool", ExecutorService.class);
		assertThatNullPointerException().isThrownBy(() -> pool.execute(null));
		assertThatNullPointerException().isThrownBy(() -> pool.submit((Runnable) null));
		pool.shutdown();
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> pool.execute(new Ranked(5, () -> {
		}))).withMessageContaining("Ranked 5");
	}

	@Test
	void interfacesOfTheTargetAreAllThere() {
		start(Plain.class);
		assertThat(this.context.getBean("scheduled")).isInstanceOf(ScheduledExecutorService.class);
		assertThat(this.context.getBean("declaredAsExecutor")).isInstanceOf(ExecutorService.class);
	}

	record Ranked(int rank, Runnable work) implements Runnable, Comparable<Ranked> {

		@Override
		public void run() {
			this.work.run();
		}

		@Override
		public int compareTo(Ranked other) {
			return Integer.compare(this.rank, other.rank);
		}

		@Override
		public String toString() {
			return "Ranked " + this.rank;
		}

	}

	static class UsersExecutor implements TaskExecutor {

		@Override
		public void execute(Runnable task) {
			task.run();
		}

	}

	static final class FinalExecutor extends UsersExecutor {

	}

	static class FinalMethodExecutor extends UsersExecutor {

		public final void stop() {
		}

	}

	static class OpenFieldExecutor extends UsersExecutor {

		int count = 7;

	}

	@Configuration(proxyBeanMethods = false)
	static class PriorityQueues {

		private static final Comparator<Runnable> BACKWARDS = Comparator
			.comparing((Runnable task) -> -((Ranked) task).rank());

		@Bean
		ThreadPoolTaskExecutor natural() {
			return executor(new PriorityBlockingQueue<>());
		}

		@Bean
		ThreadPoolTaskExecutor byComparator() {
			return executor(new PriorityBlockingQueue<>(11, BACKWARDS));
		}

		@Bean
		ExecutorService naturalPool() {
			return new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new PriorityBlockingQueue<>());
		}

		@Bean
		ExecutorService byComparatorPool() {
			return new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new PriorityBlockingQueue<>(11, BACKWARDS));
		}

		private static ThreadPoolTaskExecutor executor(BlockingQueue<Runnable> queue) {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor() {

				@Override
				protected BlockingQueue<Runnable> createQueue(int capacity) {
					return queue;
				}

			};
			executor.setCorePoolSize(1);
			return executor;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Plain {

		@Bean
		ExecutorService pool() {
			return Executors.newFixedThreadPool(1);
		}

		@Bean
		ScheduledExecutorService scheduled() {
			return Executors.newSingleThreadScheduledExecutor();
		}

		@Bean
		Executor declaredAsExecutor() {
			return Executors.newCachedThreadPool();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByClass {

		@Bean
		UsersExecutor users() {
			return new UsersExecutor();
		}

		@Bean
		ThreadPoolExecutor jdkPool() {
			return (ThreadPoolExecutor) Executors.newFixedThreadPool(1);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NotCovered {

		@Bean
		FinalExecutor finalClass() {
			return new FinalExecutor();
		}

		@Bean
		FinalMethodExecutor finalMethod() {
			return new FinalMethodExecutor();
		}

		@Bean
		OpenFieldExecutor openField() {
			return new OpenFieldExecutor();
		}

		@Bean
		ForkJoinPool forkJoin() {
			return new ForkJoinPool(1);
		}

		@Bean
		UsersExecutor excluded() {
			return new UsersExecutor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OftenMade {

		@Bean
		@Scope("prototype")
		FinalExecutor often() {
			return new FinalExecutor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Circular {

		@Bean
		Owner owner() {
			return new Owner();
		}

		@Bean
		NeedsOwner circular() {
			return new NeedsOwner();
		}

		static class Owner {

			@org.springframework.beans.factory.annotation.Autowired
			NeedsOwner executor;

		}

		static class NeedsOwner extends UsersExecutor {

			@org.springframework.beans.factory.annotation.Autowired
			private Owner owner;

			Owner owner() {
				return this.owner;
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Special {

		@Bean
		@Lazy
		UsersExecutor lazy() {
			return new UsersExecutor();
		}

		@Bean
		@Scope("prototype")
		UsersExecutor prototype() {
			return new UsersExecutor();
		}

		@Bean
		ThreadPoolExecutorFactoryBean factoryMade() {
			ThreadPoolExecutorFactoryBean factory = new ThreadPoolExecutorFactoryBean();
			factory.setExposeUnconfigurableExecutor(true);
			return factory;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Decorated {

		/** What the MDC of the worker holds after each task. */
		static final Queue<Map<String, String>> WORKER_MDC = new ConcurrentLinkedQueue<>();

		@Bean
		ThreadPoolTaskExecutor plain() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean
		ThreadPoolTaskExecutor wiping() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor() {

				@Override
				protected void afterExecute(Runnable task, Throwable ex) {
					Map<String, String> left = MDC.getCopyOfContextMap();
					WORKER_MDC.add((left != null) ? left : Map.of());
				}

			};
			executor.setWaitForTasksToCompleteOnShutdown(true);
			executor.setAwaitTerminationSeconds(10);
			executor.setTaskDecorator((task) -> () -> {
				MDC.setContextMap(Map.of("users", "yes"));
				task.run();
			});
			return executor;
		}

		@Bean
		ThreadPoolTaskExecutor propagating() {
			return decorated(new ContextPropagatingTaskDecorator());
		}

		@Bean
		ThreadPoolTaskExecutor callerRuns() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setCorePoolSize(1);
			executor.setMaxPoolSize(1);
			executor.setQueueCapacity(0);
			executor.setRejectedExecutionHandler(new ThreadPoolExecutor.CallerRunsPolicy());
			return executor;
		}

		@Bean
		ExecutorService callerRunsPool() {
			return new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new SynchronousQueue<>(),
					new ThreadPoolExecutor.CallerRunsPolicy());
		}

		private static ThreadPoolTaskExecutor decorated(TaskDecorator decorator) {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setTaskDecorator(decorator);
			return executor;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Nested {

		@Bean
		ThreadPoolTaskExecutor inner() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean
		ConcurrentTaskExecutor outer(ThreadPoolTaskExecutor inner) {
			return new ConcurrentTaskExecutor(inner);
		}

	}

}
