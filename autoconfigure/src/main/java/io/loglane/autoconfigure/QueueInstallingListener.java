package io.loglane.autoconfigure;

import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Puts the queues in front of the appenders just after Boot has initialised logging,
 * which has thrown out all that was there. They only pass through until a context is up,
 * see {@link QueueLifecycle}.
 */
final class QueueInstallingListener implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {

	/** Just after Boot's. */
	@Override
	public int getOrder() {
		return LoggingApplicationListener.DEFAULT_ORDER + 1;
	}

	@Override
	public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
		Environment environment = event.getEnvironment();
		if (!Preconditions.logbackIsThere() || !LogbackQueues.isBound()) {
			return;
		}
		// of other applications that run in this JVM, whatever this one wants
		LogbackQueues.bringBack();
		if (Preconditions.recordsAreQueued(environment)) {
			LogbackQueues.install(LoglaneProperties.read(environment));
		}
	}

}
