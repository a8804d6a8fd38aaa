package io.loglane.autoconfigure;

import java.util.Map;

import ch.qos.logback.classic.LoggerContext;
import io.loglane.actuate.LoglaneEndpoint;
import io.loglane.actuate.LoglaneWebExtension;
import io.loglane.task.ExecutorLanes;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of the {@code loglane} endpoint.
 */
@AutoConfiguration(after = LoglaneAutoConfiguration.class)
@ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class, LoggerContext.class })
@ConditionalOnProperty(name = "loglane.enabled", matchIfMissing = true)
@ConditionalOnAvailableEndpoint(endpoint = LoglaneEndpoint.class)
public final class LoglaneEndpointAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	LogbackLaneLevels loglaneLaneLevels() {
		return new LogbackLaneLevels();
	}

	@Bean
	@ConditionalOnMissingBean
	LoglaneEndpoint loglaneEndpoint(Environment environment, ObjectProvider<ExecutorLanes> executors,
			LogbackLaneLevels levels) {
		LoglaneProperties properties = LoglaneProperties.read(environment);
		return new LoglaneEndpoint(() -> LogbackQueues.notQueued(properties), () -> {
			ExecutorLanes lanes = executors.getIfAvailable();
			return (lanes != null) ? lanes.notCovered() : Map.of();
		}, levels, properties.getShutdownTimeout());
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnBean(LoglaneEndpoint.class)
	LoglaneWebExtension loglaneWebExtension(LoglaneEndpoint endpoint) {
		return new LoglaneWebExtension(endpoint);
	}

}
