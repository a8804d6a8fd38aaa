package io.loglane.task;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.function.Supplier;

import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;

import org.springframework.core.task.TaskDecorator;

/**
 * Tags the tasks of one executor. The decorator that the user set keeps working: it runs
 * inside ours, so that what it does to the MDC is undone with ours, and the tag is set
 * once more inside of it, so that a decorator that replaces the MDC does not take it
 * away.
 */
final class LaneTaskDecorator implements TaskDecorator {

	/** Spring's wrapper of a task with a trigger; it submits itself for each next run. */
	private static final String RESCHEDULING = "org.springframework.scheduling.concurrent.ReschedulingRunnable";

	/** From a trigger's wrapper to here it is that many frames at most. */
	private static final int FRAMES = 12;

	private static final StackWalker STACK = StackWalker.getInstance();

	private final Lane lane;

	private final TaskSettings settings;

	private final @Nullable TaskDecorator users;

	private final Supplier<@Nullable BlockingQueue<Runnable>> queue;

	LaneTaskDecorator(Lane lane, TaskSettings settings, @Nullable TaskDecorator users,
			Supplier<@Nullable BlockingQueue<Runnable>> queue) {
		this.lane = lane;
		this.settings = settings;
		this.users = users;
		this.queue = queue;
	}

	@Override
	@SuppressWarnings("NullAway") // a decorator of the user's may return null, and the
									// executor then says so
	public Runnable decorate(Runnable task) {
		if (task instanceof RunnableScheduledFuture<?> scheduled && (scheduled.isPeriodic() || isTriggered())) {
			return new EachRun(task);
		}
		if (hasOwnOrder()) {
			// its comparator knows the user's tasks, not ours
			return (this.users != null) ? this.users.decorate(task) : task;
		}
		TaskTag tag = TaskTag.submitted(this.lane, this.settings);
		if (this.users == null) {
			return LaneTask.around(tag, task);
		}
		Runnable decorated = this.users.decorate(LaneTask.inside(tag, task));
		return (decorated != null) ? LaneTask.around(tag, decorated) : null;
	}

	private boolean hasOwnOrder() {
		return this.queue.get() instanceof PriorityBlockingQueue<?> prioritized && prioritized.comparator() != null;
	}

	/**
	 * Whether this is a task with a trigger: it is submitted by whoever scheduled it, and
	 * then by its own runs, so that there is nobody whose context it could carry.
	 */
	private static boolean isTriggered() {
		return STACK
			.walk((frames) -> frames.limit(FRAMES).anyMatch((frame) -> frame.getClassName().equals(RESCHEDULING)));
	}

	/** A task that runs again and again: each run has a number of its own. */
	private final class EachRun implements Runnable {

		private final Runnable task;

		private final @Nullable Runnable decorated;

		private @Nullable TaskTag tag;

		EachRun(Runnable task) {
			this.task = task;
			TaskDecorator users = LaneTaskDecorator.this.users;
			this.decorated = (users != null) ? users.decorate(this::runTagged) : null;
		}

		@Override
		public void run() {
			// the runs of one periodic task follow each other, ordered by its executor
			TaskTag tag = TaskTag.ofRun(LaneTaskDecorator.this.lane, LaneTaskDecorator.this.settings);
			this.tag = tag;
			tag.run((this.decorated != null) ? this.decorated : this.task);
		}

		private void runTagged() {
			TaskTag tag = this.tag;
			if (tag != null) {
				tag.runTagged(this.task);
			}
		}

	}

}
