package io.loglane.autoconfigure;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;

import io.loglane.actuate.LoglaneHealth;
import io.loglane.task.ExecutorLanes;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.TypeReference;
import org.springframework.boot.context.properties.bind.BindableRuntimeHintsRegistrar;
import org.springframework.util.ClassUtils;

/**
 * What a native image has to keep for Loglane: fields that are read by reflection, the
 * properties, which are bound before there is a bean of them, and proxies: in front of
 * the JDK's executors, and for the health endpoint. What Spring finds by itself, as the
 * listeners in spring.factories and what the endpoint returns, is not here.
 */
final class LoglaneRuntimeHints implements RuntimeHintsRegistrar {

	/** Which of them has which field depends on the version of Logback. */
	private static final List<String> APPENDER_BASES = List.of("ch.qos.logback.core.AppenderBase",
			"ch.qos.logback.core.UnsynchronizedAppenderBase");

	private static final List<String> SWALLOWED_FAILURES = List.of("exceptionCount", "exceptionGuard");

	private static final Map<String, String> FIELDS = Map.of("ch.qos.logback.classic.spi.LoggingEvent", "threadName",
			"ch.qos.logback.core.recovery.ResilientOutputStreamBase", "os",
			"ch.qos.logback.core.recovery.ResilientFileOutputStream", "fos");

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		BindableRuntimeHintsRegistrar.forTypes(LoglaneProperties.class).registerHints(hints, classLoader);
		ExecutorLanes.fieldsRead()
			.forEach((type, fields) -> hints.reflection()
				.registerType(type, (hint) -> fields.forEach((field) -> hint.withField(field))));
		APPENDER_BASES.forEach((base) -> hints.reflection()
			.registerTypeIfPresent(classLoader, base,
					(hint) -> SWALLOWED_FAILURES.forEach((field) -> hint.withField(field))));
		FIELDS.forEach((type, field) -> hints.reflection()
			.registerTypeIfPresent(classLoader, type, (hint) -> hint.withField(field)));
		// of JDK 21
		hints.reflection()
			.registerType(Thread.class, (hint) -> hint.withMethod("isVirtual", List.of(), ExecutableMode.INVOKE));
		hints.reflection()
			.registerTypeIfPresent(classLoader, "org.springframework.boot.logging.logback.StructuredLogEncoder",
					(hint) -> hint.withField("formatter"));
		LoglaneHealth.PACKAGES.forEach((location) -> health(hints, classLoader, location));
		proxy(hints, Executor.class);
		proxy(hints, ExecutorService.class);
		proxy(hints, ScheduledExecutorService.class);
		proxy(hints, ScheduledExecutorService.class, ExecutorService.class);
	}

	private static void health(RuntimeHints hints, @Nullable ClassLoader classLoader, String location) {
		if (ClassUtils.isPresent(location + "HealthIndicator", classLoader)) {
			hints.proxies()
				.registerJdkProxy((proxy) -> proxy.proxiedInterfaces(TypeReference.of(location + "HealthIndicator")));
			for (String type : List.of("Health", "Health$Builder")) {
				hints.reflection()
					.registerTypeIfPresent(classLoader, location + type, MemberCategory.INVOKE_PUBLIC_METHODS);
			}
		}
	}

	private static void proxy(RuntimeHints hints, Class<?>... interfaces) {
		hints.proxies().registerJdkProxy(AopProxyUtils.completeJdkProxyInterfaces(interfaces));
	}

}
