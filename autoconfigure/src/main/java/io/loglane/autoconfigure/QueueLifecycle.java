package io.loglane.autoconfigure;

import io.loglane.appender.LogQueues;
import io.loglane.appender.LogQueues.Installation;
import io.loglane.lane.Lane;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ApplicationContextEvent;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.core.Ordered;

/**
 * Keeps the queues asynchronous while its context is up: from when it is refreshed to
 * when it begins to close. Child contexts, whose events arrive here too, do not count.
 */
final class QueueLifecycle implements ApplicationListener<ApplicationContextEvent>, Ordered, DisposableBean {

	private static final Logger LOGGER = LoggerFactory.getLogger("io.loglane");

	private final ApplicationContext context;

	private final LoglaneProperties properties;

	private volatile Runnable ending = () -> {
	};

	QueueLifecycle(ApplicationContext context, LoglaneProperties properties) {
		this.context = context;
		this.properties = properties;
	}

	/**
	 * Before others: what they log on closing is to be written when their call returns.
	 */
	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	public void onApplicationEvent(ApplicationContextEvent event) {
		if (event.getApplicationContext() != this.context) {
			return;
		}
		if (event instanceof ContextRefreshedEvent) {
			open();
		}
		else if (event instanceof ContextClosedEvent) {
			close();
		}
	}

	private void open() {
		if (!Preconditions.recordsAreQueued(this.context.getEnvironment())) {
			return;
		}
		if (!LogbackQueues.isBound()) {
			LOGGER.info("Loglane queues nothing: SLF4J is bound to {} and not to Logback. Tasks are tagged.",
					LoggerFactory.getILoggerFactory().getClass().getName());
			return;
		}
		this.properties.getExecutors().forEach((name, executor) -> Lane.named(name).weight(executor.getWeight()));
		// appenders may have been added since the environment was prepared
		Installation installation = LogbackQueues.install(this.properties);
		this.ending = LogbackQueues.stay(this.properties);
		if (SynchronousInTests.Mark.isIn(this.context, this.context.getEnvironment())) {
			LOGGER.info("Loglane lets callers write in this test; set loglane.async.enabled=true for queues.");
			return;
		}
		LogQueues.jvm().open(this);
		LOGGER.info(LogbackQueues.describe(installation));
	}

	/** A context that failed after its refresh may close without saying so. */
	@Override
	public void destroy() {
		close();
	}

	private void close() {
		this.ending.run();
		LogQueues.jvm().close(this);
	}

}
