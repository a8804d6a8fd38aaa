package io.loglane.appender;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import io.loglane.lane.Lane;

import static org.assertj.core.api.Assertions.assertThat;

/** Runs one row of the table without queues and with them, and compares. */
final class SameLinesRun {

	private static final int THREADS = 4;

	private final SameLinesRow row;

	private final Path folder;

	private final SameLinesLogging.Starter starter;

	SameLinesRun(SameLinesRow row, Path folder, SameLinesLogging.Starter starter) {
		this.row = row;
		this.folder = folder;
		this.starter = starter;
	}

	/** One thread; the drain is held until all has been logged and changed. */
	void assertSameLines() {
		Written synchronous = new Written("synchronous");
		logSynchronously(synchronous, 1, () -> {
		});
		Written queued = new Written("queued");
		logThroughQueues(queued, 1, true);
		Map<String, String> expected = masked(synchronous.output.files(), this.row.masks());
		assertThat(String.join("", expected.values())).as("what synchronous Logback writes").hasSizeGreaterThan(200);
		assertThat(expected).allSatisfy((file, text) -> {
			if (!file.equals("console.log")) {
				assertThat(text).as("what synchronous Logback writes into " + file).isNotEmpty();
			}
		});
		Map<String, String> actual = masked(queued.output.files(), this.row.masks());
		assertThat(actual.keySet()).as("%s: the files", this.row).isEqualTo(expected.keySet());
		expected.forEach((file, text) -> assertEqual(file, text, actual.get(file)));
		assertThat(queued.messages).as("%s: Logback's status messages", this.row).isEqualTo(synchronous.messages);
	}

	/** Several threads: what they log may be mixed, and no more. */
	void assertSameLinesOfEachThread() {
		Written synchronous = new Written("synchronous-threads");
		List<SameLinesShuffle.Cut> cuts = new ArrayList<>();
		logSynchronously(synchronous, THREADS, () -> cuts
			.add(new SameLinesShuffle.Cut(Thread.currentThread().getName(), synchronous.output.lengths())));
		Written queued = new Written("queued-threads");
		logThroughQueues(queued, THREADS, false);
		List<Pattern> masks = new ArrayList<>(this.row.masksOfThreads());
		masks.addAll(this.row.masks());
		Map<String, String> actual = masked(queued.output.rolledTogether(), masks);
		Map<String, String> expected = synchronous.output.rolledTogether();
		assertThat(actual.keySet()).as("%s: the files", this.row).isEqualTo(expected.keySet());
		expected.forEach((file, text) -> new SameLinesShuffle(this.row + ": " + file, file, text, cuts, masks)
			.assertShuffled(actual.get(file)));
	}

	private void logSynchronously(Written written, int threads, Runnable afterEachRecord) {
		try (ConsoleFile console = new ConsoleFile(written.output.folder());
				SameLinesLogging logging = this.starter.start(this.row, written.output.folder(), false)) {
			assertThat(queues(logging.context())).isEmpty();
			written.closesLater(logging);
			afterEachRecord.run();
			Callers callers = new Callers();
			for (int i = 0; i < threads; i++) {
				callers.start(program(logging, afterEachRecord));
				callers.join();
			}
		}
		written.closed();
	}

	private void logThroughQueues(Written written, int threads, boolean held) {
		Gate gate = new Gate();
		Deliveries deliveries = new Deliveries(gate);
		Map<LoglaneAppender, Long> writtenBefore = new HashMap<>();
		try (ConsoleFile console = new ConsoleFile(written.output.folder());
				SameLinesLogging logging = this.starter.start(this.row, written.output.folder(), true)) {
			written.closesLater(logging);
			Set<LoglaneAppender> queues = queues(logging.context());
			assertThat(queues).extracting(LoglaneAppender::getName)
				.containsExactlyInAnyOrderElementsOf(this.row.queued());
			assertThat(appenders(logging.context())).filteredOn((appender) -> !(appender instanceof LoglaneAppender))
				.extracting(Appender::getName)
				.containsExactlyInAnyOrderElementsOf(this.row.left());
			queues.forEach((queue) -> {
				// evaluated where the delegate is called: its own were taken over
				queue.iteratorForAppenders().next().addFilter(deliveries);
				writtenBefore.put(queue, written(queue));
			});
			if (!held) {
				gate.open();
			}
			try {
				Callers callers = new Callers();
				for (int i = 0; i < threads; i++) {
					callers.start(program(logging, () -> {
					}));
				}
				callers.join();
				if (held && !queues.isEmpty()) {
					gate.awaitArrival();
					assertThat(deliveries.count).as("records that the held drains took")
						.hasValueLessThanOrEqualTo(queues.size());
				}
			}
			finally {
				gate.open();
			}
		}
		written.closed();
		int counted = 0;
		for (Map.Entry<LoglaneAppender, Long> before : writtenBefore.entrySet()) {
			counted += (int) (written(before.getKey()) - before.getValue());
			assertThat(Lane.all()).allSatisfy(
					(lane) -> assertThat(OwnLogback.counts(before.getKey(), lane).depth()).as("records that are left")
						.isZero());
		}
		// one that could not be rendered was not written
		assertThat(deliveries.count).as("records that drains delivered").hasValueGreaterThanOrEqualTo(counted);
		assertThat(deliveries.elsewhere).as("records that others delivered").isEmpty();
		assertThat(counted > 0).as("something was queued").isEqualTo(!this.row.queued().isEmpty());
	}

	/** Called from one place, since stack traces are compared too. */
	private Callers.Body program(SameLinesLogging logging, Runnable afterEachRecord) {
		return logging.around(
				() -> new SameLinesProgram(logging.context(), logging.mdc(), afterEachRecord).run(this.row.parts()));
	}

	private static long written(LoglaneAppender queue) {
		return Lane.all().stream().mapToLong((lane) -> OwnLogback.counts(queue, lane).written()).sum();
	}

	private static Set<LoglaneAppender> queues(LoggerContext context) {
		return appenders(context).stream()
			.filter(LoglaneAppender.class::isInstance)
			.map(LoglaneAppender.class::cast)
			.collect(Collectors.toSet());
	}

	private static Set<Appender<ILoggingEvent>> appenders(LoggerContext context) {
		Set<Appender<ILoggingEvent>> appenders = Collections.newSetFromMap(new IdentityHashMap<>());
		for (Logger logger : context.getLoggerList()) {
			logger.iteratorForAppenders().forEachRemaining(appenders::add);
		}
		return appenders;
	}

	private static Map<String, String> masked(Map<String, String> files, List<Pattern> masks) {
		Map<String, String> masked = new TreeMap<>();
		files.forEach((file, text) -> masked.put(file, SameLinesOutput.mask(text, masks)));
		return masked;
	}

	/** Shows the first difference only: the whole is long. */
	private void assertEqual(String file, String expected, String actual) {
		int same = 0;
		while (same < Math.min(expected.length(), actual.length()) && expected.charAt(same) == actual.charAt(same)) {
			same++;
		}
		if (same < Math.max(expected.length(), actual.length())) {
			int from = Math.max(expected.lastIndexOf('\n', Math.max(0, same - 1)) + 1, same - 200);
			assertThat(excerpt(actual, from))
				.as("%s: %s, from the first line that differs, about character %s", this.row, file, from)
				.isEqualTo(excerpt(expected, from));
		}
		assertThat(actual.equals(expected)).as(file).isTrue();
	}

	static String excerpt(String text, int from) {
		int start = Math.min(from, text.length());
		return text.substring(start, Math.min(text.length(), start + 400));
	}

	/** What one run leaves behind. */
	private final class Written {

		private final SameLinesOutput output;

		private List<String> messages = List.of();

		private LoggerContext context = new LoggerContext();

		Written(String name) {
			this.output = new SameLinesOutput(SameLinesRun.this.folder.resolve(name));
			try {
				Files.createDirectories(this.output.folder());
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		void closesLater(SameLinesLogging logging) {
			this.context = logging.context();
		}

		void closed() {
			this.messages = this.context.getStatusManager()
				.getCopyOfStatusList()
				.stream()
				.map((status) -> status.getMessage().replace(this.output.folder().toString(), "folder"))
				.map((message) -> SameLinesOutput.mask(message, List.of()))
				.toList();
		}

	}

	/** Stands in front of the delegates, and sees who calls them. */
	private static final class Deliveries extends Filter<ILoggingEvent> {

		private final Gate gate;

		private final AtomicInteger count = new AtomicInteger();

		private final ConcurrentLinkedQueue<String> elsewhere = new ConcurrentLinkedQueue<>();

		Deliveries(Gate gate) {
			this.gate = gate;
		}

		@Override
		public FilterReply decide(ILoggingEvent event) {
			this.count.incrementAndGet();
			String thread = Thread.currentThread().getName();
			if (!thread.startsWith("loglane-")) {
				this.elsewhere.add(thread + ": " + event);
			}
			this.gate.pass();
			return FilterReply.NEUTRAL;
		}

	}

	/** What goes to the console goes into a file. */
	private static final class ConsoleFile implements AutoCloseable {

		// checkstyle:off
		private final PrintStream before = System.out;

		// checkstyle:on

		private final PrintStream file;

		ConsoleFile(Path folder) {
			try {
				this.file = new PrintStream(new FileOutputStream(folder.resolve("console.log").toFile()), true,
						StandardCharsets.UTF_8);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
			System.setOut(this.file);
		}

		@Override
		public void close() {
			System.setOut(this.before);
			this.file.close();
		}

	}

}
