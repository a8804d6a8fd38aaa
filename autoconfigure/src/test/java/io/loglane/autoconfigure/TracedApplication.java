package io.loglane.autoconfigure;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.EventPublishingContextWrapper;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.micrometer.tracing.otel.bridge.Slf4JEventListener;
import io.opentelemetry.context.ContextStorage;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import org.slf4j.MDC;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.AsyncTaskExecutor;

/**
 * Submits a task within a trace of Micrometer Tracing and OpenTelemetry, and writes down
 * what it sees of it, and what the next one sees on the same thread.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class TracedApplication {

	/** The threads on which a trace was entered, each time that one was. */
	private static final List<String> ENTERED = new CopyOnWriteArrayList<>();

	public static void main(String[] arguments) throws Exception {
		List<String> lines = new ArrayList<>();
		try (SdkTracerProvider provider = SdkTracerProvider.builder().build();
				ConfigurableApplicationContext context = SpringApplication.run(TracedApplication.class, arguments)) {
			ObservationRegistry observations = tracing(provider);
			AsyncTaskExecutor executor = context.getBean("applicationTaskExecutor", AsyncTaskExecutor.class);
			Callable<SeenByTask> look = SeenByTask::now;
			Observation.createNotStarted("request", observations).observeChecked(() -> {
				String traceId = Objects.requireNonNull(MDC.get("traceId"));
				SeenByTask seen = executor.submit(look).get(10, TimeUnit.SECONDS);
				lines.add("%s: same trace %s, entered %d".formatted(seen.lane(),
						traceId.equals(seen.mdc().get("traceId")),
						ENTERED.stream().filter(seen.thread()::equals).count()));
			});
			SeenByTask next = executor.submit(look).get(10, TimeUnit.SECONDS);
			lines.add("then " + new TreeSet<>(next.mdc().keySet()));
			Files.write(Path.of(context.getEnvironment().getRequiredProperty("test.seen")), lines);
		}
	}

	/** As Boot's auto-configuration of Micrometer Tracing has it. */
	private static ObservationRegistry tracing(SdkTracerProvider provider) {
		Slf4JEventListener mdc = new Slf4JEventListener();
		ContextStorage.addWrapper(new EventPublishingContextWrapper(mdc::onEvent));
		OtelTracer tracer = new OtelTracer(provider.get("test"), new OtelCurrentTraceContext(), mdc::onEvent);
		ObservationRegistry observations = ObservationRegistry.create();
		observations.observationConfig()
			.observationHandler(new DefaultTracingObservationHandler(tracer))
			.observationHandler(new ObservationHandler<>() {

				@Override
				public void onScopeOpened(Observation.Context context) {
					ENTERED.add(Thread.currentThread().getName());
				}

				@Override
				public boolean supportsContext(Observation.Context context) {
					return true;
				}

			});
		return observations;
	}

}
