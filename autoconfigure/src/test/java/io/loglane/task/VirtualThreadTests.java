package io.loglane.task;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

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
import org.slf4j.Logger;
import org.slf4j.MDC;

import org.springframework.core.task.SimpleAsyncTaskExecutor;

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

	@Test
	void allRecordsArriveAndNoCarrierIsPinned() throws Exception {
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
		SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor();
		executor.setVirtualThreads(true);
		new ExecutorLanes(new TaskSettings("executor", "task", true, Set.of()))
			.postProcessBeforeInitialization(executor, "virtual");
		// the JVM pins a carrier while a class is loaded; which happens once, to
		// anybody's
		log(executor, logger, 0);
		Path recorded = this.folder.resolve("pinned.jfr");
		try (Recording recording = new Recording()) {
			recording.enable("jdk.VirtualThreadPinned").withoutThreshold().withStackTrace();
			recording.start();
			log(executor, logger, THREADS);
			recording.stop();
			recording.dump(recorded);
		}
		finally {
			LogQueues.jvm().close(this);
			logback.stop();
		}
		assertThat(Files.readAllLines(log)).hasSize(2 * THREADS)
			.doesNotHaveDuplicates()
			.allSatisfy((line) -> assertThat(line).matches("virtual#\\d+ Record \\d+"));
		assertThat(pinnedByUs(recorded)).isEmpty();
	}

	private static void log(SimpleAsyncTaskExecutor executor, Logger logger, int from) throws InterruptedException {
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

	private static List<RecordedEvent> pinnedByUs(Path recorded) throws java.io.IOException {
		return RecordingFile.readAllEvents(recorded)
			.stream()
			.filter((event) -> event.getStackTrace() != null && event.getStackTrace()
				.getFrames()
				.stream()
				.anyMatch((frame) -> frame.getMethod()
					.getType()
					.getName()
					.matches("io\\.loglane\\.(appender|lane|task)\\.(?!VirtualThreadTests).*")))
			.toList();
	}

}
