package io.loglane.task;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RejectedExecutionHandler;
import java.util.concurrent.ThreadPoolExecutor;

import io.loglane.lane.Lane;

/**
 * Logs the tasks that a pool gives up, and leaves to the pool's own handler what becomes
 * of them. A task that the handler runs by itself is not lost, and not logged.
 */
final class RejectionWatch implements RejectedExecutionHandler {

	private final RejectedExecutionHandler users;

	private final TaskLog log;

	private RejectionWatch(RejectedExecutionHandler users, TaskLog log) {
		this.users = users;
		this.log = log;
	}

	/** Once: a pool that several beans hand out stays in the lane of the first. */
	static void of(ThreadPoolExecutor pool, String lane) {
		if (!(pool.getRejectedExecutionHandler() instanceof RejectionWatch)) {
			pool.setRejectedExecutionHandler(
					new RejectionWatch(pool.getRejectedExecutionHandler(), new TaskLog(Lane.named(lane))));
		}
	}

	@Override
	public void rejectedExecution(Runnable task, ThreadPoolExecutor executor) {
		try {
			this.users.rejectedExecution(task, executor);
		}
		catch (RejectedExecutionException ex) {
			this.log.rejected(task);
			throw ex;
		}
		if (this.users instanceof ThreadPoolExecutor.DiscardPolicy) {
			this.log.rejected(task);
		}
		else if (this.users instanceof ThreadPoolExecutor.DiscardOldestPolicy) {
			this.log.rejected("the oldest, in favour of " + task);
		}
	}

}
