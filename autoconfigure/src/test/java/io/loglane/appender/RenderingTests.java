package io.loglane.appender;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.LoggingEventVO;
import ch.qos.logback.core.CoreConstants;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.pattern.DynamicConverter;
import net.logstash.logback.encoder.LogstashEncoder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.helpers.BasicMarkerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/** A line says what it would have said without a queue. */
class RenderingTests {

	private static final ThreadLocal<String> TRACE_ID = ThreadLocal.withInitial(() -> "no trace");

	private final OwnLogback logback = new OwnLogback();

	private final Gate gate = new Gate();

	private final Logger logger = this.logback.logger();

	@TempDir
	private Path folder;

	private Path file;

	@BeforeEach
	void nameFile() {
		this.file = this.folder.resolve("file.log");
	}

	@AfterEach
	void close() {
		TRACE_ID.remove();
		this.gate.open();
		this.logback.close();
	}

	private static QueueSettings settings(QueueSettings.CallerData callerData, QueueSettings.Render render) {
		return new QueueSettings(64, QueueSettings.DEFAULT_MEMORY, Duration.ofMinutes(1), Level.TRACE, callerData,
				render, Duration.ofSeconds(30));
	}

	private static QueueSettings render(QueueSettings.Render render) {
		return settings(QueueSettings.CallerData.AUTO, render);
	}

	private LoglaneAppender open(FileAppender<ILoggingEvent> delegate, QueueSettings settings) {
		LoglaneAppender queue = this.logback.queue(delegate, settings);
		queue.open();
		return queue;
	}

	/** A file that the drain does not write to before the gate is open. */
	private LoglaneAppender openGated(String pattern) {
		GatedFileAppender delegate = new GatedFileAppender();
		return open(this.logback.file(delegate, this.file, pattern), render(QueueSettings.Render.AUTO));
	}

	private List<String> linesOf(LoglaneAppender queue) {
		this.gate.open();
		OwnLogback.close(queue);
		return OwnLogback.lines(this.file);
	}

	@ParameterizedTest
	@ValueSource(strings = { "%class{0} %method %file %line", "%C{0} %M %F %L", "%30(%class{0} %method) %F:%L",
			"%replace(%class{0} %method){'x','x'} %file %line" })
	void lineShowsItsCallerThroughTheQueue(String pattern) {
		LoglaneAppender queue = openGated(pattern + "%n");
		StackTraceElement here = new Throwable().getStackTrace()[0];
		this.logger.info("x");
		assertThat(linesOf(queue)).singleElement()
			.asString()
			.contains("RenderingTests", "lineShowsItsCallerThroughTheQueue", "RenderingTests.java")
			.endsWith(String.valueOf(here.getLineNumber() + 1));
	}

	@Test
	void lineShowsItsCallersStackThroughTheQueue() {
		LoglaneAppender queue = openGated("%caller{1}");
		this.logger.info("x");
		assertThat(linesOf(queue)).singleElement()
			.asString()
			.contains("RenderingTests.lineShowsItsCallersStackThroughTheQueue(RenderingTests.java:");
	}

	@Test
	void callerIsNotLookedForWhereNoPatternAsksForIt() {
		Queue<Boolean> looked = new ConcurrentLinkedQueue<>();
		FileAppender<ILoggingEvent> delegate = new FileAppender<>() {

			@Override
			protected void subAppend(ILoggingEvent event) {
				looked.add(event.hasCallerData());
				super.subAppend(event);
			}

		};
		LoglaneAppender queue = open(this.logback.file(delegate, this.file, "%d %p %t %logger %X %kvp %msg%ex%n"),
				render(QueueSettings.Render.AUTO));
		this.logger.info("x");
		OwnLogback.close(queue);
		assertThat(looked).containsExactly(false);
	}

	static Stream<Encoder<ILoggingEvent>> encodersThatDoNotAskForTheCaller() {
		return Stream.of(new JsonEncoder(), new LogstashEncoder(), new TraceIdEncoder());
	}

	@ParameterizedTest
	@MethodSource("encodersThatDoNotAskForTheCaller")
	void callerIsNotLookedForWhereNoEncoderAsksForIt(Encoder<ILoggingEvent> encoder) {
		LoglaneAppender queue = open(fileWith(encoder), render(QueueSettings.Render.AUTO));
		LoggingEvent plain = new LoggingEvent("", this.logger, Level.INFO, "x", null, null);
		LoggingEvent withPairs = new LoggingEvent("", this.logger, Level.INFO, "y", null, null);
		withPairs.addKeyValuePair(new KeyValuePair("key", new int[1]));
		queue.doAppend(plain);
		queue.doAppend(withPairs);
		OwnLogback.close(queue);
		assertThat(plain.hasCallerData()).isFalse();
		assertThat(withPairs.hasCallerData()).isFalse();
		assertThat(OwnLogback.lines(this.file)).hasSize(2);
	}

	@Test
	void callerIsLookedForOnItsThreadWhereAnEncoderAsksForIt() {
		LogstashEncoder encoder = new LogstashEncoder();
		encoder.setIncludeCallerData(true);
		LoglaneAppender queue = open(fileWith(encoder), render(QueueSettings.Render.AUTO));
		LoggingEvent event = new LoggingEvent(RenderingTests.class.getName(), this.logger, Level.INFO, "x", null, null);
		queue.doAppend(event);
		assertThat(event.hasCallerData()).isTrue();
		OwnLogback.close(queue);
	}

	@Test
	void callerIsTakenWhereItIsAlwaysWanted() {
		Queue<Boolean> looked = new ConcurrentLinkedQueue<>();
		FileAppender<ILoggingEvent> delegate = new FileAppender<>() {

			@Override
			protected void subAppend(ILoggingEvent event) {
				looked.add(event.hasCallerData() && event.getCallerData().length > 0);
				super.subAppend(event);
			}

		};
		LoglaneAppender queue = open(this.logback.file(delegate, this.file, "%msg%n"),
				settings(QueueSettings.CallerData.TRUE, QueueSettings.Render.AUTO));
		this.logger.info("x");
		OwnLogback.close(queue);
		assertThat(looked).containsExactly(true);
	}

	@Test
	void callerIsUnknownWhereItIsNeverWanted() {
		LoglaneAppender queue = open(this.logback.file(this.file, "%class %method %line %file%n"),
				settings(QueueSettings.CallerData.FALSE, QueueSettings.Render.AUTO));
		this.logger.info("x");
		assertThat(linesOf(queue)).containsExactly("? ? ? ?");
	}

	@ParameterizedTest
	@ValueSource(strings = { "%trace %msg%n", "[%trace] %msg%n", "%-10(%trace) %msg%n",
			"%replace(%trace){'x','y'} %msg%n", "%red(%cyan(%trace)) %msg%n" })
	void wordOfTheUsersOwnReadsTheCallersThread(String pattern) {
		Map<String, Supplier<DynamicConverter<?>>> words = new HashMap<>();
		words.put("trace", TraceIdConverter::new);
		this.logback.context().putObject(CoreConstants.PATTERN_RULE_REGISTRY_FOR_SUPPLIERS, words);
		assertTraceIdIsTheCallers(openGated(pattern));
	}

	@Test
	void wordThatIsRegisteredByTheNameOfItsClassReadsTheCallersThread() {
		Map<String, String> words = new HashMap<>();
		words.put("trace", TraceIdConverter.class.getName());
		this.logback.context().putObject(CoreConstants.PATTERN_RULE_REGISTRY, words);
		assertTraceIdIsTheCallers(openGated("%trace %msg%n"));
	}

	@Test
	@SuppressWarnings({ "rawtypes", "unchecked" }) // as Logback declares it
	void wordOfOneLayoutReadsTheCallersThread() {
		PatternLayout layout = new PatternLayout();
		layout.setContext(this.logback.context());
		layout.setPattern("%trace %msg%n");
		Map words = layout.getInstanceConverterMap();
		words.put("trace", (Supplier<DynamicConverter>) TraceIdConverter::new);
		layout.start();
		LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
		encoder.setLayout(layout);
		assertTraceIdIsTheCallers(openGated(encoder));
	}

	@Test
	void layoutOfTheUsersOwnReadsTheCallersThread() {
		PatternLayout layout = new PatternLayout() {

			@Override
			public String doLayout(ILoggingEvent event) {
				return TRACE_ID.get() + " " + super.doLayout(event);
			}

		};
		layout.setContext(this.logback.context());
		layout.setPattern("%msg%n");
		layout.start();
		LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
		encoder.setLayout(layout);
		assertTraceIdIsTheCallers(openGated(encoder));
	}

	@Test
	void encoderOfTheUsersOwnReadsTheCallersThread() {
		assertTraceIdIsTheCallers(openGated(new TraceIdEncoder()));
	}

	private LoglaneAppender openGated(Encoder<ILoggingEvent> encoder) {
		GatedFileAppender delegate = new GatedFileAppender();
		delegate.setFile(this.file.toString());
		return open(this.logback.stream(delegate, encoder), render(QueueSettings.Render.AUTO));
	}

	private void assertTraceIdIsTheCallers(LoglaneAppender queue) {
		TRACE_ID.set("trace-1");
		this.logger.info("first");
		TRACE_ID.set("trace-2");
		this.logger.info("second");
		TRACE_ID.remove();
		List<String> lines = linesOf(queue);
		assertThat(lines).hasSize(2);
		assertThat(lines.get(0)).contains("trace-1").contains("first");
		assertThat(lines.get(1)).contains("trace-2").contains("second");
	}

	@Test
	void drainRendersWhatItIsToldToRender() {
		LoglaneAppender queue = open(fileWith(new TraceIdEncoder()), render(QueueSettings.Render.DRAIN));
		TRACE_ID.set("of the caller");
		this.logger.info("x");
		assertThat(linesOf(queue)).containsExactly("no trace x");
	}

	@ParameterizedTest
	@EnumSource(value = QueueSettings.Render.class, names = { "AUTO", "CALLER" })
	void callerRendersWhatItIsToldToRender(QueueSettings.Render render) {
		GatedFileAppender delegate = new GatedFileAppender();
		// counts what it renders
		this.logback.file(delegate, this.file, "%lsn%n");
		LoglaneAppender queue = open(delegate, render(render));
		Encoder<ILoggingEvent> encoder = delegate.getEncoder();
		PatternLayoutEncoder original = (PatternLayoutEncoder) (encoder instanceof HandOverEncoder handOver
				? handOver.original() : encoder);
		this.logger.info("x");
		this.gate.awaitArrival();
		long later = Long.parseLong(original.getLayout().doLayout(new LoggingEvent()).trim());
		long ofRecord = Long.parseLong(linesOf(queue).get(0));
		assertThat(ofRecord < later).isEqualTo(render == QueueSettings.Render.CALLER);
	}

	@ParameterizedTest
	@EnumSource(QueueSettings.Render.class)
	void encoderThatKeepsAStateIsAlwaysLeftToTheDrain(QueueSettings.Render render) {
		StatefulEncoder encoder = new StatefulEncoder();
		LoglaneAppender queue = open(fileWith(encoder), render(render));
		this.logger.info("x");
		this.logger.atInfo().addKeyValue("key", new int[1]).log("y");
		OwnLogback.close(queue);
		assertThat(encoder.threads).hasSize(2)
			.allSatisfy((thread) -> assertThat(thread).isNotSameAs(Thread.currentThread()));
	}

	@ParameterizedTest
	@ValueSource(strings = { "%msg %kvp", "%maskedKvp{secret}", "%-20(%kvp)" })
	void drainRendersPairsThatCanNotChangeAndTheCallerOthers(String pattern) {
		Rendering rendering = Rendering.of(this.logback.file(this.file, pattern), render(QueueSettings.Render.AUTO));
		assertThat(rendering.byCaller(event(new KeyValuePair("a", 1), new KeyValuePair("b", "text")))).isFalse();
		assertThat(rendering.byCaller(event(new KeyValuePair("a", 1), new KeyValuePair("b", new int[1])))).isTrue();
	}

	@Test
	void drainRendersPairsThatTheLineDoesNotShow() {
		Rendering rendering = Rendering.of(this.logback.file(this.file, "%msg"), render(QueueSettings.Render.AUTO));
		assertThat(rendering.byCaller(event(new KeyValuePair("a", new int[1])))).isFalse();
	}

	@Test
	void drainRendersLogbacksJsonUnlessItShowsWhatMayChange() {
		JsonEncoder encoder = new JsonEncoder();
		Rendering rendering = Rendering.of(fileWith(encoder), render(QueueSettings.Render.AUTO));
		assertThat(rendering.byCaller(event(new KeyValuePair("a", 1)))).isFalse();
		assertThat(rendering.byCaller(event(new KeyValuePair("a", new int[1])))).isTrue();
		LoggingEvent arguments = event();
		arguments.setArgumentArray(new Object[] { "a", new int[1] });
		assertThat(rendering.byCaller(arguments)).isTrue();
		LoggingEvent marked = event();
		marked.addMarker(new BasicMarkerFactory().getDetachedMarker("M"));
		assertThat(rendering.byCaller(marked)).isTrue();
	}

	private static LoggingEvent event(KeyValuePair... pairs) {
		LoggingEvent event = new LoggingEvent();
		event.setKeyValuePairs(List.of(pairs));
		return event;
	}

	private FileAppender<ILoggingEvent> fileWith(Encoder<ILoggingEvent> encoder) {
		FileAppender<ILoggingEvent> delegate = new FileAppender<>();
		delegate.setFile(this.file.toString());
		return this.logback.stream(delegate, encoder);
	}

	@Test
	void argumentShowsItsValueAtTheCall() {
		LoglaneAppender queue = openGated("%msg%n");
		StringBuilder argument = new StringBuilder("at the call");
		Object[] nested = { argument };
		this.logger.info("{} {}", argument, nested);
		argument.append(" and later");
		assertThat(linesOf(queue)).containsExactly("at the call [at the call]");
	}

	@ParameterizedTest
	@ValueSource(strings = { "%kvp{NONE}", "%maskedKvp{NONE, secret}", "%10(%kvp{NONE})",
			"%replace(%maskedKvp{NONE, secret}){'y','y'}" })
	void keyValuePairShowsItsValueAtTheCall(String word) {
		LoglaneAppender queue = openGated(word + " %msg%n");
		StringBuilder value = new StringBuilder("call");
		this.logger.atInfo().addKeyValue("key", value).log("x");
		value.append(" and later");
		assertThat(linesOf(queue)).singleElement().asString().endsWith("key=call x");
	}

	@Test
	@SuppressWarnings("deprecation") // it is how a marker changes
	void markerShowsItsReferencesAtTheCall() {
		LoglaneAppender queue = openGated("%marker %msg%n");
		BasicMarkerFactory markers = new BasicMarkerFactory();
		Marker marker = markers.getDetachedMarker("OUTER");
		this.logger.info(marker, "x");
		marker.add(markers.getDetachedMarker("LATER"));
		assertThat(linesOf(queue)).containsExactly("OUTER x");
	}

	@Test
	void contextMapShowsItsValuesAtTheCall() {
		LoglaneAppender queue = openGated("%X{user} %X %mdc{none:-default} %msg%n");
		this.logback.mdc().put("user", "alice");
		this.logger.info("x");
		this.logback.mdc().put("user", "bob");
		this.logger.info("y");
		this.logback.mdc().clear();
		assertThat(linesOf(queue)).containsExactly("alice user=alice default x", "bob user=bob default y");
	}

	@Test
	void threadIsTheCallers() {
		LoglaneAppender queue = openGated("%thread %msg%n");
		String name = Thread.currentThread().getName();
		this.logger.info("x");
		Thread.currentThread().setName("renamed later");
		try {
			assertThat(linesOf(queue)).containsExactly(name + " x");
		}
		finally {
			Thread.currentThread().setName(name);
		}
	}

	@Test
	void recordFromAnotherJvmShowsItsStackTraceAndItsArguments() {
		// what Logback's receivers hand to the loggers
		LoggingEventVO event = LoggingEventVO.build(new LoggingEvent("", this.logger, Level.ERROR, "received {}",
				new IllegalStateException("thrown elsewhere"), new Object[] { "argument" }));
		LoglaneAppender queue = openGated("%level %msg %nopex %ex{short}%n");
		queue.doAppend(event);
		assertThat(linesOf(queue))
			.startsWith("ERROR received argument  java.lang.IllegalStateException: thrown elsewhere");
	}

	@ParameterizedTest
	@ValueSource(strings = { "%level %logger %msg%nopex%n", "%level %logger %msg%nopex %kvp{NONE}%n" })
	void recordThatWasMadeByHandAndHasNoTimeIsWrittenAsItIs(String pattern) {
		LoggingEvent event = new LoggingEvent();
		event.setLoggerName("app");
		event.setLevel(Level.WARN);
		event.setMessage("made by hand {}");
		event.setArgumentArray(new Object[] { new AtomicInteger(7) });
		event.setKeyValuePairs(List.of(new KeyValuePair("key", new AtomicInteger(8))));
		event.setMDCPropertyMap(Map.of());
		LoglaneAppender queue = openGated(pattern);
		queue.doAppend(event);
		assertThat(linesOf(queue)).singleElement().asString().startsWith("WARN app made by hand 7");
		assertThat(OwnLogback.counts(queue).failed()).isZero();
	}

	@Test
	void recordOfTheUsersOwnClassReadsTheCallersThread() {
		LoglaneAppender queue = openGated("%msg %X{trace}%n");
		TRACE_ID.set("trace-1");
		queue.doAppend(new TraceIdEvent(this.logger));
		TRACE_ID.set("trace-2");
		assertThat(linesOf(queue)).containsExactly("x trace-1");
	}

	/** Looks at the thread when it is asked. */
	private static final class TraceIdEvent extends LoggingEvent {

		TraceIdEvent(Logger logger) {
			super("", logger, Level.INFO, "x", null, null);
		}

		@Override
		public Map<String, String> getMDCPropertyMap() {
			return Map.of("trace", TRACE_ID.get());
		}

	}

	@Test
	void encoderIsBackAfterStopAndWritesTheSameFooterOnce() {
		PatternLayout layout = new PatternLayout();
		layout.setContext(this.logback.context());
		layout.setPattern("%msg %kvp{NONE}%n");
		layout.setFileHeader("header");
		layout.setFileFooter("footer");
		layout.start();
		LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
		encoder.setLayout(layout);
		FileAppender<ILoggingEvent> delegate = fileWith(encoder);
		LoglaneAppender queue = open(delegate, render(QueueSettings.Render.AUTO));
		this.logger.info("plain");
		this.logger.atInfo().addKeyValue("key", "value").log("pairs");
		queue.stop();
		assertThat(delegate.getEncoder()).isSameAs(encoder);
		List<String> lines = OwnLogback.lines(this.file);
		assertThat(lines).containsSubsequence("header", "plain ", "pairs key=value", "footer");
		assertThat(lines).containsOnlyOnce("header", "footer");
	}

	@Test
	void encoderOfAPlainPatternStaysInItsPlace() {
		FileAppender<ILoggingEvent> delegate = this.logback.file(this.file, "%msg%n");
		Encoder<ILoggingEvent> encoder = delegate.getEncoder();
		open(delegate, render(QueueSettings.Render.AUTO));
		assertThat(delegate.getEncoder()).isSameAs(encoder);
	}

	@Test
	void recordThatReachesTheDelegateByAnotherWayHasItsOwnLine() {
		FileAppender<ILoggingEvent> delegate = this.logback.file(this.file, "%msg %kvp{NONE}%n");
		LoglaneAppender queue = open(delegate, render(QueueSettings.Render.AUTO));
		this.logger.atInfo().addKeyValue("key", "value").log("queued");
		OwnLogback.close(queue);
		Logger direct = this.logback.context().getLogger("direct");
		direct.setAdditive(false);
		direct.addAppender(delegate);
		direct.info("direct");
		assertThat(OwnLogback.lines(this.file)).containsExactly("queued key=value", "direct ");
	}

	@Test
	void filesThatSeveralJvmsShareAreWrittenRecordByRecord() {
		// prudent mode holds the file's lock while it writes one record: nothing may be
		// left in the buffer for later
		GatedFileAppender delegate = new GatedFileAppender();
		delegate.setPrudent(true);
		LoglaneAppender queue = open(this.logback.file(delegate, this.file, "%msg%n"),
				render(QueueSettings.Render.AUTO));
		this.logger.info("first");
		this.logger.info("second");
		this.gate.awaitArrival();
		this.gate.letPass(1);
		this.gate.awaitArrival();
		assertThat(OwnLogback.lines(this.file)).containsExactly("first");
		assertThat(linesOf(queue)).containsExactly("first", "second");
	}

	@Test
	void wordThatThrowsNeverReachesTheApplication() {
		Map<String, Supplier<DynamicConverter<?>>> words = new HashMap<>();
		words.put("broken", BrokenConverter::new);
		this.logback.context().putObject(CoreConstants.PATTERN_RULE_REGISTRY_FOR_SUPPLIERS, words);
		LoglaneAppender queue = openGated("%broken %msg%n");
		this.logger.info("x");
		assertThat(linesOf(queue)).isEmpty();
		assertThat(OwnLogback.counts(queue).accepted()).isEqualTo(1);
		assertThat(OwnLogback.counts(queue).failed()).isEqualTo(1);
	}

	/** Stops before it renders or writes. */
	private final class GatedFileAppender extends FileAppender<ILoggingEvent> {

		@Override
		protected void subAppend(ILoggingEvent event) {
			RenderingTests.this.gate.pass();
			super.subAppend(event);
		}

	}

	public static final class TraceIdConverter extends ClassicConverter {

		@Override
		public String convert(ILoggingEvent event) {
			return TRACE_ID.get();
		}

	}

	private static final class BrokenConverter extends ClassicConverter {

		@Override
		public String convert(ILoggingEvent event) {
			throw new IllegalStateException("thrown by the test");
		}

	}

	/** As Logback has them after 1.6.3. */
	public static final class StatefulEncoder extends EncoderBase<ILoggingEvent> {

		private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();

		public boolean isStateful() {
			return true;
		}

		@Override
		public byte[] headerBytes() {
			return new byte[0];
		}

		@Override
		public byte[] encode(ILoggingEvent event) {
			this.threads.add(Thread.currentThread());
			return new byte[] { '\n' };
		}

		@Override
		public byte[] footerBytes() {
			return new byte[0];
		}

	}

	private static final class TraceIdEncoder extends EncoderBase<ILoggingEvent> {

		@Override
		public byte[] headerBytes() {
			return new byte[0];
		}

		@Override
		public byte[] encode(ILoggingEvent event) {
			return (TRACE_ID.get() + " " + event.getFormattedMessage() + "\n").getBytes(StandardCharsets.UTF_8);
		}

		@Override
		public byte[] footerBytes() {
			return new byte[0];
		}

	}

}
