package io.loglane.task;

import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * What can be set for tasks.
 *
 * @param executorKey the MDC entry for the lane's name
 * @param taskKey the MDC entry for the task's number
 * @param propagateContext whether a task runs with its submitter's context
 * @param exclude the names of executor beans to leave alone
 * @param mdc reads the current thread's MDC: a map that never changes, {@code null} where
 * there is none
 */
public record TaskSettings(String executorKey, String taskKey, boolean propagateContext, Set<String> exclude,
		Supplier<@Nullable Map<String, String>> mdc) {

	/** The MDC entry for the task that submitted this one. */
	static final String PARENT_KEY = "parent";

	/**
	 * Settings for any logging library: each look at the MDC makes a copy.
	 * @param executorKey the MDC entry for the lane's name
	 * @param taskKey the MDC entry for the task's number
	 * @param propagateContext whether a task runs with its submitter's context
	 * @param exclude the names of executor beans to leave alone
	 */
	public TaskSettings(String executorKey, String taskKey, boolean propagateContext, Set<String> exclude) {
		this(executorKey, taskKey, propagateContext, exclude, MDC::getCopyOfContextMap);
	}

}
