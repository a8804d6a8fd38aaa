package io.loglane.task;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import org.springframework.aop.interceptor.AsyncUncaughtExceptionHandler;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.AsyncConfigurer;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.SchedulingConfigurer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Work that Spring hands in for a method with an annotation, in a small context of its
 * own over an executor that is there already.
 */
final class AnnotatedWork {

	private AnnotatedWork() {
	}

	static CompletableFuture<?> callAsync(Executor executor, Callable<?> task) {
		try (AnnotationConfigApplicationContext context = context(executor)) {
			return context.getBean(AsyncMethods.class).call(task);
		}
	}

	static void runAsync(Executor executor, Runnable task) {
		try (AnnotationConfigApplicationContext context = context(executor)) {
			context.getBean(AsyncMethods.class).run(task);
		}
	}

	private static AnnotationConfigApplicationContext context(Executor executor) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.registerBean(AsyncConfigurer.class, () -> new AsyncConfigurer() {

			@Override
			public Executor getAsyncExecutor() {
				return executor;
			}

			@Override
			public AsyncUncaughtExceptionHandler getAsyncUncaughtExceptionHandler() {
				return (ex, method, arguments) -> EveryExecutorTests.UNCAUGHT.add(ex.toString());
			}

		});
		context.register(Asynchronous.class, AsyncMethods.class);
		context.refresh();
		return context;
	}

	/** Let a method be scheduled until it has run once. */
	static void schedule(Executor executor, Runnable task, Class<? extends Work> type) throws InterruptedException {
		CountDownLatch ran = new CountDownLatch(1);
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.registerBean(Runnable.class, () -> () -> {
				try {
					task.run();
				}
				finally {
					ran.countDown();
				}
			});
			context.registerBean(SchedulingConfigurer.class, () -> (registrar) -> registrar.setScheduler(executor));
			context.register(Scheduling.class, type);
			context.refresh();
			assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class Asynchronous {

	}

	static class AsyncMethods {

		@Async
		public CompletableFuture<?> call(Callable<?> task) {
			return CompletableFuture.completedFuture(Way.call(task));
		}

		@Async
		public void run(Runnable task) {
			task.run();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class Scheduling {

	}

	abstract static class Work {

		private final Runnable task;

		Work(Runnable task) {
			this.task = task;
		}

		void run() {
			this.task.run();
		}

	}

	static final class AtFixedRate extends Work {

		AtFixedRate(Runnable task) {
			super(task);
		}

		@Override
		@Scheduled(fixedRate = 50)
		void run() {
			super.run();
		}

	}

	static final class WithFixedDelay extends Work {

		WithFixedDelay(Runnable task) {
			super(task);
		}

		@Override
		@Scheduled(fixedDelay = 50)
		void run() {
			super.run();
		}

	}

	static final class ByCron extends Work {

		ByCron(Runnable task) {
			super(task);
		}

		@Override
		@Scheduled(cron = "* * * * * *")
		void run() {
			super.run();
		}

	}

}
