package io.loglane.task;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RejectedExecutionHandler;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.read.ListAppender;
import ch.qos.logback.core.spi.FilterReply;
import io.loglane.appender.LaneLevels;
import io.loglane.lane.Lane;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.support.TaskExecutorAdapter;
import org.springframework.scheduling.concurrent.ConcurrentTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * What a lane's own logger tells of its tasks.
 */
class TaskLogTests {

	private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

	private final ListAppender<ILoggingEvent> told = new ListAppender<>();

	private final Logger logger = (Logger) LoggerFactory.getLogger("loglane.executor");

	@BeforeEach
	void start() {
		this.told.start();
		this.logger.addAppender(this.told);
		this.logger.setLevel(Level.DEBUG);
		ExecutorLanes lanes = new ExecutorLanes(new TaskSettings("executor", "task", true, Set.of()));
		lanes.setBeanFactory(this.context.getBeanFactory());
		this.context.getBeanFactory().addBeanPostProcessor(lanes);
		this.context.register(Pools.class);
		this.context.refresh();
	}

	@AfterEach
	void stop() {
		this.context.close();
		this.logger.detachAppender(this.told);
		this.logger.setLevel(null);
	}

	private List<String> told() {
		synchronized (this.told) {
			return this.told.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
		}
	}

	@Test
	void lifeOfATaskIsToldWithItsTimes() {
		for (String name : List.of("spring", "plain")) {
			this.told.list.clear();
			this.context.getBean(name, Executor.class).execute(() -> {
			});
			await().until(() -> told().size() == 3);
			assertThat(told().get(0)).matches("Task \\d+ submitted");
			assertThat(told().get(1)).matches("Task \\d+ started, waited \\d+\\.\\d+ ms");
			assertThat(told().get(2)).matches("Task \\d+ ended, ran \\d+\\.\\d+ ms");
			assertThat(this.told.list).allSatisfy((event) -> {
				assertThat(event.getLoggerName()).isEqualTo("loglane.executor." + name);
				assertThat(event.getLevel()).isEqualTo(Level.DEBUG);
			});
			assertThat(this.told.list.get(1).getMDCPropertyMap()).containsEntry("executor", name);
		}
	}

	@Test
	void failureIsToldAlsoWhereAFutureKeepsItToItself() {
		for (String name : List.of("springSubmit", "plainSubmit")) {
			this.told.list.clear();
			Callable<String> failing = () -> {
				throw new IllegalStateException("no paper");
			};
			Future<String> future = name.startsWith("spring")
					? this.context.getBean("spring", ThreadPoolTaskExecutor.class).submit(failing)
					: this.context.getBean("plain", ExecutorService.class).submit(failing);
			await().until(() -> told().size() == 3);
			assertThat(future.isDone()).isTrue();
			assertThat(told().get(2)).matches("Task \\d+ failed, ran \\d+\\.\\d+ ms");
			assertThat(this.told.list.get(2).getThrowableProxy().getMessage()).isEqualTo("no paper");
		}
	}

	@Test
	void failureIsToldWhereAUsersDecoratorStandsBetween() {
		Callable<String> failing = () -> {
			throw new IllegalStateException("no ink");
		};
		Future<String> future = this.context.getBean("decorated", ThreadPoolTaskExecutor.class).submit(failing);
		await().until(() -> told().size() == 3);
		assertThat(future.isDone()).isTrue();
		assertThat(told().get(2)).matches("Task \\d+ failed, ran \\d+\\.\\d+ ms");
		assertThat(this.told.list.get(2).getThrowableProxy().getMessage()).isEqualTo("no ink");
	}

	@Test
	void restIsNotToldWhereTheBeginningWasNot() throws Exception {
		this.logger.setLevel(Level.INFO);
		CountDownLatch gate = new CountDownLatch(1);
		ExecutorService plain = this.context.getBean("plain", ExecutorService.class);
		Future<?> task = plain.submit(() -> waitFor(gate));
		Future<?> waiting = plain.submit(() -> "done");
		this.logger.setLevel(Level.DEBUG);
		gate.countDown();
		task.get(10, TimeUnit.SECONDS);
		waiting.get(10, TimeUnit.SECONDS);
		plain.submit(() -> "told").get(10, TimeUnit.SECONDS);
		await().until(() -> told().size() >= 3);
		assertThat(told()).hasSize(3);
	}

	@Test
	void levelOfTheLaneDoesNotTurnOnItsOwnLogger() throws Exception {
		this.logger.setLevel(Level.INFO);
		LoggerContext logback = this.logger.getLoggerContext();
		ThreadPoolTaskScheduler scheduler = this.context.getBean("scheduler", ThreadPoolTaskScheduler.class);
		LaneLevels.set(logback, this, Lane.named("scheduler"), Level.TRACE);
		try {
			CountDownLatch runs = new CountDownLatch(3);
			scheduler.scheduleAtFixedRate(() -> {
				assertThat(this.logger.isDebugEnabled()).isTrue();
				runs.countDown();
			}, Duration.ofMillis(1));
			assertThat(runs.await(10, TimeUnit.SECONDS)).isTrue();
			assertThat(told()).isEmpty();
		}
		finally {
			LaneLevels.set(logback, this, Lane.named("scheduler"), null);
		}
	}

	@Test
	void levelOfTheSubmittersLaneTurnsItNeitherOnNorOff() throws Exception {
		LoggerContext logback = this.logger.getLoggerContext();
		ExecutorService plain = this.context.getBean("plain", ExecutorService.class);
		ThreadPoolTaskExecutor spring = this.context.getBean("spring", ThreadPoolTaskExecutor.class);
		Callable<String> submitting = () -> plain.submit(() -> "done").get(10, TimeUnit.SECONDS);
		try {
			this.logger.setLevel(Level.INFO);
			LaneLevels.set(logback, this, Lane.named("spring"), Level.DEBUG);
			spring.submit(submitting).get(10, TimeUnit.SECONDS);
			assertThat(told()).isEmpty();

			this.logger.setLevel(Level.DEBUG);
			LaneLevels.set(logback, this, Lane.named("spring"), Level.OFF);
			spring.submit(submitting).get(10, TimeUnit.SECONDS);
			await().until(() -> told().size() >= 6);
			assertThat(told()).hasSize(6);
		}
		finally {
			LaneLevels.set(logback, this, Lane.named("spring"), null);
		}
	}

	@Test
	void tasksThatThePoolBehindGivesUpAreToldToo() {
		this.logger.setLevel(Level.INFO);
		CountDownLatch gate = new CountDownLatch(1);
		for (String name : List.of("behindConcurrent", "behindAdapter", "byClass")) {
			Executor executor = this.context.getBean(name, Executor.class);
			executor.execute(() -> waitFor(gate));
			assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> executor.execute(() -> {
			}));
		}
		Executor discarding = this.context.getBean("discardingPool", Executor.class);
		discarding.execute(() -> waitFor(gate));
		discarding.execute(() -> {
		});
		gate.countDown();
		assertThat(this.told.list).extracting(ILoggingEvent::getLoggerName)
			.containsExactly("loglane.executor.behindConcurrent", "loglane.executor.behindAdapter",
					"loglane.executor.byClass", "loglane.executor.discardingPool");
	}

	@Test
	void nothingIsToldUnlessAskedFor() throws Exception {
		this.logger.setLevel(Level.INFO);
		this.context.getBean("plain", ExecutorService.class).submit(() -> "done").get(10, TimeUnit.SECONDS);
		this.context.getBean("spring", ThreadPoolTaskExecutor.class).submit(() -> "done").get(10, TimeUnit.SECONDS);
		assertThat(told()).isEmpty();
	}

	@Test
	void nothingMoreIsToldAtTrace() throws Exception {
		List<String> atDebug = toldOfAllThatHappens(Level.DEBUG);
		List<String> atTrace = toldOfAllThatHappens(Level.TRACE);
		assertThat(atTrace).isEqualTo(atDebug)
			.contains("DEBUG Task # submitted", "DEBUG Task # started, waited # ms", "DEBUG Task # ended, ran # ms",
					"DEBUG Task # failed, ran # ms", "DEBUG Task # started", "WARN Task rejected: it");
	}

	/** The records in an order of their own: two threads tell them. */
	private List<String> toldOfAllThatHappens(Level level) throws Exception {
		this.logger.setLevel(level);
		this.told.list.clear();
		for (String name : List.of("spring", "decorated", "plain", "scheduler", "byClass")) {
			Executor executor = this.context.getBean(name, Executor.class);
			FutureTask<String> task = new FutureTask<>(() -> "done");
			executor.execute(task);
			task.get(10, TimeUnit.SECONDS);
		}
		FutureTask<String> failing = new FutureTask<>(() -> {
			throw new IllegalStateException("no paper");
		});
		this.context.getBean("spring", Executor.class).execute(failing);
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> failing.get(10, TimeUnit.SECONDS));
		CountDownLatch run = new CountDownLatch(1);
		this.context.getBean("scheduler", ThreadPoolTaskScheduler.class)
			.scheduleAtFixedRate(run::countDown, Duration.ofHours(1));
		assertThat(run.await(10, TimeUnit.SECONDS)).isTrue();
		CountDownLatch gate = new CountDownLatch(1);
		ThreadPoolTaskExecutor full = this.context.getBean("full", ThreadPoolTaskExecutor.class);
		await().until(() -> full.getThreadPoolExecutor().getActiveCount() == 0);
		full.execute(() -> waitFor(gate));
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> full.execute(new Runnable() {

			@Override
			public void run() {
			}

			@Override
			public String toString() {
				return "it";
			}

		}));
		gate.countDown();
		// three of each task, that fails or not, two of a run that nobody submitted, and
		// one that was rejected
		await().until(() -> told().size() >= (4 + 1 + 1) * 3 + 2 + 1);
		synchronized (this.told) {
			return this.told.list.stream()
				.map((event) -> event.getLevel() + " " + event.getFormattedMessage().replaceAll("[\\d.]+", "#"))
				.sorted()
				.toList();
		}
	}

	@Test
	void whereItIsOffATaskCostsALookAtTheLevelAndNothingElse() throws Exception {
		List<String> looks = new CopyOnWriteArrayList<>();
		TurboFilter looking = new TurboFilter() {

			@Override
			public FilterReply decide(Marker marker, Logger logger, Level level, String format, Object[] arguments,
					Throwable throwable) {
				if (logger.getName().startsWith("loglane.executor.")) {
					looks.add(logger.getName() + " " + level + " " + format);
				}
				return FilterReply.NEUTRAL;
			}

		};
		this.logger.setLevel(null);
		this.logger.getLoggerContext().addTurboFilter(looking);
		try {
			this.context.getBean("plain", ExecutorService.class).submit(() -> "done").get(10, TimeUnit.SECONDS);
			this.context.getBean("spring", ThreadPoolTaskExecutor.class).submit(() -> "done").get(10, TimeUnit.SECONDS);
		}
		finally {
			this.logger.getLoggerContext().getTurboFilterList().remove(looking);
		}
		assertThat(looks).containsExactly("loglane.executor.plain DEBUG null", "loglane.executor.spring DEBUG null");
	}

	/** Neither a time is taken nor a byte, whatever it is called with. */
	@Test
	void whereItIsOffNothingIsAllocatedAndNoTimeIsTaken() {
		this.logger.setLevel(null);
		TaskLog log = new TaskLog(Lane.named("off"));
		assertThat(log.submitted("1")).isEqualTo(TaskLog.NOT_TIMED);
		assertThat(log.tells(TaskLog.NOT_TIMED)).isFalse();
		assertThat(log.tells(TaskLog.BY_NOBODY)).isFalse();
		int tasks = 100_000;
		lives(log, tasks);
		com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
		long before = threads.getCurrentThreadAllocatedBytes();
		lives(log, tasks);
		// what the measurement itself takes is some hundred bytes: a byte for each task
		// would be more
		assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(tasks);
	}

	private static void lives(TaskLog log, int tasks) {
		for (int i = 0; i < tasks; i++) {
			long submitted = log.submitted("1");
			if (log.tells(submitted)) {
				log.started("1", submitted);
			}
			log.ended("1", TaskLog.NOT_TIMED, log, null);
		}
	}

	@Test
	void rejectedTasksAreToldAtWarn() {
		this.logger.setLevel(Level.INFO);
		CountDownLatch gate = new CountDownLatch(1);
		ThreadPoolTaskExecutor full = this.context.getBean("full", ThreadPoolTaskExecutor.class);
		full.execute(() -> waitFor(gate));
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> full.execute(() -> {
		}));
		ThreadPoolTaskExecutor discarding = this.context.getBean("discarding", ThreadPoolTaskExecutor.class);
		discarding.execute(() -> waitFor(gate));
		discarding.execute(() -> {
		});
		ExecutorService plain = this.context.getBean("plain", ExecutorService.class);
		plain.shutdown();
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> plain.execute(() -> {
		}));
		gate.countDown();
		assertThat(this.told.list).hasSize(3).allSatisfy((event) -> {
			assertThat(event.getLevel()).isEqualTo(Level.WARN);
			assertThat(event.getFormattedMessage()).startsWith("Task rejected: ");
		});
		assertThat(this.told.list).extracting(ILoggingEvent::getLoggerName)
			.containsExactly("loglane.executor.full", "loglane.executor.discarding", "loglane.executor.plain");
	}

	private static void waitFor(CountDownLatch gate) {
		try {
			gate.await(10, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Pools {

		@Bean
		ThreadPoolTaskExecutor spring() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean
		ExecutorService plain() {
			return Executors.newFixedThreadPool(1);
		}

		@Bean
		ThreadPoolTaskExecutor full() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setMaxPoolSize(1);
			executor.setQueueCapacity(0);
			return executor;
		}

		@Bean
		ThreadPoolTaskExecutor discarding() {
			ThreadPoolTaskExecutor executor = full();
			executor.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
			return executor;
		}

		@Bean
		ThreadPoolTaskExecutor decorated() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setTaskDecorator((task) -> () -> task.run());
			return executor;
		}

		@Bean
		ThreadPoolTaskScheduler scheduler() {
			return new ThreadPoolTaskScheduler();
		}

		@Bean
		ConcurrentTaskExecutor behindConcurrent() {
			return new ConcurrentTaskExecutor(full(new ThreadPoolExecutor.AbortPolicy()));
		}

		@Bean
		TaskExecutorAdapter behindAdapter() {
			return new TaskExecutorAdapter(full(new ThreadPoolExecutor.AbortPolicy()));
		}

		@Bean
		ThreadPoolExecutor byClass() {
			return full(new ThreadPoolExecutor.AbortPolicy());
		}

		@Bean
		ExecutorService discardingPool() {
			return full(new ThreadPoolExecutor.DiscardPolicy());
		}

		private static ThreadPoolExecutor full(RejectedExecutionHandler handler) {
			return new ThreadPoolExecutor(0, 1, 1, TimeUnit.MILLISECONDS, new SynchronousQueue<>(), handler);
		}

	}

}
