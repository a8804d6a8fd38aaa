package io.loglane.task;

import java.lang.reflect.Field;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.TaskDecorator;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.util.ReflectionUtils;

/**
 * Gives each executor bean its lane, as the bean is made. The bean stays the object it
 * is: Spring's own types read their task decorator at each task, so it is enough to put
 * ours around the one that is set. Others are left alone, and remembered with the reason.
 */
public final class ExecutorLanes implements BeanPostProcessor, PriorityOrdered {

	private static final Logger LOGGER = LoggerFactory.getLogger(ExecutorLanes.class);

	private final TaskSettings settings;

	private final Map<String, String> notCovered = new ConcurrentHashMap<>();

	public ExecutorLanes(TaskSettings settings) {
		this.settings = settings;
	}

	/** First of all: others may create executors while they are being created. */
	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	public Object postProcessBeforeInitialization(Object bean, String beanName) {
		if (bean instanceof Executor executor) {
			cover(executor, beanName);
		}
		return bean;
	}

	private void cover(Executor executor, String name) {
		if (this.settings.exclude().contains(name)) {
			leave(name, "excluded");
			return;
		}
		if (executor instanceof ThreadPoolTaskExecutor pool) {
			Lane lane = Lane.named(name);
			decorate(ThreadPoolTaskExecutor.class, pool, lane, pool::setTaskDecorator, () -> queueOf(pool));
		}
		else if (executor instanceof ThreadPoolTaskScheduler scheduler) {
			Lane lane = Lane.named(name);
			decorate(ThreadPoolTaskScheduler.class, scheduler, lane, scheduler::setTaskDecorator, () -> null);
		}
		else if (executor instanceof SimpleAsyncTaskExecutor simple) {
			Lane lane = Lane.named(name);
			decorate(SimpleAsyncTaskExecutor.class, simple, lane, simple::setTaskDecorator, () -> null);
			if (simple instanceof SimpleAsyncTaskScheduler scheduler) {
				tagFixedDelayThread(scheduler, lane);
			}
		}
		else {
			leave(name, executor.getClass().getName() + " is not covered yet");
		}
	}

	private static @Nullable BlockingQueue<Runnable> queueOf(ThreadPoolTaskExecutor pool) {
		try {
			return pool.getThreadPoolExecutor().getQueue();
		}
		catch (IllegalStateException ex) {
			return null;
		}
	}

	/** Puts our decorator around the one that is set, for which there is no getter. */
	private <E extends Executor> void decorate(Class<E> type, E executor, Lane lane, Consumer<TaskDecorator> setter,
			Supplier<@Nullable BlockingQueue<Runnable>> queue) {
		try {
			TaskDecorator users = read(type, "taskDecorator", TaskDecorator.class, executor);
			if (!(users instanceof LaneTaskDecorator)) {
				setter.accept(new LaneTaskDecorator(lane, this.settings, users, queue));
			}
		}
		catch (RuntimeException ex) {
			// to replace a decorator that we can not see would take it away
			leave(lane.name(), "its task decorator can not be read: " + ex.getMessage());
		}
	}

	/**
	 * Fixed-delay tasks run on one thread of the scheduler's, past its decorator. That
	 * thread carries the lane instead: its records have an executor, but no task number.
	 */
	private void tagFixedDelayThread(SimpleAsyncTaskScheduler scheduler, Lane lane) {
		try {
			ScheduledThreadPoolExecutor pool = read(SimpleAsyncTaskScheduler.class, "fixedDelayExecutor",
					ScheduledThreadPoolExecutor.class, scheduler);
			if (pool != null) {
				ThreadFactory users = pool.getThreadFactory();
				pool.setThreadFactory((work) -> users.newThread(() -> runInLane(lane, work)));
			}
		}
		catch (RuntimeException ex) {
			LOGGER.debug("Fixed-delay tasks of '{}' are not tagged: {}", lane, ex.getMessage());
		}
	}

	private void runInLane(Lane lane, Runnable work) {
		MDC.put(this.settings.executorKey(), lane.name());
		try (Lane.Scope scope = lane.enter()) {
			work.run();
		}
	}

	private static <T> @Nullable T read(Class<?> type, String name, Class<T> as, Object target) {
		Field field = ReflectionUtils.findField(type, name);
		if (field == null) {
			throw new IllegalStateException(type.getSimpleName() + " has no field '" + name + "'");
		}
		ReflectionUtils.makeAccessible(field);
		Object value = ReflectionUtils.getField(field, target);
		return as.isInstance(value) ? as.cast(value) : null;
	}

	private void leave(String name, String reason) {
		this.notCovered.put(name, reason);
		LOGGER.debug("Executor '{}' is left as it is: {}", name, reason);
	}

	/**
	 * Return the executor beans that are left as they are.
	 * @return reasons by bean name
	 */
	public Map<String, String> notCovered() {
		return Map.copyOf(this.notCovered);
	}

}
