package io.loglane.autoconfigure;

import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import io.loglane.task.ExecutorLanes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aot.hint.ExecutableHint;
import org.springframework.aot.hint.FieldHint;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.TypeHint;
import org.springframework.aot.hint.TypeReference;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.util.ReflectionUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a native image is told to keep is what is needed.
 */
class LoglaneRuntimeHintsTests {

	private final RuntimeHints hints = new RuntimeHints();

	private void register(@Nullable ClassLoader loader) {
		// as Spring does: by the file that names it
		List<RuntimeHintsRegistrar> ours = SpringFactoriesLoader.forResourceLocation("META-INF/spring/aot.factories")
			.load(RuntimeHintsRegistrar.class)
			.stream()
			.filter(LoglaneRuntimeHints.class::isInstance)
			.toList();
		assertThat(ours).hasSize(1);
		ours.get(0).registerHints(this.hints, loader);
	}

	private Set<String> fields(Class<?> type) {
		TypeHint hint = this.hints.reflection().getTypeHint(TypeReference.of(type));
		return (hint != null) ? hint.fields().map(FieldHint::getName).collect(java.util.stream.Collectors.toSet())
				: Set.of();
	}

	@Test
	void keepsEachFieldOfSpringsThatIsRead() {
		register(getClass().getClassLoader());
		assertThat(ExecutorLanes.fieldsRead()).isNotEmpty().allSatisfy((type, names) -> {
			assertThat(names).allSatisfy((name) -> assertThat(ReflectionUtils.findField(type, name)).isNotNull());
			assertThat(fields(type)).containsAll(names);
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { AppenderBase.class, UnsynchronizedAppenderBase.class })
	void keepsTheFieldInWhichLogbackKnowsOfFailures(Class<?> base) {
		register(getClass().getClassLoader());
		List<String> names = Arrays.stream(base.getDeclaredFields())
			.map(Field::getName)
			.filter((name) -> name.startsWith("exception"))
			.toList();
		assertThat(names).isNotEmpty();
		assertThat(fields(base)).containsAll(names);
	}

	@ParameterizedTest
	@CsvSource({ "ch.qos.logback.classic.spi.LoggingEvent, threadName",
			"ch.qos.logback.core.recovery.ResilientOutputStreamBase, os",
			"ch.qos.logback.core.recovery.ResilientFileOutputStream, fos" })
	void keepsTheFieldsThatAreWrittenInLogback(Class<?> type, String field) throws Exception {
		register(getClass().getClassLoader());
		assertThat(type.getDeclaredField(field)).isNotNull();
		assertThat(fields(type)).contains(field);
	}

	@Test
	void keepsTheMethodThatTellsVirtualThreads() {
		register(getClass().getClassLoader());
		TypeHint thread = this.hints.reflection().getTypeHint(Thread.class);
		assertThat(thread).isNotNull();
		assertThat(thread.methods()).extracting(ExecutableHint::getName).containsExactly("isVirtual");
	}

	@Test
	void keepsTheFieldInWhichSpringBootKnowsOfItsFormat() throws Exception {
		register(getClass().getClassLoader());
		Class<?> encoder = Class.forName("org.springframework.boot.logging.logback.StructuredLogEncoder");
		assertThat(encoder.getDeclaredField("formatter")).isNotNull();
		assertThat(fields(encoder)).contains("formatter");
	}

	@Test
	void keepsTheProperties() {
		register(getClass().getClassLoader());
		assertThat(Stream.concat(Stream.of(LoglaneProperties.class),
				Arrays.stream(LoglaneProperties.class.getDeclaredClasses()).filter((type) -> !type.isEnum())))
			.hasSizeGreaterThan(4)
			.allSatisfy((type) -> assertThat(this.hints.reflection().getTypeHint(type)).isNotNull());
	}

	static Stream<Arguments> executors() {
		return Stream.of(executor(Executor.class, () -> Runnable::run),
				executor(ExecutorService.class, Executors::newSingleThreadExecutor),
				executor(ExecutorService.class, Executors::newWorkStealingPool),
				executor(ExecutorService.class,
						() -> new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>())),
				executor(ScheduledExecutorService.class, Executors::newSingleThreadScheduledExecutor),
				executor(ScheduledExecutorService.class, () -> new ScheduledThreadPoolExecutor(1)));
	}

	private static <T extends Executor> Arguments executor(Class<T> type, Supplier<? extends T> supplier) {
		return Arguments.of(type, supplier);
	}

	@ParameterizedTest
	@MethodSource("executors")
	<T extends Executor> void keepsTheProxyThatStandsInFrontOf(Class<T> type, Supplier<T> supplier) {
		register(getClass().getClassLoader());
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LoglaneAutoConfiguration.class))
			.withBean("jobs", type, supplier)
			.run((context) -> {
				Object jobs = context.getBean("jobs");
				assertThat(jobs).isInstanceOf(java.lang.reflect.Proxy.class);
				List<TypeReference> interfaces = TypeReference.listOf(jobs.getClass().getInterfaces());
				assertThat(this.hints.proxies().jdkProxyHints())
					.anySatisfy((hint) -> assertThat(hint.getProxiedInterfaces()).isEqualTo(interfaces));
			});
	}

	@Test
	void doesWithoutLogback() {
		register(new FilteredClassLoader("ch.qos.logback"));
		assertThat(this.hints.reflection().typeHints().map((hint) -> hint.getType().getName())).isNotEmpty()
			.noneMatch((name) -> name.startsWith("ch.qos.logback"));
	}

}
