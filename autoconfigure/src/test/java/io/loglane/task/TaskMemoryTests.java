package io.loglane.task;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a million tasks leave in memory, measured in a JVM of its own with a small heap.
 */
class TaskMemoryTests {

	private static final int TASKS = 1_000_000;

	/** Two bytes a task: less than a reference, and more than the JVM's own noise. */
	private static final long MAX_LEFT = 2 * 1024 * 1024;

	@ParameterizedTest
	@ValueSource(strings = { "spring", "plain" })
	void millionTasksLeaveNothingBehind(String executor) throws Exception {
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Xmx48m", "-cp", System.getProperty("java.class.path"), TaskMemoryTests.class.getName(), executor)
			.redirectErrorStream(true)
			.start();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
		assertThat(process.exitValue()).as(output).isZero();
	}

	/** Ends with 1 where more is left after a million tasks than after some. */
	public static void main(String[] args) throws Exception {
		((ch.qos.logback.classic.Logger) org.slf4j.LoggerFactory.getLogger("ROOT"))
			.setLevel(ch.qos.logback.classic.Level.INFO);
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(Pools.class);
		Executor executor = context.getBean(args[0], Executor.class);
		MDC.put("requestId", "r-1");
		run(executor, TASKS / 10);
		long before = used();
		run(executor, TASKS);
		long left = used() - before;
		// checkstyle:off
		System.out.println("left: " + left + " bytes");
		// checkstyle:on
		System.exit((left <= MAX_LEFT) ? 0 : 1);
	}

	private static void run(Executor executor, int tasks) throws InterruptedException {
		int batch = 1000;
		for (int done = 0; done < tasks; done += batch) {
			CountDownLatch latch = new CountDownLatch(batch);
			for (int i = 0; i < batch; i++) {
				executor.execute(latch::countDown);
			}
			latch.await();
		}
	}

	private static long used() {
		for (int i = 0; i < 5; i++) {
			System.gc();
		}
		return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
	}

	@Configuration(proxyBeanMethods = false)
	static class Pools {

		@Bean
		static ExecutorLanes lanes() {
			return new ExecutorLanes(new TaskSettings("executor", "task", true, Set.of()));
		}

		@Bean
		ThreadPoolTaskExecutor spring() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean
		ExecutorService plain() {
			return Executors.newFixedThreadPool(2);
		}

	}

}
