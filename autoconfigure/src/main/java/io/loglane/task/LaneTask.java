package io.loglane.task;

/**
 * A task on its way through an executor, with its tag. Comparable where what it wraps is:
 * in a priority queue the executor compares its tasks.
 */
abstract sealed class LaneTask implements Runnable {

	private final Runnable task;

	final TaskTag tag;

	private LaneTask(TaskTag tag, Runnable task) {
		this.tag = tag;
		this.task = task;
	}

	/** The outermost wrapper: sets lane and MDC, and brings back what was before. */
	static Runnable around(TaskTag tag, Runnable task) {
		return comparable(new Around(tag, task));
	}

	/** The innermost wrapper, where a user's decorator stands between the two. */
	static Runnable inside(TaskTag tag, Runnable task) {
		return comparable(new Inside(tag, task));
	}

	private static Runnable comparable(LaneTask task) {
		return (task.task instanceof Comparable<?>) ? new ComparableTask(task) : task;
	}

	Runnable task() {
		return this.task;
	}

	@Override
	public String toString() {
		return this.task.toString();
	}

	private static final class Around extends LaneTask {

		Around(TaskTag tag, Runnable task) {
			super(tag, task);
		}

		@Override
		public void run() {
			this.tag.run(task());
		}

	}

	private static final class Inside extends LaneTask {

		Inside(TaskTag tag, Runnable task) {
			super(tag, task);
		}

		@Override
		public void run() {
			this.tag.runTagged(task());
		}

	}

	/** Compares as the wrapped task does; all tasks of one executor are wrapped. */
	private static final class ComparableTask extends LaneTask implements Comparable<ComparableTask> {

		private final LaneTask wrapper;

		ComparableTask(LaneTask wrapper) {
			super(wrapper.tag, wrapper.task());
			this.wrapper = wrapper;
		}

		@Override
		public void run() {
			this.wrapper.run();
		}

		@Override
		@SuppressWarnings("unchecked")
		public int compareTo(ComparableTask other) {
			return ((Comparable<Object>) task()).compareTo(other.task());
		}

	}

}
