package io.loglane.task;

import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

/**
 * A task with a result on its way through an executor, with its tag.
 *
 * @param tag its tag
 * @param task the task
 * @param <T> the type of the result
 */
record LaneCallable<T extends @Nullable Object>(TaskTag tag, Callable<T> task) implements Callable<T> {

	@Override
	public T call() throws Exception {
		return this.tag.call(this.task);
	}

	@Override
	public String toString() {
		return this.task.toString();
	}

}
