package io.loglane.task;

import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;

/**
 * Where a thread is while it hands a task to a covered executor. Another covered executor
 * that is called meanwhile is handed that same task on, in whatever wrapping: its thread
 * runs the task, so its lane wins.
 */
final class Submission extends Lane.Place {

	private final TaskTag tag;

	private final Lane.@Nullable Place submitter;

	private Submission(Lane lane, TaskTag tag, Lane.@Nullable Place submitter) {
		super(lane);
		this.tag = tag;
		this.submitter = submitter;
	}

	/**
	 * Begin to hand in what may be a tagged task.
	 * @return where the thread was before, to be given to {@link #leave}
	 */
	static Lane.@Nullable Place begin(@Nullable Object task) {
		Lane.Place before = current();
		TaskTag tag = (task instanceof LaneTask runnable) ? runnable.tag()
				: (task instanceof LaneCallable<?> callable) ? callable.tag() : null;
		if (tag != null) {
			enter(new Submission(Lane.current(), tag, submitter(before)));
		}
		return before;
	}

	/** The task that is being handed in at a place, if any. */
	static @Nullable TaskTag handedIn(Lane.@Nullable Place place) {
		return (place instanceof Submission submission) ? submission.tag : null;
	}

	/** Who hands in tasks at a place. */
	static Lane.@Nullable Place submitter(Lane.@Nullable Place place) {
		return (place instanceof Submission submission) ? submission.submitter : place;
	}

}
