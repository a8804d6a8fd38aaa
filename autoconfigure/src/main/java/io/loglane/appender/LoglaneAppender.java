package io.loglane.appender;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.AppenderAttachable;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.spi.FilterAttachableImpl;
import ch.qos.logback.core.spi.FilterReply;
import ch.qos.logback.core.util.Duration;
import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;

/**
 * An ordered, bounded, asynchronous queue in front of one other appender, the delegate.
 * <p>
 * One queue has one delegate: order is a property of one output, and a stalled output
 * must not stall another. The delegate's filters decide on the caller's thread, once,
 * while the queue is in front of it. As long as no application context holds the queues
 * open the caller writes, like without a queue; see {@link LogQueues}.
 * <p>
 * It can be named in {@code logback-spring.xml}, with an {@code <appender-ref>} to its
 * delegate and, if wanted, {@code <capacity>}, {@code <maxWait>} (like {@code 500
 * milliseconds}) and {@code <waitLevel>}. Safe for use by many threads.
 */
public final class LoglaneAppender extends ContextAwareBase
		implements Appender<ILoggingEvent>, AppenderAttachable<ILoggingEvent> {

	private final FilterAttachableImpl<ILoggingEvent> ownFilters = new FilterAttachableImpl<>();

	private QueueSettings settings = QueueSettings.DEFAULTS;

	private @Nullable String name;

	private @Nullable Appender<ILoggingEvent> delegate;

	/** The one lane whose records are for this appender; {@code null}: all. */
	private @Nullable Lane onlyLane;

	/** All that a running appender needs; {@code null} before start and after stop. */
	private volatile @Nullable Running running;

	private volatile boolean strayEventSaid;

	@Override
	public void doAppend(ILoggingEvent event) {
		Running running = this.running;
		if (running == null) {
			sayStrayEvent();
			return;
		}
		Lane lane = Lane.current();
		Lane only = this.onlyLane;
		if ((only != null) ? lane != only : lane.isElsewhere()) {
			return;
		}
		running.append(event, lane);
	}

	private void sayStrayEvent() {
		if (!this.strayEventSaid) {
			this.strayEventSaid = true;
			addWarn("Attempted to append to non started appender [" + this.name + "].");
		}
	}

	@Override
	public synchronized void start() {
		Appender<ILoggingEvent> delegate = this.delegate;
		if (this.running != null) {
			return;
		}
		if (delegate == null) {
			addError("Appender [" + this.name + "] has no appender to write to: add an <appender-ref>.");
			return;
		}
		if (this.settings.capacity() < 1 || this.settings.capacity() > QueueSettings.MAX_CAPACITY) {
			addError("Appender [" + this.name + "] has capacity " + this.settings.capacity() + ": from 1 to "
					+ QueueSettings.MAX_CAPACITY + " is needed.");
			return;
		}
		this.running = new Running(delegate);
		LogQueues.jvm().started(this);
	}

	/**
	 * Stop, after what is in the queue has been written, and stop the delegate. Waits no
	 * longer than the shutdown timeout that is set.
	 */
	@Override
	public void stop() {
		Appender<ILoggingEvent> delegate = halt();
		if (delegate != null) {
			delegate.stop();
		}
	}

	/** Ends the queue, and gives the delegate back as it was, where it let go of it. */
	private @Nullable Appender<ILoggingEvent> halt() {
		Running running;
		synchronized (this) {
			running = this.running;
			this.running = null;
		}
		if (running == null) {
			return null;
		}
		LogQueues.jvm().stopped(this);
		boolean abandonedBefore = running.queue.mode() == RecordQueue.Mode.ABANDONED;
		running.queue.close();
		if (!running.queue
			.awaitClosed(System.nanoTime() + TimeUnit.NANOSECONDS.convert(this.settings.shutdownTimeout()))) {
			// to stop a delegate that is stuck would hang here
			if (!abandonedBefore) {
				sayAbandoned(running);
			}
			return null;
		}
		running.giveBack();
		return running.delegate;
	}

	@Override
	public boolean isStarted() {
		return this.running != null;
	}

	/** From now on the drain thread writes. */
	void open() {
		Running running = this.running;
		if (running != null) {
			running.queue.open();
		}
	}

	/** From now on callers write, after the queue has been written out. */
	void close() {
		Running running = this.running;
		if (running != null) {
			running.queue.close();
		}
	}

	/**
	 * Wait until the queue has been written out.
	 * @param deadline when to give up, as of {@link System#nanoTime()}
	 */
	void awaitClosed(long deadline) {
		Running running = this.running;
		if (running != null && running.queue.mode() == RecordQueue.Mode.PASS_THROUGH
				&& !running.queue.awaitClosed(deadline)) {
			sayAbandoned(running);
		}
	}

	private void sayAbandoned(Running running) {
		StringBuilder lanes = new StringBuilder();
		for (Lane lane : Lane.all()) {
			long depth = running.stats.lane(lane).depth();
			if (depth > 0) {
				lanes.append((lanes.isEmpty()) ? "" : ", ").append(lane).append('=').append(depth);
			}
		}
		// the log itself is what can not be written to
		// checkstyle:off
		System.err.println("Loglane gave up records that appender " + this.name + " did not write in time: " + lanes);
		// checkstyle:on
	}

	/** Let in the records of one lane only, even if they are nowhere else. */
	void only(Lane lane) {
		this.onlyLane = lane;
	}

	QueueSettings settings() {
		return this.settings;
	}

	void settings(QueueSettings settings) {
		this.settings = settings;
	}

	/**
	 * Set how many records the queue holds; 8,192 unless set.
	 * @param capacity records, from 1
	 */
	public void setCapacity(int capacity) {
		this.settings = new QueueSettings(capacity, this.settings.maxWait(), this.settings.waitLevel(),
				this.settings.callerData(), this.settings.render(), this.settings.shutdownTimeout());
	}

	/**
	 * Set how long a caller waits at most for room; a second unless set.
	 * @param maxWait the time; zero: not at all
	 */
	public void setMaxWait(Duration maxWait) {
		this.settings = new QueueSettings(this.settings.capacity(),
				java.time.Duration.ofMillis(maxWait.getMilliseconds()), this.settings.waitLevel(),
				this.settings.callerData(), this.settings.render(), this.settings.shutdownTimeout());
	}

	/**
	 * Set from which level on callers wait for room; {@code TRACE} unless set.
	 * @param waitLevel the level; {@code OFF}: nobody waits
	 */
	public void setWaitLevel(Level waitLevel) {
		this.settings = new QueueSettings(this.settings.capacity(), this.settings.maxWait(), waitLevel,
				this.settings.callerData(), this.settings.render(), this.settings.shutdownTimeout());
	}

	@Override
	public @Nullable String getName() {
		return this.name;
	}

	@Override
	public void setName(String name) {
		this.name = name;
	}

	@Override
	public void addFilter(Filter<ILoggingEvent> filter) {
		this.ownFilters.addFilter(filter);
	}

	@Override
	public void clearAllFilters() {
		this.ownFilters.clearAllFilters();
	}

	@Override
	public List<Filter<ILoggingEvent>> getCopyOfAttachedFiltersList() {
		return this.ownFilters.getCopyOfAttachedFiltersList();
	}

	@Override
	public FilterReply getFilterChainDecision(ILoggingEvent event) {
		return this.ownFilters.getFilterChainDecision(event);
	}

	/**
	 * Set the delegate. A second one is refused with an error status: order is a property
	 * of one output.
	 * @param appender the delegate
	 */
	@Override
	public synchronized void addAppender(Appender<ILoggingEvent> appender) {
		if (this.delegate != null && this.delegate != appender) {
			addError("Appender [" + this.name + "] writes to [" + this.delegate.getName() + "] already; ignoring ["
					+ appender.getName() + "]. Give each appender a LoglaneAppender of its own.");
			return;
		}
		this.delegate = appender;
	}

	@Override
	public Iterator<Appender<ILoggingEvent>> iteratorForAppenders() {
		Appender<ILoggingEvent> delegate = this.delegate;
		return (delegate != null) ? List.of(delegate).iterator() : Collections.emptyIterator();
	}

	@Override
	public @Nullable Appender<ILoggingEvent> getAppender(String name) {
		Appender<ILoggingEvent> delegate = this.delegate;
		return (delegate != null && name != null && name.equals(delegate.getName())) ? delegate : null;
	}

	@Override
	public boolean isAttached(Appender<ILoggingEvent> appender) {
		return appender != null && this.delegate == appender;
	}

	@Override
	public void detachAndStopAllAppenders() {
		stop();
		this.delegate = null;
	}

	@Override
	public boolean detachAppender(Appender<ILoggingEvent> appender) {
		if (!isAttached(appender)) {
			return false;
		}
		halt();
		this.delegate = null;
		return true;
	}

	@Override
	public boolean detachAppender(String name) {
		Appender<ILoggingEvent> named = getAppender(name);
		return named != null && detachAppender(named);
	}

	@Override
	public String toString() {
		return getClass().getName() + "[" + this.name + "]";
	}

	/** What was taken over from the delegate, and the queue in front of it. */
	private final class Running {

		private final Appender<ILoggingEvent> delegate;

		private final FilterAttachableImpl<ILoggingEvent> filters = new FilterAttachableImpl<>();

		private final Rendering rendering;

		private final @Nullable HandOverEncoder encoder;

		private final QueueStats stats;

		private final RecordQueue queue;

		Running(Appender<ILoggingEvent> delegate) {
			QueueSettings settings = LoglaneAppender.this.settings;
			this.delegate = delegate;
			delegate.getCopyOfAttachedFiltersList().forEach(this.filters::addFilter);
			delegate.clearAllFilters();
			this.rendering = Rendering.of(delegate, settings);
			this.encoder = this.rendering.needsHandOver() ? standBeforeEncoder(delegate) : null;
			this.stats = LogQueues.jvm().stats(String.valueOf(LoglaneAppender.this.name));
			this.stats.capacity(settings.capacity());
			this.queue = new RecordQueue(settings, new Sink(delegate, this.encoder, LoglaneAppender.this), this.stats);
		}

		private static @Nullable HandOverEncoder standBeforeEncoder(Appender<ILoggingEvent> delegate) {
			if (delegate instanceof OutputStreamAppender<ILoggingEvent> stream && stream.getEncoder() != null) {
				HandOverEncoder encoder = new HandOverEncoder(stream.getEncoder());
				stream.setEncoder(encoder);
				return encoder;
			}
			return null;
		}

		/**
		 * Ask the filters, read from the caller's thread what the line needs, and queue
		 * it. Hot path: allocates the record, and what reading thread name, message and
		 * MDC does.
		 */
		void append(ILoggingEvent event, Lane lane) {
			LaneCounts counts = this.stats.lane(lane);
			byte[] line = null;
			try {
				if (LoglaneAppender.this.ownFilters.getFilterChainDecision(event) == FilterReply.DENY
						|| this.filters.getFilterChainDecision(event) == FilterReply.DENY) {
					return;
				}
				event.prepareForDeferredProcessing();
				if (this.rendering.callerData()) {
					event.getCallerData();
				}
				HandOverEncoder encoder = this.encoder;
				if (encoder != null && this.rendering.byCaller(event)) {
					line = encoder.original().encode(event);
				}
			}
			catch (Exception ex) {
				// like an appender whose filter or encoder throws: the application never
				// hears of
				// it
				counts.countAccepted(event.getLevel());
				counts.countFailed(event.getLevel());
				addError("Appender [" + LoglaneAppender.this.name + "] failed to append.", ex);
				return;
			}
			this.queue.append(new QueuedRecord(event, counts, line));
		}

		/** The delegate gets back what it had before. */
		void giveBack() {
			if (this.encoder != null && this.delegate instanceof OutputStreamAppender<ILoggingEvent> stream) {
				stream.setEncoder(this.encoder.original());
			}
			List<Filter<ILoggingEvent>> added = new ArrayList<>(this.delegate.getCopyOfAttachedFiltersList());
			this.delegate.clearAllFilters();
			this.filters.getCopyOfAttachedFiltersList().forEach(this.delegate::addFilter);
			added.forEach(this.delegate::addFilter);
		}

	}

}
