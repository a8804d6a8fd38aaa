package io.loglane.task;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.loglane.task.EveryExecutorTests.Seen;
import io.micrometer.context.ContextRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

import org.springframework.core.task.TaskRejectedException;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * What a {@link SimpleAsyncTaskScheduler} runs past its decorator.
 */
class SchedulerPoolsTests {

	private static final TaskSettings SETTINGS = new TaskSettings("executor", "task", true, Set.of());

	private final SimpleAsyncTaskScheduler scheduler = new SimpleAsyncTaskScheduler();

	private final Coverage coverage = new Coverage();

	@AfterEach
	void close() {
		this.scheduler.close();
		MDC.clear();
	}

	private void cover() {
		cover(Runtime.version().feature());
	}

	private void cover(int jdk) {
		new SpringDecorators(SETTINGS, this.coverage, new SchedulerPools(jdk)).decorate(this.scheduler, "simple");
	}

	@Test
	@EnabledForJreRange(max = JRE.JAVA_25)
	void delayedTaskHasTheContextAndTheParentOfItsSubmitter() throws Exception {
		ThreadLocal<String> tenant = new ThreadLocal<>();
		ContextRegistry.getInstance().registerThreadLocalAccessor("tenant3", tenant);
		try {
			cover();
			CompletableFuture<Seen> outer = new CompletableFuture<>();
			CompletableFuture<Seen> seen = new CompletableFuture<>();
			CompletableFuture<String> carried = new CompletableFuture<>();
			this.scheduler.execute(() -> {
				outer.complete(Seen.now());
				MDC.put("requestId", "r-1");
				tenant.set("acme");
				this.scheduler.schedule(() -> {
					carried.complete(tenant.get());
					seen.complete(Seen.now());
				}, Instant.now().plusMillis(20));
			});
			Map<String, String> mdc = seen.get(10, TimeUnit.SECONDS).mdc();
			assertThat(carried).isCompletedWithValue("acme");
			assertThat(mdc).containsEntry("requestId", "r-1")
				.containsEntry("parent", "simple#" + outer.get().mdc().get("task"))
				.containsEntry("executor", "simple");
			assertThat(Long.parseLong(mdc.get("task"))).isGreaterThan(Long.parseLong(outer.get().mdc().get("task")));
		}
		finally {
			ContextRegistry.getInstance().removeThreadLocalAccessor("tenant3");
		}
	}

	@Test
	void threadThatHandsInKeepsNothing() throws Exception {
		cover();
		MDC.put("requestId", "r-1");
		CompletableFuture<Seen> first = new CompletableFuture<>();
		this.scheduler.schedule(() -> first.complete(Seen.now()), Instant.now());
		first.get(10, TimeUnit.SECONDS);
		MDC.clear();
		// both by that same thread; what a trigger hands in has no submitter
		CompletableFuture<Seen> byTrigger = new CompletableFuture<>();
		this.scheduler.schedule(() -> byTrigger.complete(Seen.now()), (context) -> Instant.now());
		CompletableFuture<Seen> later = new CompletableFuture<>();
		this.scheduler.schedule(() -> later.complete(Seen.now()), Instant.now());
		assertThat(byTrigger.get(10, TimeUnit.SECONDS).mdc()).containsOnlyKeys("executor", "task");
		assertThat(later.get(10, TimeUnit.SECONDS).mdc()).containsOnlyKeys("executor", "task");
	}

	@Test
	@EnabledForJreRange(max = JRE.JAVA_25)
	void failureOfAFixedDelayTaskIsToldUnderItsNumberOnceAndItGoesOn() {
		ListAppender<ILoggingEvent> told = new ListAppender<>();
		told.start();
		Logger spring = (Logger) LoggerFactory.getLogger("org.springframework.scheduling");
		spring.addAppender(told);
		try {
			cover();
			List<String> numbers = new CopyOnWriteArrayList<>();
			ScheduledFuture<?> future = this.scheduler.scheduleWithFixedDelay(() -> {
				numbers.add(MDC.get("task"));
				throw new IllegalStateException("on purpose");
			}, Duration.ofMillis(5));
			await().until(() -> numbers.size() >= 3);
			future.cancel(false);
			assertThat(future.isCancelled()).isTrue();
			await().until(() -> told.list.size() >= numbers.size());
			assertThat(told.list).extracting((event) -> event.getMDCPropertyMap().get("task"))
				.containsExactlyElementsOf(numbers)
				.doesNotHaveDuplicates();
		}
		finally {
			spring.detachAppender(told);
		}
	}

	@Test
	@EnabledForJreRange(max = JRE.JAVA_25)
	void poolsEndWithTheSchedulerAndItsRefusalsAreToldAsEver() {
		ScheduledThreadPoolExecutor fixedDelay = SchedulerPools.fixedDelay(this.scheduler);
		cover();
		cover();
		ListAppender<ILoggingEvent> told = new ListAppender<>();
		told.start();
		Logger logger = (Logger) LoggerFactory.getLogger("loglane.executor.simple");
		logger.addAppender(told);
		try {
			this.scheduler.close();
			assertThat(fixedDelay.isShutdown()).isTrue();
			assertThatExceptionOfType(TaskRejectedException.class)
				.isThrownBy(() -> this.scheduler.scheduleWithFixedDelay(() -> {
				}, Duration.ofMillis(5)))
				.withMessageContaining("in shutdown state");
			assertThatExceptionOfType(TaskRejectedException.class).isThrownBy(() -> this.scheduler.schedule(() -> {
			}, Instant.now())).withMessageContaining("in shutdown state");
			assertThat(told.list).hasSize(2)
				.allSatisfy((event) -> assertThat(event.getFormattedMessage()).startsWith("Task rejected: "));
		}
		finally {
			logger.detachAppender(told);
		}
	}

	@Test
	void fixedDelayThreadHasTheLaneWhereFinalFieldsRemainSo() throws Exception {
		cover(26);
		CompletableFuture<Seen> seen = new CompletableFuture<>();
		MDC.put("requestId", "r-1");
		this.scheduler.scheduleWithFixedDelay(() -> seen.complete(Seen.now()), Duration.ofMillis(50));
		assertThat(seen.get(10, TimeUnit.SECONDS).lane()).isEqualTo("simple");
		assertThat(seen.get().mdc()).containsOnly(Map.entry("executor", "simple"));
		assertThat(this.coverage.notCovered().get("simple")).startsWith("covered in part: ")
			.contains("fixed-delay", "final");
	}

}
