package io.loglane.benchmarks;

import java.time.Duration;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.pattern.DynamicConverter;
import io.loglane.appender.LogQueues;
import io.loglane.appender.QueueSettings;
import net.logstash.logback.appender.LoggingEventAsyncDisruptorAppender;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Logback, with one of several appenders. */
final class LogbackSubject extends Subject {

	static final String PATTERN = "%d{yyyy-MM-dd HH:mm:ss.SSS} %-5level [%thread] %logger "
			+ "[%X{requestId} %X{tenant} %X{user}] - %msg%n";

	private static final AtomicInteger NAMES = new AtomicInteger();

	private final Logger logger = LoggerFactory.getLogger(LOGGER);

	private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();

	private final Variant variant;

	private final Output output;

	/** Where lines are timed. */
	private final @Nullable TimedStream timed;

	LogbackSubject(Variant variant, Output output, boolean mayDrop) {
		this.variant = variant;
		this.output = output;
		this.timed = (output.kind() == Output.Kind.TIMED) ? new TimedStream(output.file()) : null;
		Appender<ILoggingEvent> appender = switch (variant) {
			case FLOOR_NOP -> new Floor((event) -> {
			});
			case FLOOR_LITE -> new Floor(LogbackSubject::readFromThread);
			case FLOOR_ORDER -> new Floor(new Ring());
			case FLOOR_PREP -> new Floor(ILoggingEvent::prepareForDeferredProcessing);
			case SYNC_FLUSH, SYNC_BUFFERED, LOGLANE -> delegate();
			case LOGBACK_ASYNC -> async(mayDrop);
			case LOGBACK_NEVER_BLOCK -> async(true);
			case LOGSTASH -> logstash(mayDrop);
			default -> throw new IllegalArgumentException(variant + " is not Logback's");
		};
		// the counters of a queue outlive it, by name
		appender.setName("OUTPUT-" + NAMES.incrementAndGet());
		start(appender);
		root().addAppender(appender);
		if (variant == Variant.LOGLANE) {
			installQueue(mayDrop);
		}
	}

	private static void readFromThread(ILoggingEvent event) {
		event.getThreadName();
		event.getMDCPropertyMap();
	}

	private ch.qos.logback.classic.Logger root() {
		return this.context.getLogger(ch.qos.logback.classic.Logger.ROOT_LOGGER_NAME);
	}

	private void start(Appender<ILoggingEvent> appender) {
		appender.setContext(this.context);
		appender.start();
		if (!appender.isStarted()) {
			throw new IllegalStateException(appender + " does not start");
		}
	}

	private Appender<ILoggingEvent> async(boolean mayDrop) {
		AsyncAppender async = new AsyncAppender();
		async.setContext(this.context);
		async.setQueueSize(CAPACITY);
		async.setDiscardingThreshold(0);
		async.setNeverBlock(mayDrop);
		async.setMaxFlushTime(60_000);
		async.addAppender(startedDelegate());
		return async;
	}

	private Appender<ILoggingEvent> logstash(boolean mayDrop) {
		LoggingEventAsyncDisruptorAppender async = new LoggingEventAsyncDisruptorAppender();
		async.setRingBufferSize(CAPACITY);
		if (!mayDrop) {
			async.setAppendTimeout(ch.qos.logback.core.util.Duration.buildByMilliseconds(-1));
		}
		async.addAppender(startedDelegate());
		return async;
	}

	private Appender<ILoggingEvent> startedDelegate() {
		Appender<ILoggingEvent> delegate = delegate();
		delegate.setName("DELEGATE");
		start(delegate);
		return delegate;
	}

	private Appender<ILoggingEvent> delegate() {
		if (this.output.kind() == Output.Kind.NOOP) {
			return new CountingSink(this.output.arrived());
		}
		OutputStreamAppender<ILoggingEvent> delegate = switch (this.output.kind()) {
			case CONSOLE -> new ConsoleAppender<>();
			case TIMED -> new OutputStreamAppender<>();
			default -> {
				FileAppender<ILoggingEvent> file = new FileAppender<>();
				file.setFile(this.output.file().toString());
				yield file;
			}
		};
		delegate.setContext(this.context);
		delegate.setEncoder(encoder());
		delegate.setImmediateFlush(this.variant != Variant.SYNC_BUFFERED);
		if (this.timed != null) {
			delegate.setOutputStream(this.timed);
		}
		return delegate;
	}

	@SuppressWarnings("rawtypes") // as Logback declares it
	private Encoder<ILoggingEvent> encoder() {
		if (this.output.kind() == Output.Kind.DIRECT) {
			DirectEncoder encoder = new DirectEncoder();
			encoder.setContext(this.context);
			encoder.start();
			return encoder;
		}
		if (this.output.kind() == Output.Kind.WORD) {
			Supplier<DynamicConverter> word = WorkerWord::new;
			PatternLayout layout = new PatternLayout();
			layout.setContext(this.context);
			layout.getInstanceConverterMap().put("worker", word);
			layout.setPattern(PATTERN.replace("%thread", "%worker"));
			layout.start();
			LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
			encoder.setContext(this.context);
			encoder.setLayout(layout);
			encoder.start();
			return encoder;
		}
		PatternLayoutEncoder encoder = new PatternLayoutEncoder();
		encoder.setContext(this.context);
		encoder.setPattern(PATTERN);
		encoder.start();
		return encoder;
	}

	/** As the starter does. */
	private void installQueue(boolean mayDrop) {
		boolean direct = this.output.kind() == Output.Kind.DIRECT;
		// of a sink or an encoder of our own nothing is known: that they do not show the
		// caller's class has to be said, as a user of the like would
		boolean own = direct || this.output.kind() == Output.Kind.NOOP;
		QueueSettings settings = new QueueSettings(CAPACITY, QueueSettings.DEFAULT_MEMORY,
				Duration.ofSeconds(mayDrop ? 0 : 60), Level.TRACE,
				(own) ? QueueSettings.CallerData.FALSE : QueueSettings.CallerData.AUTO,
				(direct) ? QueueSettings.Render.DRAIN : QueueSettings.Render.AUTO, Duration.ofSeconds(60));
		Set<String> all = Set.of(String.valueOf(root().iteratorForAppenders().next().getName()));
		LogQueues.jvm().install(this.context, settings, all, Set.of());
		LogQueues.jvm().open(LogbackSubject.class);
	}

	@Override
	void log(Long id) {
		this.logger.info(MESSAGE, CARRIER, id);
	}

	@Override
	void aboutToLog(Long id) {
		if (this.timed != null) {
			this.timed.called(id);
		}
	}

	@Nullable TimedStream timed() {
		return this.timed;
	}

	@Override
	void put(String key, String value) {
		MDC.put(key, value);
	}

	@Override
	boolean isSynchronous() {
		return this.variant == Variant.SYNC_FLUSH || this.variant == Variant.SYNC_BUFFERED || !writes();
	}

	@Override
	boolean writes() {
		return this.variant.compareTo(Variant.FLOOR_PREP) > 0;
	}

	@Override
	void stop() {
		for (Iterator<Appender<ILoggingEvent>> it = root().iteratorForAppenders(); it.hasNext();) {
			it.next().stop();
		}
		root().detachAndStopAllAppenders();
	}

	/** Does one thing with each event. */
	private static final class Floor extends UnsynchronizedAppenderBase<ILoggingEvent> {

		private final Capture capture;

		Floor(Capture capture) {
			this.capture = capture;
		}

		@Override
		public void doAppend(ILoggingEvent event) {
			this.capture.from(event);
		}

		@Override
		protected void append(ILoggingEvent event) {
		}

	}

	/** What is read from an event. */
	private interface Capture {

		void from(ILoggingEvent event);

	}

	/**
	 * The least that one order of all events takes where they are kept in an array: no
	 * bound, nobody who takes them out.
	 */
	private static final class Ring implements Capture {

		/** Away from what others write. */
		private static final int NUMBER = 16;

		private final AtomicLongArray numbers = new AtomicLongArray(2 * NUMBER + 1);

		private final AtomicReferenceArray<ILoggingEvent> places = new AtomicReferenceArray<>(CAPACITY);

		@Override
		public void from(ILoggingEvent event) {
			readFromThread(event);
			int place = (int) (this.numbers.getAndIncrement(NUMBER) & (CAPACITY - 1));
			this.places.setRelease(place, event);
		}

	}

	/** Counts what it is given, and does no more. */
	private static final class CountingSink extends UnsynchronizedAppenderBase<ILoggingEvent> {

		private final Tally tally;

		CountingSink(Tally tally) {
			this.tally = tally;
		}

		@Override
		public void doAppend(ILoggingEvent event) {
			this.tally.add((Long) event.getArgumentArray()[1]);
		}

		@Override
		protected void append(ILoggingEvent event) {
		}

	}

	/**
	 * A user's conversion word: nobody knows that it would be the same on another thread.
	 */
	private static final class WorkerWord extends ClassicConverter {

		@Override
		public String convert(ILoggingEvent event) {
			return Thread.currentThread().getName();
		}

	}

}
