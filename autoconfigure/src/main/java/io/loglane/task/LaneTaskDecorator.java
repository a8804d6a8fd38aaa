package io.loglane.task;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.function.Predicate;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.core.task.TaskDecorator;

/**
 * Tags the tasks of one of Spring's executors. The decorator that the user set keeps
 * working: it runs inside ours, so that what it does to the MDC is undone with ours, and
 * the tag is set once more inside of it, so that a decorator that replaces the MDC does
 * not take it away.
 */
final class LaneTaskDecorator implements TaskDecorator {

	/** Why tasks are not tagged where {@link #hasOwnOrder} says so. */
	static final String OWN_ORDER = "its queue has an order of its own, which looks at the tasks as they are";

	private final Tagger tagger;

	private final Predicate<Runnable> repeats;

	private final Supplier<@Nullable BlockingQueue<Runnable>> queue;

	/**
	 * @param tagger tags the tasks
	 * @param repeats which tasks run again and again
	 * @param queue the executor's queue, if it has one already
	 */
	LaneTaskDecorator(Tagger tagger, Predicate<Runnable> repeats, Supplier<@Nullable BlockingQueue<Runnable>> queue) {
		this.tagger = tagger;
		this.repeats = repeats;
		this.queue = queue;
	}

	@Override
	@SuppressWarnings("NullAway") // a decorator of the user's may return null, and the
									// executor then says so
	public Runnable decorate(Runnable task) {
		if (hasOwnOrder(this.queue.get())) {
			return this.tagger.untagged(task);
		}
		return this.repeats.test(task) ? this.tagger.eachRun(task) : this.tagger.once(task);
	}

	/**
	 * Whether the queue orders tasks by a comparator, which knows the user's, not ours.
	 */
	static boolean hasOwnOrder(@Nullable BlockingQueue<Runnable> queue) {
		return queue instanceof PriorityBlockingQueue<?> prioritized && prioritized.comparator() != null;
	}

}
