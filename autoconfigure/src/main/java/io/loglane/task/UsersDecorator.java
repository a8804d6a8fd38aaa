package io.loglane.task;

import java.lang.reflect.Field;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.TaskDecorator;
import org.springframework.core.task.support.CompositeTaskDecorator;
import org.springframework.core.task.support.TaskExecutorAdapter;
import org.springframework.scheduling.concurrent.ConcurrentTaskExecutor;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.util.ReflectionUtils;

/**
 * The decorator that the user, or Spring Boot, has set on an executor. There is no getter
 * for it, nor for what a composite is made of.
 */
final class UsersDecorator {

	/** By name: the class needs a library that may not be there. */
	private static final String PROPAGATING = "org.springframework.core.task.support.ContextPropagatingTaskDecorator";

	/**
	 * All that is read, by the classes that declare it: what a native image has to keep.
	 */
	static final Map<Class<?>, Set<String>> FIELDS = Map.of(ThreadPoolTaskExecutor.class, Set.of("taskDecorator"),
			ThreadPoolTaskScheduler.class, Set.of("taskDecorator", "removeOnCancelPolicy"),
			SimpleAsyncTaskExecutor.class, Set.of("taskDecorator"), SimpleAsyncTaskScheduler.class,
			Set.of("fixedDelayExecutor", "triggerExecutor"), ConcurrentTaskExecutor.class, Set.of("taskDecorator"),
			TaskExecutorAdapter.class, Set.of("taskDecorator", "concurrentExecutor"), CompositeTaskDecorator.class,
			Set.of("taskDecorators"));

	private UsersDecorator() {
	}

	/**
	 * Read it.
	 * @param type the class that declares the field
	 * @param executor the executor
	 * @return the decorator, {@code null} where none is set
	 * @throws IllegalStateException if it can not be read, so that it must not be
	 * replaced
	 */
	static @Nullable TaskDecorator of(Class<?> type, Object executor) {
		return (TaskDecorator) read(type, "taskDecorator", executor);
	}

	/** Whether it carries Micrometer's context itself. */
	static boolean carriesContext(@Nullable TaskDecorator decorator) {
		if (decorator == null) {
			return false;
		}
		if (decorator instanceof CompositeTaskDecorator) {
			return read(CompositeTaskDecorator.class, "taskDecorators", decorator) instanceof List<?> parts
					&& parts.stream().anyMatch((part) -> carriesContext((TaskDecorator) part));
		}
		for (Class<?> type = decorator.getClass(); type != null; type = type.getSuperclass()) {
			if (type.getName().equals(PROPAGATING)) {
				return true;
			}
		}
		return false;
	}

	static @Nullable Object read(Class<?> type, String name, Object target) {
		assert FIELDS.getOrDefault(type, Set.of()).contains(name) : "a native image would not keep " + name;
		Field field = ReflectionUtils.findField(type, name);
		if (field == null) {
			throw new IllegalStateException(type.getSimpleName() + " has no field '" + name + "'");
		}
		try {
			field.setAccessible(true);
			return field.get(target);
		}
		catch (IllegalAccessException | RuntimeException ex) {
			throw new IllegalStateException("field '" + name + "' of " + type.getSimpleName() + " can not be read", ex);
		}
	}

}
