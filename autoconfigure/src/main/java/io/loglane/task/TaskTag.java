package io.loglane.task;

import java.util.HashMap;
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

	private final String number;

	private final TaskSettings settings;

	/** The submitter's MDC, where it is carried, and over it the tag. */
	private final Map<String, String> mdc;

	/** What else is carried; {@code null} where there is nothing. */
	private final @Nullable CarriedContext context;

	/** {@code lane#number} of the task that submitted this one, if any. */
	private final @Nullable String parent;

	/** The tag of the executor that this task was handed on to, if any. */
	private @Nullable TaskTag handedOnTo;

	private final TaskLog log;

	private long submittedAt = TaskLog.NOT_TIMED;

	private TaskTag(Tagger tagger, @Nullable Map<String, String> mdc, @Nullable CarriedContext context,
			@Nullable String parent) {
		super(tagger.lane());
		this.number = Long.toString(lane().nextTask());
		this.settings = tagger.settings();
		this.log = tagger.log();
		this.context = context;
		this.parent = parent;
		// ours alone, and made here so that the worker has nothing left to make
		this.mdc = (mdc != null) ? mdc : new HashMap<>(4);
		this.mdc.put(this.settings.executorKey(), lane().name());
		this.mdc.put(this.settings.taskKey(), this.number);
		if (parent != null) {
			this.mdc.put(TaskSettings.PARENT_KEY, parent);
		}
	}

	/** The tag of a task that the current thread submits. */
	static TaskTag submitted(Tagger tagger) {
		String parent = (current() instanceof TaskTag submitter) ? submitter.lane().name() + "#" + submitter.number
				: null;
		boolean carries = tagger.settings().propagateContext();
		TaskTag tag = new TaskTag(tagger, carries ? MDC.getCopyOfContextMap() : null,
				(carries && tagger.capturesContext()) ? CarriedContext.capture() : null, parent);
		tag.submittedAt = tag.log.submitted(tag.number);
		return tag;
	}

	/** The tag of one run of a task that nobody submitted for this run. */
	static TaskTag ofRun(Tagger tagger) {
		return new TaskTag(tagger, null, null, null);
	}

	/**
	 * The tag of this same task in the lane of an executor that it is handed on to, and
	 * whose thread will run it. It still carries its first submitter's context.
	 */
	TaskTag handOn(Tagger tagger) {
		TaskTag next = new TaskTag(tagger, new HashMap<>(this.mdc), this.context, this.parent);
		next.submittedAt = next.log.submitted(next.number);
		this.handedOnTo = next;
		return next;
	}

	/**
	 * Run the task under this tag: its lane current, in the MDC the thread's own entries,
	 * over them the submitter's, over them the tag. Afterwards lane and MDC are what they
	 * were before, whatever the task did and however it ended.
	 */
	void run(Runnable task) {
		CarriedContext context = this.context;
		if (context != null) {
			context.run(() -> runTagged(task));
		}
		else {
			runTagged(task);
		}
	}

	/** As {@link #run}, with a result. */
	<T extends @Nullable Object> T call(Callable<T> task) throws Exception {
		CarriedContext context = this.context;
		return (context != null) ? context.call(() -> callTagged(task)) : callTagged(task);
	}

	private void runTagged(Runnable task) {
		Map<String, String> before = MDC.getCopyOfContextMap();
		Lane.Place outer = enter(this);
		try {
			tag(before);
			long started = this.log.started(this.number, this.submittedAt);
			try {
				task.run();
			}
			catch (Throwable ex) {
				this.log.ended(this.number, started, task, ex);
				throw ex;
			}
			this.log.ended(this.number, started, task, null);
		}
		finally {
			untag(before);
			leave(outer);
		}
	}

	private <T extends @Nullable Object> T callTagged(Callable<T> task) throws Exception {
		Map<String, String> before = MDC.getCopyOfContextMap();
		Lane.Place outer = enter(this);
		try {
			tag(before);
			long started = this.log.started(this.number, this.submittedAt);
			T result;
			try {
				result = task.call();
			}
			catch (Throwable ex) {
				this.log.ended(this.number, started, task, ex);
				throw ex;
			}
			this.log.ended(this.number, started, task, null);
			return result;
		}
		finally {
			untag(before);
			leave(outer);
		}
	}

	private void tag(@Nullable Map<String, String> before) {
		if (before == null || this.mdc.keySet().containsAll(before.keySet())) {
			MDC.setContextMap(this.mdc);
		}
		else {
			Map<String, String> during = new HashMap<>(before);
			during.putAll(this.mdc);
			MDC.setContextMap(during);
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
		TaskTag last = this;
		while (last.handedOnTo != null) {
			last = last.handedOnTo;
		}
		if (!last.number.equals(MDC.get(last.settings.taskKey()))
				|| !last.lane().name().equals(MDC.get(last.settings.executorKey()))) {
			MDC.put(last.settings.executorKey(), last.lane().name());
			MDC.put(last.settings.taskKey(), last.number);
			if (last.parent != null) {
				MDC.put(TaskSettings.PARENT_KEY, last.parent);
			}
			else {
				// the submitter's own, which such a decorator has carried along
				MDC.remove(TaskSettings.PARENT_KEY);
			}
		}
	}

}
