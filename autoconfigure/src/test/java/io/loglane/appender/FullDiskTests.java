package io.loglane.appender;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.rolling.TimeBasedRollingPolicy;
import ch.qos.logback.core.util.FileSize;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Where the disk is full the application runs on, and what is not in the file is not
 * counted as written.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class FullDiskTests {

	private static final String TEXT = "x".repeat(90);

	private static final String LINE = "(\\d+|resumed\\d+|last) x{90}";

	private final OwnLogback logback = new OwnLogback();

	private final Logger logger = this.logback.logger();

	@TempDir
	private Path folder;

	private boolean mounted;

	private int resumed;

	@AfterEach
	void close() throws Exception {
		this.logback.close();
		if (this.mounted) {
			run("umount", "-l", disk().toString());
		}
	}

	private Path disk() {
		return this.folder.resolve("disk");
	}

	private FileAppender<ILoggingEvent> delegate(boolean rolling, Path file) {
		if (!rolling) {
			return this.logback.file(file, "%msg%n");
		}
		RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
		appender.setContext(this.logback.context());
		appender.setFile(file.toString());
		TimeBasedRollingPolicy<ILoggingEvent> policy = new TimeBasedRollingPolicy<>();
		policy.setContext(this.logback.context());
		policy.setParent(appender);
		policy.setFileNamePattern(this.folder.resolve("old.%d{yyyy-MM}.log").toString());
		policy.start();
		appender.setRollingPolicy(policy);
		return this.logback.file(appender, file, "%msg%n");
	}

	@ParameterizedTest
	@CsvSource({ "false, false", "false, true", "true, false", "true, true" })
	void nothingIsWrittenToAFullDevice(boolean rolling, boolean open) {
		LoglaneAppender queue = this.logback.queue(delegate(rolling, Path.of("/dev/full")), OwnLogback.lossless(64));
		if (open) {
			queue.open();
		}
		int records = 1_000;
		for (int i = 0; i < records; i++) {
			this.logger.info("{} {}", i, TEXT);
		}
		OwnLogback.close(queue);
		LaneCounts counts = OwnLogback.counts(queue);
		assertThat(List.of(counts.accepted(), counts.written(), counts.failed(), counts.dropped(), counts.depth()))
			.containsExactly((long) records, 0L, (long) records, 0L, 0L);
	}

	@ParameterizedTest
	@CsvSource({ "false, false", "false, true", "true, false", "true, true" })
	void whatIsInTheFileIsWrittenAndWritingResumesWhenThereIsRoom(boolean rolling, boolean open) throws Exception {
		mountDisk(192);
		Path filler = disk().resolve("filler");
		Files.write(filler, new byte[152 * 1024]);
		Path file = disk().resolve("app.log");
		LoglaneAppender queue = this.logback.queue(delegate(rolling, file), OwnLogback.lossless(64));
		LaneCounts counts = OwnLogback.counts(queue);
		if (open) {
			queue.open();
		}
		for (int i = 0; counts.failed() == 0; i++) {
			this.logger.info("{} {}", i, TEXT);
		}
		OwnLogback.close(queue);
		assertThat(counts.written()).as("written when the disk is full").isEqualTo(completeLines(file)).isPositive();
		if (open) {
			queue.open();
		}
		Files.delete(filler);
		long before = counts.written();
		// Logback tries again after a while, and then after a longer one
		await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(20)).until(() -> {
			this.logger.info("resumed{} {}", this.resumed++, TEXT);
			return counts.written() > before;
		});
		this.logger.info("last {}", TEXT);
		OwnLogback.close(queue);
		assertThat(counts.accepted()).isEqualTo(counts.written() + counts.failed());
		assertThat(completeLines(file)).isGreaterThanOrEqualTo(counts.written());
		assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).endsWith("last " + TEXT + "\n");
		assertThat(counts.dropped()).isZero();
		// Logback's own buffer repeats what it holds, part of which is in the file
		assertThat(Files.readAllLines(file, StandardCharsets.ISO_8859_1)).doesNotHaveDuplicates()
			.allMatch((line) -> line.matches(LINE));
	}

	/** The file can not be closed then: what was to be written is thrown away. */
	@ParameterizedTest
	@CsvSource({ "300, 60", "304, 60", "316, 20" })
	void whatIsLostWhenAFileRollsIsNotCountedAsWritten(int diskSize, int fileSize) throws Exception {
		mountDisk(diskSize);
		RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
		appender.setContext(this.logback.context());
		SizeAndTimeBasedRollingPolicy<ILoggingEvent> policy = new SizeAndTimeBasedRollingPolicy<>();
		policy.setContext(this.logback.context());
		policy.setParent(appender);
		policy.setMaxFileSize(new FileSize(fileSize * 1024L));
		policy.setFileNamePattern(disk().resolve("old.%d{yyyy-MM}.%i.log").toString());
		appender.setFile(disk().resolve("app.log").toString());
		policy.start();
		appender.setRollingPolicy(policy);
		LoglaneAppender queue = this.logback.queue(this.logback.file(appender, disk().resolve("app.log"), "%msg%n"),
				OwnLogback.lossless(8192));
		queue.open();
		for (int i = 0; i < 6_000; i++) {
			this.logger.info("{} {}", i, TEXT);
		}
		OwnLogback.close(queue);
		Set<String> complete = new HashSet<>();
		try (Stream<Path> files = Files.list(disk())) {
			for (Path each : files.toList()) {
				complete.addAll(Files.readAllLines(each, StandardCharsets.ISO_8859_1));
			}
		}
		complete.removeIf((line) -> !line.matches(LINE));
		assertThat(OwnLogback.counts(queue).failed()).isPositive();
		// one may be there but for its end of line
		assertThat(OwnLogback.counts(queue).written()).isLessThanOrEqualTo(complete.size() + 1L);
	}

	/** A line that was written in part only has no end, or not its length. */
	private static long completeLines(Path file) throws IOException {
		String text = Files.readString(file, StandardCharsets.ISO_8859_1);
		return text.substring(0, text.lastIndexOf('\n') + 1).lines().filter((line) -> line.matches(LINE)).count();
	}

	private void mountDisk(int kilobytes) throws Exception {
		Files.createDirectory(disk());
		this.mounted = run("mount", "-t", "tmpfs", "-o", "size=" + kilobytes + "k", "tmpfs", disk().toString());
		Assumptions.assumeTrue(this.mounted, "a small disk can not be mounted here: this takes root's rights");
	}

	private boolean run(String... command) throws Exception {
		try {
			Process process = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(this.folder.resolve("output.txt").toFile())
				.start();
			return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
		}
		catch (IOException ex) {
			// no such command
			return false;
		}
	}

}
