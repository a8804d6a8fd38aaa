package io.loglane.appender;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.pattern.CompositeConverter;
import ch.qos.logback.elsewhere.ThreadNameConverter;
import io.loglane.appender.SameLinesProgram.Part;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Each line is what synchronous Logback would have written: one program, run in each
 * configuration of a table without queues and with them.
 */
@Timeout(60)
class SameLinesTests {

	private static final String PLUGINS = SameLinesPlugins.class.getName() + "$";

	/**
	 * All that a pattern can show of a record and that does not make the rows useless.
	 */
	private static final String PATTERN = "[%t] %-5level %logger{20} %X{step} %kvp %marker %msg%n%ex";

	/** The same without identity hash codes, whose length differs. */
	private static final String SIZED_PATTERN = PATTERN.replace("%kvp", "%replace(%kvp){'@[0-9a-f]+', '@'}");

	/** What the words of Logback's manual need in brackets, or may have. */
	private static final Map<String, List<String>> OPTIONS = options();

	/** Words that show the time. */
	private static final Set<String> TIMES = Set.of("d", "date", "ms", "micros", "ep", "epoch", "r", "relative");

	@TempDir
	private Path folder;

	private static Map<String, List<String>> options() {
		Map<String, List<String>> options = new TreeMap<>();
		for (String word : List.of("ex", "exception", "throwable", "rEx", "rootException", "xEx", "xException",
				"xThrowable")) {
			options.put(word, List.of("", "{short}", "{full}", "{2}"));
		}
		for (String word : List.of("X", "mdc")) {
			options.put(word, List.of("", "{step}", "{none:-default}"));
		}
		for (String word : List.of("logger", "lo", "c", "class", "C")) {
			options.put(word, List.of("", "{0}", "{10}"));
		}
		for (String word : List.of("d", "date")) {
			options.put(word, List.of("", "{ISO8601}", "{HH:mm:ss.SSS, UTC}"));
		}
		for (String word : List.of("ep", "epoch")) {
			options.put(word, List.of("", "{seconds}"));
		}
		options.put("caller", List.of("{1}", "{2}", "{1..3}"));
		options.put("kvp", List.of("", "{NONE}", "{SINGLE}"));
		options.put("maskedKvp", List.of("{NONE, secret}", "{SINGLE, secret, builder}"));
		options.put("property", List.of("{" + SameLinesProgram.PROPERTY + "}", "{java.version}"));
		return options;
	}

	static Stream<SameLinesRow> rows() {
		List<SameLinesRow> rows = new ArrayList<>();
		conversionWords(rows);
		usersWords(rows);
		layoutsAndEncoders(rows);
		logstash(rows);
		filters(rows);
		sifting(rows);
		files(rows);
		loggers(rows);
		renderers(rows);
		return rows.stream();
	}

	static Stream<SameLinesRow> rowsForThreads() {
		return rows().filter(SameLinesRow::withThreads)
			.map((row) -> row
				.parts(row.parts().contains(Part.PROPERTIES) ? without(row.parts(), Part.PROPERTIES) : row.parts()));
	}

	private static Set<Part> without(Set<Part> parts, Part part) {
		Set<Part> rest = Part.all();
		rest.retainAll(parts);
		rest.remove(part);
		return rest;
	}

	private static void conversionWords(List<SameLinesRow> rows) {
		for (String word : PatternLayout.DEFAULT_CONVERTER_SUPPLIER_MAP.keySet().stream().sorted().toList()) {
			if (word.equals("lane")) {
				// ours, registered by whichever test ran before
				continue;
			}
			for (String pattern : patterns(word)) {
				rows.add(
						file(pattern, encoder("[%t] " + pattern + " %m%n%nopex")).maskOfThreads("lsn=\\d+", "sn=\\d+"));
			}
		}
		rows.add(file("nested composites", encoder("[%t] %-40.400(%highlight(%level %kvp{NONE})) %.-9class{0} "
				+ "%replace(%msg %marker %caller{1}){'call','CALL'} %cyan(%replace(%X){'step','s'}) %n%ex{3}")));
		rows.add(file("numbered, with what changes", encoder("[%t] lsn=%lsn sn=%sn %kvp %msg%n"))
			.maskOfThreads("lsn=\\d+", "sn=\\d+"));
		rows.add(file("no message", encoder("[%t] %level %logger %X{step}%n%nopex")));
		rows.add(file("words of Boot",
				rule("clr", "org.springframework.boot.logging.logback.ColorConverter")
						+ rule("wex", "org.springframework.boot.logging.logback.WhitespaceThrowableProxyConverter")
						+ rule("wEx",
								"org.springframework.boot.logging.logback.ExtendedWhitespaceThrowableProxyConverter")
						+ rule("esb", "org.springframework.boot.logging.logback.EnclosedInSquareBracketsConverter")
						+ rule("correlationId", "org.springframework.boot.logging.logback.CorrelationIdConverter"),
				encoder("[%t] %clr(%5p) %clr(%msg %kvp){faint} %esb(%X{user}) "
						+ "%correlationId{step(2),user(4)} %n%wEx %wex{short}")));
		rows.add(file("word of Boot that shows a property",
				rule("esb", "org.springframework.boot.logging.logback.EnclosedInSquareBracketsConverter"),
				encoder("[%t] %esb(){" + SameLinesProgram.PROPERTY + "}%msg%n")));
	}

	private static List<String> patterns(String word) {
		if (word.equals("BARE")) {
			return List.of("%-30(%level %kvp)", "%(%msg)");
		}
		if (word.equals("replace")) {
			return List.of("%replace(%msg){'a','b'}", "%replace(%kvp %X %class){'builder','BUILDER'}");
		}
		if (word.equals("prefix")) {
			return List.of("%prefix(%level %logger %kvp %X{step})");
		}
		String before = switch (word) {
			case "lsn" -> "lsn=";
			case "sn", "sequenceNumber" -> "sn=";
			default -> TIMES.contains(word) ? "<<" : "";
		};
		String after = TIMES.contains(word) ? ">>" : "";
		if (PatternLayout.DEFAULT_CONVERTER_SUPPLIER_MAP.get(word).get() instanceof CompositeConverter<?>) {
			return List.of("%" + word + "(%msg %kvp{NONE})");
		}
		return OPTIONS.getOrDefault(word, List.of(""))
			.stream()
			.map((option) -> before + "%" + word + option + after)
			.toList();
	}

	private static void usersWords(List<SameLinesRow> rows) {
		String trace = rule("trace", PLUGINS + "TraceIdConverter");
		rows.add(file("user's word", trace, encoder("[%t] %trace %msg%n")));
		rows.add(file("word of somebody under Logback's name", rule("thread", ThreadNameConverter.class.getName()),
				encoder("[%t] %thread %msg%n")));
		rows.add(file("user's word in brackets", trace, encoder("[%t] %-20(%replace(%trace){'t','T'}) %msg%n")));
		rows.add(file("user's word around others", rule("around", PLUGINS + "TraceIdCompositeConverter"),
				encoder("[%t] %around(%level %kvp) %msg%n")));
		rows.add(file("user's word that extends Logback's", rule("tracedLine", PLUGINS + "TracedLineConverter"),
				encoder("[%t] %tracedLine %msg%n")));
		rows.add(file("user's word in the place of Logback's", rule("line", PLUGINS + "TracedLineConverter"),
				encoder("[%t] %line %msg%n")));
		rows.add(file("user's word that asks for the caller", rule("who", PLUGINS + "CallerConverter"),
				encoder("[%t] %who %msg%n")));
		rows.add(file("user's word that fails", rule("failing", PLUGINS + "FailingConverter"),
				encoder("[%t] %failing %msg%n")));
		rows.add(file("user's evaluator for %ex", evaluator(), encoder("[%t] %msg%n%ex{full, EVALUATOR}")));
		rows.add(file("user's evaluator for %caller", evaluator(), encoder("[%t] %msg %caller{1, EVALUATOR}%n%nopex")));
		rows.add(file("no such word", encoder("[%t] %nosuchword %msg%n")));
	}

	private static void layoutsAndEncoders(List<SameLinesRow> rows) {
		rows.add(file("user's layout", layout(PLUGINS + "TraceIdLayout", "")));
		rows.add(file("user's layout that extends Logback's",
				layout(PLUGINS + "TracedPatternLayout", "<pattern>" + PATTERN + "</pattern>")));
		rows.add(file("user's encoder", "<encoder class=\"" + PLUGINS + "TraceIdEncoder\"/>"));
		rows.add(file("pattern layout", layout(PatternLayout.class.getName(),
				"<pattern>" + PATTERN + "</pattern><fileHeader>header</fileHeader><fileFooter>footer</fileFooter>")));
		rows.add(file("pattern as header", "<encoder><pattern>" + PATTERN
				+ "</pattern><outputPatternAsHeader>true</outputPatternAsHeader></encoder>"));
		rows.add(file("HTML",
				layout("ch.qos.logback.classic.html.HTMLLayout",
						"<pattern>%t%level%logger%msg%kvp%marker%X{step}%line</pattern>"))
			.mask("session start time [^<]+")
			.maskOfThreads("class=\"\\w+ (odd|even)\""));
		rows.add(
				file("XML of Log4j",
						layout("ch.qos.logback.classic.log4j.XMLLayout",
								"<locationInfo>true</locationInfo><properties>true</properties>"))
					.mask("timestamp=\"\\d+\""));
		rows.add(file("Logback's plain layout", layout("ch.qos.logback.classic.layout.TTLLLayout", ""))
			.mask("\\d\\d:\\d\\d:\\d\\d\\.\\d{3}"));
		rows.add(file("Logback's JSON", "<encoder class=\"ch.qos.logback.classic.encoder.JsonEncoder\"/>")
			.mask("\"(timestamp|nanoseconds|birthdate)\":\\d+")
			.maskOfThreads("\"sequenceNumber\":\\d+"));
		rows.add(file("Logback's JSON, all of it", """
				<encoder class="ch.qos.logback.classic.encoder.JsonEncoder">
					<withFormattedMessage>true</withFormattedMessage>
					<withArguments>true</withArguments>
				</encoder>
				""").mask("\"(timestamp|nanoseconds|birthdate)\":\\d+").maskOfThreads("\"sequenceNumber\":\\d+"));
	}

	private static void logstash(List<SameLinesRow> rows) {
		rows.add(file("logstash", "<encoder class=\"net.logstash.logback.encoder.LogstashEncoder\"/>"));
		rows.add(file("logstash with caller data", """
				<encoder class="net.logstash.logback.encoder.LogstashEncoder">
					<includeCallerData>true</includeCallerData>
				</encoder>
				"""));
		rows.add(file("logstash with all its options", """
				<encoder class="net.logstash.logback.encoder.LogstashEncoder">
					<includeCallerData>true</includeCallerData>
					<includeTags>true</includeTags>
					<includeContext>true</includeContext>
					<includeKeyValuePairs>true</includeKeyValuePairs>
					<includeMdcKeyName>step</includeMdcKeyName>
					<customFields>{"application":"same-lines"}</customFields>
					<shortenedLoggerNameLength>20</shortenedLoggerNameLength>
					<throwableConverter class="net.logstash.logback.stacktrace.ShortenedThrowableConverter">
						<maxDepthPerThrowable>5</maxDepthPerThrowable>
						<rootCauseFirst>true</rootCauseFirst>
					</throwableConverter>
				</encoder>
				"""));
		rows.add(file("logstash's composite of providers", rule("trace", PLUGINS + "TraceIdConverter"), """
				<encoder class="net.logstash.logback.encoder.LoggingEventCompositeJsonEncoder">
					<providers>
						<threadName/>
						<arguments/>
						<logstashMarkers/>
						<tags/>
						<keyValuePairs/>
						<callerData/>
						<stackTrace/>
						<sequence/>
						<pattern><pattern>{"message":"%message","trace":"%trace","kvp":"%kvp"}</pattern></pattern>
					</providers>
				</encoder>
				""").maskOfThreads("\"sequence\":\\d+"));
		rows.add(file("logstash's layout",
				layout("net.logstash.logback.layout.LogstashLayout", "<includeCallerData>true</includeCallerData>")));
	}

	private static void filters(List<SameLinesRow> rows) {
		rows.add(file("threshold filter", encoder(PATTERN),
				"<filter class=\"ch.qos.logback.classic.filter.ThresholdFilter\"><level>WARN</level></filter>"));
		rows.add(file("level filter", encoder(PATTERN), """
				<filter class="ch.qos.logback.classic.filter.LevelFilter">
					<level>INFO</level>
					<onMatch>DENY</onMatch>
					<onMismatch>ACCEPT</onMismatch>
				</filter>
				"""));
		rows.add(file("filter that reads the thread", encoder(PATTERN),
				"<filter class=\"" + PLUGINS + "TraceIdFilter\"/>"));
		rows.add(file("filter that counts", encoder(PATTERN), "<filter class=\"" + PLUGINS + "CountingFilter\"/>"));
		rows.add(file("filter with an evaluator that reads the thread", encoder(PATTERN), """
				<filter class="ch.qos.logback.core.filter.EvaluatorFilter">
					<evaluator class="%sTraceIdEvaluator"/>
					<onMatch>NEUTRAL</onMatch>
					<onMismatch>DENY</onMismatch>
				</filter>
				""".formatted(PLUGINS)));
		rows.add(file("several filters", encoder(PATTERN), """
				<filter class="%1$sCountingFilter"/>
				<filter class="%1$sTraceIdFilter"/>
				<filter class="ch.qos.logback.classic.filter.ThresholdFilter"><level>DEBUG</level></filter>
				""".formatted(PLUGINS)));
	}

	private static void sifting(List<SameLinesRow> rows) {
		rows.add(sift("sifting", "", discriminator(), encoder("[%t] %level %msg %X{step}%n%ex"), ""));
		rows.add(sift("sifting with what changes", "", discriminator(), encoder(PATTERN), ""));
		rows.add(sift("sifting with the caller", "", discriminator(), encoder("[%t] %class %line %msg%n"), ""));
		rows.add(sift("sifting with a user's word", rule("trace", PLUGINS + "TraceIdConverter"), discriminator(),
				encoder("[%t] %trace %msg%n"), ""));
		rows.add(sift("sifting with a user's layout", "", discriminator(), layout(PLUGINS + "TraceIdLayout", ""), ""));
		rows.add(sift("sifting with logstash", "", discriminator(),
				"<encoder class=\"net.logstash.logback.encoder.LogstashEncoder\"/>", ""));
		rows.add(sift("sifting with a filter inside", "", discriminator(), encoder("[%t] %msg%n"),
				"<filter class=\"" + PLUGINS + "TraceIdFilter\"/>"));
		rows.add(sift("sifting by what the thread says", "",
				"<discriminator class=\"" + PLUGINS + "TraceIdDiscriminator\"/>", encoder("[%t] %msg%n"), ""));
		rows.add(SameLinesRow.of("sifting to a user's appender", """
				<appender name="SAME" class="ch.qos.logback.classic.sift.SiftingAppender">
					%s
					<sift>
						<appender name="NESTED" class="%sTraceIdAppender">
							<file>${folder}/${kind}.log</file>
						</appender>
					</sift>
				</appender>
				""".formatted(discriminator(), PLUGINS) + root("SAME")).queues().leaves("SAME"));
	}

	private static void files(List<SameLinesRow> rows) {
		rows.add(SameLinesRow.of("rolling by size and time", rolling("""
				<file>${folder}/sized.log</file>
				<rollingPolicy class="ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy">
					<fileNamePattern>${folder}/sized.%d{yyyy-MM}.%i.log</fileNamePattern>
					<maxFileSize>6KB</maxFileSize>
				</rollingPolicy>
				""", SIZED_PATTERN)));
		rows.add(
				SameLinesRow
					.of("rolling by size and time, with header and footer",
							"""
									<appender name="SAME" class="ch.qos.logback.core.rolling.RollingFileAppender">
										<file>${folder}/sized.log</file>
										<rollingPolicy class="ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy">
											<fileNamePattern>${folder}/sized.%d{yyyy-MM}.%i.log</fileNamePattern>
											<maxFileSize>6KB</maxFileSize>
										</rollingPolicy>
									"""
									+ layout(PatternLayout.class.getName(),
											"""
													<pattern>[%t] %msg%n</pattern><fileHeader>= header =</fileHeader><fileFooter>= footer =</fileFooter>
													""")
									+ "</appender>" + root("SAME"))
					.maskOfThreads("= (header|footer) =\\R?"));
		rows.add(SameLinesRow.of("rolling by size and time, with what a user's word shows",
				rule("trace", PLUGINS + "TraceIdConverter") + rolling("""
						<file>${folder}/sized.log</file>
						<rollingPolicy class="ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy">
							<fileNamePattern>${folder}/sized.%d{yyyy-MM}.%i.log</fileNamePattern>
							<maxFileSize>6KB</maxFileSize>
						</rollingPolicy>
						""", "[%t] %trace %msg%n")));
		rows.add(SameLinesRow.of("rolling by size in a window", rolling("""
				<file>${folder}/window.log</file>
				<rollingPolicy class="ch.qos.logback.core.rolling.FixedWindowRollingPolicy">
					<fileNamePattern>${folder}/window.%i.log</fileNamePattern>
					<maxIndex>20</maxIndex>
				</rollingPolicy>
				<triggeringPolicy class="ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy">
					<maxFileSize>12KB</maxFileSize>
					<checkIncrement>0 milliseconds</checkIncrement>
				</triggeringPolicy>
				""", "[%t] %msg %X{step}%n%ex")));
		rows.add(file("prudent file", encoder(PATTERN), "<prudent>true</prudent>"));
		rows.add(file("file that is not flushed at once", encoder(PATTERN), "<immediateFlush>false</immediateFlush>")
			.oneThreadOnly());
		rows.add(SameLinesRow.of("console", """
				<appender name="SAME" class="ch.qos.logback.core.ConsoleAppender">%s</appender>
				""".formatted(encoder(PATTERN)) + root("SAME")));
	}

	private static void loggers(List<SameLinesRow> rows) {
		String one = appender("ONE", "one.log", encoder("[%t] %logger %kvp %msg%n"));
		String two = appender("TWO", "two.log", encoder("[%t] %class{0} %msg %n%ex"));
		rows.add(SameLinesRow
			.of("two appenders on a logger, additive",
					one + two + appender("ROOT", "root.log", encoder(PATTERN))
							+ "<logger name=\"app\"><appender-ref ref=\"ONE\"/><appender-ref ref=\"TWO\"/></logger>"
							+ root("ROOT"))
			.queues("ONE", "TWO", "ROOT"));
		rows.add(SameLinesRow
			.of("two appenders on a logger, not additive",
					one + two + appender("ROOT", "root.log", encoder(PATTERN))
							+ "<logger name=\"app.orders\" additivity=\"false\"><appender-ref ref=\"ONE\"/>"
							+ "<appender-ref ref=\"TWO\"/></logger>" + root("ROOT"))
			.queues("ONE", "TWO", "ROOT"));
		rows.add(SameLinesRow
			.of("one appender on several loggers",
					one + "<logger name=\"app.audit\"><appender-ref ref=\"ONE\"/></logger>" + root("ONE"))
			.queues("ONE"));
		rows.add(SameLinesRow.of("user's appender", users("TraceIdAppender", "own.log") + root("USERS"))
			.queues()
			.leaves("USERS"));
		rows.add(SameLinesRow
			.of("user's appenders beside Logback's",
					users("UnsynchronizedTraceIdAppender", "own.log") + one + "<appender name=\"TRACED\" class=\""
							+ PLUGINS + "TracedFileAppender\"><file>${folder}/traced.log" + "</file>" + encoder(PATTERN)
							+ "</appender>" + root("ONE", "USERS", "TRACED"))
			.queues("ONE")
			.leaves("USERS", "TRACED"));
	}

	private static void renderers(List<SameLinesRow> rows) {
		String all = encoder("[%t] %level %logger %X %kvp %marker %class %line %msg%n%xEx");
		rows.add(file("all rendered by the caller", all).render(QueueSettings.Render.CALLER));
		rows.add(
				file("JSON rendered by the caller", "<encoder class=\"net.logstash.logback.encoder.LogstashEncoder\"/>")
					.render(QueueSettings.Render.CALLER));
		rows.add(file("what can not change, rendered by the drain", all).render(QueueSettings.Render.DRAIN)
			.parts(Set.of(Part.PLAIN, Part.CONTEXT, Part.THREAD, Part.ARGUMENTS)));
		rows.add(file("what can not change, as JSON, rendered by the drain",
				"<encoder class=\"net.logstash.logback.encoder.LogstashEncoder\"/>")
			.render(QueueSettings.Render.DRAIN)
			.parts(Set.of(Part.PLAIN, Part.CONTEXT, Part.THREAD)));
	}

	/** Where the drain renders what it should not: the table must notice. */
	static Stream<SameLinesRow> brokenRows() {
		QueueSettings.Render drain = QueueSettings.Render.DRAIN;
		String trace = rule("trace", PLUGINS + "TraceIdConverter");
		String logstash = "<encoder class=\"net.logstash.logback.encoder.LogstashEncoder\"/>";
		return Stream.of(file("user's word", trace, encoder("[%t] %trace %msg%n")).render(drain),
				file("user's layout", layout(PLUGINS + "TraceIdLayout", "")).render(drain),
				file("pairs", encoder("[%t] %kvp %msg%n")).render(drain).parts(Set.of(Part.PAIRS)),
				file("pairs of logstash", logstash).render(drain).parts(Set.of(Part.PAIRS)),
				file("markers of logstash", logstash).render(drain).parts(Set.of(Part.MARKERS)),
				file("structured arguments of logstash", logstash).render(drain).parts(Set.of(Part.STRUCTURED)),
				file("markers", encoder("[%t] %marker %msg%n")).render(drain).parts(Set.of(Part.MARKERS)));
	}

	@Test
	void everyConversionWordThatLogbackHasIsInTheTableAndUnderstood() {
		LoggerContext context = new LoggerContext();
		context.setMDCAdapter(new LogbackMDCAdapter());
		PatternLayout layout = new PatternLayout();
		layout.setContext(context);
		Set<String> words = new TreeSet<>(layout.getEffectiveConverterMap().keySet());
		words.remove("lane");
		assertThat(words).hasSizeGreaterThan(60).contains("logger", "property", "kvp", "maskedKvp", "caller", "xEx");
		String table = rows().map(SameLinesRow::configuration).collect(Collectors.joining("\n"));
		for (String word : words) {
			assertThat(table).containsPattern("BARE".equals(word) ? "%[-\\d]*\\(" : "%[-.\\d]*" + word + "\\b");
			for (String pattern : patterns(word)) {
				layout.setPattern(pattern);
				layout.start();
				assertThat(layout.doLayout(new LoggingEvent("", context.getLogger("app"), Level.INFO, "x", null, null)))
					.as(pattern)
					.doesNotContain("PARSER_ERROR");
			}
		}
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("rows")
	void linesAreTheSame(SameLinesRow row) {
		new SameLinesRun(row, this.folder, SameLinesOwnContext::new).assertSameLines();
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("rowsForThreads")
	void linesOfEachOfFourThreadsAreTheSame(SameLinesRow row) {
		new SameLinesRun(row, this.folder, SameLinesOwnContext::new).assertSameLinesOfEachThread();
	}

	static Stream<SameLinesRow> syslogRows() {
		return Stream.of(syslog("plain", "", "[%t] %level %logger %msg"),
				syslog("with what changes", "", "[%t] %kvp %marker %msg").queues().leaves("SAME"),
				syslog("with the caller", "", "[%t] %line %msg"),
				syslog("with a user's word", rule("trace", PLUGINS + "TraceIdConverter"), "[%t] %trace %msg").queues()
					.leaves("SAME"));
	}

	private static SameLinesRow syslog(String name, String before, String pattern) {
		return SameLinesRow.of("syslog " + name, before + """
				<appender name="SAME" class="ch.qos.logback.classic.net.SyslogAppender">
					<syslogHost>127.0.0.1</syslogHost>
					<port>${port}</port>
					<facility>USER</facility>
					<suffixPattern>%s</suffixPattern>
				</appender>
				""".formatted(pattern) + root("SAME")).mask("\\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d ");
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("syslogRows")
	void datagramsAreTheSame(SameLinesRow row) {
		new SameLinesRun(row, this.folder, SameLinesSyslog::new).assertSameLines();
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("brokenRows")
	void linesThatTheDrainRendersTooLateAreNoticed(SameLinesRow row) {
		SameLinesRun run = new SameLinesRun(row, this.folder, SameLinesOwnContext::new);
		assertThatExceptionOfType(AssertionError.class).isThrownBy(run::assertSameLines)
			.withMessageContaining("from the first line that differs");
	}

	private static SameLinesRow file(String name, String... parts) {
		StringBuilder before = new StringBuilder();
		StringBuilder inside = new StringBuilder();
		for (String part : parts) {
			boolean global = part.startsWith("<conversionRule") || part.startsWith("<evaluator");
			(global ? before : inside).append(part);
		}
		String configuration = before + "<sequenceNumberGenerator class=\"ch.qos.logback.core.spi."
				+ "BasicSequenceNumberGenerator\"/>" + appender("SAME", "same.log", inside.toString()) + root("SAME");
		return SameLinesRow.of(name, configuration);
	}

	private static String appender(String name, String file, String inside) {
		return "<appender name=\"%s\" class=\"ch.qos.logback.core.FileAppender\"><file>${folder}/%s</file>%s</appender>"
			.formatted(name, file, inside);
	}

	private static String users(String type, String file) {
		return "<appender name=\"USERS\" class=\"%s%s\"><file>${folder}/%s</file></appender>".formatted(PLUGINS, type,
				file);
	}

	private static String rolling(String policies, String pattern) {
		return "<appender name=\"SAME\" class=\"ch.qos.logback.core.rolling.RollingFileAppender\">" + policies
				+ encoder(pattern) + "</appender>" + root("SAME");
	}

	private static SameLinesRow sift(String name, String before, String discriminator, String encoder, String filter) {
		return SameLinesRow.of(name, before + """
				<appender name="SAME" class="ch.qos.logback.classic.sift.SiftingAppender">
					%s
					<sift>
						<appender name="NESTED" class="ch.qos.logback.core.FileAppender">
							<file>${folder}/${kind}.log</file>
							%s
							%s
						</appender>
					</sift>
				</appender>
				""".formatted(discriminator, encoder, filter) + root("SAME")).queues().leaves("SAME");
	}

	private static String discriminator() {
		return "<discriminator><key>kind</key><defaultValue>none</defaultValue></discriminator>";
	}

	private static String encoder(String pattern) {
		return "<encoder><pattern>" + pattern.replace("<", "&lt;").replace(">", "&gt;") + "</pattern></encoder>";
	}

	private static String layout(String type, String inside) {
		return "<encoder class=\"ch.qos.logback.core.encoder.LayoutWrappingEncoder\"><layout class=\"" + type + "\">"
				+ inside + "</layout></encoder>";
	}

	private static String rule(String word, String type) {
		return "<conversionRule conversionWord=\"" + word + "\" class=\"" + type + "\"/>";
	}

	private static String evaluator() {
		return "<evaluator name=\"EVALUATOR\" class=\"" + PLUGINS + "TraceIdEvaluator\"/>";
	}

	private static String root(String... appenders) {
		StringBuilder references = new StringBuilder();
		Arrays.stream(appenders).forEach((appender) -> references.append("<appender-ref ref=\"" + appender + "\"/>"));
		return "<root level=\"TRACE\">" + references + "</root>";
	}

}
