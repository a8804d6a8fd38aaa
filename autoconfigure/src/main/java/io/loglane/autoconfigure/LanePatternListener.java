package io.loglane.autoconfigure;

import java.util.Map;

import io.loglane.appender.LaneConverter;

import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Makes the tag visible in Boot's default lines, just before Boot initialises logging:
 * through {@code logging.pattern.correlation}, after the trace ids where tracing expects
 * some. A value of the user's stays untouched.
 */
final class LanePatternListener implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {

	private static final String CORRELATION = "logging.pattern.correlation";

	/** Just before Boot's. */
	@Override
	public int getOrder() {
		return LoggingApplicationListener.DEFAULT_ORDER - 1;
	}

	@Override
	public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
		ConfigurableEnvironment environment = event.getEnvironment();
		if (!Preconditions.logbackIsThere() || !LogbackQueues.isBound()) {
			return;
		}
		// in any case: a pattern of the user's may have the word, and no tags
		LaneConverter.register();
		if (!Preconditions.tasksAreTagged(environment) || environment.containsProperty(CORRELATION)) {
			return;
		}
		// unchecked: before logging is initialised nobody would see what is wrong, so
		// that comes after
		LoglaneProperties.Tasks defaults = new LoglaneProperties.Tasks();
		String tag = LaneConverter.pattern(
				environment.getProperty("loglane.tasks.executor-key", defaults.getExecutorKey()),
				environment.getProperty("loglane.tasks.task-key", defaults.getTaskKey()));
		boolean tracing = environment.getProperty(LoggingSystem.EXPECT_CORRELATION_ID_PROPERTY, Boolean.class, false);
		environment.getPropertySources()
			.addLast(new MapPropertySource("loglane", Map.of(CORRELATION, tracing ? "%correlationId" + tag : tag)));
	}

}
