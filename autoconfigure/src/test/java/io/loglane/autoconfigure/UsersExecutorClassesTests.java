package io.loglane.autoconfigure;

import java.lang.management.ManagementFactory;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.management.ObjectName;

import io.loglane.task.ExecutorLanes;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.jmx.export.annotation.ManagedAttribute;
import org.springframework.jmx.export.annotation.ManagedResource;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * An executor bean whose class is the application's own, and which is declared as an
 * interface: what others find by looking at the class, they find.
 */
class UsersExecutorClassesTests {

	@RegisterExtension
	private final Applications applications = new Applications();

	private static SeenByTask ask(Executor executor) throws Exception {
		CompletableFuture<SeenByTask> seen = new CompletableFuture<>();
		executor.execute(() -> seen.complete(SeenByTask.now()));
		return seen.get(10, TimeUnit.SECONDS);
	}

	private String reason(ConfigurableApplicationContext context, String name) {
		return context.getBean(ExecutorLanes.class).notCovered().get(name);
	}

	@ParameterizedTest
	@ValueSource(strings = { "annotated", "annotatedWithOpenField" })
	void listensCachesAndRunsOnSchedule(String name) throws Exception {
		ConfigurableApplicationContext context = this.applications.run(AnnotatedApplication.class);
		Calculator bean = context.getBean(name, Calculator.class);
		context.publishEvent("hello");
		assertThat(bean.events()).isEqualTo(1);
		assertThat(bean.calculate(1)).isEqualTo(bean.calculate(1));
		await().until(() -> bean.runs() > 1);
		assertThat(ask(bean).lane()).isEqualTo(name.equals("annotated") ? name : "none");
	}

	@ParameterizedTest
	@ValueSource(strings = { "annotated", "annotatedWithOpenField" })
	void isAdvisedByAspectsThatNameItsClass(String name) throws Exception {
		Calculator bean = this.applications.run(AdvisedApplication.class).getBean(name, Calculator.class);
		int before = AdvisedApplication.ADVISED.get();
		bean.events();
		assertThat(AdvisedApplication.ADVISED).hasValue(before + 1);
		assertThat(ask(bean).lane()).isEqualTo(name.equals("annotated") ? name : "none");
	}

	@Test
	void annotatedPrivateMethodIsCalled() throws Exception {
		ConfigurableApplicationContext context = this.applications.run(AnnotatedApplication.class);
		await().until(() -> PrivatelyScheduled.RUNS.get() > 1);
		assertThat(reason(context, "privatelyScheduled")).contains("private and annotated");
	}

	@Test
	void managedResourceIsThere() throws Exception {
		this.applications.run(ManagedApplication.class, "--spring.jmx.enabled=true");
		assertThat(ManagementFactory.getPlatformMBeanServer()
			.getAttribute(new ObjectName("loglane.tests:type=ManagedExecutor"), "Depth")).isEqualTo(3);
	}

	@Test
	void sealedAndFinalClassesAreLeftWithTheReason() throws Exception {
		ConfigurableApplicationContext context = this.applications.run(FinalApplication.class);
		assertThat(context.getBean(Sealed.class)).isExactlyInstanceOf(SealedExecutor.class);
		assertThat(context.getBean("record")).isExactlyInstanceOf(RecordExecutor.class);
		assertThat(reason(context, "sealed")).contains("final");
		assertThat(reason(context, "record")).contains("final");
		// with nothing to be looked at
		assertThat(ask(context.getBean("plain", Executor.class)).lane()).isEqualTo("plain");
	}

	@Test
	void poolThatLooksAtItsTasksGetsThem() throws Exception {
		ConfigurableApplicationContext context = this.applications.run(LookingApplication.class);
		ExecutorService pool = context.getBean("pool", ExecutorService.class);
		assertThat(pool.submit((Callable<Integer>) new Job(3)).get(10, TimeUnit.SECONDS)).isEqualTo(3);
		assertThat(pool.invokeAll(java.util.List.of(new Job(4))).get(0).get()).isEqualTo(4);
		RunnableJob job = new RunnableJob(5, new AtomicInteger());
		context.getBean("looking", Executor.class).execute(job);
		assertThat(job.ran()).hasValue(1);
		assertThat(ask(context.getBean("lenient", Executor.class)).lane()).isEqualTo("lenient");
	}

	interface Calculator extends Executor {

		int calculate(int number);

		int events();

		int runs();

	}

	@Marked
	static class AnnotatedExecutor implements Calculator {

		private int calls;

		private int events;

		private final AtomicInteger runs = new AtomicInteger();

		@Override
		public void execute(Runnable task) {
			task.run();
		}

		@Override
		@Cacheable("calculations")
		public int calculate(int number) {
			return ++this.calls;
		}

		@EventListener
		public void on(String event) {
			this.events++;
		}

		@Scheduled(fixedRate = 10)
		void report() {
			this.runs.incrementAndGet();
		}

		@Override
		public int events() {
			return this.events;
		}

		@Override
		public int runs() {
			return this.runs.get();
		}

	}

	@Marked
	static class OpenFieldExecutor extends AnnotatedExecutor {

		int open;

	}

	static class PrivatelyScheduled implements Executor {

		static final AtomicInteger RUNS = new AtomicInteger();

		@Override
		public void execute(Runnable task) {
			task.run();
		}

		@Scheduled(fixedRate = 10)
		@SuppressWarnings("UnusedMethod") // but by Spring
		private void report() {
			RUNS.incrementAndGet();
		}

	}

	@java.lang.annotation.Retention(java.lang.annotation.RetentionPolicy.RUNTIME)
	@interface Marked {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableCaching
	@EnableScheduling
	static class AnnotatedApplication {

		@Bean
		Calculator annotated() {
			return new AnnotatedExecutor();
		}

		@Bean
		Calculator annotatedWithOpenField() {
			return new OpenFieldExecutor();
		}

		@Bean
		Executor privatelyScheduled() {
			return new PrivatelyScheduled();
		}

		@Bean
		ConcurrentMapCacheManager cacheManager() {
			return new ConcurrentMapCacheManager();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class AdvisedApplication {

		static final AtomicInteger ADVISED = new AtomicInteger();

		@Bean
		Calculator annotated() {
			return new AnnotatedExecutor();
		}

		@Bean
		Calculator annotatedWithOpenField() {
			return new OpenFieldExecutor();
		}

		@Bean
		static DefaultAdvisorAutoProxyCreator aspects() {
			DefaultAdvisorAutoProxyCreator creator = new DefaultAdvisorAutoProxyCreator();
			creator.setProxyTargetClass(true);
			return creator;
		}

		/** For the class itself, and no subclass. */
		@Bean
		static DefaultPointcutAdvisor aspect() {
			return new DefaultPointcutAdvisor(new AnnotationMatchingPointcut(Marked.class, false),
					(MethodInterceptor) (invocation) -> {
						ADVISED.incrementAndGet();
						return invocation.proceed();
					});
		}

	}

	@ManagedResource(objectName = "loglane.tests:type=ManagedExecutor")
	public static class ManagedExecutor implements Executor {

		@Override
		public void execute(Runnable task) {
			task.run();
		}

		@ManagedAttribute
		public int getDepth() {
			return 3;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class ManagedApplication {

		@Bean
		Executor managed() {
			return new ManagedExecutor();
		}

	}

	sealed interface Sealed extends Executor permits SealedExecutor {

	}

	static final class SealedExecutor implements Sealed {

		@Override
		public void execute(Runnable task) {
			task.run();
		}

	}

	record RecordExecutor(int size) implements Executor {

		@Override
		public void execute(Runnable task) {
			task.run();
		}

	}

	static final class PlainFinalExecutor implements Executor {

		@Override
		public void execute(Runnable task) {
			task.run();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class FinalApplication {

		@Bean
		Sealed sealed() {
			return new SealedExecutor();
		}

		@Bean
		Executor record() {
			return new RecordExecutor(1);
		}

		@Bean
		Executor plain() {
			return new PlainFinalExecutor();
		}

	}

	interface Prioritized {

		int priority();

	}

	record Job(int priority) implements Prioritized, Callable<Integer> {

		@Override
		public Integer call() {
			return this.priority;
		}

	}

	record RunnableJob(int priority, AtomicInteger ran) implements Prioritized, Runnable {

		@Override
		public void run() {
			this.ran.incrementAndGet();
		}

	}

	static class PriorityPool extends ThreadPoolExecutor {

		PriorityPool() {
			super(1, 1, 0, TimeUnit.SECONDS, new PriorityBlockingQueue<>());
		}

		@Override
		protected <T> RunnableFuture<T> newTaskFor(Callable<T> task) {
			return new PriorityTask<>(task, ((Prioritized) task).priority());
		}

	}

	static final class PriorityTask<T> extends FutureTask<T> implements Comparable<PriorityTask<T>> {

		private final int priority;

		PriorityTask(Callable<T> task, int priority) {
			super(task);
			this.priority = priority;
		}

		@Override
		public int compareTo(PriorityTask<T> other) {
			return Integer.compare(this.priority, other.priority);
		}

	}

	static class LookingExecutor implements Executor {

		@Override
		public void execute(Runnable task) {
			assertThat(((Prioritized) task).priority()).isPositive();
			task.run();
		}

	}

	static class LenientExecutor implements Executor {

		@Override
		public void execute(Runnable task) {
			task.run();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class LookingApplication {

		@Bean
		ExecutorService pool() {
			return new PriorityPool();
		}

		@Bean
		Executor looking() {
			return new LookingExecutor();
		}

		@Bean
		Executor lenient() {
			return new LenientExecutor();
		}

	}

}
