package io.loglane.autoconfigure;

import java.util.Map;

import ch.qos.logback.classic.LoggerContext;
import io.loglane.appender.LaneLevels;
import io.loglane.lane.Lane;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.logging.LogLevel;

/**
 * Sets the levels of lanes that the properties name, for as long as its context lives: it
 * comes before all executors are made, and goes after all are destroyed.
 */
final class LaneLevelsLifecycle implements BeanFactoryPostProcessor, DisposableBean {

	private final Map<String, LoglaneProperties.Executor> executors;

	LaneLevelsLifecycle(Map<String, LoglaneProperties.Executor> executors) {
		this.executors = executors;
	}

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		this.executors.forEach((name, executor) -> {
			LogLevel level = executor.getLevel();
			if (level != null && LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
				LaneLevels.set(context, this, Lane.named(name), LogbackQueues.level(level));
			}
		});
	}

	@Override
	public void destroy() {
		this.executors.forEach((name, executor) -> {
			if (executor.getLevel() != null && LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
				LaneLevels.set(context, this, Lane.named(name), null);
			}
		});
	}

}
