package io.loglane.autoconfigure;

import java.util.Objects;

import ch.qos.logback.classic.LoggerContext;
import io.loglane.actuate.LoglaneHealth;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanClassLoaderAware;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;

/**
 * Auto-configuration of details of the queues in {@code /actuator/health}, for who asks
 * for them.
 */
@AutoConfiguration(after = LoglaneAutoConfiguration.class,
		beforeName = {
				"org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration",
				"org.springframework.boot.actuate.autoconfigure.health.HealthContributorAutoConfiguration" })
@ConditionalOnClass(LoggerContext.class)
@ConditionalOnProperty(name = "loglane.enabled", matchIfMissing = true)
@ConditionalOnProperty(name = "management.health.loglane.enabled", havingValue = "true")
@Conditional(LoglaneHealthAutoConfiguration.OnHealthIndicator.class)
public final class LoglaneHealthAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = "loglaneHealthIndicator")
	IndicatorFactory loglaneHealthIndicator() {
		return new IndicatorFactory();
	}

	/** Its type is known only when it is made. */
	static final class IndicatorFactory implements FactoryBean<Object>, BeanClassLoaderAware {

		private @Nullable ClassLoader loader;

		@Override
		public void setBeanClassLoader(ClassLoader loader) {
			this.loader = loader;
		}

		@Override
		public Object getObject() {
			return LoglaneHealth.indicator(Objects.requireNonNull(getObjectType()));
		}

		@Override
		public @Nullable Class<?> getObjectType() {
			return LoglaneHealth.type(this.loader);
		}

	}

	static final class OnHealthIndicator extends AnyNestedCondition {

		OnHealthIndicator() {
			super(ConfigurationPhase.REGISTER_BEAN);
		}

		@ConditionalOnClass(name = "org.springframework.boot.health.contributor.HealthIndicator")
		static final class OfSpringBoot4 {

		}

		@ConditionalOnClass(name = "org.springframework.boot.actuate.health.HealthIndicator")
		static final class OfSpringBoot3 {

		}

	}

}
