package io.loglane.task;

import java.util.Map;
import java.util.concurrent.Callable;

import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * One task's tag, and what it carries of its submitter's context. Made by the submitter,
 * handed to the worker by the executor's own queue, which orders the two.
 */
final class TaskTag extends Lane.Place {

	private final Tagger tagger;

	private final String number;

	/** The submitter's MDC, where it is carried; shared, to be changed by nobody. */
	private final @Nullable Map<String, String> carried;

	/** What else is carried; {@code null} where there is nothing. */
	private final @Nullable CarriedContext context;

	/** {@code lane#number} of the task that submitted this one, if any. */
	private final @Nullable String parent;

	/**
	 * The submitter's own parent. Another entry of that name is the application's, and
	 * stays.
	 */
	private final @Nullable String inherited;

	/** The tag of this same task in the executor that has handed it on, if any. */
	private final @Nullable TaskTag handedFrom;

	private final long submittedAt;

	private TaskTag(Tagger tagger, @Nullable Map<String, String> carried, @Nullable CarriedContext context,
			@Nullable String parent, @Nullable String inherited, @Nullable TaskTag handedFrom, boolean submitted) {
		super(tagger.lane());
		this.tagger = tagger;
		this.number = Long.toString(lane().nextTask());
		this.carried = carried;
		this.context = context;
		this.parent = parent;
		this.inherited = inherited;
		this.handedFrom = handedFrom;
		this.submittedAt = submitted ? tagger.log().submitted(this.number) : TaskLog.BY_NOBODY;
	}

	/** The tag of a task that the current thread submits. */
	static TaskTag submitted(Tagger tagger) {
		Lane.Place place = current();
		TaskTag submitter = (Submission.submitter(place) instanceof TaskTag task) ? task : null;
		boolean carries = tagger.settings().propagateContext();
		return new TaskTag(tagger, carries ? tagger.settings().mdc().get() : null,
				(carries && tagger.capturesContext()) ? CarriedContext.capture() : null,
				(submitter != null) ? submitter.lane().name() + "#" + submitter.number : null,
				(submitter != null) ? submitter.parent : null, Submission.handedIn(place), true);
	}

	/**
	 * The tag of one run of a task that nobody submitted for this run.
	 * @param inherited the parent of the task that scheduled it, if any
	 */
	static TaskTag ofRun(Tagger tagger, @Nullable String inherited) {
		return new TaskTag(tagger, null, null, null, inherited, null, false);
	}

	/** The tag of the task that the current thread runs. */
	static @Nullable TaskTag running() {
		return (current() instanceof TaskTag task) ? task : null;
	}

	/** The parent of the task that the current thread runs or submits from. */
	static @Nullable String parentOfSubmitter() {
		return (Submission.submitter(current()) instanceof TaskTag task) ? task.parent : null;
	}

	/**
	 * The tag of this same task in the lane of an executor that it is handed on to, and
	 * whose thread will run it. It still carries its first submitter's context.
	 */
	TaskTag handOn(Tagger tagger) {
		return new TaskTag(tagger, this.carried, tagger.capturesContext() ? this.context : null, this.parent,
				this.inherited, this.handedFrom, true);
	}

	/**
	 * Run the task under this tag: its lane current, in the MDC the thread's own entries,
	 * over them the submitter's, over them the tag. Afterwards lane and MDC are what they
	 * were before, whatever the task did and however it ended. Where the executor that
	 * the task was handed on to has tagged it, that tag stands.
	 * @param task the task
	 * @param origin what was handed in
	 */
	void run(Runnable task, Object origin) {
		if (isHandedOn()) {
			task.run();
			return;
		}
		CarriedContext context = this.context;
		if (context != null) {
			context.run(() -> runTagged(task, origin));
		}
		else {
			runTagged(task, origin);
		}
	}

	/** As {@link #run}, with a result. */
	<T extends @Nullable Object> T call(Callable<T> task) throws Exception {
		if (isHandedOn()) {
			return task.call();
		}
		CarriedContext context = this.context;
		return (context != null) ? context.call(() -> callTagged(task)) : callTagged(task);
	}

	private boolean isHandedOn() {
		TaskTag running = running();
		while (running != null) {
			running = running.handedFrom;
			if (running == this) {
				return true;
			}
		}
		return false;
	}

	private void runTagged(Runnable task, Object origin) {
		TaskLog log = this.tagger.log();
		boolean told = log.tells(this.submittedAt);
		Map<String, String> before = this.tagger.settings().mdc().get();
		Lane.Place outer = enter(this);
		try {
			tag(before, outer);
			long started = told ? log.started(this.number, this.submittedAt) : TaskLog.NOT_TIMED;
			try {
				task.run();
			}
			catch (Throwable ex) {
				log.ended(this.number, started, origin, ex);
				throw ex;
			}
			log.ended(this.number, started, origin, null);
		}
		finally {
			untag(before);
			leave(outer);
		}
	}

	private <T extends @Nullable Object> T callTagged(Callable<T> task) throws Exception {
		TaskLog log = this.tagger.log();
		boolean told = log.tells(this.submittedAt);
		Map<String, String> before = this.tagger.settings().mdc().get();
		Lane.Place outer = enter(this);
		try {
			tag(before, outer);
			long started = told ? log.started(this.number, this.submittedAt) : TaskLog.NOT_TIMED;
			T result;
			try {
				result = task.call();
			}
			catch (Throwable ex) {
				log.ended(this.number, started, task, ex);
				throw ex;
			}
			log.ended(this.number, started, task, null);
			return result;
		}
		finally {
			untag(before);
			leave(outer);
		}
	}

	private void tag(@Nullable Map<String, String> before, Lane.@Nullable Place outer) {
		Map<String, String> carried = this.carried;
		if (carried != null && carried != before) {
			// entry by entry: a map that is set is copied, and is over what was there
			carried.forEach(MDC::put);
		}
		putTag((outer instanceof TaskTag task) ? task.parent : null);
	}

	/**
	 * Put the tag's entries.
	 * @param outer the parent of the task that this one runs inside of, if any
	 */
	private void putTag(@Nullable String outer) {
		TaskSettings settings = this.tagger.settings();
		MDC.put(settings.executorKey(), lane().name());
		MDC.put(settings.taskKey(), this.number);
		if (this.parent == null && this.inherited == null && outer == null) {
			return;
		}
		String there = MDC.get(TaskSettings.PARENT_KEY);
		if (there != null && !there.equals(this.inherited) && !there.equals(outer)) {
			return;
		}
		if (this.parent != null) {
			MDC.put(TaskSettings.PARENT_KEY, this.parent);
		}
		else {
			MDC.remove(TaskSettings.PARENT_KEY);
		}
	}

	private static void untag(@Nullable Map<String, String> before) {
		if (before != null) {
			MDC.setContextMap(before);
		}
		else {
			MDC.clear();
		}
	}

	/**
	 * Put the tag back where a decorator between us and the task has set an MDC of its
	 * own. What it set goes on standing.
	 */
	void restore() {
		// where the task was handed on, it is the last executor's
		TaskTag last = running();
		if (last == null) {
			last = this;
		}
		TaskSettings settings = last.tagger.settings();
		if (!last.number.equals(MDC.get(settings.taskKey()))
				|| !last.lane().name().equals(MDC.get(settings.executorKey()))) {
			last.putTag(null);
		}
	}

}
