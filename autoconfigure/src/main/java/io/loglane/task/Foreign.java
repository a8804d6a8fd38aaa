package io.loglane.task;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * Executors of other libraries whose tasks must stay what they are.
 */
final class Foreign {

	private static final Map<String, String> REASONS = Map.of( //
			"io.netty.util.concurrent.EventExecutorGroup", "an event loop, which tells its tasks by their class",
			"com.hazelcast.core.IExecutorService", "sends its tasks to other members",
			"org.redisson.api.RExecutorService", "sends its tasks to other members");

	private static final Set<String> CARRYING = Set.of("io.micrometer.context.ContextExecutorService",
			"io.micrometer.context.ContextScheduledExecutorService");

	private Foreign() {
	}

	/** Say why an executor is left alone; {@code null} if there is no reason. */
	static @Nullable String reasonToLeave(Executor executor) {
		Set<Class<?>> types = new LinkedHashSet<>(ClassUtils.getAllInterfacesAsSet(executor));
		for (Class<?> type = executor.getClass(); type != null; type = type.getSuperclass()) {
			types.add(type);
		}
		for (Class<?> type : types) {
			String reason = REASONS.get(type.getName());
			if (reason != null) {
				return type.getSimpleName() + ": " + reason;
			}
		}
		return null;
	}

	/** Whether it carries Micrometer's context by itself. */
	static boolean carriesContext(Executor executor) {
		for (Class<?> type = executor.getClass(); type != null; type = type.getSuperclass()) {
			if (CARRYING.contains(type.getName())) {
				return true;
			}
		}
		return false;
	}

}
