package io.loglane.autoconfigure;

import java.util.Map;

import ch.qos.logback.classic.LoggerContext;
import io.loglane.metrics.LoglaneMetrics;
import io.loglane.task.ExecutorLanes;
import io.loglane.task.ExecutorProxies;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of Loglane: queues in front of Logback's appenders, lanes for
 * executors, and meters. The queues are the JVM's, so a child context leaves them to its
 * parent; its executors are its own.
 */
@AutoConfiguration
@ConditionalOnProperty(name = "loglane.enabled", matchIfMissing = true)
@EnableConfigurationProperties(LoglaneProperties.class)
public final class LoglaneAutoConfiguration {

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnProperty(name = "loglane.tasks.enabled", matchIfMissing = true)
	static class TasksConfiguration {

		/** Reads the properties by itself: a bean made for it would be made too early. */
		@Bean
		@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static ExecutorLanes loglaneExecutorLanes(Environment environment) {
			return new ExecutorLanes(LoglaneProperties.read(environment).getTasks().settings(),
					Preconditions.tasksAreTagged(environment));
		}

		@Bean
		@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static ExecutorProxies loglaneExecutorProxies(ExecutorLanes lanes) {
			return new ExecutorProxies(lanes);
		}

		@Bean
		@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
		NamesCheck loglaneNamesCheck(ApplicationContext context, Environment environment, ExecutorLanes lanes) {
			return new NamesCheck(context, LoglaneProperties.read(environment), lanes);
		}

		@Configuration(proxyBeanMethods = false)
		@ConditionalOnClass(LoggerContext.class)
		static class LevelsConfiguration {

			@Bean
			@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
			@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
			static LaneLevelsLifecycle loglaneLevels(Environment environment) {
				Map<String, LoglaneProperties.Executor> executors = LoglaneProperties.read(environment).getExecutors();
				return new LaneLevelsLifecycle(Preconditions.tasksAreTagged(environment) ? executors : Map.of());
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(LoggerContext.class)
	@ConditionalOnProperty(name = "loglane.async.enabled", matchIfMissing = true)
	static class QueuesConfiguration {

		@Bean
		@ConditionalOnMissingBean
		QueueLifecycle loglaneQueueLifecycle(ApplicationContext context, Environment environment) {
			return new QueueLifecycle(context, LoglaneProperties.read(environment));
		}

		@Bean
		@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static LaneFilesLifecycle loglaneFiles(Environment environment) {
			return new LaneFilesLifecycle(LoglaneProperties.read(environment),
					Preconditions.recordsAreQueued(environment));
		}

		@Configuration(proxyBeanMethods = false)
		@ConditionalOnClass(MeterBinder.class)
		static class MetricsConfiguration {

			@Bean
			@ConditionalOnMissingBean
			LoglaneMetrics loglaneMetrics() {
				return new LoglaneMetrics();
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingClass("ch.qos.logback.classic.LoggerContext")
	@ConditionalOnProperty(name = "loglane.async.enabled", matchIfMissing = true)
	static class NoLogbackConfiguration {

		@Bean
		ApplicationListener<ApplicationReadyEvent> loglaneQueueingIsOff() {
			return (event) -> LoggerFactory.getLogger("io.loglane")
				.info("Loglane queues nothing: Logback is not there, SLF4J is bound to {}. Tasks are tagged.",
						LoggerFactory.getILoggerFactory().getClass().getName());
		}

	}

}
