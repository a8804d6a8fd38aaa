package io.loglane.autoconfigure;

import java.util.Map;

import ch.qos.logback.classic.LoggerContext;
import io.loglane.appender.LaneLevels;
import io.loglane.lane.Lane;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.logging.LogLevel;

/**
 * Sets the levels of lanes that the properties name, for as long as its context lives.
 */
final class LaneLevelsLifecycle implements InitializingBean, DisposableBean {

	private final Map<String, LoglaneProperties.Executor> executors;

	LaneLevelsLifecycle(Map<String, LoglaneProperties.Executor> executors) {
		this.executors = executors;
	}

	@Override
	public void afterPropertiesSet() {
		this.executors.forEach((name, executor) -> {
			LogLevel level = executor.getLevel();
			if (level != null && LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
				LaneLevels.set(context, Lane.named(name), LogbackQueues.level(level));
			}
		});
	}

	@Override
	public void destroy() {
		this.executors.forEach((name, executor) -> {
			if (executor.getLevel() != null && LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
				LaneLevels.set(context, Lane.named(name), null);
			}
		});
	}

}
