package io.loglane.task;

import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

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
			this.context.getBean(name, java.util.concurrent.Executor.class).execute(() -> {
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
	void nothingIsToldUnlessAskedFor() throws Exception {
		this.logger.setLevel(Level.INFO);
		this.context.getBean("plain", ExecutorService.class).submit(() -> "done").get(10, TimeUnit.SECONDS);
		this.context.getBean("spring", ThreadPoolTaskExecutor.class).submit(() -> "done").get(10, TimeUnit.SECONDS);
		assertThat(told()).isEmpty();
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

	}

}
