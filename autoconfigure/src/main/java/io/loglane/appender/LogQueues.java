package io.loglane.appender;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.spi.AppenderAttachable;
import org.jspecify.annotations.Nullable;

/**
 * All queues of the JVM. They are one set because Logback's context is one for the JVM,
 * however many application contexts there are. The queues are asynchronous while at least
 * one holder keeps them open, and the JVM does not shut down. Safe for use by many
 * threads.
 */
public final class LogQueues {

	private static final LogQueues JVM = new LogQueues();

	private final Map<String, QueueStats> stats = new ConcurrentHashMap<>();

	private final List<Consumer<QueueStats>> listeners = new CopyOnWriteArrayList<>();

	/** The names under which tasks' tags are in the MDC. */
	private final Set<String> tagKeys = ConcurrentHashMap.newKeySet();

	/** Guards the four below, and that a queue is opened if and only if it is to be. */
	private final Object lifecycle = new Object();

	private final Set<LoglaneAppender> appenders = new LinkedHashSet<>();

	private final Set<Object> holders = Collections.newSetFromMap(new IdentityHashMap<>());

	private @Nullable Thread shutdownHook;

	private boolean shuttingDown;

	private boolean suspended;

	private LogQueues() {
		this.tagKeys.addAll(Set.of("executor", "task", "parent"));
	}

	/**
	 * Return the queues of this JVM.
	 * @return the one instance
	 */
	public static LogQueues jvm() {
		return JVM;
	}

	/**
	 * Put a queue in front of each appender that is attached to a logger and that is to
	 * be queued: under the same name, on the same loggers, in the same place. Appenders
	 * that have one already are left alone, so it can be called again. Must not run
	 * concurrently with a configuration of Logback.
	 * @param context Logback's context
	 * @param settings for the new queues
	 * @param named the names of the appenders to queue; empty: those that are known to be
	 * safe
	 * @param excluded the names of appenders to leave alone
	 * @return what is queued now, and what is not
	 */
	public Installation install(LoggerContext context, QueueSettings settings, Set<String> named,
			Set<String> excluded) {
		Installation installation = survey(context, named, excluded);
		IdentityHashMap<Appender<ILoggingEvent>, LoglaneAppender> queues = new IdentityHashMap<>();
		for (Logger logger : context.getLoggerList()) {
			List<Appender<ILoggingEvent>> attached = attached(logger);
			if (attached.stream().noneMatch(installation.toQueue::contains)) {
				continue;
			}
			// those behind the first one that is replaced are taken off and put back, so
			// that all keep their places; those before it are not touched
			boolean replacing = false;
			for (Appender<ILoggingEvent> appender : attached) {
				boolean isToQueue = installation.toQueue.contains(appender);
				replacing |= isToQueue;
				if (replacing) {
					Appender<ILoggingEvent> place = isToQueue
							? queues.computeIfAbsent(appender, (delegate) -> queue(delegate, context, settings))
							: appender;
					logger.detachAppender(appender);
					logger.addAppender(place);
				}
			}
		}
		return installation;
	}

	private static LoglaneAppender queue(Appender<ILoggingEvent> delegate, LoggerContext context,
			QueueSettings settings) {
		LoglaneAppender queue = new LoglaneAppender();
		queue.setContext(context);
		queue.setName(delegate.getName());
		queue.settings(settings);
		queue.addAppender(delegate);
		queue.start();
		return queue;
	}

	/**
	 * Say under which names tasks' tags are in the MDC besides.
	 * @param keys the names
	 */
	public void tagKeys(Set<String> keys) {
		this.tagKeys.addAll(keys);
	}

	Set<String> tagKeys() {
		return this.tagKeys;
	}

	/**
	 * Say that nobody but Boot takes part in what its structured formats write, so that
	 * their lines may be rendered by the drain. Holds until the context is reset, for
	 * queues that are put in front later.
	 * @param context Logback's context
	 */
	public void structuredLinesAreBootsOwn(LoggerContext context) {
		context.putObject(StructuredLines.BOOTS_OWN, true);
	}

	/**
	 * Tell what {@link #install} would queue, and what not, without a change.
	 * @param context Logback's context
	 * @param named the names of the appenders to queue; empty: those that are known to be
	 * safe
	 * @param excluded the names of appenders to leave alone
	 * @return what would be queued, and what not
	 */
	public Installation survey(LoggerContext context, Set<String> named, Set<String> excluded) {
		Set<Appender<ILoggingEvent>> all = Collections.newSetFromMap(new IdentityHashMap<>());
		List<Appender<ILoggingEvent>> inOrder = new ArrayList<>();
		IdentityHashMap<Appender<?>, String> nestedIn = new IdentityHashMap<>();
		for (Logger logger : context.getLoggerList()) {
			for (Appender<ILoggingEvent> appender : attached(logger)) {
				if (all.add(appender)) {
					inOrder.add(appender);
					collectNested(appender, nestedIn);
				}
			}
		}
		Installation installation = new Installation();
		for (Appender<ILoggingEvent> appender : inOrder) {
			String name = String.valueOf(appender.getName());
			installation.names.add(name);
			if (appender instanceof LoglaneAppender queue) {
				installation.queued.put(name, queue.settings().capacity());
				continue;
			}
			String reason = reasonToLeave(appender, name, named, excluded, nestedIn);
			if (reason == null) {
				installation.toQueue.add(appender);
			}
			else {
				installation.left.put(name, reason);
			}
		}
		return installation;
	}

	private static @Nullable String reasonToLeave(Appender<?> appender, String name, Set<String> named,
			Set<String> excluded, IdentityHashMap<Appender<?>, String> nestedIn) {
		if (excluded.contains(name)) {
			return "excluded";
		}
		if (nestedIn.containsKey(appender)) {
			// its filters could not be taken over: the other way to it needs them
			return "also behind " + nestedIn.get(appender);
		}
		if (!named.isEmpty()) {
			return named.contains(name) ? null : "not named";
		}
		return Known.reasonToLeave(appender);
	}

	private static void collectNested(Appender<ILoggingEvent> appender, IdentityHashMap<Appender<?>, String> nestedIn) {
		if (appender instanceof AppenderAttachable<?> attachable) {
			attachable.iteratorForAppenders()
				.forEachRemaining((nested) -> nestedIn.put(nested, String.valueOf(appender.getName())));
		}
	}

	private static List<Appender<ILoggingEvent>> attached(Logger logger) {
		List<Appender<ILoggingEvent>> attached = new ArrayList<>();
		for (Iterator<Appender<ILoggingEvent>> it = logger.iteratorForAppenders(); it.hasNext();) {
			attached.add(it.next());
		}
		return attached;
	}

	/**
	 * Keep all queues asynchronous, those that are made later too, until the holder is
	 * {@linkplain #close closed}. Has no effect once the JVM shuts down.
	 * @param holder whoever needs them open, by identity
	 */
	public void open(Object holder) {
		synchronized (this.lifecycle) {
			if (this.shuttingDown) {
				return;
			}
			if (this.shutdownHook == null) {
				this.shutdownHook = new Thread(this::shutDown, "loglane-shutdown");
				try {
					Runtime.getRuntime().addShutdownHook(this.shutdownHook);
				}
				catch (IllegalStateException ex) {
					this.shuttingDown = true;
					return;
				}
			}
			this.holders.add(holder);
			openIfWanted();
		}
	}

	/**
	 * Let go of the queues. When the last holder has, they are written out, and from then
	 * on callers write. Waits for that no longer than the queues' shutdown timeout.
	 * @param holder who opened them; others have no effect
	 */
	public void close(Object holder) {
		Set<LoglaneAppender> closing;
		synchronized (this.lifecycle) {
			if (!this.holders.remove(holder) || !this.holders.isEmpty()) {
				return;
			}
			closing = new LinkedHashSet<>(this.appenders);
			removeShutdownHook();
		}
		close(closing);
		synchronized (this.lifecycle) {
			// somebody may have come while we waited
			openIfWanted();
		}
	}

	/**
	 * Let callers write although there are holders, or no longer: for tests, which look
	 * at the log at once.
	 * @param suspended whether callers are to write
	 */
	public void suspend(boolean suspended) {
		Set<LoglaneAppender> all;
		synchronized (this.lifecycle) {
			if (this.suspended == suspended) {
				return;
			}
			this.suspended = suspended;
			openIfWanted();
			all = suspended ? new LinkedHashSet<>(this.appenders) : Set.of();
		}
		close(all);
	}

	/** Under {@link #lifecycle}. */
	private void openIfWanted() {
		if (!this.holders.isEmpty() && !this.shuttingDown && !this.suspended) {
			this.appenders.forEach(LoglaneAppender::open);
		}
	}

	private void removeShutdownHook() {
		Thread hook = this.shutdownHook;
		if (hook != null && !this.shuttingDown) {
			try {
				Runtime.getRuntime().removeShutdownHook(hook);
				this.shutdownHook = null;
			}
			catch (IllegalStateException ex) {
				this.shuttingDown = true;
			}
		}
	}

	/** When the JVM begins to shut down, whoever else still runs. */
	private void shutDown() {
		Set<LoglaneAppender> closing;
		synchronized (this.lifecycle) {
			this.shuttingDown = true;
			closing = new LinkedHashSet<>(this.appenders);
		}
		close(closing);
	}

	/**
	 * All write out at the same time, and share one deadline: one stuck output neither
	 * takes the others' time nor adds to the wait for the next stuck one.
	 */
	private static void close(Set<LoglaneAppender> closing) {
		closing.forEach(LoglaneAppender::close);
		Duration timeout = Duration.ZERO;
		for (LoglaneAppender appender : closing) {
			Duration own = appender.settings().shutdownTimeout();
			timeout = (own.compareTo(timeout) > 0) ? own : timeout;
		}
		long deadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(timeout);
		closing.forEach((appender) -> appender.awaitClosed(deadline));
	}

	/** The queue that is started in front of an appender, if any. */
	@Nullable LoglaneAppender inFrontOf(Appender<ILoggingEvent> delegate) {
		synchronized (this.lifecycle) {
			return this.appenders.stream().filter((queue) -> queue.writesTo(delegate)).findFirst().orElse(null);
		}
	}

	void started(LoglaneAppender appender) {
		synchronized (this.lifecycle) {
			this.appenders.add(appender);
			if (!this.holders.isEmpty() && !this.shuttingDown && !this.suspended) {
				appender.open();
			}
		}
	}

	void stopped(LoglaneAppender appender) {
		synchronized (this.lifecycle) {
			this.appenders.remove(appender);
		}
	}

	/**
	 * Return what all queues are and do now.
	 * @return a state for each queue that is started
	 */
	public List<QueueState> states() {
		List<LoglaneAppender> running;
		synchronized (this.lifecycle) {
			running = new ArrayList<>(this.appenders);
		}
		return running.stream()
			.map(LoglaneAppender::state)
			.filter(Objects::nonNull)
			.map(Objects::requireNonNull)
			.toList();
	}

	/**
	 * Wait until all that is in the queues now has been written and flushed.
	 * @param timeout how long to wait at most, for all of them together
	 * @return the names of the appenders for which it has not been
	 */
	public List<String> flush(Duration timeout) {
		List<LoglaneAppender> running;
		synchronized (this.lifecycle) {
			running = new ArrayList<>(this.appenders);
		}
		long deadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(timeout);
		return running.stream()
			.filter((appender) -> !appender.awaitFlushed(deadline))
			.map((appender) -> String.valueOf(appender.getName()))
			.toList();
	}

	QueueStats stats(String appender) {
		QueueStats known = this.stats.get(appender);
		if (known != null) {
			return known;
		}
		QueueStats created = new QueueStats(appender);
		QueueStats raced = this.stats.putIfAbsent(appender, created);
		if (raced != null) {
			return raced;
		}
		this.listeners.forEach((listener) -> listener.accept(created));
		return created;
	}

	/** What a new queue in front of the appender of that name is counted with. */
	Shares newQueue(String appender, QueueSettings settings) {
		QueueStats stats = stats(appender);
		Shares shares = stats.newQueue(settings);
		// whoever came while there was none has not heard of it
		this.listeners.forEach((listener) -> listener.accept(stats));
		return shares;
	}

	/**
	 * Return what is known of all queues that there are.
	 * @return a copy
	 */
	public Set<QueueStats> stats() {
		Set<QueueStats> stats = new HashSet<>(this.stats.values());
		stats.removeIf(QueueStats::isEnded);
		return stats;
	}

	/**
	 * Call a listener for the queues in front of each appender, those that come later
	 * too. It may be called more than once for one.
	 * @param listener what to call
	 * @return ends the subscription
	 */
	public Runnable onEach(Consumer<QueueStats> listener) {
		this.listeners.add(listener);
		stats().forEach(listener);
		return () -> this.listeners.remove(listener);
	}

	/** What is queued in a context of Logback, and what is not. */
	public static final class Installation {

		private final Set<String> names = new LinkedHashSet<>();

		private final Map<String, Integer> queued = new LinkedHashMap<>();

		private final Map<String, String> left = new LinkedHashMap<>();

		private final Set<Appender<ILoggingEvent>> toQueue = Collections.newSetFromMap(new IdentityHashMap<>());

		private Installation() {
		}

		/**
		 * Return the names of all appenders that are attached to a logger.
		 * @return the names, in the order of the loggers
		 */
		public Set<String> names() {
			return this.names;
		}

		/**
		 * Return the appenders that had a queue in front already.
		 * @return capacities by name
		 */
		public Map<String, Integer> queued() {
			return this.queued;
		}

		/**
		 * Return the appenders that stay as they are.
		 * @return reasons by name
		 */
		public Map<String, String> left() {
			return this.left;
		}

	}

}
