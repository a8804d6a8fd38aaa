package io.loglane.task;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;

import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.TaskDecorator;
import org.springframework.core.task.support.TaskExecutorAdapter;
import org.springframework.scheduling.concurrent.ConcurrentTaskExecutor;
import org.springframework.scheduling.concurrent.ConcurrentTaskScheduler;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/**
 * Covers Spring's own executors, which read their task decorator at each task: ours is
 * put around the one that is set. What a user's subclass of them refuses is left.
 */
final class SpringDecorators {

	private final TaskSettings settings;

	private final Coverage coverage;

	private final SchedulerPools schedulerPools;

	SpringDecorators(TaskSettings settings, Coverage coverage, SchedulerPools schedulerPools) {
		this.settings = settings;
		this.coverage = coverage;
		this.schedulerPools = schedulerPools;
	}

	/** Whether an executor has a decorator that can be set. */
	static boolean fit(Executor executor) {
		return executor instanceof ThreadPoolTaskExecutor || executor instanceof ThreadPoolTaskScheduler
				|| executor instanceof SimpleAsyncTaskExecutor || executor instanceof ConcurrentTaskExecutor
				|| executor instanceof TaskExecutorAdapter;
	}

	/** Once: an executor that several beans hand out stays in the lane of the first. */
	void decorate(Executor executor, String name) {
		if (executor instanceof ThreadPoolTaskExecutor pool) {
			decorate(ThreadPoolTaskExecutor.class, pool, name, Repetition::never, pool::setTaskDecorator,
					() -> queueOf(pool));
		}
		else if (executor instanceof ThreadPoolTaskScheduler scheduler) {
			if (!isLeftForRemoval(scheduler)) {
				decorate(ThreadPoolTaskScheduler.class, scheduler, name, Repetition::inPoolScheduler,
						scheduler::setTaskDecorator, () -> null);
			}
		}
		else if (executor instanceof SimpleAsyncTaskExecutor simple) {
			decorate(SimpleAsyncTaskExecutor.class, simple, name, Repetition::never, simple::setTaskDecorator,
					() -> null);
			if (simple instanceof SimpleAsyncTaskScheduler scheduler) {
				coverPools(scheduler, name);
			}
		}
		else if (executor instanceof ConcurrentTaskExecutor concurrent) {
			Predicate<Runnable> repeats = (concurrent instanceof ConcurrentTaskScheduler)
					? Repetition::inConcurrentScheduler : Repetition::never;
			decorate(ConcurrentTaskExecutor.class, concurrent, name, repeats, concurrent::setTaskDecorator,
					() -> queueOf(concurrent.getConcurrentExecutor()));
		}
		else if (executor instanceof TaskExecutorAdapter adapter) {
			decorate(TaskExecutorAdapter.class, adapter, name, Repetition::never, adapter::setTaskDecorator,
					() -> null);
		}
	}

	private void decorate(Class<?> type, Executor executor, String name, Predicate<Runnable> repeats,
			Consumer<TaskDecorator> setter, Supplier<@Nullable BlockingQueue<Runnable>> queue) {
		try {
			TaskDecorator users = UsersDecorator.of(type, executor);
			if (!(users instanceof LaneTaskDecorator)) {
				Tagger tagger = new Tagger(Lane.named(name), this.settings, users, carriesContext(executor));
				setter.accept(new LaneTaskDecorator(tagger, repeats, queue));
			}
		}
		catch (RuntimeException ex) {
			// to replace a decorator that we can not see would take it away
			this.coverage.leave(name, "its task decorator can not be set: " + ex.getMessage());
		}
	}

	/**
	 * With any decorator the scheduler's queue no longer finds what is cancelled, and
	 * keeps it until its time. Where the user has asked for its removal, and has no
	 * decorator, there is none of ours either.
	 */
	private static boolean isLeftForRemoval(ThreadPoolTaskScheduler scheduler) {
		try {
			return UsersDecorator.read(ThreadPoolTaskScheduler.class, "removeOnCancelPolicy",
					scheduler) instanceof Boolean removes && removes
					&& UsersDecorator.of(ThreadPoolTaskScheduler.class, scheduler) == null;
		}
		catch (IllegalStateException ex) {
			return true;
		}
	}

	/**
	 * Do what needs the executor's pool, which is there once it is initialised.
	 */
	void complete(Executor executor, String name) {
		try {
			ThreadPoolExecutor pool = poolOf(executor);
			if (pool == null) {
				return;
			}
			RejectionWatch.of(pool, name);
			String reason = (executor instanceof ThreadPoolTaskScheduler scheduler && isLeftForRemoval(scheduler))
					? "removes what is cancelled, which it could not find with a decorator"
					: LaneTaskDecorator.hasOwnOrder(pool.getQueue()) ? LaneTaskDecorator.OWN_ORDER : null;
			if (reason != null) {
				LaneThreads.of(pool, Lane.named(name), this.settings);
				this.coverage.leave(name,
						Coverage.PARTLY + reason + ": its threads have the lane, its tasks no number");
			}
		}
		catch (RuntimeException ex) {
			this.coverage.tell("Rejections of '{}' are not logged: {}", name, ex);
		}
	}

	private static @Nullable ThreadPoolExecutor poolOf(Executor executor) {
		Object pool;
		if (executor instanceof ThreadPoolTaskExecutor tasks) {
			pool = tasks.getThreadPoolExecutor();
		}
		else if (executor instanceof ThreadPoolTaskScheduler scheduler) {
			pool = scheduler.getScheduledThreadPoolExecutor();
		}
		else {
			pool = behind(executor);
		}
		return (pool instanceof ThreadPoolExecutor found) ? found : null;
	}

	private static boolean carriesContext(Executor executor) {
		return behind(executor) instanceof Executor found && Foreign.carriesContext(found);
	}

	/** What one of the two adapters hands its tasks on to. */
	private static @Nullable Object behind(Executor executor) {
		if (executor instanceof ConcurrentTaskExecutor concurrent) {
			return concurrent.getConcurrentExecutor();
		}
		return (executor instanceof TaskExecutorAdapter)
				? UsersDecorator.read(TaskExecutorAdapter.class, "concurrentExecutor", executor) : null;
	}

	private static @Nullable BlockingQueue<Runnable> queueOf(ThreadPoolTaskExecutor pool) {
		try {
			return pool.getThreadPoolExecutor().getQueue();
		}
		catch (RuntimeException ex) {
			// not initialised yet, or kept to itself
			return null;
		}
	}

	private static @Nullable BlockingQueue<Runnable> queueOf(Executor executor) {
		return (executor instanceof ThreadPoolExecutor pool) ? pool.getQueue() : null;
	}

	/**
	 * What it does past its decorator; what is out of reach has its lane by its thread.
	 */
	private void coverPools(SimpleAsyncTaskScheduler scheduler, String name) {
		Tagger tagger = new Tagger(Lane.named(name), this.settings, null, false);
		try {
			this.schedulerPools.cover(scheduler, tagger);
		}
		catch (IllegalStateException ex) {
			ScheduledThreadPoolExecutor fixedDelay = SchedulerPools.fixedDelay(scheduler);
			if (fixedDelay != null) {
				LaneThreads.of(fixedDelay, Lane.named(name), this.settings);
			}
			this.coverage.leave(name,
					Coverage.PARTLY + "fixed-delay tasks have no number, and delayed ones no context: "
							+ "its own pools can not be covered, " + ex.getMessage());
		}
	}

}
