package io.loglane.autoconfigure;

import java.time.Duration;

import io.loglane.appender.LogQueues;

import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;

/**
 * Writes out what other applications in this JVM have logged, before this one changes
 * what lines say that are rendered later: the application's name and group, which Boot's
 * lines read from the system's properties, and whether there are colours.
 */
final class BacklogListener implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {

	/** A stuck output must not keep an application from its start. */
	private static final Duration AT_MOST = Duration.ofSeconds(1);

	/** Before all of Boot's. */
	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
		if (Preconditions.logbackIsThere()) {
			LogQueues.jvm().flush(AT_MOST);
		}
	}

}
