package io.loglane.appender;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import net.logstash.logback.argument.StructuredArguments;
import net.logstash.logback.marker.LogstashMarker;
import net.logstash.logback.marker.Markers;
import org.slf4j.Marker;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import org.slf4j.spi.MDCAdapter;

/**
 * What is logged in each row of the table: the same at each run, but for what the parts
 * say that are left out. All that a line may show is changed right after the call that
 * logged it. One instance for each thread.
 */
final class SameLinesProgram {

	/** What user code in the rows reads. */
	static final ThreadLocal<String> TRACE_ID = ThreadLocal.withInitial(() -> "no trace");

	/** A system property that is changed. */
	static final String PROPERTY = "loglane.test.same-lines";

	private final LoggerContext context;

	private final MDCAdapter mdc;

	private final Runnable afterEachRecord;

	private final Logger logger;

	private final Logger audit;

	private int steps;

	/**
	 * @param context where the loggers are
	 * @param mdc the context's
	 * @param afterEachRecord called on the logging thread when a record has been logged
	 */
	SameLinesProgram(LoggerContext context, MDCAdapter mdc, Runnable afterEachRecord) {
		this.context = context;
		this.mdc = mdc;
		this.afterEachRecord = afterEachRecord;
		this.logger = context.getLogger("app.orders.Service");
		this.audit = context.getLogger("app.audit");
	}

	/** What is logged, by what changes afterwards. */
	enum Part {

		/** Nothing that could change. */
		PLAIN,

		/** Arguments of the message. */
		ARGUMENTS,

		/** Entries of the MDC and pairs that are named like the tag of a task. */
		NAMES,

		/** Builders that are used again. */
		BUILDERS,

		/** Entries of the MDC. */
		CONTEXT,

		/** Key-value pairs. */
		PAIRS,

		/** Markers, logstash's too. */
		MARKERS,

		/** Logstash's structured arguments. */
		STRUCTURED,

		/** Throwables. */
		THROWABLES,

		/** Arguments whose {@code toString()} throws, or is slow. */
		TO_STRING,

		/** Arguments whose {@code toString()} logs. */
		NESTED,

		/** Values of key-value pairs whose {@code toString()} logs. */
		NESTED_IN_PAIRS,

		/** The thread's name. */
		THREAD,

		/** Properties of the system and of Logback's context; these all threads share. */
		PROPERTIES;

		static Set<Part> all() {
			return EnumSet.allOf(Part.class);
		}

		static Set<Part> allBut(Part first, Part... rest) {
			return EnumSet.complementOf(EnumSet.of(first, rest));
		}

	}

	void run(Set<Part> parts) {
		try {
			for (Part part : Part.values()) {
				if (parts.contains(part)) {
					run(part);
				}
			}
		}
		finally {
			TRACE_ID.remove();
			this.mdc.clear();
		}
	}

	private void run(Part part) {
		switch (part) {
			case PLAIN -> plain();
			case ARGUMENTS -> arguments();
			case NAMES -> names();
			case BUILDERS -> builders();
			case CONTEXT -> context();
			case PAIRS -> pairs();
			case MARKERS -> markers();
			case STRUCTURED -> structured();
			case THROWABLES -> throwables();
			case TO_STRING -> toStrings();
			case NESTED -> nested();
			case NESTED_IN_PAIRS -> nestedInPairs();
			case THREAD -> thread();
			case PROPERTIES -> properties();
		}
	}

	/** One record, and what is changed after it. */
	private void step(Runnable logs, Runnable changes) {
		this.steps++;
		TRACE_ID.set("trace-" + this.steps);
		this.mdc.put("step", String.valueOf(this.steps));
		logs.run();
		this.afterEachRecord.run();
		this.mdc.put("step", "later than " + this.steps);
		TRACE_ID.set("later than " + this.steps);
		changes.run();
	}

	private void step(Runnable logs) {
		step(logs, () -> {
		});
	}

	private void plain() {
		step(() -> this.logger.trace("trace"));
		step(() -> this.logger.debug("debug {}", 1));
		step(() -> this.logger.info("info {} {}", "string", true));
		step(() -> this.logger.warn("warn {} {} {}", 1, 2.5, 'c'));
		step(() -> this.logger.error("error"));
		step(() -> this.audit.info("audited {}", new BigDecimal("1.50")));
		step(() -> this.audit.warn("audited {}", UUID.nameUUIDFromBytes(new byte[] { 1 })));
		step(() -> this.logger.info("no argument for {}"));
		step(() -> this.logger.info("an argument too many", "lost"));
		step(() -> this.logger.info("several\nlines, \"quoted\", é, \u0007 {}", (Object) null));
		step(() -> this.logger.info(""));
		step(() -> this.logger.info((String) null));
		step(() -> this.logger.atInfo().addKeyValue("string", "value").addKeyValue("number", 42).log("plain pairs"));
		step(() -> this.logger.atInfo()
			.addKeyValue("secret", "hidden")
			.addKeyValue("null", (Object) null)
			.log("more pairs"));
		step(() -> this.logger.error("plain throwable", new IllegalStateException("plain")));
		step(() -> this.logger.info("very long {}", "x".repeat(1500)));
		step(() -> this.logger.info("after the long one"));
	}

	private void arguments() {
		StringBuilder builder = new StringBuilder("at the call");
		step(() -> this.logger.info("builder {}", builder), () -> builder.append(" and later"));
		List<Object> list = new ArrayList<>(List.of(1, "two"));
		step(() -> this.logger.info("list {} and {}", list, List.of(builder)), () -> list.add("later"));
		Map<String, Object> map = new LinkedHashMap<>(Map.of("key", "at the call"));
		step(() -> this.logger.info("map {} {}", map, Map.of("builder", builder)), () -> map.put("key", "later"));
		int[] numbers = { 1, 2 };
		Object[] nested = { builder, numbers, null };
		step(() -> this.logger.info("arrays {} {}", numbers, nested), () -> {
			numbers[0] = 99;
			nested[2] = "later";
		});
		Object[] arguments = { "at", "the", "call" };
		step(() -> this.logger.info("all {} {} {}", arguments), () -> Arrays.fill(arguments, "later"));
		Object[] two = { "at the", "call" };
		step(() -> this.logger.info("both {} {}", two), () -> Arrays.fill(two, "later"));
		AtomicInteger number = new AtomicInteger(1);
		step(() -> this.logger.info("number {}", number), () -> number.set(99));
		Bean bean = new Bean("at the call");
		step(() -> this.logger.info("bean {} {}", bean, Optional.of(bean)), () -> bean.text.append(" later"));
		// alone: one argument that may change has the whole message formatted at once
		step(() -> this.logger.info("enumeration {}", OfThread.VALUE));
		step(() -> this.logger.info("enumerations {}", List.of(OfThread.VALUE)));
		Decimal decimal = new Decimal();
		step(() -> this.logger.info("subclass of a known class {}", decimal), () -> decimal.text = "later");
		step(() -> this.logger.atWarn().setMessage(() -> "supplied {}").addArgument(() -> "at the call").log());
		Bean fluent = new Bean("at the call");
		step(() -> this.logger.atInfo().addArgument(fluent).log("fluent {}"), () -> fluent.text.setLength(0));
		step(() -> this.logger.info("throwable {} and {}", new IllegalStateException("an argument"), "another"));
	}

	/** A builder that is used again: its lists are those of the record that it made. */
	@SuppressWarnings("CheckReturnValue") // it is the same builder
	private void builders() {
		LoggingEventBuilder plain = this.logger.atInfo().addKeyValue("first", 1).addArgument("first");
		step(() -> plain.log("built {}"), () -> plain.addKeyValue("second", "later").addArgument("second"));
		step(() -> plain.log("built again {} {}"), () -> plain.addMarker(new BasicMarkerFactory().getMarker("THIRD")));
		step(() -> plain.log("and again {} {}"),
				() -> plain.addMarker(new BasicMarkerFactory().getMarker("FOURTH")).addKeyValue("fourth", "later"));
		step(() -> plain.log("for the last time {}"), () -> plain.addKeyValue("fifth", "never"));
	}

	private void names() {
		step(() -> this.logger.atInfo().addKeyValue("task", "a pair").log("pair"));
		step(() -> this.logger.atWarn().addKeyValue("executor", 7).addArgument(new int[1]).log("pair {}"));
		step(() -> this.logger.atInfo().addKeyValue("task.id", new Bean("a pair")).log("pair"));
		step(() -> {
			this.mdc.put("executor.name", "an entry");
			this.logger.info("entry {}", 1);
		}, () -> this.mdc.remove("executor.name"));
		step(() -> {
			this.mdc.put("task", "an entry");
			this.logger.atInfo().addKeyValue("other", 1).log("entry");
		}, () -> this.mdc.remove("task"));
	}

	private void context() {
		this.mdc.put("user", "alice");
		this.mdc.put("kind", "of-alice");
		step(() -> this.logger.info("for alice"), () -> this.mdc.put("user", "bob"));
		step(() -> this.logger.info("for bob"), () -> this.mdc.put("kind", "of-bob"));
		step(() -> this.logger.atInfo().addKeyValue("key", new Bean("value")).log("for bob"),
				() -> this.mdc.remove("user"));
		step(() -> this.logger.info("for nobody"), this.mdc::clear);
		step(() -> this.logger.info("after clear"));
	}

	private void pairs() {
		StringBuilder builder = new StringBuilder("at the call");
		step(() -> this.logger.atInfo().addKeyValue("builder", builder).log("pair"),
				() -> builder.append(" and later"));
		List<Object> list = new ArrayList<>(List.of(1, "two"));
		step(() -> this.logger.atInfo().addKeyValue("list", list).log("pair"), () -> list.add("later"));
		Map<String, Object> map = new LinkedHashMap<>(Map.of("key", "at the call"));
		step(() -> this.logger.atInfo().addKeyValue("map", map).log("pair"), () -> map.put("key", "later"));
		int[] numbers = { 1, 2 };
		Object[] objects = { "at the call", 1 };
		step(() -> this.logger.atInfo().addKeyValue("numbers", numbers).addKeyValue("objects", objects).log("pairs"),
				() -> {
					numbers[0] = 99;
					objects[0] = "later";
				});
		Bean bean = new Bean("at the call");
		step(() -> this.logger.atInfo()
			.addKeyValue("bean", bean)
			.addKeyValue("optional", Optional.of(bean))
			.log("pairs"), () -> bean.text.append(" later"));
		step(() -> this.logger.atInfo().addKeyValue("beans", List.of(bean)).log("pair"),
				() -> bean.text.append(" and later"));
		AtomicInteger number = new AtomicInteger(1);
		step(() -> this.logger.atWarn().addKeyValue("number", number).log("pair"), () -> number.set(99));
		Decimal decimal = new Decimal();
		step(() -> this.logger.atInfo().addKeyValue("decimal", decimal).log("pair"), () -> decimal.text = "later");
		step(() -> this.logger.atInfo()
			.addKeyValue("instant", Instant.EPOCH)
			.addKeyValue("importance", Level.INFO)
			.addKeyValue("secret", new Bean("hidden"))
			.log("pairs"));
		step(() -> this.logger.atInfo().addKeyValue("enumeration", OfThread.VALUE).log("pair"));
		step(() -> this.audit.atInfo()
			.addKeyValue("builder", builder)
			.setCause(new IllegalStateException("with pairs"))
			.log("pair {}"), () -> builder.setLength(0));
	}

	@SuppressWarnings("deprecation") // it is how a marker changes
	private void markers() {
		BasicMarkerFactory factory = new BasicMarkerFactory();
		Marker marker = factory.getDetachedMarker("OUTER");
		step(() -> this.logger.info(marker, "marked"), () -> marker.add(factory.getDetachedMarker("LATER")));
		step(() -> this.logger.atInfo()
			.addMarker(marker)
			.addMarker(factory.getDetachedMarker("SECOND"))
			.log("marked twice"), () -> marker.add(factory.getDetachedMarker("LATER STILL")));
		List<Object> list = new ArrayList<>(List.of(1, "two"));
		step(() -> this.logger.info(Markers.append("list", list), "marked by logstash"), () -> list.add("later"));
		Map<String, Object> map = new LinkedHashMap<>(Map.of("key", "at the call"));
		step(() -> this.logger.info(Markers.appendEntries(map), "marked by logstash"), () -> map.put("key", "later"));
		Bean bean = new Bean("at the call");
		Object[] objects = { bean, 1 };
		LogstashMarker several = Markers.appendFields(bean).and(Markers.appendArray("objects", objects));
		step(() -> this.logger.warn(several, "marked by logstash"), () -> {
			bean.text.append(" later");
			objects[1] = "later";
		});
		step(() -> this.logger.info(Markers.defer(() -> Markers.append("trace", TRACE_ID.get())), "deferred"));
		step(() -> this.logger.info(Markers.appendRaw("raw", "{\"a\":1}"), "raw"));
	}

	private void structured() {
		List<Object> list = new ArrayList<>(List.of(1, "two"));
		step(() -> this.logger.info("structured {}", StructuredArguments.kv("list", list)), () -> list.add("later"));
		step(() -> this.logger.info("structured", StructuredArguments.value("list", list)), () -> list.add("still"));
		Map<String, Object> map = new LinkedHashMap<>(Map.of("key", "at the call"));
		step(() -> this.logger.info("structured {}", StructuredArguments.entries(map)), () -> map.put("key", "later"));
		Bean bean = new Bean("at the call");
		Object[] objects = { bean, 1 };
		step(() -> this.logger.info("structured {} {}", StructuredArguments.fields(bean),
				StructuredArguments.array("objects", objects)), () -> {
					bean.text.append(" later");
					objects[1] = "later";
				});
		step(() -> this.logger.warn("structured {}", StructuredArguments.kv("bean", bean),
				new IllegalStateException("with structured arguments")), () -> bean.text.append(" and later"));
		step(() -> this.logger.info("structured {}", StructuredArguments.raw("raw", "{\"a\":1}")));
	}

	private void throwables() {
		IllegalStateException cause = new IllegalStateException("cause");
		RuntimeException outer = new IllegalArgumentException("outer", new RuntimeException("middle", cause));
		outer.addSuppressed(new IllegalStateException("suppressed", new RuntimeException("cause of the suppressed")));
		step(() -> this.logger.error("causes", outer), () -> {
			cause.addSuppressed(new RuntimeException("later"));
			outer.setStackTrace(new StackTraceElement[0]);
		});
		RuntimeException first = new RuntimeException("first of a cycle");
		RuntimeException second = new RuntimeException("second of a cycle", first);
		first.initCause(second);
		step(() -> this.logger.error("cycle", first));
		RuntimeException third = new RuntimeException("suppresses its own");
		RuntimeException fourth = new RuntimeException("suppressed and suppressing");
		third.addSuppressed(fourth);
		fourth.addSuppressed(third);
		step(() -> this.logger.error("cycle of suppressed", third));
		Changing changing = new Changing();
		step(() -> this.logger.error("message changes", changing), () -> changing.text.append(" and later"));
		step(() -> this.logger.error("message of a cause changes", new RuntimeException(changing)),
				() -> changing.text.append(" still"));
		step(() -> this.logger.error("argument {} and throwable", changing, changing),
				() -> changing.text.append(" again"));
		step(() -> this.logger.atWarn().addKeyValue("thrown", changing.text).setCause(changing).log("both"),
				() -> changing.text.append(" once more"));
		step(() -> this.logger.error(null, new NoTrace()));
		step(() -> this.logger.error("deep", deep(40)));
	}

	private static RuntimeException deep(int depth) {
		return (depth == 0) ? new RuntimeException("deep") : deep(depth - 1);
	}

	private void toStrings() {
		step(() -> this.logger.info("throws {} {}", new Throwing(), "and goes on"));
		step(() -> this.logger.info("slow {}", new Slow()));
		Counting counting = new Counting();
		step(() -> this.logger.info("counts {}", counting));
		step(() -> this.logger.info("counts {} {}", counting, counting));
		step(() -> this.logger.info("null {}", new Bean(null)));
		step(() -> this.logger.atInfo().addKeyValue("slow", new Slow()).log("pair"));
	}

	private void nested() {
		step(() -> this.logger.info("logs {}", new Logging()));
		step(() -> this.audit.info("logs {}", new Logging()));
		step(() -> this.logger.info("after that"));
	}

	private void nestedInPairs() {
		step(() -> this.logger.atInfo().addKeyValue("logging", new Logging()).log("logs in a pair"));
		step(() -> this.logger.info("after that pair"));
	}

	private void thread() {
		Thread current = Thread.currentThread();
		String name = current.getName();
		step(() -> this.logger.info("before the thread's name changes"), () -> current.setName(name + "-renamed"));
		step(() -> this.logger.info("after"), () -> current.setName(name));
		step(() -> this.logger.info("after it has changed back"));
	}

	private void properties() {
		try {
			System.setProperty(PROPERTY, "at the call");
			step(() -> this.logger.info("property"), () -> System.setProperty(PROPERTY, "later"));
			step(() -> this.logger.info("later property"), () -> System.clearProperty(PROPERTY));
			step(() -> this.logger.info("no property"), () -> this.context.putProperty(PROPERTY, "context's"));
			step(() -> this.logger.info("context's property"), () -> this.context.putProperty(PROPERTY, "later"));
			step(() -> this.logger.info("context's later property"));
		}
		finally {
			System.clearProperty(PROPERTY);
		}
	}

	/** Mutable, with a getter for Jackson. */
	@SuppressWarnings("ToStringReturnsNull") // some do
	public static final class Bean {

		private final StringBuilder text;

		private final boolean isNull;

		Bean(String text) {
			this.isNull = (text == null);
			this.text = new StringBuilder(String.valueOf(text));
		}

		public String getText() {
			return this.text.toString();
		}

		@Override
		public String toString() {
			return this.isNull ? null : "Bean " + this.text;
		}

	}

	/** Can not change, and says something else on each thread. */
	private enum OfThread {

		VALUE;

		@Override
		public String toString() {
			return TRACE_ID.get();
		}

	}

	private static final class Decimal extends BigDecimal {

		private volatile String text = "at the call";

		Decimal() {
			super(1);
		}

		@Override
		public String toString() {
			return this.text;
		}

	}

	private static final class Changing extends RuntimeException {

		private final StringBuilder text = new StringBuilder("at the call");

		@Override
		public String getMessage() {
			return this.text.toString();
		}

	}

	private static final class NoTrace extends RuntimeException {

		NoTrace() {
			super(null, null, false, false);
		}

	}

	private static final class Throwing {

		@Override
		public String toString() {
			throw new IllegalStateException("thrown by the test");
		}

	}

	private static final class Slow {

		@Override
		public String toString() {
			long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(2);
			while (System.nanoTime() < end) {
				LockSupport.parkNanos(end - System.nanoTime());
			}
			return "slow";
		}

	}

	private static final class Counting {

		private int count;

		@Override
		public String toString() {
			return "asked " + (++this.count) + " times";
		}

	}

	private final class Logging {

		@Override
		public String toString() {
			// the record around this one may be in one file already, while another asks
			SameLinesProgram.this.afterEachRecord.run();
			SameLinesProgram.this.logger.info("logged by toString");
			SameLinesProgram.this.afterEachRecord.run();
			return "logging";
		}

	}

}
