package io.loglane.task;

import java.util.concurrent.RunnableScheduledFuture;
import java.util.function.Predicate;

/**
 * Which tasks of Spring's schedulers run again and again. Such a task has no submitter:
 * what it would carry is the context of whoever happened to schedule it, for ever.
 * <p>
 * A task with a trigger looks like any other to a decorator; it can be told only by who
 * calls. The look at the stack costs microseconds, and is taken only where a task is
 * scheduled.
 */
final class Repetition {

	/** Spring's wrapper of a task with a trigger; it submits itself for each next run. */
	private static final String RESCHEDULING = "org.springframework.scheduling.concurrent.ReschedulingRunnable";

	private static final String CONCURRENT_SCHEDULER = "org.springframework.scheduling.concurrent.ConcurrentTaskScheduler";

	private static final String TRIGGER = "Lorg/springframework/scheduling/Trigger;";

	/** From the caller that matters to a decorator it is that many frames at most. */
	private static final int FRAMES = 12;

	/** A frame tells its parameter types only to walkers that may see classes. */
	private static final StackWalker STACK = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

	private Repetition() {
	}

	/** In an executor that schedules nothing. */
	static boolean never(Runnable task) {
		return false;
	}

	/** In a {@code ThreadPoolTaskScheduler}, which decorates the pool's own futures. */
	static boolean inPoolScheduler(Runnable task) {
		return task instanceof RunnableScheduledFuture<?> future
				&& (future.isPeriodic() || isCalledBy(Repetition::reschedules));
	}

	/** In any executor that a task with a trigger is handed to for its next run. */
	static boolean ofTrigger(Object task) {
		return task.getClass().getName().equals(RESCHEDULING);
	}

	/** Not in its run: what that submits is submitted once. */
	private static boolean reschedules(StackWalker.StackFrame frame) {
		return frame.getClassName().equals(RESCHEDULING) && frame.getMethodName().equals("schedule");
	}

	/** In a {@code ConcurrentTaskScheduler}, which decorates before it schedules. */
	static boolean inConcurrentScheduler(Runnable task) {
		return isCalledBy(Repetition::repeats);
	}

	private static boolean repeats(StackWalker.StackFrame frame) {
		return frame.getClassName().equals(CONCURRENT_SCHEDULER) && (frame.getMethodName().startsWith("scheduleAt")
				|| frame.getMethodName().startsWith("scheduleWith") || frame.getDescriptor().contains(TRIGGER));
	}

	private static boolean isCalledBy(Predicate<StackWalker.StackFrame> caller) {
		return STACK.walk((frames) -> frames.limit(FRAMES).anyMatch(caller));
	}

}
