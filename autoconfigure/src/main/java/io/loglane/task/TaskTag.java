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

	private final Tagger tagger;

	private final String number;

	/** The submitter's MDC, where it is carried; shared, to be changed by nobody. */
	private final @Nullable Map<String, String> carried;

	/** What else is carried; {@code null} where there is nothing. */
	private final @Nullable CarriedContext context;

	/** {@code lane#number} of the task that submitted this one, if any. */
	private final @Nullable String parent;

	/** The tag of the executor that this task was handed on to, if any. */
	private @Nullable TaskTag handedOnTo;

	private final long submittedAt;

	private TaskTag(Tagger tagger, @Nullable Map<String, String> carried, @Nullable CarriedContext context,
			@Nullable String parent, boolean submitted) {
		super(tagger.lane());
		this.tagger = tagger;
		this.number = Long.toString(lane().nextTask());
		this.carried = carried;
		this.context = context;
		this.parent = parent;
		this.submittedAt = submitted ? tagger.log().submitted(this.number) : TaskLog.NOT_TIMED;
	}

	/** The tag of a task that the current thread submits. */
	static TaskTag submitted(Tagger tagger) {
		String parent = (current() instanceof TaskTag submitter) ? submitter.lane().name() + "#" + submitter.number
				: null;
		boolean carries = tagger.settings().propagateContext();
		return new TaskTag(tagger, carries ? tagger.settings().mdc().get() : null,
				(carries && tagger.capturesContext()) ? CarriedContext.capture() : null, parent, true);
	}

	/** The tag of one run of a task that nobody submitted for this run. */
	static TaskTag ofRun(Tagger tagger) {
		return new TaskTag(tagger, null, null, null, false);
	}

	/**
	 * The tag of this same task in the lane of an executor that it is handed on to, and
	 * whose thread will run it. It still carries its first submitter's context.
	 */
	TaskTag handOn(Tagger tagger) {
		TaskTag next = new TaskTag(tagger, this.carried, this.context, this.parent, true);
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
		Map<String, String> before = this.tagger.settings().mdc().get();
		Lane.Place outer = enter(this);
		try {
			tag(before);
			long started = this.tagger.log().started(this.number, this.submittedAt);
			try {
				task.run();
			}
			catch (Throwable ex) {
				this.tagger.log().ended(this.number, started, task, ex);
				throw ex;
			}
			this.tagger.log().ended(this.number, started, task, null);
		}
		finally {
			untag(before);
			leave(outer);
		}
	}

	private <T extends @Nullable Object> T callTagged(Callable<T> task) throws Exception {
		Map<String, String> before = this.tagger.settings().mdc().get();
		Lane.Place outer = enter(this);
		try {
			tag(before);
			long started = this.tagger.log().started(this.number, this.submittedAt);
			T result;
			try {
				result = task.call();
			}
			catch (Throwable ex) {
				this.tagger.log().ended(this.number, started, task, ex);
				throw ex;
			}
			this.tagger.log().ended(this.number, started, task, null);
			return result;
		}
		finally {
			untag(before);
			leave(outer);
		}
	}

	private void tag(@Nullable Map<String, String> before) {
		Map<String, String> carried = this.carried;
		if (carried != null) {
			if (before == null || before == carried || carried.keySet().containsAll(before.keySet())) {
				MDC.setContextMap(carried);
			}
			else {
				Map<String, String> during = new HashMap<>(before);
				during.putAll(carried);
				MDC.setContextMap(during);
			}
		}
		putTag();
	}

	private void putTag() {
		TaskSettings settings = this.tagger.settings();
		MDC.put(settings.executorKey(), lane().name());
		MDC.put(settings.taskKey(), this.number);
		if (this.parent != null) {
			MDC.put(TaskSettings.PARENT_KEY, this.parent);
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
		TaskSettings settings = last.tagger.settings();
		if (!last.number.equals(MDC.get(settings.taskKey()))
				|| !last.lane().name().equals(MDC.get(settings.executorKey()))) {
			last.putTag();
			if (last.parent == null) {
				// the submitter's own, which such a decorator has carried along
				MDC.remove(TaskSettings.PARENT_KEY);
			}
		}
	}

}
