package io.loglane.autoconfigure;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import io.loglane.appender.LaneLevels;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A level of a lane's own.
 */
class LaneLevelTests {

	private static final Logger LOGGER = (Logger) LoggerFactory.getLogger("io.example.Work");

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoglaneAutoConfiguration.class))
		.withUserConfiguration(Executors.class);

	@Test
	void laneIsMoreAndLessTalkativeThanTheLoggersAre() {
		this.runner.withPropertyValues("loglane.executors.chatty.level=trace", "loglane.executors.quiet.level=error")
			.run((context) -> {
				assertThat(LOGGER.isTraceEnabled()).isFalse();
				ThreadPoolTaskExecutor chatty = context.getBean("chatty", ThreadPoolTaskExecutor.class);
				assertThat(ask(chatty, LOGGER::isTraceEnabled)).isTrue();
				ThreadPoolTaskExecutor quiet = context.getBean("quiet", ThreadPoolTaskExecutor.class);
				assertThat(ask(quiet, LOGGER::isWarnEnabled)).isFalse();
				assertThat(ask(quiet, LOGGER::isErrorEnabled)).isTrue();
				ThreadPoolTaskExecutor plain = context.getBean("plain", ThreadPoolTaskExecutor.class);
				assertThat(ask(plain, LOGGER::isInfoEnabled)).isTrue();
				assertThat(ask(plain, LOGGER::isTraceEnabled)).isFalse();
			});
		assertThat(isFilterPresent()).isFalse();
	}

	@Test
	void nothingLooksAtLanesWhereNoneHasALevel() {
		this.runner.run((context) -> assertThat(isFilterPresent()).isFalse());
		this.runner.withPropertyValues("loglane.executors.chatty.level=debug")
			.run((context) -> assertThat(isFilterPresent()).isTrue());
	}

	@Test
	void unknownLevelStopsTheStart() {
		this.runner.withPropertyValues("loglane.executors.chatty.level=loud")
			.run((context) -> assertThat(context).getFailure()
				.hasStackTraceContaining("loglane.executors.chatty.level"));
	}

	private static boolean ask(ThreadPoolTaskExecutor executor, BooleanSupplier question) throws Exception {
		return CompletableFuture.supplyAsync(question::getAsBoolean, executor).get(10, TimeUnit.SECONDS);
	}

	private static boolean isFilterPresent() {
		LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
		return context.getTurboFilterList().stream().anyMatch(LaneLevels.class::isInstance);
	}

	@Configuration(proxyBeanMethods = false)
	static class Executors {

		@Bean
		ThreadPoolTaskExecutor chatty() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean
		ThreadPoolTaskExecutor quiet() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean
		ThreadPoolTaskExecutor plain() {
			return new ThreadPoolTaskExecutor();
		}

	}

}
