package io.loglane.task;

import java.util.HashMap;
import java.util.Map;

import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * One task's tag, and what it carries of its submitter's MDC. Made by the submitter,
 * handed to the worker by the executor's own queue, which orders the two.
 */
final class TaskTag {

	private final Lane lane;

	private final String number;

	private final TaskSettings settings;

	/** The submitter's entries; {@code null} where there are none or none are carried. */
	private final @Nullable Map<String, String> carried;

	private TaskTag(Lane lane, TaskSettings settings, @Nullable Map<String, String> carried) {
		this.lane = lane;
		this.number = Long.toString(lane.nextTask());
		this.settings = settings;
		this.carried = carried;
	}

	/** The tag of a task that the current thread submits. */
	static TaskTag submitted(Lane lane, TaskSettings settings) {
		return new TaskTag(lane, settings, settings.propagateContext() ? MDC.getCopyOfContextMap() : null);
	}

	/** The tag of one run of a task that nobody submitted for this run. */
	static TaskTag ofRun(Lane lane, TaskSettings settings) {
		return new TaskTag(lane, settings, null);
	}

	/**
	 * Run the task under this tag: its lane current, in the MDC the thread's own entries,
	 * over them the submitter's, over them the tag. Afterwards lane and MDC are what they
	 * were before, whatever the task did and however it ended.
	 */
	void run(Runnable task) {
		Map<String, String> before = MDC.getCopyOfContextMap();
		try (Lane.Scope scope = this.lane.enter()) {
			MDC.setContextMap(during(before));
			task.run();
		}
		finally {
			if (before != null) {
				MDC.setContextMap(before);
			}
			else {
				MDC.clear();
			}
		}
	}

	private Map<String, String> during(@Nullable Map<String, String> before) {
		Map<String, String> during = new HashMap<>();
		if (before != null) {
			during.putAll(before);
		}
		if (this.carried != null) {
			during.putAll(this.carried);
		}
		during.put(this.settings.executorKey(), this.lane.name());
		during.put(this.settings.taskKey(), this.number);
		return during;
	}

	/**
	 * Run the task with the tag put back: a decorator between us and the task may have
	 * set an MDC of its own.
	 */
	void runTagged(Runnable task) {
		if (!this.number.equals(MDC.get(this.settings.taskKey()))
				|| !this.lane.name().equals(MDC.get(this.settings.executorKey()))) {
			MDC.put(this.settings.executorKey(), this.lane.name());
			MDC.put(this.settings.taskKey(), this.number);
		}
		task.run();
	}

}
