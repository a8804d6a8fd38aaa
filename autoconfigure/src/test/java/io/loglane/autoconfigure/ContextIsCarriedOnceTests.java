package io.loglane.autoconfigure;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.micrometer.context.ContextExecutorService;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.TaskDecorator;
import org.springframework.core.task.support.ContextPropagatingTaskDecorator;
import org.springframework.core.task.support.TaskExecutorAdapter;
import org.springframework.scheduling.concurrent.ConcurrentTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What Micrometer's context-propagation carries is there once: where nobody else carries
 * it we do, and where the application does, only the application.
 */
class ContextIsCarriedOnceTests {

	private static final ThreadLocal<String> TENANT = new ThreadLocal<>();

	/** The threads on which the tenant was set, each time that it was. */
	private static final List<Thread> SETS = new CopyOnWriteArrayList<>();

	@RegisterExtension
	private final Applications applications = new Applications();

	@BeforeEach
	void register() {
		SETS.clear();
		ContextRegistry.getInstance().registerThreadLocalAccessor("once", TENANT::get, (value) -> {
			SETS.add(Thread.currentThread());
			TENANT.set(value);
		}, TENANT::remove);
	}

	@AfterEach
	void forget() {
		ContextRegistry.getInstance().removeThreadLocalAccessor("once");
		TENANT.remove();
	}

	@ParameterizedTest
	@ValueSource(strings = { "plain", "jdk", "decorated", "decoratedByASubclass", "composed", "composedTwice",
			"carrying", "concurrentOverCarrying", "adapterOverCarrying", "overCarrying" })
	void contextOfTheSubmitterIsSetOnceForATask(String name) throws Exception {
		ConfigurableApplicationContext context = this.applications.run(Many.class);
		assertCarriedOnce(context.getBean(name, Executor.class), name);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void contextIsSetOnceWhateverBootDoes(boolean propagates) throws Exception {
		ConfigurableApplicationContext context = this.applications.run(Plain.class,
				"--spring.task.execution.propagate-context=" + propagates);
		assertCarriedOnce(context.getBean("applicationTaskExecutor", Executor.class), "applicationTaskExecutor");
	}

	private static void assertCarriedOnce(Executor executor, String lane) throws Exception {
		TENANT.set("acme");
		CompletableFuture<String> tenant = new CompletableFuture<>();
		CompletableFuture<SeenByTask> seen = new CompletableFuture<>();
		CompletableFuture<Thread> worker = new CompletableFuture<>();
		executor.execute(() -> {
			worker.complete(Thread.currentThread());
			tenant.complete(String.valueOf(TENANT.get()));
			seen.complete(SeenByTask.now());
		});
		assertThat(tenant.get(10, TimeUnit.SECONDS)).isEqualTo("acme");
		assertThat(seen.get(10, TimeUnit.SECONDS).mdc())
			.containsEntry("executor", lane.startsWith("over") ? "carrying" : lane)
			.containsKey("task");
		assertThat(SETS.stream().filter(worker.get()::equals)).hasSize(1);
	}

	/** Boot composes its decorator with the application's. */
	@Test
	void contextIsSetOnceWhereBootComposesItsDecoratorWithAnother() throws Exception {
		ConfigurableApplicationContext context = this.applications.run(DecoratorBean.class,
				"--spring.task.execution.propagate-context=true");
		assertCarriedOnce(context.getBean("applicationTaskExecutor", Executor.class), "applicationTaskExecutor");
		assertThat(DecoratorBean.DECORATED).hasPositiveValue();
	}

	/**
	 * An accessor for the whole MDC sets the submitter's, with the submitter's tag in it,
	 * over what was there.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "plain", "jdk", "decorated", "composed", "carrying", "concurrentOverCarrying" })
	void tagIsTheTasksWhereTheApplicationCarriesTheWholeMdcItself(String name) throws Exception {
		ContextRegistry.getInstance().registerThreadLocalAccessor(new Slf4jThreadLocalAccessor());
		try {
			ConfigurableApplicationContext context = this.applications.run(Many.class);
			Executor executor = context.getBean(name, Executor.class);
			CompletableFuture<SeenByTask> seen = new CompletableFuture<>();
			CompletableFuture<SeenByTask> outer = new CompletableFuture<>();
			context.getBean("submitting", Executor.class).execute(() -> {
				MDC.put("requestId", "r-1");
				outer.complete(SeenByTask.now());
				executor.execute(() -> seen.complete(SeenByTask.now()));
			});
			assertThat(seen.get(10, TimeUnit.SECONDS).lane()).isEqualTo(name);
			assertThat(seen.get().mdc()).containsEntry("executor", name)
				.containsEntry("requestId", "r-1")
				.containsEntry("parent", "submitting#" + outer.get().task());
			CompletableFuture<SeenByTask> next = new CompletableFuture<>();
			executor.execute(() -> next.complete(SeenByTask.now()));
			assertThat(next.get(10, TimeUnit.SECONDS).mdc()).containsOnlyKeys("executor", "task");
		}
		finally {
			ContextRegistry.getInstance().removeThreadLocalAccessor(Slf4jThreadLocalAccessor.KEY);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Plain {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class DecoratorBean {

		static final AtomicInteger DECORATED = new AtomicInteger();

		@Bean
		TaskDecorator counting() {
			return (task) -> {
				DECORATED.incrementAndGet();
				return task;
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Many {

		@Bean
		ThreadPoolTaskExecutor submitting() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean
		ThreadPoolTaskExecutor plain() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean
		ExecutorService jdk() {
			return Executors.newFixedThreadPool(1);
		}

		@Bean
		ThreadPoolTaskExecutor decorated() {
			return decorated(new ContextPropagatingTaskDecorator());
		}

		@Bean
		ThreadPoolTaskExecutor decoratedByASubclass() {
			return decorated(new ContextPropagatingTaskDecorator() {

				@Override
				public Runnable decorate(Runnable task) {
					return super.decorate(task);
				}

			});
		}

		@Bean
		ThreadPoolTaskExecutor composed() {
			return decorated(new org.springframework.core.task.support.CompositeTaskDecorator(
					List.of((TaskDecorator) (task) -> () -> task.run(), new ContextPropagatingTaskDecorator())));
		}

		/** As one that Boot composes is, once more in another. */
		@Bean
		ThreadPoolTaskExecutor composedTwice() {
			return decorated(new org.springframework.core.task.support.CompositeTaskDecorator(
					List.of(new org.springframework.core.task.support.CompositeTaskDecorator(
							List.of(new ContextPropagatingTaskDecorator())))));
		}

		@Bean
		ExecutorService carrying() {
			return ContextExecutorService.wrap(daemons(), () -> ContextSnapshotFactory.builder().build().captureAll());
		}

		@Bean
		Executor overCarrying(ExecutorService carrying) {
			return (task) -> carrying.execute(task);
		}

		@Bean
		ConcurrentTaskExecutor concurrentOverCarrying() {
			return new ConcurrentTaskExecutor(carrying());
		}

		@Bean
		TaskExecutorAdapter adapterOverCarrying() {
			return new TaskExecutorAdapter(carrying());
		}

		private static ThreadPoolTaskExecutor decorated(TaskDecorator decorator) {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setTaskDecorator(decorator);
			return executor;
		}

		private static ExecutorService daemons() {
			return new ThreadPoolExecutor(0, 1, 1, TimeUnit.SECONDS, new java.util.concurrent.LinkedBlockingQueue<>());
		}

	}

}
