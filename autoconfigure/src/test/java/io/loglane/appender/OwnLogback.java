package io.loglane.appender;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import io.loglane.lane.Lane;

/**
 * A Logback of the test's own, with queues that only the test opens and closes. Appenders
 * get names that are unique in the JVM, since counters are kept by name.
 */
final class OwnLogback implements AutoCloseable {

	private static final AtomicInteger NEXT = new AtomicInteger();

	private final LoggerContext context = new LoggerContext();

	private final List<LoglaneAppender> queues = new ArrayList<>();

	private final LogbackMDCAdapter mdc = new LogbackMDCAdapter();

	OwnLogback() {
		this.context.setMDCAdapter(this.mdc);
		logger().setLevel(Level.TRACE);
		// most tests ask for what they log themselves
		tellOfDrops(false);
	}

	static String unique(String name) {
		return name + "-" + NEXT.incrementAndGet();
	}

	static QueueSettings settings(int capacity, Duration maxWait) {
		return settings(capacity, maxWait, Level.TRACE);
	}

	static QueueSettings settings(int capacity, Duration maxWait, Level waitLevel) {
		return new QueueSettings(capacity, QueueSettings.DEFAULT_MEMORY, maxWait, waitLevel,
				QueueSettings.CallerData.AUTO, QueueSettings.Render.AUTO, Duration.ofSeconds(30));
	}

	/** Nothing is ever dropped: a caller waits for as long as a test may take. */
	static QueueSettings lossless(int capacity) {
		return settings(capacity, Duration.ofMinutes(2));
	}

	static QueueSettings withShutdownTimeout(QueueSettings settings, Duration timeout) {
		return new QueueSettings(settings.capacity(), settings.memory(), settings.maxWait(), settings.waitLevel(),
				settings.callerData(), settings.render(), timeout);
	}

	/** Whether the log itself says what was dropped. */
	void tellOfDrops(boolean tell) {
		this.context.getLogger(DropNotice.LOGGER).setLevel(tell ? Level.WARN : Level.OFF);
	}

	LoggerContext context() {
		return this.context;
	}

	LogbackMDCAdapter mdc() {
		return this.mdc;
	}

	/** The root logger: all appenders of a test are there. */
	Logger logger() {
		return this.context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
	}

	ScriptedAppender scripted(Consumer<ILoggingEvent> script) {
		return started(new ScriptedAppender(script), "SCRIPTED");
	}

	FileAppender<ILoggingEvent> file(Path file, String pattern) {
		return file(new FileAppender<>(), file, pattern);
	}

	FileAppender<ILoggingEvent> file(FileAppender<ILoggingEvent> appender, Path file, String pattern) {
		appender.setFile(file.toString());
		return stream(appender, pattern);
	}

	<T extends OutputStreamAppender<ILoggingEvent>> T stream(T appender, String pattern) {
		PatternLayoutEncoder encoder = new PatternLayoutEncoder();
		encoder.setPattern(pattern);
		return stream(appender, encoder);
	}

	<T extends OutputStreamAppender<ILoggingEvent>> T stream(T appender, Encoder<ILoggingEvent> encoder) {
		encoder.setContext(this.context);
		encoder.start();
		appender.setEncoder(encoder);
		return started(appender, "STREAM");
	}

	<T extends Appender<ILoggingEvent>> T started(T appender, String name) {
		appender.setContext(this.context);
		if (appender.getName() == null) {
			appender.setName(unique(name));
		}
		appender.start();
		return appender;
	}

	/** Put a queue in front of the delegate, on the root logger, in pass-through mode. */
	LoglaneAppender queue(Appender<ILoggingEvent> delegate, QueueSettings settings) {
		LoglaneAppender queue = new LoglaneAppender();
		queue.setContext(this.context);
		queue.setName(delegate.getName());
		queue.settings(settings);
		queue.addAppender(delegate);
		queue.start();
		this.queues.add(queue);
		// whatever other tests' application contexts hold open
		close(queue);
		logger().addAppender(queue);
		return queue;
	}

	/** A queue without its appender, in pass-through mode. */
	RecordQueue bareQueue(QueueSettings settings, Shares shares, Consumer<ILoggingEvent> script) {
		ContextAwareBase status = new ContextAwareBase();
		status.setContext(this.context);
		return new RecordQueue(settings, new Sink(scripted(script), true, status), shares);
	}

	/** An INFO record. */
	static void append(RecordQueue queue, Share share) {
		queue.append(QueuedRecord.formatted(event(Level.INFO), share, 1, null));
	}

	static LoggingEvent event(Level level) {
		LoggingEvent event = new LoggingEvent();
		event.setLevel(level);
		event.setMessage("x");
		event.setTimeStamp(1);
		return event;
	}

	/** Switch to pass-through, and wait until the queue has been written out. */
	static void close(LoglaneAppender queue) {
		queue.close();
		queue.awaitClosed(System.nanoTime() + TimeUnit.SECONDS.toNanos(30));
	}

	static LaneCounts counts(LoglaneAppender queue) {
		return counts(queue, Lane.NONE);
	}

	static LaneCounts counts(LoglaneAppender queue, Lane lane) {
		return LogQueues.jvm().stats(String.valueOf(queue.getName())).lane(lane);
	}

	/** The drain threads that live now of queues in front of an appender of that name. */
	static List<Thread> drains(LoglaneAppender queue) {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().equals("loglane-" + queue.getName()))
			.toList();
	}

	static List<String> lines(Path file) {
		try {
			return Files.readAllLines(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public void close() {
		this.context.stop();
		// also those that a test has taken off its logger: all queues of the JVM are one
		// set
		this.queues.forEach(LoglaneAppender::stop);
	}

}
