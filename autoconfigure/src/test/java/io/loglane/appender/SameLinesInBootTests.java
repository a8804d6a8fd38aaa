package io.loglane.appender;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.LoggingEventVO;
import io.loglane.appender.SameLinesProgram.Part;
import io.loglane.autoconfigure.Applications;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

import org.springframework.boot.json.JsonWriter;
import org.springframework.boot.logging.StackTracePrinter;
import org.springframework.boot.logging.structured.StructuredLogFormatter;
import org.springframework.boot.logging.structured.StructuredLoggingJsonMembersCustomizer;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** The table's rows that need Boot's own configuration of Logback. */
@Timeout(120)
class SameLinesInBootTests {

	private static final String FILE = "--logging.file.name=${folder}/same.log\n";

	/**
	 * Synchronously, what is logged while a pair is rendered stands in the midst of the
	 * line around it, for Boot's encoders are not re-entrant. Where the drain renders, it
	 * is a line of its own.
	 */
	private static final Set<Part> WHOLE_LINES = Part.allBut(Part.NESTED_IN_PAIRS);

	private static final Set<Part> OF_ALL_THREADS = Part.allBut(Part.PROPERTIES);

	@RegisterExtension
	private final Applications applications = new Applications();

	@TempDir
	private Path folder;

	static Stream<SameLinesRow> rows() {
		List<SameLinesRow> rows = new ArrayList<>();
		rows.add(row("Boot's defaults", ""));
		rows.add(row("Boot's defaults with options", """
				--spring.output.ansi.enabled=always
				--spring.application.group=group
				--logging.pattern.correlation=[%X{step:-}]
				--logging.exception-conversion-word=%wEx{5}
				--logging.threshold.file=info
				--logging.threshold.console=debug
				"""));
		rows.add(row("Boot's defaults with the user's patterns", """
				--logging.pattern.file=[%t] %class{0}:%line %kvp %msg%n%ex
				--logging.pattern.console=[%t] %marker %property{java.version} %msg%n%rEx
				"""));
		rows.add(SameLinesRow.of("Boot's file rolling by size", """
				--logging.file.name=${folder}/sized.log
				--logging.logback.rollingpolicy.max-file-size=6KB
				--logging.logback.rollingpolicy.file-name-pattern=${folder}/sized.%d{yyyy-MM}.%i.log
				""").queues("CONSOLE", "FILE"));
		for (String format : List.of("ecs", "gelf", "logstash")) {
			SameLinesRow plain = structured(format, format, "");
			rows.add(format.equals("gelf") ? plain : plain.parts(WHOLE_LINES));
			rows.add(structured(format + " with a customizer", format,
					"--logging.structured.json.customizer=" + Customizer.class.getName()));
			rows.add(structured(format + " with all that Boot lets one customize", format, """
					--logging.structured.json.customizer=%s
					--logging.structured.json.stacktrace.printer=%s
					--logging.structured.json.rename.message=text
					--logging.structured.json.add.added=value
					--logging.structured.json.context.prefix=ctx.
					""".formatted(Customizer.class.getName(), Printer.class.getName())));
			rows.add(structured(format + " with Boot's own printer of stack traces", format, """
					--logging.structured.json.stacktrace.root=first
					--logging.structured.json.stacktrace.max-length=1024
					--logging.structured.json.stacktrace.include-hashes=true
					"""));
		}
		rows.add(structured("user's format", Formatter.class.getName(), ""));
		rows.add(structured("ecs rendered by the caller", "ecs", "--logging.structured.json.customizer="
				+ Customizer.class.getName() + "\n--loglane.async.render=caller"));
		rows.add(structured("ecs of what can not change, rendered by the drain", "ecs", "--loglane.async.render=drain")
			.parts(Set.of(Part.PLAIN, Part.ARGUMENTS, Part.CONTEXT, Part.THREAD)));
		return rows.stream();
	}

	private static SameLinesRow row(String name, String arguments) {
		return SameLinesRow.of(name, FILE + arguments).queues("CONSOLE", "FILE");
	}

	private static SameLinesRow structured(String name, String format, String arguments) {
		return row(name, "--logging.structured.format.file=" + format + "\n--logging.structured.format.console="
				+ format + "\n" + arguments)
			.mask("\"timestamp\":[\\d.]+");
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("rows")
	void linesAreTheSame(SameLinesRow row) {
		new SameLinesRun(row, this.folder, SameLinesApplication::new).assertSameLines();
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("rows")
	void linesOfEachOfFourThreadsAreTheSame(SameLinesRow row) {
		Set<Part> parts = Part.all();
		parts.retainAll(row.parts());
		parts.retainAll(OF_ALL_THREADS);
		if (row.configuration().contains("--logging.structured.format")) {
			// Boot's structured encoders are not re-entrant: what is logged while they
			// render
			// has the beginning of the record around it, so that it can not be told apart
			parts.remove(Part.NESTED_IN_PAIRS);
		}
		new SameLinesRun(row.parts(parts), this.folder, SameLinesApplication::new).assertSameLinesOfEachThread();
	}

	@Test
	void structuredLinesThatTheDrainRendersTooLateAreNoticed() {
		SameLinesRow row = structured("ecs", "ecs", "--loglane.async.render=drain").parts(Set.of(Part.PAIRS));
		SameLinesRun run = new SameLinesRun(row, this.folder, SameLinesApplication::new);
		assertThatExceptionOfType(AssertionError.class).isThrownBy(run::assertSameLines)
			.withMessageContaining("from the first line that differs");
	}

	@ParameterizedTest
	@ValueSource(strings = { "ecs", "logstash" })
	void drainRendersBootsStructuredLinesThatNobodyElseTakesPartIn(String format) {
		assertThat(whoRenders("--logging.structured.format.file=" + format)).startsWith("drain");
		assertThat(whoRenders("--logging.structured.format.file=" + format,
				"--logging.structured.json.rename.message=text"))
			.startsWith("drain");
	}

	@ParameterizedTest
	@ValueSource(strings = { "ecs", "logstash" })
	void callerRendersBootsStructuredLinesWhereOthersTakePart(String format) {
		assertThat(whoRenders("--logging.structured.format.file=" + format,
				"--logging.structured.json.customizer=" + Customizer.class.getName()))
			.isEqualTo("caller");
		assertThat(whoRenders("--logging.structured.format.file=" + format,
				"--logging.structured.json.stacktrace.root=first"))
			.isEqualTo("caller");
	}

	@Test
	void callerRendersTheUsersOwnFormatAndOneThatLogsItself() {
		assertThat(whoRenders("--logging.structured.format.file=" + Formatter.class.getName())).isEqualTo("caller");
		assertThat(whoRenders("--logging.structured.format.file=gelf")).isEqualTo("caller");
	}

	private String whoRenders(String... arguments) {
		String[] all = Arrays.copyOf(arguments, arguments.length + 1);
		all[arguments.length] = "--logging.file.name=" + this.folder.resolve("who.log");
		ConfigurableApplicationContext application = this.applications.run(SameLinesApplication.Application.class, all);
		String who = LogQueues.jvm()
			.states()
			.stream()
			.filter((state) -> state.appender().equals("FILE"))
			.map(QueueState::render)
			.findAny()
			.orElseThrow();
		application.close();
		Applications.logback().stop();
		Applications.logback().start();
		return who;
	}

	@ParameterizedTest
	@ValueSource(strings = { "ecs", "logstash" })
	void whatIsLoggedWhileTheCallerRendersAPairIsALineOfItsOwn(String format) {
		Path file = this.folder.resolve("whole.log");
		ConfigurableApplicationContext application = this.applications.run(SameLinesApplication.Application.class,
				"--logging.file.name=" + file, "--logging.structured.format.file=" + format, "--logging.level.root=off",
				"--logging.level.app=info");
		Logger logger = LoggerFactory.getLogger("app");
		Object logging = new Object() {

			@Override
			public String toString() {
				logger.info("inner");
				return "value";
			}

		};
		logger.atInfo().addKeyValue("key", logging).log("outer");
		application.close();
		assertThat(OwnLogback.lines(file)).hasSizeGreaterThan(1)
			.allSatisfy((line) -> assertThat(line).startsWith("{").endsWith("}").containsOnlyOnce("@timestamp"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "ecs", "gelf", "logstash" })
	void structuredLinesOfATaskWhoseNamesAreThoseOfTheTagAreNotLost(String format) {
		SameLinesRow row = structured("task", format, "").mask(",\"_?(executor|task)\":\"(reports|\\d+)\"")
			.parts(Set.of(Part.NAMES));
		new SameLinesRun(row, this.folder, SameLinesApplication.InTask::new).assertSameLines();
	}

	@Test
	void structuredLineThatIsWrittenWithoutTheTagKeepsAThrowableFromAnotherJvm() {
		assertThat(structuredLine(LoggingEventVO.build(failureWithNames(Map.of("task", "42"))))).contains("\"failed\"",
				"\"task\":\"a pair\"", "java.lang.IllegalStateException: thrown by the test");
	}

	@Test
	void structuredLineIsWrittenWithoutTheTagAlthoughAnEntryOfItsNameHasNoValue() {
		Map<String, String> mdc = new HashMap<>(Map.of("task", "42"));
		mdc.put("executor", null);
		assertThat(structuredLine(failureWithNames(mdc))).contains("\"failed\"", "\"task\":\"a pair\"",
				"\"executor\":null");
	}

	@Test
	void structuredLineThatIsWrittenWithoutTheTagKeepsAParentOfTheApplicationsOwn() {
		assertThat(structuredLine(failureWithNames(Map.of("task", "42", "parent", "7")))).contains("\"failed\"",
				"\"task\":\"a pair\"", "\"parent\":\"7\"");
	}

	private static LoggingEvent failureWithNames(Map<String, String> mdc) {
		LoggingEvent event = new LoggingEvent("", Applications.logback().getLogger("app"), Level.ERROR, "failed",
				new IllegalStateException("thrown by the test"), null);
		event.setMDCPropertyMap(mdc);
		event.addKeyValuePair(new KeyValuePair("task", "a pair"));
		return event;
	}

	private String structuredLine(ILoggingEvent event) {
		Path file = this.folder.resolve("line.log");
		ConfigurableApplicationContext application = this.applications.run(SameLinesApplication.Application.class,
				"--logging.file.name=" + file, "--logging.structured.format.file=ecs", "--logging.level.root=off");
		Applications.rootLogger().getAppender("FILE").doAppend(event);
		application.close();
		List<String> lines = OwnLogback.lines(file);
		assertThat(lines).hasSize(1);
		return lines.get(0);
	}

	@Test
	void linesOfATaskAreTheSameButForTheTag() {
		SameLinesRow row = row("task", "").mask("\\[reports[^\\]]*\\] ")
			.parts(Part.allBut(Part.PLAIN, Part.PAIRS, Part.STRUCTURED, Part.THROWABLES));
		new SameLinesRun(row, this.folder, SameLinesApplication.InTask::new).assertSameLines();
	}

	@Test
	void structuredLinesOfATaskAreTheSameButForTheTag() {
		SameLinesRow row = structured("task", "logstash", "").mask(",\"(executor|task)\":\"(reports|\\d+)\"")
			.parts(// the order of several MDC entries depends on how many there are
					Part.allBut(Part.PLAIN, Part.CONTEXT, Part.PAIRS, Part.STRUCTURED, Part.THROWABLES,
							Part.NESTED_IN_PAIRS));
		new SameLinesRun(row, this.folder, SameLinesApplication.InTask::new).assertSameLines();
	}

	@Test
	void recordsOfOpenTelemetrysAppenderAreTheSame() {
		new SameLinesRun(telemetry(), this.folder, SameLinesApplication.InSpan::new).assertSameLines();
		assertThat(this.folder.resolve("queued/telemetry.log")).isNotEmptyFile();
	}

	@Test
	void recordsOfOpenTelemetrysAppenderAreTheSameOnEachOfFourThreads() {
		new SameLinesRun(telemetry().parts(OF_ALL_THREADS), this.folder, SameLinesApplication.InSpan::new)
			.assertSameLinesOfEachThread();
	}

	private SameLinesRow telemetry() {
		try {
			Path configuration = Files.createDirectories(this.folder).resolve("telemetry-logback.xml");
			Files.writeString(configuration, """
					<configuration>
						<appender name="FILE" class="ch.qos.logback.core.FileAppender">
							<file>${LOG_FILE}</file>
							<encoder><pattern>[%t] %kvp %msg%n</pattern></encoder>
						</appender>
						<appender name="TELEMETRY"
								class="io.opentelemetry.instrumentation.logback.appender.v1_0.OpenTelemetryAppender">
							<captureExperimentalAttributes>true</captureExperimentalAttributes>
							<captureCodeAttributes>true</captureCodeAttributes>
							<captureMarkerAttribute>true</captureMarkerAttribute>
							<captureKeyValuePairAttributes>true</captureKeyValuePairAttributes>
							<captureTemplate>true</captureTemplate>
							<captureArguments>true</captureArguments>
							<captureMdcAttributes>*</captureMdcAttributes>
						</appender>
						<root level="INFO">
							<appender-ref ref="FILE"/>
							<appender-ref ref="TELEMETRY"/>
						</root>
					</configuration>
					""");
			return SameLinesRow.of("OpenTelemetry", FILE + "--logging.config=" + configuration)
				.queues("FILE")
				.leaves("TELEMETRY");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Reads the thread, as a user's may. */
	public static final class Customizer implements StructuredLoggingJsonMembersCustomizer<ILoggingEvent> {

		@Override
		public void customize(JsonWriter.Members<ILoggingEvent> members) {
			members.add("trace", (event) -> SameLinesProgram.TRACE_ID.get());
			members.applyingValueProcessor(JsonWriter.ValueProcessor.of(String.class,
					(value) -> value.replace("at the call", "at the call of " + SameLinesProgram.TRACE_ID.get())));
		}

	}

	/** Reads the thread, and the throwable itself. */
	public static final class Printer implements StackTracePrinter {

		@Override
		public void printStackTrace(Throwable throwable, Appendable out) throws IOException {
			out.append(SameLinesProgram.TRACE_ID.get()).append(": ").append(throwable.toString());
			out.append(" with ").append(String.valueOf(throwable.getSuppressed().length)).append(" suppressed");
		}

	}

	/** Reads the thread. */
	public static final class Formatter implements StructuredLogFormatter<ILoggingEvent> {

		@Override
		public String format(ILoggingEvent event) {
			return "[" + event.getThreadName() + "] " + SameLinesProgram.TRACE_ID.get() + " "
					+ event.getFormattedMessage() + " " + event.getKeyValuePairs() + "\n";
		}

	}

}
