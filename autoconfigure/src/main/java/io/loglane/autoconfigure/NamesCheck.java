package io.loglane.autoconfigure;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Executor;

import io.loglane.lane.Lane;
import io.loglane.task.ExecutorLanes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.SingletonBeanRegistry;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextRefreshedEvent;

/**
 * Says once, when its context is up, which names in the properties are no executor's, or
 * of one without a lane: what is set for them would do nothing, and nobody would know. It
 * does not stop the start, for lanes can be made by hand.
 */
final class NamesCheck implements ApplicationListener<ContextRefreshedEvent> {

	private static final Logger LOGGER = LoggerFactory.getLogger("io.loglane");

	private final ApplicationContext context;

	private final LoglaneProperties properties;

	private final ExecutorLanes lanes;

	NamesCheck(ApplicationContext context, LoglaneProperties properties, ExecutorLanes lanes) {
		this.context = context;
		this.properties = properties;
		this.lanes = lanes;
	}

	@Override
	public void onApplicationEvent(ContextRefreshedEvent event) {
		if (event.getApplicationContext() != this.context
				|| !Preconditions.tasksAreTagged(this.context.getEnvironment())) {
			return;
		}
		Set<String> unknown = new LinkedHashSet<>();
		collect(unknown, "loglane.executors.", this.properties.getExecutors().keySet());
		collect(unknown, "loglane.tasks.exclude=", this.properties.getTasks().getExclude());
		if (!unknown.isEmpty()) {
			LOGGER.warn("No executor bean has the name in {}. The executors are: {}", String.join(", ", unknown),
					String.join(", ", this.lanes.names()));
		}
		this.properties.getExecutors().keySet().forEach((name) -> {
			String reason = this.lanes.reasonAgainstLane(name);
			if (reason != null) {
				LOGGER.warn(
						"Executor '{}' has no lane, so that loglane.executors.{} holds only for what Lane wraps: {}",
						name, name, reason);
			}
		});
	}

	private void collect(Set<String> unknown, String property, Collection<String> names) {
		names.stream()
			.filter((name) -> !this.lanes.names().contains(name) && !name.equals(Lane.NONE.name())
					&& !mayBecomeExecutor(name))
			.forEach((name) -> unknown.add(property + name));
	}

	/** A bean that is not made yet is there all the same, and no type tells for sure. */
	private boolean mayBecomeExecutor(String name) {
		if (!this.context.containsBean(name)) {
			return false;
		}
		Object made = (this.context.getAutowireCapableBeanFactory() instanceof SingletonBeanRegistry beans)
				? beans.getSingleton(name) : null;
		return made == null || made instanceof Executor || made instanceof FactoryBean<?>;
	}

}
