package io.loglane.task;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import io.loglane.appender.LogQueues;
import io.loglane.appender.QueueSettings;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.MDC;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Ten thousand virtual threads that log.
 */
@EnabledForJreRange(min = JRE.JAVA_21)
class VirtualThreadTests {

	private static final int THREADS = 10_000;

	/** Less than there are threads: some wait for room. */
	private static final int CAPACITY = 256;

	@TempDir
	private Path folder;

	@ParameterizedTest
	@ValueSource(strings = { "virtualTaskExecutor", "virtualTaskScheduler", "virtualPool", "virtualThreadTaskExecutor",
			"virtualThreadPerTask" })
	void allRecordsArriveAndNoCarrierIsPinned(String kind) throws Exception {
		Path log = this.folder.resolve("virtual.log");
		LoggerContext logback = new LoggerContext();
		logback.setMDCAdapter(MDC.getMDCAdapter());
		Logger logger = logback.getLogger("virtual");
		logback.getLogger("ROOT").addAppender(file(logback, log));
		LogQueues.jvm()
			.install(logback,
					new QueueSettings(CAPACITY, QueueSettings.DEFAULT_MEMORY, Duration.ofMinutes(1), Level.TRACE,
							QueueSettings.CallerData.AUTO, QueueSettings.Render.AUTO, Duration.ofSeconds(10)),
					Set.of(), Set.of());
		LogQueues.jvm().open(this);
		List<RecordedEvent> pinned;
		try (AnnotationConfigApplicationContext context = context()) {
			Executor executor = context.getBean(kind, Executor.class);
			// the JVM pins a carrier while a class is loaded; which happens once, to
			// anybody's
			log(executor, logger, 0);
			pinned = pinnedByUs(() -> log(executor, logger, THREADS));
		}
		finally {
			LogQueues.jvm().close(this);
			logback.stop();
		}
		assertThat(Files.readAllLines(log)).hasSize(2 * THREADS)
			.doesNotHaveDuplicates()
			.allSatisfy((line) -> assertThat(line).matches(kind + "#\\d+ Record \\d+"));
		assertThat(pinned).isEmpty();
	}

	/**
	 * What pins a carrier depends on the JDK: in all a native frame, as that of a class's
	 * initialiser, up to JDK 23 a monitor, too. Where that happens beneath a frame of
	 * ours, it is seen.
	 */
	@Test
	void carrierThatIsPinnedIsSeen() throws Exception {
		try (AnnotationConfigApplicationContext context = context()) {
			for (String kind : List.of("virtualTaskExecutor", "virtualThreadPerTask")) {
				CountDownLatch done = new CountDownLatch(1);
				Executor executor = context.getBean(kind, Executor.class);
				assertThat(pinnedByUs(() -> {
					executor.execute(() -> {
						(kind.equals("virtualTaskExecutor") ? (Runnable) Pinning::now : (Runnable) PinningToo::now)
							.run();
						done.countDown();
					});
					assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
				})).as(kind).isNotEmpty();
			}
		}
	}

	private static AnnotationConfigApplicationContext context() {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		ExecutorLanes lanes = new ExecutorLanes(new TaskSettings("executor", "task", true, Set.of()));
		lanes.setBeanFactory(context.getBeanFactory());
		context.getBeanFactory().addBeanPostProcessor(lanes);
		context.register(EveryExecutorTests.VirtualKinds.class);
		context.refresh();
		return context;
	}

	private static void log(Executor executor, Logger logger, int from) throws InterruptedException {
		CountDownLatch done = new CountDownLatch(THREADS);
		for (int i = 0; i < THREADS; i++) {
			int number = from + i;
			executor.execute(() -> {
				logger.info("Record {}", number);
				done.countDown();
			});
		}
		assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
	}

	private static FileAppender<ILoggingEvent> file(LoggerContext logback, Path log) {
		PatternLayoutEncoder encoder = new PatternLayoutEncoder();
		encoder.setContext(logback);
		encoder.setPattern("%X{executor}#%X{task} %msg%n");
		encoder.start();
		FileAppender<ILoggingEvent> file = new FileAppender<>();
		file.setContext(logback);
		file.setName("VIRTUAL");
		file.setFile(log.toString());
		file.setEncoder(encoder);
		file.start();
		return file;
	}

	/** The carriers that were pinned meanwhile, with a frame of ours on their stack. */
	private List<RecordedEvent> pinnedByUs(Work work) throws Exception {
		Path recorded = Files.createTempFile(this.folder, "pinned", ".jfr");
		try (Recording recording = new Recording()) {
			recording.enable("jdk.VirtualThreadPinned").withoutThreshold().withStackTrace();
			recording.start();
			work.run();
			recording.stop();
			recording.dump(recorded);
		}
		return RecordingFile.readAllEvents(recorded)
			.stream()
			.filter((event) -> event.getStackTrace() != null && event.getStackTrace()
				.getFrames()
				.stream()
				.anyMatch((frame) -> frame.getMethod()
					.getType()
					.getName()
					.matches("io\\.loglane\\.(appender|lane|task)\\.(?!\\w*Tests).*")))
			.toList();
	}

	interface Work {

		void run() throws Exception;

	}

	private static final class Pinning {

		static {
			LockSupport.parkNanos(20_000_000);
		}

		static void now() {
		}

	}

	private static final class PinningToo {

		static {
			LockSupport.parkNanos(20_000_000);
		}

		static void now() {
		}

	}

}
