package io.loglane.autoconfigure;

import java.util.List;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.MergedContextConfiguration;

/**
 * In tests of applications callers write, as they do before a context is up, so that a
 * test finds in the log what has been logged when it looks. A test that wants queues asks
 * for them: {@code loglane.async.enabled=true}. Found by Spring's test framework, and
 * loaded by nobody else.
 */
final class SynchronousInTests implements ContextCustomizerFactory {

	@Override
	public ContextCustomizer createContextCustomizer(Class<?> testClass,
			List<ContextConfigurationAttributes> attributes) {
		return new Customizer();
	}

	/** Equal to each other: contexts are cached by their customizers. */
	private record Customizer() implements ContextCustomizer {

		@Override
		public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration configuration) {
			context.getBeanFactory().registerSingleton(Mark.NAME, new Mark());
		}

	}

	/** In the context of a test. */
	static final class Mark {

		private static final String NAME = "loglaneSynchronousInTests";

		private Mark() {
		}

		/** Whether this is a test's context, and nobody has asked for queues. */
		static boolean isIn(BeanFactory context, Environment environment) {
			return context.containsBean(NAME) && environment.getProperty("loglane.async.enabled") == null;
		}

	}

}
