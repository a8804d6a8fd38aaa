package io.loglane.appender;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.loglane.lane.Lane;

/** A queue in front of a delegate that counts. */
final class Queues {

	private static final LoggerContext CONTEXT = new LoggerContext();

	private static final ILoggingEvent INFO = event(Level.INFO);

	private static final ILoggingEvent WARN = event(Level.WARN);

	private static final MethodHandle DROP;

	static {
		try {
			DROP = MethodHandles.privateLookupIn(RecordQueue.class, MethodHandles.lookup())
				.findVirtual(RecordQueue.class, "drop",
						MethodType.methodType(void.class, QueuedRecord.class, DropReason.class));
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	private final AtomicInteger written = new AtomicInteger();

	private volatile Runnable onFirst = () -> {
	};

	private final Shares shares;

	private final RecordQueue queue;

	Queues(int capacity, Duration maxWait) {
		QueueSettings settings = QueueSettings.DEFAULTS.withCapacity(capacity).withMaxWait(maxWait);
		this.shares = new QueueStats("stress").newQueue(settings);
		UnsynchronizedAppenderBase<ILoggingEvent> delegate = new UnsynchronizedAppenderBase<>() {

			@Override
			protected void append(ILoggingEvent event) {
				if (Queues.this.written.incrementAndGet() == 1) {
					Queues.this.onFirst.run();
				}
			}

		};
		delegate.setContext(CONTEXT);
		delegate.start();
		ContextAwareBase status = new ContextAwareBase();
		status.setContext(CONTEXT);
		this.queue = new RecordQueue(settings, new Sink(delegate, true, status), this.shares);
	}

	private static ILoggingEvent event(Level level) {
		LoggingEvent event = new LoggingEvent();
		event.setLevel(level);
		event.setMessage("x");
		event.setTimeStamp(1);
		return event;
	}

	/** A record of INFO or WARN. */
	static QueuedRecord record(Share share, int slots, Level level) {
		return QueuedRecord.formatted((level == Level.WARN) ? WARN : INFO, share, slots, null);
	}

	RecordQueue queue() {
		return this.queue;
	}

	Share share() {
		return this.shares.of(Lane.NONE);
	}

	int written() {
		return this.written.get();
	}

	/** What the delegate does with the first record. */
	void onFirst(Runnable onFirst) {
		this.onFirst = onFirst;
	}

	void append() {
		this.queue.append(record(share(), 1, Level.INFO));
	}

	/** What a caller does for whom there was no room. */
	void drop() {
		try {
			DROP.invokeExact(this.queue, record(share(), 1, Level.INFO), DropReason.NO_ROOM);
		}
		catch (Throwable ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** Close, and wait until the drain has written all and ended. */
	void end() {
		this.queue.close();
		this.queue.awaitClosed(System.nanoTime() + Duration.ofSeconds(20).toNanos());
	}

	/** Wait until so many are written; not for ever, since that is what may fail. */
	void awaitWritten(int records) {
		long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
		while (written() < records && System.nanoTime() < deadline) {
			Thread.onSpinWait();
		}
	}

}
