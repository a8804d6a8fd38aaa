package io.loglane.task;

import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;

import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;

import org.springframework.core.task.TaskDecorator;

/**
 * Tags the tasks of one lane, whichever way they are handed in. A {@code null} task stays
 * {@code null}, so that it fails where and how it did before.
 */
final class Tagger {

	private final Lane lane;

	private final TaskSettings settings;

	/** The user's decorator, which stands between our wrapper and the task. */
	private final @Nullable TaskDecorator users;

	private final boolean capturesContext;

	private final TaskLog log;

	/**
	 * @param lane the lane
	 * @param settings the settings
	 * @param users the decorator that the user set, if any
	 * @param propagates whether the executor carries Micrometer's context by itself
	 */
	Tagger(Lane lane, TaskSettings settings, @Nullable TaskDecorator users, boolean propagates) {
		this.lane = lane;
		this.settings = settings;
		this.users = users;
		// never twice
		this.capturesContext = !propagates && !UsersDecorator.carriesContext(users);
		this.log = new TaskLog(lane);
	}

	Lane lane() {
		return this.lane;
	}

	TaskSettings settings() {
		return this.settings;
	}

	TaskLog log() {
		return this.log;
	}

	boolean capturesContext() {
		return this.capturesContext;
	}

	/** A task that the current thread submits. */
	@Nullable Runnable once(@Nullable Runnable task) {
		if (task == null) {
			return null;
		}
		if (task instanceof LaneTask handedOn) {
			// the executor that it comes from does not run it: this one does
			return once(handedOn.tag().handOn(this), handedOn.task(), handedOn.origin());
		}
		return once(TaskTag.submitted(this), task, task);
	}

	private @Nullable Runnable once(TaskTag tag, Runnable task, Runnable origin) {
		TaskDecorator users = this.users;
		if (users == null) {
			return LaneTask.around(tag, task, origin);
		}
		Runnable decorated = decorated(users, tag, task);
		return (decorated != null) ? LaneTask.around(tag, decorated, origin) : null;
	}

	@SuppressWarnings("NullAway") // a decorator may return null
	private static @Nullable Runnable decorated(TaskDecorator users, TaskTag tag, Runnable task) {
		try {
			return users.decorate(LaneTask.inside(tag, task));
		}
		catch (ClassCastException ex) {
			if (!KnownCode.tellsMore(task)) {
				throw ex;
			}
			// it looks at the task, and sets no MDC of its own, or the tag is gone
			return users.decorate(task);
		}
	}

	/** A task with a result that the current thread submits. */
	<T extends @Nullable Object> @Nullable Callable<T> once(@Nullable Callable<T> task) {
		if (task == null) {
			return null;
		}
		if (task instanceof LaneCallable<T> handedOn) {
			return new LaneCallable<>(handedOn.tag().handOn(this), handedOn.task());
		}
		return new LaneCallable<>(TaskTag.submitted(this), task);
	}

	/** A task that runs again and again: nobody submits its runs, each has a number. */
	@Nullable Runnable eachRun(@Nullable Runnable task) {
		return (task != null) ? new EachRun(task) : null;
	}

	/** The user's decorator's work alone. */
	Runnable untagged(Runnable task) {
		return (this.users != null) ? this.users.decorate(task) : task;
	}

	private final class EachRun implements Runnable {

		private final Runnable task;

		private final Runnable decorated;

		/** What the MDC that a decorator of the user's may have copied has of ours. */
		private final @Nullable String inherited = TaskTag.parentOfSubmitter();

		/** The runs of one task follow each other, ordered by its executor. */
		private @Nullable TaskTag tag;

		EachRun(Runnable task) {
			this.task = task;
			TaskDecorator users = Tagger.this.users;
			this.decorated = (users != null) ? users.decorate(this::runInside) : task;
		}

		@Override
		public void run() {
			this.tag = TaskTag.running();
			if (this.tag != null) {
				// the executor that it was handed on to has tagged this run
				this.decorated.run();
				return;
			}
			this.tag = TaskTag.ofRun(Tagger.this, this.inherited);
			this.tag.run(this.decorated, this.task);
		}

		private void runInside() {
			if (this.tag != null) {
				this.tag.restore();
			}
			this.task.run();
		}

		@Override
		public String toString() {
			return this.task.toString();
		}

	}

	/** For tasks that the application wraps by itself. */
	static final class ByHand implements Lane.Tagging {

		private final TaskSettings settings;

		private final Map<Lane, Tagger> taggers = new ConcurrentHashMap<>();

		ByHand(TaskSettings settings) {
			this.settings = settings;
		}

		@Override
		public Runnable tag(Lane lane, Runnable task) {
			return LaneTask.around(TaskTag.submitted(tagger(lane)), task, task);
		}

		@Override
		public <T> Callable<T> tag(Lane lane, Callable<T> task) {
			return new LaneCallable<>(TaskTag.submitted(tagger(lane)), task);
		}

		private Tagger tagger(Lane lane) {
			return this.taggers.computeIfAbsent(lane, (key) -> new Tagger(key, this.settings, null, false));
		}

	}

}
