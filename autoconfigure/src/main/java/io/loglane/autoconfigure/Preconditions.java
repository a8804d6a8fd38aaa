package io.loglane.autoconfigure;

import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/**
 * What the conditions of the auto-configuration say, for the time before there is one,
 * and for when they were asked long ago: an application that was processed ahead of time
 * has the beans of then, and the properties of now.
 */
final class Preconditions {

	private static final String LOGBACK = "ch.qos.logback.classic.LoggerContext";

	private Preconditions() {
	}

	static boolean logbackIsThere() {
		return ClassUtils.isPresent(LOGBACK, Preconditions.class.getClassLoader());
	}

	static boolean recordsAreQueued(Environment environment) {
		return isOn(environment, "loglane.enabled") && isOn(environment, "loglane.async.enabled")
				&& !isProcessedAheadOfTime();
	}

	static boolean tasksAreTagged(Environment environment) {
		return isOn(environment, "loglane.enabled") && isOn(environment, "loglane.tasks.enabled");
	}

	/** The application does not run: somebody builds it, and its log is not his. */
	static boolean isProcessedAheadOfTime() {
		return Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING);
	}

	/** As {@code @ConditionalOnProperty} has it: on unless it is set to {@code false}. */
	private static boolean isOn(Environment environment, String property) {
		return !"false".equalsIgnoreCase(environment.getProperty(property));
	}

}
