package io.loglane.task;

/**
 * A task on its way through an executor, with its tag. Comparable where what it wraps is:
 * a priority queue compares its tasks.
 */
abstract sealed class LaneTask implements Runnable {

	private final TaskTag tag;

	private final Runnable task;

	/** What was handed in, which a decorator may have wrapped. */
	private final Runnable origin;

	private LaneTask(TaskTag tag, Runnable task, Runnable origin) {
		this.tag = tag;
		this.task = task;
		this.origin = origin;
	}

	/** The outermost wrapper: sets lane and MDC, and brings back what was before. */
	static LaneTask around(TaskTag tag, Runnable task, Runnable origin) {
		return (task instanceof Comparable<?>) ? new ComparableAround(tag, task, origin)
				: new Around(tag, task, origin);
	}

	/** The innermost wrapper, where a user's decorator stands between the two. */
	static LaneTask inside(TaskTag tag, Runnable task) {
		return (task instanceof Comparable<?>) ? new ComparableInside(tag, task) : new Inside(tag, task);
	}

	TaskTag tag() {
		return this.tag;
	}

	Runnable task() {
		return this.task;
	}

	Runnable origin() {
		return this.origin;
	}

	@SuppressWarnings("unchecked")
	final int compare(LaneTask other) {
		return ((Comparable<Object>) this.task).compareTo(other.task);
	}

	@Override
	public String toString() {
		return this.task.toString();
	}

	private static sealed class Around extends LaneTask {

		Around(TaskTag tag, Runnable task, Runnable origin) {
			super(tag, task, origin);
		}

		@Override
		public void run() {
			tag().run(task(), origin());
		}

	}

	private static final class ComparableAround extends Around implements Comparable<ComparableAround> {

		ComparableAround(TaskTag tag, Runnable task, Runnable origin) {
			super(tag, task, origin);
		}

		@Override
		public int compareTo(ComparableAround other) {
			return compare(other);
		}

	}

	private static sealed class Inside extends LaneTask {

		Inside(TaskTag tag, Runnable task) {
			super(tag, task, task);
		}

		@Override
		public void run() {
			tag().restore();
			task().run();
		}

	}

	private static final class ComparableInside extends Inside implements Comparable<ComparableInside> {

		ComparableInside(TaskTag tag, Runnable task) {
			super(tag, task);
		}

		@Override
		public int compareTo(ComparableInside other) {
			return compare(other);
		}

	}

}
