package io.loglane.task;

import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IExecutorService;
import io.loglane.autoconfigure.Applications;
import io.loglane.lane.Lane;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.DefaultEventLoopGroup;
import io.netty.channel.EventLoopGroup;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.SyncTaskExecutor;
import org.springframework.core.task.TaskExecutor;
import org.springframework.core.task.support.TaskExecutorAdapter;
import org.springframework.scheduling.concurrent.ConcurrentTaskExecutor;
import org.springframework.scheduling.concurrent.ConcurrentTaskScheduler;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.scheduling.concurrent.ScheduledExecutorFactoryBean;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.security.concurrent.DelegatingSecurityContextExecutorService;
import org.springframework.security.concurrent.DelegatingSecurityContextScheduledExecutorService;
import org.springframework.security.task.DelegatingSecurityContextAsyncTaskExecutor;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A Spring Boot application with one of each kind of executor that earlier starters
 * broke: it starts, injects, works and ends as it does without Loglane.
 */
@ExtendWith(OutputCaptureExtension.class)
class ExecutorZooTests {

	@RegisterExtension
	private final Applications applications = new Applications();

	@Test
	void applicationIsWhatItIsWithoutLoglane(CapturedOutput output) throws Exception {
		Visit without = visit(false, output);
		Visit with = visit(true, output);
		assertThat(with.created).isEqualTo(without.created);
		assertThat(with.laterThanTheStart).isEqualTo(without.laterThanTheStart)
			.contains("prototype", "scopedTarget.scoped");
		assertThat(with.assignable).isEqualTo(without.assignable);
		assertThat(with.results).isEqualTo(without.results);
		assertThat(with.meters).isEqualTo(without.meters)
			.anyMatch((meter) -> meter.startsWith("executor.completed") && meter.contains("springPool"));
		assertThat(with.fates).isEqualTo(without.fates).containsValues("interrupted", "ran on");
		assertThat(with.awaited).isEqualTo(without.awaited).isNotEmpty();
		assertThat(with.stillRunning).isEqualTo(without.stillRunning);
		assertThat(with.warnings).isEqualTo(without.warnings).noneMatch((line) -> line.contains("not eligible"));
		assertThat(without.lanes.values()).containsOnly("none");
		assertThat(with.lanes.keySet()).isEqualTo(without.lanes.keySet());
		Set<String> uncovered = Set.of("jetty", "netty", "secured", "securedScheduled", "securedTasks", "forkJoin",
				"finalClass", "finalMethod");
		assertThat(with.notCovered).containsKeys(uncovered.toArray(String[]::new))
			.hasEntrySatisfying("hazelcast", (reason) -> assertThat(reason).contains("other members"))
			.hasEntrySatisfying("netty", (reason) -> assertThat(reason).contains("event loop"))
			.hasEntrySatisfying("jetty", (reason) -> assertThat(reason).contains("final"));
		with.lanes.forEach((name, lane) -> assertThat(lane).as(name)
			// this one hands its tasks on
			.isEqualTo(uncovered.contains(name) ? "none" : name.equals("concurrent") ? "adapted" : name));
	}

	/** What can be seen of one life of the application. */
	private Visit visit(boolean loglane, CapturedOutput output) throws Exception {
		int from = output.length();
		Visit visit = new Visit();
		ConfigurableApplicationContext context = new SpringApplicationBuilder(Zoo.class).web(WebApplicationType.NONE)
			.initializers((starting) -> starting.getBeanFactory().addBeanPostProcessor(visit))
			.run("--loglane.enabled=" + loglane, "--spring.lifecycle.timeout-per-shutdown-phase=1s");
		CountDownLatch gate = new CountDownLatch(1);
		try {
			visit.started = true;
			Map<String, ExecutorService> services = new LinkedHashMap<>();
			List<Future<?>> blocked = new ArrayList<>();
			for (String name : context.getBeanNamesForType(Executor.class)) {
				if (!name.startsWith("scopedTarget.")) {
					visit.lookAt(name, context.getBean(name, Executor.class), gate, blocked, services);
				}
			}
			assertThat(context.getBean(Consumer.class)).isNotNull();
			context.getBeanProvider(ExecutorLanes.class)
				.ifAvailable((lanes) -> visit.notCovered.putAll(lanes.notCovered()));
			context.getBean(MeterRegistry.class)
				.getMeters()
				.stream()
				.map((meter) -> meter.getId().getName() + meter.getId().getTags())
				.filter((meter) -> meter.startsWith("executor"))
				.forEach(visit.meters::add);
			// tasks that do not end hold up the end no more than without Loglane
			visit.watchTheEnd(context);
			assertThat(gate.getCount()).isEqualTo(1);
			gate.countDown();
			for (Future<?> task : blocked) {
				task.get(30, TimeUnit.SECONDS);
			}
			services.forEach((name, service) -> visit.stillRunning.put(name, !service.isShutdown()));
		}
		finally {
			gate.countDown();
			context.close();
		}
		output.toString()
			.substring(from)
			.lines()
			.filter((line) -> line.contains("not eligible") || line.contains("final method") || line.contains("proxy")
					|| line.matches("\\S+ +(WARN|ERROR) .*"))
			// which says so once in a JVM
			.filter((line) -> !line.contains("HazelcastInstanceFactory"))
			// all that differs from run to run
			.map((line) -> line.replaceAll("^\\S+ +|\\[[^]]*]|@\\p{XDigit}+|\\$\\$\\S+", "").replaceAll("\\d+", ""))
			.forEach(visit.warnings::add);
		return visit;
	}

	private static final class Visit implements BeanPostProcessor {

		/** In their order; of the application and of Spring, not of Loglane. */
		private final List<String> created = new ArrayList<>();

		private final List<String> laterThanTheStart = new ArrayList<>();

		private final Map<String, Set<String>> assignable = new TreeMap<>();

		private final Map<String, String> results = new TreeMap<>();

		/** Those of Boot's own for executors. */
		private final Set<String> meters = new TreeSet<>();

		/** What becomes of a task that is running when the context is closed. */
		private final Map<String, String> fates = new ConcurrentHashMap<>();

		/** Where the end waits. */
		private final Set<String> awaited = new TreeSet<>();

		private final Map<String, Boolean> stillRunning = new TreeMap<>();

		private final Map<String, String> lanes = new TreeMap<>();

		private final Map<String, String> notCovered = new TreeMap<>();

		private final List<String> warnings = new ArrayList<>();

		private boolean started;

		@Override
		public @Nullable Object postProcessBeforeInitialization(Object bean, String beanName) {
			if (!beanName.startsWith("loglane") && !beanName.startsWith("io.loglane.autoconfigure.")) {
				(this.started ? this.laterThanTheStart : this.created).add(beanName);
			}
			return bean;
		}

		void lookAt(String name, Executor executor, CountDownLatch gate, List<Future<?>> blocked,
				Map<String, ExecutorService> services) throws Exception {
			this.assignable.put(name, interfacesOf(executor));
			if (executor instanceof IExecutorService service) {
				this.results.put(name, service.submit(new Remote()).get(10, TimeUnit.SECONDS));
				return;
			}
			CompletableFuture<Thread> worker = new CompletableFuture<>();
			executor.execute(() -> {
				this.lanes.put(name, Lane.current().name());
				worker.complete(Thread.currentThread());
			});
			boolean sameThread = worker.get(10, TimeUnit.SECONDS) == Thread.currentThread();
			if (executor instanceof ExecutorService service) {
				services.put(name, service);
				this.results.put(name, service.submit(() -> "result").get(10, TimeUnit.SECONDS));
			}
			if (executor instanceof ScheduledExecutorService service) {
				this.results.put(name + " scheduled",
						service.schedule(() -> "result", 1, TimeUnit.MILLISECONDS).get(10, TimeUnit.SECONDS));
			}
			if (!sameThread) {
				CountDownLatch running = new CountDownLatch(1);
				CompletableFuture<Void> ended = new CompletableFuture<>();
				executor.execute(() -> {
					running.countDown();
					this.fates.put(name, waitFor(gate));
					ended.complete(null);
				});
				assertThat(running.await(10, TimeUnit.SECONDS)).as(name).isTrue();
				blocked.add(ended);
			}
		}

		void watchTheEnd(ConfigurableApplicationContext context) throws InterruptedException {
			Thread closing = new Thread(context::close);
			closing.start();
			for (int i = 0; i < 30_000 && closing.isAlive(); i++) {
				// both of one moment, which getState() and getStackTrace() are not
				ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(closing.getId(), Integer.MAX_VALUE);
				if (info != null && (info.getThreadState() == Thread.State.TIMED_WAITING
						|| info.getThreadState() == Thread.State.WAITING)) {
					waitingFor(info.getStackTrace()).ifPresent(this.awaited::add);
				}
				closing.join(1);
			}
			assertThat(closing.isAlive()).isFalse();
		}

		/**
		 * What of Spring's, or of ours for tasks, waits at the bottom of it, if any does.
		 */
		private static Optional<String> waitingFor(StackTraceElement[] stack) {
			return Stream.of(stack)
				.filter((frame) -> !frame.getClassName().startsWith("java.")
						&& !frame.getClassName().startsWith("jdk."))
				.findFirst()
				.map((frame) -> frame.getClassName() + "." + frame.getMethodName())
				.filter((frame) -> frame.startsWith("org.springframework.") || frame.startsWith("io.loglane.task."));
		}

		private static String waitFor(CountDownLatch gate) {
			String fate = "ran on";
			while (true) {
				try {
					if (gate.await(60, TimeUnit.SECONDS)) {
						return fate;
					}
				}
				catch (InterruptedException ex) {
					fate = "interrupted";
				}
			}
		}

		/** All that is the JDK's, Spring's or another library's, and not a proxy's. */
		private static Set<String> interfacesOf(Object bean) {
			Set<String> names = new TreeSet<>();
			for (Class<?> type : ClassUtils.getAllInterfaces(bean)) {
				// every proxy of the JDK's is serializable, by its class
				if (type != Serializable.class && !type.getName().startsWith("org.springframework.aop.")
						&& !type.getName().startsWith("org.springframework.cglib.")
						&& !type.getName().equals("org.springframework.core.DecoratingProxy")) {
					names.add(type.getName());
				}
			}
			return names;
		}

	}

	static class Remote implements Callable<String>, Serializable {

		@Override
		public String call() {
			return "remote";
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Consumer.class)
	static class Zoo {

		@Bean
		ExecutorService fixed() {
			return Executors.newFixedThreadPool(1);
		}

		@Bean
		ScheduledExecutorService scheduled() {
			return Executors.newSingleThreadScheduledExecutor();
		}

		@Bean
		ThreadPoolExecutor jdkPool() {
			return new ScheduledThreadPoolExecutor(1);
		}

		/** Its {@code close()}, from JDK 19 on, would wait for its tasks. */
		@Bean(destroyMethod = "shutdown")
		ForkJoinPool forkJoin() {
			return new ForkJoinPool(1);
		}

		@Bean(destroyMethod = "stop")
		QueuedThreadPool jetty() throws Exception {
			QueuedThreadPool pool = new QueuedThreadPool(4);
			pool.setStopTimeout(100);
			pool.start();
			return pool;
		}

		@Bean
		@SuppressWarnings("deprecation") // not in all versions
		EventLoopGroup netty() {
			return new DefaultEventLoopGroup(1);
		}

		@Bean
		HazelcastInstance hazelcastInstance() {
			Config config = new Config();
			config.setProperty("hazelcast.logging.type", "none");
			config.setProperty("hazelcast.phone.home.enabled", "false");
			config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
			config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
			config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
			return Hazelcast.newHazelcastInstance(config);
		}

		@Bean
		IExecutorService hazelcast(HazelcastInstance hazelcastInstance) {
			return hazelcastInstance.getExecutorService("tasks");
		}

		@Bean
		DelegatingSecurityContextExecutorService secured() {
			return new DelegatingSecurityContextExecutorService(Executors.newFixedThreadPool(1));
		}

		@Bean
		DelegatingSecurityContextScheduledExecutorService securedScheduled() {
			return new DelegatingSecurityContextScheduledExecutorService(Executors.newScheduledThreadPool(1));
		}

		@Bean
		DelegatingSecurityContextAsyncTaskExecutor securedTasks() {
			return new DelegatingSecurityContextAsyncTaskExecutor(
					new org.springframework.core.task.SimpleAsyncTaskExecutor());
		}

		@Bean
		Executor securedByInterface() {
			return new DelegatingSecurityContextExecutorService(Executors.newFixedThreadPool(1));
		}

		@Bean
		ScheduledExecutorFactoryBean factoryMade() {
			return new ScheduledExecutorFactoryBean();
		}

		@Bean
		@Lazy
		ThreadPoolTaskExecutor lazy() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean
		@Scope("prototype")
		TaskExecutor prototype() {
			return Runnable::run;
		}

		@Bean
		@Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.INTERFACES)
		TaskExecutor scoped() {
			return Runnable::run;
		}

		@Bean
		ThreadPoolTaskExecutor springPool() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean
		ThreadPoolTaskScheduler springScheduler() {
			return new ThreadPoolTaskScheduler();
		}

		@Bean
		ThreadPoolTaskScheduler removingScheduler() {
			ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
			scheduler.setRemoveOnCancelPolicy(true);
			return scheduler;
		}

		@Bean
		SimpleAsyncTaskScheduler simpleScheduler() {
			return new SimpleAsyncTaskScheduler();
		}

		@Bean
		SimpleAsyncTaskExecutor simple() {
			return new SimpleAsyncTaskExecutor();
		}

		@Bean
		ConcurrentTaskExecutor concurrent(ExecutorService adapted) {
			return new ConcurrentTaskExecutor(adapted);
		}

		@Bean
		ExecutorService adapted() {
			return Executors.newCachedThreadPool();
		}

		@Bean
		TaskExecutorAdapter adapter() {
			return new TaskExecutorAdapter(new SimpleAsyncTaskExecutor());
		}

		/** Over a pool that is no bean, and that nobody shuts down. */
		@Bean
		ConcurrentTaskScheduler concurrentScheduler() {
			return new ConcurrentTaskScheduler(
					Executors.newSingleThreadScheduledExecutor(new CustomizableThreadFactory("concurrent-") {

						@Override
						public boolean isDaemon() {
							return true;
						}

					}));
		}

		@Bean
		Executor lambda() {
			return (task) -> new Thread(task).start();
		}

		/** Which nobody may wait for, and nobody can shut down. */
		@Bean
		ExecutorService common() {
			return ForkJoinPool.commonPool();
		}

		@Bean
		SyncTaskExecutor sync() {
			return new SyncTaskExecutor();
		}

		@Bean
		ExecutorService byPriority() {
			return new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new PriorityBlockingQueue<>(11,
					(one, other) -> Integer.compare(System.identityHashCode(one), System.identityHashCode(other))));
		}

		@Bean
		FinalExecutor finalClass() {
			return new FinalExecutor();
		}

		@Bean
		FinalMethodExecutor finalMethod() {
			return new FinalMethodExecutor();
		}

		@Bean
		UsersExecutor users() {
			return new UsersExecutor();
		}

	}

	/** Takes each of them by the type that it is declared to be. */
	record Consumer(ExecutorService fixed, ScheduledExecutorService scheduled, ThreadPoolExecutor jdkPool,
			ForkJoinPool forkJoin, QueuedThreadPool jetty, EventLoopGroup netty, IExecutorService hazelcast,
			DelegatingSecurityContextScheduledExecutorService securedScheduled,
			DelegatingSecurityContextAsyncTaskExecutor securedTasks, ThreadPoolTaskExecutor springPool,
			ThreadPoolTaskScheduler springScheduler, SimpleAsyncTaskScheduler simpleScheduler,
			SimpleAsyncTaskExecutor simple, ConcurrentTaskExecutor concurrent, TaskExecutorAdapter adapter,
			SyncTaskExecutor sync, FinalExecutor finalClass, FinalMethodExecutor finalMethod, UsersExecutor users) {

	}

	static class UsersExecutor implements TaskExecutor {

		@Override
		public void execute(Runnable task) {
			new Thread(task).start();
		}

	}

	static final class FinalExecutor extends UsersExecutor {

	}

	static class FinalMethodExecutor extends UsersExecutor {

		@Override
		public final void execute(Runnable task) {
			super.execute(task);
		}

	}

}
