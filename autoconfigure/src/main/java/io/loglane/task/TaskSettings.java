package io.loglane.task;

import java.util.Set;

/**
 * What can be set for tasks.
 *
 * @param executorKey the MDC entry for the lane's name
 * @param taskKey the MDC entry for the task's number
 * @param propagateContext whether a task runs with its submitter's context
 * @param exclude the names of executor beans to leave alone
 */
public record TaskSettings(String executorKey, String taskKey, boolean propagateContext, Set<String> exclude) {

	/** The MDC entry for the task that submitted this one. */
	static final String PARENT_KEY = "parent";

}
