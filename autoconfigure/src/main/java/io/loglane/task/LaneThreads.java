package io.loglane.task;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;

import io.loglane.lane.Lane;
import org.slf4j.MDC;

/**
 * Makes a pool's threads carry a lane, where its tasks can not be touched: their records
 * have an executor, and no task. Threads that the pool has made already carry none.
 */
final class LaneThreads implements ThreadFactory {

	private final ThreadFactory users;

	private final Lane lane;

	private final TaskSettings settings;

	private LaneThreads(ThreadFactory users, Lane lane, TaskSettings settings) {
		this.users = users;
		this.lane = lane;
		this.settings = settings;
	}

	/** Once: a pool that several beans hand out stays in the lane of the first. */
	static void of(ThreadPoolExecutor pool, Lane lane, TaskSettings settings) {
		if (!(pool.getThreadFactory() instanceof LaneThreads)) {
			pool.setThreadFactory(new LaneThreads(pool.getThreadFactory(), lane, settings));
		}
	}

	@Override
	@SuppressWarnings("NullAway") // a factory may refuse to make a thread
	public Thread newThread(Runnable work) {
		return this.users.newThread(() -> runInLane(work));
	}

	private void runInLane(Runnable work) {
		MDC.put(this.settings.executorKey(), this.lane.name());
		try (Lane.Scope scope = this.lane.enter()) {
			work.run();
		}
	}

}
