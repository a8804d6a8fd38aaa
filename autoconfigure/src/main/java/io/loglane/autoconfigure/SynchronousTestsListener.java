package io.loglane.autoconfigure;

import ch.qos.logback.classic.LoggerContext;
import io.loglane.appender.LogQueues;
import org.slf4j.LoggerFactory;

import org.springframework.context.ApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestExecutionListener;

/**
 * Contexts of tests are cached, and queues are the JVM's: the context of an earlier test
 * that has asked for queues must not make those of a later one asynchronous. Found by
 * Spring's test framework, and loaded by nobody else.
 */
final class SynchronousTestsListener implements TestExecutionListener, Ordered {

	/** Before those of users. */
	@Override
	public int getOrder() {
		return 0;
	}

	@Override
	public void beforeTestMethod(TestContext test) {
		if (test.hasApplicationContext() && Preconditions.logbackIsThere()
				&& LoggerFactory.getILoggerFactory() instanceof LoggerContext) {
			ApplicationContext context = test.getApplicationContext();
			LogQueues.jvm().suspend(SynchronousInTests.Mark.isIn(context, context.getEnvironment()));
		}
	}

	/** What comes after the tests is no longer ours to decide. */
	@Override
	public void afterTestClass(TestContext test) {
		if (Preconditions.logbackIsThere()) {
			LogQueues.jvm().suspend(false);
		}
	}

}
