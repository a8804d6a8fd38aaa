package io.loglane.appender;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.AppenderAttachable;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.spi.FilterAttachableImpl;
import ch.qos.logback.core.spi.FilterReply;
import ch.qos.logback.core.util.Duration;
import ch.qos.logback.core.util.FileSize;
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
 * delegate and, if wanted, {@code <capacity>}, {@code <memory>} (like {@code 16MB}),
 * {@code <maxWait>} (like {@code 500 milliseconds}) and {@code <waitLevel>}. Safe for use
 * by many threads.
 */
public final class LoglaneAppender extends ContextAwareBase
		implements Appender<ILoggingEvent>, AppenderAttachable<ILoggingEvent> {

	private static final int FAILURES_SAID = 2;

	private final FilterAttachableImpl<ILoggingEvent> ownFilters = new FilterAttachableImpl<>();

	private QueueSettings settings = QueueSettings.DEFAULTS;

	private @Nullable String name;

	private @Nullable Appender<ILoggingEvent> delegate;

	/** The one lane whose records are for this appender; {@code null}: all. */
	private @Nullable Lane onlyLane;

	/** All that a running appender needs; {@code null} before start and after stop. */
	private volatile @Nullable Running running;

	private volatile boolean hasOwnFilters;

	private volatile boolean strayEventSaid;

	private final AtomicInteger failuresSaid = new AtomicInteger();

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

	/** As often as Logback's own appenders do, which is not often. */
	private void sayFailed(Exception ex) {
		if (this.failuresSaid.getAndIncrement() < FAILURES_SAID) {
			addError("Appender [" + this.name + "] failed to append.", ex);
		}
	}

	private void sayStrayEvent() {
		if (!this.strayEventSaid) {
			this.strayEventSaid = true;
			addWarn("Attempted to append to non started appender [" + this.name + "].");
		}
	}

	/** Spring Boot ends the start of an application that has such a status. */
	private void refuse(String what, String action) {
		InvalidQueueException problem = new InvalidQueueException("Appender [" + this.name + "] " + what, action);
		addError(problem.getMessage() + " " + action, problem);
	}

	@Override
	public synchronized void start() {
		Appender<ILoggingEvent> delegate = this.delegate;
		if (this.running != null) {
			return;
		}
		if (delegate == null) {
			refuse("has no appender to write to.", "Add an <appender-ref> that names the appender to queue.");
			return;
		}
		LoglaneAppender other = LogQueues.jvm().inFrontOf(delegate);
		if (other != null && other != this) {
			refuse("writes to [" + delegate.getName() + "], as [" + other.getName() + "] does already.",
					"An appender has one queue: let loggers refer to [" + other.getName() + "] and remove [" + this.name
							+ "].");
			return;
		}
		if (this.settings.capacity() < 1 || this.settings.capacity() > QueueSettings.MAX_CAPACITY) {
			refuse("has capacity " + this.settings.capacity() + ".",
					"A queue holds from 1 to " + QueueSettings.MAX_CAPACITY + " records.");
			return;
		}
		if (this.settings.memory() < 1) {
			refuse("has memory " + this.settings.memory() + ".", "A size from 1 byte is needed, like 16MB.");
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
		long deadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(this.settings.shutdownTimeout());
		if (!running.queue.awaitClosed(deadline)) {
			// to stop a delegate that is stuck would hang here
			if (!abandonedBefore) {
				sayAbandoned(running);
			}
			return null;
		}
		if (running.queue.awaitEmpty(deadline)) {
			running.stats.ended(running.queue.shares());
		}
		else if (!RecordQueue.isDelivering()) {
			// as above, with a caller that writes
			sayAbandoned(running);
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
			running.abandonedSaid.set(false);
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
		if (!running.abandonedSaid.compareAndSet(false, true)) {
			// two may have waited for it: the JVM's end, and Logback's
			return;
		}
		StringJoiner waiting = new StringJoiner(", ");
		for (Lane lane : Lane.all()) {
			say(waiting, lane, running.stats.lane(lane).depth());
		}
		// their notices would be in the log, had it taken them
		StringJoiner untold = new StringJoiner(", ", "; nor those that were dropped before: ", "");
		untold.setEmptyValue("");
		for (Share share : running.shares.all()) {
			say(untold, share.lane(), share.untold());
		}
		// the log itself is what can not be written to
		// checkstyle:off
		System.err.println(
				"Loglane gave up records that appender " + this.name + " did not write in time: " + waiting + untold);
		// checkstyle:on
	}

	private static void say(StringJoiner lanes, Lane lane, long records) {
		if (records > 0) {
			lanes.add(lane + "=" + records);
		}
	}

	boolean writesTo(Appender<ILoggingEvent> appender) {
		return this.delegate == appender;
	}

	/** What this queue is and does now; {@code null} where it is stopped. */
	@Nullable QueueState state() {
		Running running = this.running;
		return (running != null) ? running.state() : null;
	}

	/**
	 * Wait until all that is in the queue now is in the delegate, and flushed.
	 * @param deadline when to give up, as of {@link System#nanoTime()}
	 * @return whether it is
	 */
	boolean awaitFlushed(long deadline) {
		Running running = this.running;
		return running == null || running.queue.awaitFlushed(deadline);
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
		this.settings = this.settings.withCapacity(capacity);
	}

	/**
	 * Set how many bytes the records in the queue may retain, roughly; a sixteenth of the
	 * heap's maximum and at most 64 MiB unless set.
	 * @param memory the bound, from 1 byte
	 */
	public void setMemory(FileSize memory) {
		this.settings = this.settings.withMemory(memory.getSize());
	}

	/**
	 * Set how long a caller waits at most for room; a second unless set.
	 * @param maxWait the time; zero: not at all
	 */
	public void setMaxWait(Duration maxWait) {
		this.settings = this.settings.withMaxWait(java.time.Duration.ofMillis(maxWait.getMilliseconds()));
	}

	/**
	 * Set from which level on callers wait for room; {@code TRACE} unless set.
	 * @param waitLevel the level; {@code OFF}: nobody waits
	 */
	public void setWaitLevel(Level waitLevel) {
		this.settings = this.settings.withWaitLevel(waitLevel);
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
		this.hasOwnFilters = true;
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
			refuse("writes to [" + this.delegate.getName() + "] already, and is to write to [" + appender.getName()
					+ "] too.", "Give each appender a LoglaneAppender of its own.");
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

		private final boolean hasFilters;

		/** There may be records that the caller renders, see {@link #rendering}. */
		private final boolean callerMayRender;

		private final boolean callerData;

		/** It looks at nothing of a record but its line. */
		private final boolean knownDelegate;

		/**
		 * Set while this thread captures a record, for a delegate that ignores what is
		 * logged meanwhile; {@code null} for others.
		 */
		private final @Nullable ThreadLocal<Boolean> capturing;

		private final QueueStats stats;

		private final AtomicBoolean abandonedSaid = new AtomicBoolean();

		private final RecordQueue queue;

		private final Shares shares;

		Running(Appender<ILoggingEvent> delegate) {
			QueueSettings settings = LoglaneAppender.this.settings;
			this.delegate = delegate;
			delegate.getCopyOfAttachedFiltersList().forEach(this.filters::addFilter);
			delegate.clearAllFilters();
			this.rendering = Rendering.of(delegate, settings);
			// only an encoder can be asked by somebody else than its appender
			this.callerMayRender = delegate instanceof OutputStreamAppender
					&& (this.rendering.byCaller() || this.rendering.shown().isAny());
			this.callerData = this.rendering.callerData();
			boolean known = Known.reasonToLeave(delegate) == null;
			this.knownDelegate = known && !Sink.needsEachFlush(delegate);
			this.hasFilters = !this.filters.getCopyOfAttachedFiltersList().isEmpty();
			this.shares = LogQueues.jvm().newQueue(String.valueOf(LoglaneAppender.this.name), settings);
			this.stats = this.shares.stats();
			Sink sink = new Sink(delegate, known && this.rendering.known(), LoglaneAppender.this);
			this.capturing = sink.ignoresReentry() ? new ThreadLocal<>() : null;
			this.queue = new RecordQueue(settings, sink, this.shares);
		}

		/**
		 * Ask the filters, read from the caller's thread what the line needs, and queue
		 * it. Hot path: no lock, no clock; allocates the record, and what reading thread
		 * name and MDC does. The message is formatted here only if its arguments may
		 * change.
		 */
		void append(ILoggingEvent event, Lane lane) {
			Share share = this.shares.of(lane);
			QueuedRecord record;
			try {
				if (isPlain(event) && !isFiltered()) {
					if (isCapturing()) {
						share.counts().countDropped(LaneCounts.row(event.getLevel()), DropReason.REENTRANT);
						return;
					}
					record = plain(event, share);
				}
				else {
					record = guarded(event, share);
				}
			}
			catch (Exception ex) {
				// like an appender whose filter or encoder throws: the application never
				// hears of it
				share.counts().countFailedBefore(event.getLevel());
				sayFailed(ex);
				return;
			}
			catch (Error ex) {
				// the application hears of it, as without a queue
				share.counts().countFailedBefore(event.getLevel());
				throw ex;
			}
			if (record != null) {
				this.queue.append(record);
			}
		}

		private boolean isCapturing() {
			ThreadLocal<Boolean> capturing = this.capturing;
			return capturing != null && capturing.get() != null;
		}

		private boolean isFiltered() {
			return this.hasFilters || LoglaneAppender.this.hasOwnFilters;
		}

		/**
		 * A user's filters, arguments and encoder are asked, and may log; a delegate that
		 * ignores what is logged while it appends is not given it.
		 * @return the record, {@code null} where it is refused
		 */
		private @Nullable QueuedRecord guarded(ILoggingEvent event, Share share) {
			if (isCapturing()) {
				share.counts().countDropped(LaneCounts.row(event.getLevel()), DropReason.REENTRANT);
				return null;
			}
			ThreadLocal<Boolean> capturing = this.capturing;
			if (capturing != null) {
				capturing.set(Boolean.TRUE);
			}
			try {
				if (isRefused(event)) {
					return null;
				}
				return isPlain(event) ? plain(event, share) : captured(event, share);
			}
			finally {
				if (capturing != null) {
					capturing.remove();
				}
			}
		}

		/** Nothing but the drain renders it, and from what can not change. */
		private boolean isPlain(ILoggingEvent event) {
			return event.getClass() == LoggingEvent.class && !(this.callerMayRender && this.rendering.byCaller(event))
					&& event.getKeyValuePairs() == null && Immutable.are(event.getArgumentArray());
		}

		private QueuedRecord plain(ILoggingEvent event, Share share) {
			CallerName.read((LoggingEvent) event);
			event.getMDCPropertyMap();
			if (this.callerData) {
				event.getCallerData();
			}
			return QueuedRecord.unformatted(event, share, this.queue.slots(RecordSize.of(event, null, null)));
		}

		private QueuedRecord captured(ILoggingEvent event, Share share) {
			// of an event of another class nothing is known: it may look at the thread
			boolean isLogbacks = event.getClass() == LoggingEvent.class;
			if (isLogbacks) {
				CallerName.read((LoggingEvent) event);
			}
			event.prepareForDeferredProcessing();
			if (this.callerData) {
				event.getCallerData();
			}
			boolean isAuto = LoglaneAppender.this.settings.render() == QueueSettings.Render.AUTO;
			Encoder<ILoggingEvent> encoder = currentEncoder();
			boolean byCaller = this.rendering.byCaller(event) || (isAuto && !isLogbacks);
			byte[] line = (encoder != null && byCaller) ? StructuredLines.encode(encoder, event) : null;
			ILoggingEvent kept = event;
			if (line != null && this.knownDelegate) {
				kept = EventCopy.rendered(event);
			}
			else if (line == null && isAuto && isLogbacks && this.rendering.known() && holdsMore(event)) {
				kept = EventCopy.forDrain(event, this.rendering.shown());
			}
			long size = RecordSize.of(kept, event.getFormattedMessage(), line);
			return QueuedRecord.formatted(kept, share, this.queue.slots(size), line);
		}

		/** Whether the event holds what its line does not show. */
		private boolean holdsMore(ILoggingEvent event) {
			return event.getArgumentArray() != null || event.getKeyValuePairs() != null;
		}

		/** The delegate's own, whoever else stands before it while a batch is written. */
		private @Nullable Encoder<ILoggingEvent> currentEncoder() {
			if (this.delegate instanceof OutputStreamAppender<ILoggingEvent> stream) {
				Encoder<ILoggingEvent> encoder = stream.getEncoder();
				return (encoder instanceof HandOverEncoder ours) ? ours.original() : encoder;
			}
			return null;
		}

		private boolean isRefused(ILoggingEvent event) {
			return LoglaneAppender.this.ownFilters.getFilterChainDecision(event) == FilterReply.DENY
					|| this.filters.getFilterChainDecision(event) == FilterReply.DENY;
		}

		QueueState state() {
			Map<String, Long> held = new TreeMap<>();
			long depth = 0;
			for (Share share : this.shares.all()) {
				depth += share.counts().depth();
				if (share.held() > 0) {
					held.put(share.lane().name(), share.held());
				}
			}
			QueueSettings settings = LoglaneAppender.this.settings;
			String mode = this.queue.mode().name().toLowerCase(Locale.ROOT).replace('_', '-');
			return new QueueState(this.stats.appender(), mode, depth, settings.capacity(), this.queue.used(),
					settings.memory(), this.stats.ageMillis(), this.stats.batchSize(),
					this.delegate.getClass().getName(), this.delegate.isStarted(), this.rendering.who(),
					this.rendering.why(), this.rendering.callerData(), held);
		}

		/** The delegate gets back what it had before. */
		void giveBack() {
			List<Filter<ILoggingEvent>> added = new ArrayList<>(this.delegate.getCopyOfAttachedFiltersList());
			this.delegate.clearAllFilters();
			this.filters.getCopyOfAttachedFiltersList().forEach(this.delegate::addFilter);
			added.forEach(this.delegate::addFilter);
		}

	}

}
