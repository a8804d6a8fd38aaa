package io.loglane.appender;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

import ch.qos.logback.classic.LoggerContext;
import io.loglane.autoconfigure.Applications;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Scope;
import io.opentelemetry.instrumentation.logback.appender.v1_0.OpenTelemetryAppender;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.logs.export.SimpleLogRecordProcessor;
import org.slf4j.MDC;
import org.slf4j.spi.MDCAdapter;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * A real application with Loglane, or with Loglane switched off. The row's configuration
 * is its command line, an argument in each line. Only the program's loggers write.
 */
class SameLinesApplication implements SameLinesLogging {

	private final Properties systemProperties = (Properties) System.getProperties().clone();

	private final ConfigurableApplicationContext application;

	SameLinesApplication(SameLinesRow row, Path folder, boolean queued) {
		String[] arguments = Stream.concat(
				Stream.of("--logging.level.root=off", "--logging.level.app=trace", "--spring.main.banner-mode=off",
						"--spring.application.name=same", "--loglane.enabled=" + queued, "--loglane.queue.max-wait=1m"),
				row.configuration().replace(SameLinesRow.FOLDER, folder.toString()).lines())
			.toArray(String[]::new);
		this.application = new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE).run(arguments);
		// the context is one for all runs
		context().getStatusManager().clear();
	}

	@Override
	public LoggerContext context() {
		return Applications.logback();
	}

	@Override
	public MDCAdapter mdc() {
		return MDC.getMDCAdapter();
	}

	@Override
	public void close() {
		this.application.close();
		context().stop();
		context().start();
		// where Boot has left the row's patterns
		System.setProperties(this.systemProperties);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		ThreadPoolTaskExecutor reports() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setCorePoolSize(1);
			executor.setThreadNamePrefix("caller-");
			return executor;
		}

	}

	/** The program is a task of an executor. */
	static final class InTask extends SameLinesApplication {

		private final ThreadPoolTaskExecutor executor;

		InTask(SameLinesRow row, Path folder, boolean queued) {
			super(row, folder, queued);
			this.executor = super.application.getBean("reports", ThreadPoolTaskExecutor.class);
		}

		@Override
		public Callers.Body around(Callers.Body program) {
			return () -> {
				try {
					this.executor.submit(() -> {
						program.run();
						return null;
					}).get();
				}
				catch (ExecutionException ex) {
					throw new AssertionError(ex.getCause());
				}
			};
		}

	}

	/** The program runs inside a span, and what OpenTelemetry exports is written down. */
	static final class InSpan extends SameLinesApplication {

		private final OpenTelemetrySdk telemetry;

		InSpan(SameLinesRow row, Path folder, boolean queued) {
			super(row, folder, queued);
			this.telemetry = OpenTelemetrySdk.builder()
				.setLoggerProvider(SdkLoggerProvider.builder()
					.addLogRecordProcessor(SimpleLogRecordProcessor.create(new FileExporter(folder)))
					.build())
				.build();
			// looks for its appender among those of the loggers
			OpenTelemetryAppender.install(this.telemetry);
		}

		@Override
		public Callers.Body around(Callers.Body program) {
			return () -> {
				String thread = Thread.currentThread().getName().substring("caller-".length());
				SpanContext span = SpanContext.create("1234567890abcdef".repeat(2), "1234567890abcde" + thread,
						TraceFlags.getSampled(), TraceState.getDefault());
				try (Scope scope = Span.wrap(span).makeCurrent()) {
					program.run();
				}
			};
		}

		@Override
		public void close() {
			super.close();
			this.telemetry.close();
		}

	}

	/** Writes records into a file, one a line. */
	private static final class FileExporter implements LogRecordExporter {

		private final Path file;

		FileExporter(Path folder) {
			this.file = folder.resolve("telemetry.log");
		}

		@Override
		public synchronized CompletableResultCode export(Collection<LogRecordData> records) {
			List<String> lines = records.stream().map(FileExporter::line).toList();
			try {
				Files.write(this.file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
			return CompletableResultCode.ofSuccess();
		}

		private static String line(LogRecordData record) {
			TreeMap<String, Object> attributes = new TreeMap<>();
			record.getAttributes().forEach((key, value) -> attributes.put(key.getKey(), value));
			return record.getSpanContext().getTraceId() + " " + record.getSpanContext().getSpanId() + " "
					+ record.getSeverityText() + " " + record.getInstrumentationScopeInfo().getName() + " "
					+ record.getBodyValue() + " " + attributes;
		}

		@Override
		public CompletableResultCode flush() {
			return CompletableResultCode.ofSuccess();
		}

		@Override
		public CompletableResultCode shutdown() {
			return CompletableResultCode.ofSuccess();
		}

	}

}
