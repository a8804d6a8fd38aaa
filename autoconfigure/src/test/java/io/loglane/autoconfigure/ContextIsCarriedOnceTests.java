package io.loglane.autoconfigure;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import io.micrometer.context.ContextExecutorService;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.micrometer.tracing.otel.bridge.Slf4JEventListener;
import io.opentelemetry.context.ContextStorage;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Disabled;
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
	@ValueSource(strings = { "plain", "jdk", "decorated", "decoratedByASubclass", "composed", "carrying",
			"concurrentOverCarrying", "adapterOverCarrying", "overCarrying" })
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

	@Test
	@Disabled("needs a JVM of its own: OpenTelemetry's context storage takes no wrapper once it is in use")
	void traceOfTheSubmitterIsEnteredOnceAndLeft() throws Exception {
		List<String> entered = new CopyOnWriteArrayList<>();
		try (SdkTracerProvider provider = SdkTracerProvider.builder().build()) {
			ObservationRegistry observations = tracing(provider, entered);
			for (String property : List.of("false", "true")) {
				ConfigurableApplicationContext context = this.applications.run(Plain.class,
						"--spring.task.execution.propagate-context=" + property,
						"--spring.task.execution.pool.core-size=1");
				ThreadPoolTaskExecutor executor = context.getBean("applicationTaskExecutor",
						ThreadPoolTaskExecutor.class);
				entered.clear();
				Observation.createNotStarted("request", observations).observeChecked(() -> {
					String traceId = Objects.requireNonNull(MDC.get("traceId"));
					Callable<SeenByTask> task = SeenByTask::now;
					SeenByTask seen = executor.submit(task).get(10, TimeUnit.SECONDS);
					assertThat(seen.mdc()).containsEntry("traceId", traceId)
						.containsEntry("executor", "applicationTaskExecutor");
					assertThat(entered).containsOnlyOnce(seen.thread());
				});
				Map<String, String> after = executor.submit(SeenByTask::now).get(10, TimeUnit.SECONDS).mdc();
				assertThat(after).containsOnlyKeys("executor", "task");
				context.close();
			}
		}
	}

	/** As Boot's auto-configuration of Micrometer Tracing has it. */
	private static ObservationRegistry tracing(SdkTracerProvider provider, List<String> entered) {
		Slf4JEventListener mdc = new Slf4JEventListener();
		ContextStorage.addWrapper(new io.micrometer.tracing.otel.bridge.EventPublishingContextWrapper(mdc::onEvent));
		OtelTracer tracer = new OtelTracer(provider.get("test"), new OtelCurrentTraceContext(), mdc::onEvent);
		ObservationRegistry observations = ObservationRegistry.create();
		observations.observationConfig()
			.observationHandler(new DefaultTracingObservationHandler(tracer))
			.observationHandler(new ObservationHandler<>() {

				@Override
				public void onScopeOpened(Observation.Context context) {
					entered.add(Thread.currentThread().getName());
				}

				@Override
				public boolean supportsContext(Observation.Context context) {
					return true;
				}

			});
		return observations;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Plain {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Many {

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
