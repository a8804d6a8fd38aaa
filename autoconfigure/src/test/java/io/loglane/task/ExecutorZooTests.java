package io.loglane.task;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IExecutorService;
import io.loglane.lane.Lane;
import io.netty.channel.DefaultEventLoopGroup;
import io.netty.channel.EventLoopGroup;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import org.springframework.beans.BeansException;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.core.task.TaskExecutor;
import org.springframework.scheduling.concurrent.ScheduledExecutorFactoryBean;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.security.concurrent.DelegatingSecurityContextExecutorService;
import org.springframework.security.concurrent.DelegatingSecurityContextScheduledExecutorService;
import org.springframework.security.task.DelegatingSecurityContextAsyncTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application with one of each kind of executor that earlier starters broke: it
 * starts, injects, works and ends as it does without lanes.
 */
class ExecutorZooTests {

	private final ListAppender<ILoggingEvent> log = new ListAppender<>();

	private final Logger spring = (Logger) LoggerFactory.getLogger("org.springframework");

	@BeforeEach
	void listen() {
		this.log.start();
		this.spring.addAppender(this.log);
	}

	@AfterEach
	void stopListening() {
		this.spring.detachAppender(this.log);
	}

	@Test
	void applicationIsWhatItIsWithoutLanes() throws Exception {
		Visit without = visit(WithoutLanes.class);
		Visit with = visit(WithLanes.class);
		assertThat(with.created).isEqualTo(without.created);
		assertThat(with.assignable).isEqualTo(without.assignable);
		assertThat(with.results).isEqualTo(without.results);
		assertThat(with.stillRunning).isEqualTo(without.stillRunning);
		assertThat(with.warnings).isEqualTo(without.warnings);
		assertThat(with.lanes).containsEntry("fixed", "fixed")
			.containsEntry("scheduled", "scheduled")
			.containsEntry("securedByInterface", "securedByInterface")
			.containsEntry("factoryMade", "factoryMade")
			.containsEntry("lazy", "lazy")
			.containsEntry("prototype", "prototype")
			.containsEntry("scoped", "scoped")
			.containsEntry("jdkPool", "jdkPool")
			.containsEntry("springPool", "springPool")
			.containsEntry("jetty", "none")
			.containsEntry("netty", "none")
			.containsEntry("secured", "none")
			.containsEntry("securedScheduled", "none")
			.containsEntry("securedTasks", "none")
			.containsEntry("forkJoin", "none");
		assertThat(without.lanes.values()).containsOnly("none");
	}

	/** What can be seen of one life of the application. */
	private Visit visit(Class<?> lanes) throws Exception {
		this.log.list.clear();
		Visit visit = new Visit();
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.getBeanFactory().addBeanPostProcessor(new BeanPostProcessor() {

			@Override
			public Object postProcessBeforeInitialization(Object bean, String beanName) throws BeansException {
				if (!beanName.contains("anes")) {
					visit.created.add(beanName);
				}
				return bean;
			}

		});
		context.register(lanes, Zoo.class);
		context.refresh();
		Map<String, ExecutorService> services = new LinkedHashMap<>();
		for (String name : context.getBeanNamesForType(Executor.class)) {
			if (name.startsWith("scopedTarget.")) {
				continue;
			}
			Executor executor = context.getBean(name, Executor.class);
			visit.assignable.put(name, Visit.interfacesOf(executor));
			if (executor instanceof IExecutorService) {
				visit.results.put(name, String.valueOf(((ExecutorService) executor).submit(new Remote()).get()));
				continue;
			}
			ConcurrentLinkedQueue<String> lane = new ConcurrentLinkedQueue<>();
			java.util.concurrent.CountDownLatch done = new java.util.concurrent.CountDownLatch(1);
			executor.execute(() -> {
				lane.add(Lane.current().name());
				done.countDown();
			});
			assertThat(done.await(10, TimeUnit.SECONDS)).as(name).isTrue();
			visit.lanes.put(name, lane.peek());
			if (executor instanceof ExecutorService service) {
				services.put(name, service);
				visit.results.put(name, service.submit(() -> "result").get(10, TimeUnit.SECONDS));
			}
			if (executor instanceof ScheduledExecutorService service) {
				visit.results.put(name + " scheduled",
						service.schedule(() -> "result", 1, TimeUnit.MILLISECONDS).get(10, TimeUnit.SECONDS));
			}
		}
		assertThat(context.getBean(Consumer.class)).isNotNull();
		context.close();
		services.forEach((name, service) -> visit.stillRunning.put(name, !service.isShutdown()));
		this.log.list.stream()
			.filter((event) -> event.getLevel().isGreaterOrEqual(ch.qos.logback.classic.Level.INFO))
			.map(ILoggingEvent::getFormattedMessage)
			.filter((message) -> message.contains("not eligible") || message.contains("final method")
					|| message.contains("proxy"))
			.forEach(visit.warnings::add);
		return visit;
	}

	private static final class Visit {

		private final List<String> created = new ArrayList<>();

		private final Map<String, Set<String>> assignable = new LinkedHashMap<>();

		private final Map<String, String> results = new LinkedHashMap<>();

		private final Map<String, Boolean> stillRunning = new LinkedHashMap<>();

		private final Map<String, String> lanes = new LinkedHashMap<>();

		private final List<String> warnings = new ArrayList<>();

		/** All that is the JDK's, Spring's or another library's, and not a proxy's. */
		private static Set<String> interfacesOf(Object bean) {
			Set<String> names = new java.util.TreeSet<>();
			for (Class<?> type : org.springframework.util.ClassUtils.getAllInterfaces(bean)) {
				// every proxy of the JDK's is serializable, by its class
				if (type != java.io.Serializable.class && !type.getName().startsWith("org.springframework.aop.")
						&& !type.getName().startsWith("org.springframework.cglib.")
						&& !type.getName().equals("org.springframework.core.DecoratingProxy")) {
					names.add(type.getName());
				}
			}
			return names;
		}

	}

	static class Remote implements Callable<String>, java.io.Serializable {

		@Override
		public String call() {
			return "remote";
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class WithoutLanes {

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Lanes.class)
	static class WithLanes {

	}

	@Configuration(proxyBeanMethods = false)
	static class Lanes {

		@Bean
		static ExecutorLanes lanes() {
			return new ExecutorLanes(new TaskSettings("executor", "task", true, Set.of()));
		}

		@Bean
		static ExecutorProxies lanesProxies(ExecutorLanes lanes) {
			return new ExecutorProxies(lanes);
		}

	}

	@Configuration(proxyBeanMethods = false)
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

		@Bean
		ForkJoinPool forkJoin() {
			return new ForkJoinPool(1);
		}

		@Bean(destroyMethod = "stop")
		QueuedThreadPool jetty() throws Exception {
			QueuedThreadPool pool = new QueuedThreadPool(4);
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

	}

	/** Takes each of them by the type that it is declared to be. */
	record Consumer(ExecutorService fixed, ScheduledExecutorService scheduled, ThreadPoolExecutor jdkPool,
			ForkJoinPool forkJoin, QueuedThreadPool jetty, EventLoopGroup netty, IExecutorService hazelcast,
			DelegatingSecurityContextScheduledExecutorService securedScheduled,
			DelegatingSecurityContextAsyncTaskExecutor securedTasks, ThreadPoolTaskExecutor springPool,
			ThreadPoolTaskScheduler springScheduler, Map<String, Executor> all) {

	}

}
