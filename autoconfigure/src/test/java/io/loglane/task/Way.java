package io.loglane.task;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.scheduling.TaskScheduler;

/** The ways in which work can be handed to an executor, with the type that has each. */
enum Way {

	EXECUTE(Executor.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) {
			executor.execute(runnable(task));
			return null;
		}
	},
	SUBMIT_RUNNABLE(ExecutorService.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) throws Exception {
			return ((ExecutorService) executor).submit(runnable(task)).get();
		}
	},
	SUBMIT_RUNNABLE_WITH_RESULT(ExecutorService.class, true) {
		@Override
		Object handIn(Executor executor, Callable<?> task) throws Exception {
			return ((ExecutorService) executor).submit(runnable(task), "done").get();
		}
	},
	SUBMIT_CALLABLE(ExecutorService.class, true) {
		@Override
		Object handIn(Executor executor, Callable<?> task) throws Exception {
			return ((ExecutorService) executor).submit(task).get();
		}
	},
	INVOKE_ALL(ExecutorService.class, true) {
		@Override
		Object handIn(Executor executor, Callable<?> task) throws Exception {
			Callable<Object> any = task::call;
			return ((ExecutorService) executor).invokeAll(List.of(any)).get(0).get();
		}
	},
	INVOKE_ALL_IN_TIME(ExecutorService.class, true) {
		@Override
		Object handIn(Executor executor, Callable<?> task) throws Exception {
			Callable<Object> any = task::call;
			return ((ExecutorService) executor).invokeAll(List.of(any), 10, TimeUnit.SECONDS).get(0).get();
		}
	},
	INVOKE_ANY(ExecutorService.class, true) {
		@Override
		Object handIn(Executor executor, Callable<?> task) throws Exception {
			Callable<Object> any = task::call;
			return ((ExecutorService) executor).invokeAny(List.of(any));
		}
	},
	INVOKE_ANY_IN_TIME(ExecutorService.class, true) {
		@Override
		Object handIn(Executor executor, Callable<?> task) throws Exception {
			Callable<Object> any = task::call;
			return ((ExecutorService) executor).invokeAny(List.of(any), 10, TimeUnit.SECONDS);
		}
	},
	SCHEDULE_RUNNABLE(ScheduledExecutorService.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) throws Exception {
			return ((ScheduledExecutorService) executor).schedule(runnable(task), 1, TimeUnit.MILLISECONDS).get();
		}
	},
	SCHEDULE_CALLABLE(ScheduledExecutorService.class, true) {
		@Override
		Object handIn(Executor executor, Callable<?> task) throws Exception {
			return ((ScheduledExecutorService) executor).schedule(task, 1, TimeUnit.MILLISECONDS).get();
		}
	},
	SCHEDULE_FIXED_RATE(ScheduledExecutorService.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) {
			((ScheduledExecutorService) executor).scheduleAtFixedRate(runnable(task), 1, 50, TimeUnit.MILLISECONDS);
			return null;
		}

		@Override
		boolean carries() {
			return false;
		}
	},
	SCHEDULE_FIXED_DELAY(ScheduledExecutorService.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) {
			((ScheduledExecutorService) executor).scheduleWithFixedDelay(runnable(task), 1, 50, TimeUnit.MILLISECONDS);
			return null;
		}

		@Override
		boolean carries() {
			return false;
		}
	},
	SPRING_SUBMIT_RUNNABLE(AsyncTaskExecutor.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) throws Exception {
			return ((AsyncTaskExecutor) executor).submit(runnable(task)).get();
		}
	},
	SPRING_SUBMIT_CALLABLE(AsyncTaskExecutor.class, true) {
		@Override
		Object handIn(Executor executor, Callable<?> task) throws Exception {
			Future<?> future = ((AsyncTaskExecutor) executor).submit(task);
			return future.get();
		}
	},
	SPRING_SUBMIT_COMPLETABLE(AsyncTaskExecutor.class, true) {
		@Override
		Object handIn(Executor executor, Callable<?> task) throws Exception {
			return ((AsyncTaskExecutor) executor).submitCompletable(task).get();
		}
	},
	SPRING_SUBMIT_COMPLETABLE_RUNNABLE(AsyncTaskExecutor.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) throws Exception {
			return ((AsyncTaskExecutor) executor).submitCompletable(runnable(task)).get();
		}
	},
	SPRING_EXECUTE_WITH_TIMEOUT(AsyncTaskExecutor.class, false) {
		@Override
		@SuppressWarnings("deprecation") // it is there as long as it is there
		@Nullable Object handIn(Executor executor, Callable<?> task) {
			((AsyncTaskExecutor) executor).execute(runnable(task), 10_000);
			return null;
		}
	},
	SPRING_SCHEDULE_INSTANT(TaskScheduler.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) {
			((TaskScheduler) executor).schedule(runnable(task), Instant.now());
			return null;
		}
	},
	SPRING_SCHEDULE_TRIGGER(TaskScheduler.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) {
			((TaskScheduler) executor).schedule(runnable(task), (context) -> Instant.now().plusMillis(20));
			return null;
		}

		@Override
		boolean carries() {
			return false;
		}
	},
	SPRING_FIXED_RATE(TaskScheduler.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) {
			((TaskScheduler) executor).scheduleAtFixedRate(runnable(task), Duration.ofMillis(50));
			return null;
		}

		@Override
		boolean carries() {
			return false;
		}
	},
	SPRING_FIXED_RATE_FROM(TaskScheduler.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) {
			((TaskScheduler) executor).scheduleAtFixedRate(runnable(task), Instant.now(), Duration.ofMillis(50));
			return null;
		}

		@Override
		boolean carries() {
			return false;
		}
	},
	SPRING_FIXED_DELAY(TaskScheduler.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) {
			((TaskScheduler) executor).scheduleWithFixedDelay(runnable(task), Duration.ofMillis(50));
			return null;
		}

		@Override
		boolean carries() {
			return false;
		}
	},
	SPRING_FIXED_DELAY_FROM(TaskScheduler.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) {
			((TaskScheduler) executor).scheduleWithFixedDelay(runnable(task), Instant.now(), Duration.ofMillis(50));
			return null;
		}

		@Override
		boolean carries() {
			return false;
		}
	},
	COMPLETABLE_FUTURE(Executor.class, true) {
		@Override
		Object handIn(Executor executor, Callable<?> task) throws Exception {
			return CompletableFuture.supplyAsync(() -> call(task), executor).get();
		}
	},
	COMPLETABLE_FUTURE_RUN(Executor.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) throws Exception {
			return CompletableFuture.runAsync(runnable(task), executor).get();
		}
	},
	COMPLETABLE_FUTURE_STAGE(Executor.class, true) {
		@Override
		Object handIn(Executor executor, Callable<?> task) throws Exception {
			return CompletableFuture.completedFuture("done")
				.thenApplyAsync((before) -> call(task), executor)
				.thenCombineAsync(CompletableFuture.completedFuture(""), (done, nothing) -> done, executor)
				.get();
		}
	},
	ASYNC_METHOD(Executor.class, true) {
		@Override
		Object handIn(Executor executor, Callable<?> task) throws Exception {
			return AnnotatedWork.callAsync(executor, task).get();
		}
	},
	ASYNC_METHOD_WITHOUT_RESULT(Executor.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) {
			AnnotatedWork.runAsync(executor, runnable(task));
			return null;
		}
	},
	SCHEDULED_METHOD_AT_FIXED_RATE(TaskScheduler.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) throws Exception {
			AnnotatedWork.schedule(executor, runnable(task), AnnotatedWork.AtFixedRate.class);
			return null;
		}

		@Override
		boolean carries() {
			return false;
		}
	},
	SCHEDULED_METHOD_WITH_FIXED_DELAY(TaskScheduler.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) throws Exception {
			AnnotatedWork.schedule(executor, runnable(task), AnnotatedWork.WithFixedDelay.class);
			return null;
		}

		@Override
		boolean carries() {
			return false;
		}
	},
	SCHEDULED_METHOD_BY_CRON(TaskScheduler.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) throws Exception {
			AnnotatedWork.schedule(executor, runnable(task), AnnotatedWork.ByCron.class);
			return null;
		}

		@Override
		boolean carries() {
			return false;
		}
	},
	/** Spring makes a scheduler over the JDK's by itself. */
	SCHEDULED_METHOD_OF_A_SERVICE(ScheduledExecutorService.class, false) {
		@Override
		@Nullable Object handIn(Executor executor, Callable<?> task) throws Exception {
			AnnotatedWork.schedule(executor, runnable(task), AnnotatedWork.AtFixedRate.class);
			return null;
		}

		@Override
		boolean carries() {
			return false;
		}
	},
	ASYNC_CONTROLLER(Executor.class, true) {
		@Override
		Object handIn(Executor executor, Callable<?> task) throws Exception {
			return AsyncController.call(executor, task);
		}
	};

	final Class<?> type;

	/** Whether whoever hands in gets the result, or the exception. */
	final boolean result;

	Way(Class<?> type, boolean result) {
		this.type = type;
		this.result = result;
	}

	abstract @Nullable Object handIn(Executor executor, Callable<?> task) throws Exception;

	boolean carries() {
		return true;
	}

	static Runnable runnable(Callable<?> task) {
		return () -> call(task);
	}

	static Object call(Callable<?> task) {
		try {
			return task.call();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex.getMessage(), ex);
		}
	}

}
