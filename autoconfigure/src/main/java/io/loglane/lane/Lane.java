package io.loglane.lane;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * One executor's place in the log: its name, its numbering of tasks and, in each queue,
 * its counters. Records from threads that no executor owns belong to {@link #NONE}.
 * <p>
 * A lane lives as long as the JVM, because Logback's context does: two application
 * contexts whose executors share a bean name share the lane. All methods are safe for use
 * by many threads.
 */
public final class Lane {

	/** The longest name of a lane, in {@code char}s; longer names are cut. */
	public static final int MAX_NAME_LENGTH = 64;

	/** What {@link #level()} returns where the loggers' own levels hold. */
	public static final int NO_LEVEL = Integer.MIN_VALUE;

	private static final ConcurrentMap<String, Lane> LANES = new ConcurrentHashMap<>();

	private static final AtomicInteger NEXT_INDEX = new AtomicInteger();

	private static final List<Consumer<Lane>> LISTENERS = new CopyOnWriteArrayList<>();

	private static final ThreadLocal<@Nullable Place> CURRENT = new ThreadLocal<>();

	/** One for the JVM, like the lanes; the last context that starts sets it. */
	private static volatile Tagging tagging = new EnteringOnly();

	/** The lane of all threads that no executor owns; its name is {@code none}. */
	public static final Lane NONE = named("none");

	private final String name;

	private final int index;

	private final AtomicLong tasks = new AtomicLong();

	private volatile int level = NO_LEVEL;

	private volatile double weight = 1;

	private volatile boolean elsewhere;

	/** The levels that were set, by who did, the last one last; guarded by itself. */
	private final Map<Object, Integer> levels = new LinkedHashMap<>();

	/** Who has sent the records elsewhere; guarded by itself. */
	private final Set<Object> senders = new HashSet<>();

	private Lane(String name, int index) {
		this.name = name;
		this.index = index;
	}

	/**
	 * Return the lane of that name, made now if there is none.
	 * @param name the name, usually an executor's bean name; cut to
	 * {@value #MAX_NAME_LENGTH} characters
	 * @return the lane, the same one for each call with that name
	 */
	public static Lane named(String name) {
		String cut = (name.length() > MAX_NAME_LENGTH) ? name.substring(0, MAX_NAME_LENGTH) : name;
		Lane lane = LANES.get(cut);
		if (lane != null) {
			return lane;
		}
		Lane created = new Lane(cut, NEXT_INDEX.getAndIncrement());
		Lane existing = LANES.putIfAbsent(cut, created);
		if (existing != null) {
			return existing;
		}
		LISTENERS.forEach((listener) -> listener.accept(created));
		return created;
	}

	/**
	 * Return the lane that the current thread is in.
	 * @return the lane, {@link #NONE} outside of tasks
	 */
	public static Lane current() {
		Place place = CURRENT.get();
		return (place != null) ? place.lane : NONE;
	}

	/**
	 * Return all lanes there are.
	 * @return a live view, in no order
	 */
	public static Collection<Lane> all() {
		return LANES.values();
	}

	/**
	 * Call a listener for each lane that there is, and for each that is made later. It
	 * may be called twice for a lane that is made meanwhile.
	 * @param listener what to call, on the thread that makes the lane
	 * @return ends the subscription
	 */
	public static Runnable onEach(Consumer<Lane> listener) {
		LISTENERS.add(listener);
		LANES.values().forEach(listener);
		return () -> LISTENERS.remove(listener);
	}

	/**
	 * Make this the current thread's lane until the scope is closed, which brings back
	 * the lane that was current before. Records are then counted under this lane; the MDC
	 * is left alone.
	 * @return the scope, to be closed by the same thread
	 */
	public Scope enter() {
		Place previous = Place.enter(new Place(this));
		return () -> Place.leave(previous);
	}

	/**
	 * Wrap a task, so that it runs in this lane like a task of the executor that the lane
	 * is named after: tagged and numbered, and with the context of the thread that calls
	 * this method.
	 * @param task the task
	 * @return the task to hand to an executor that is not covered
	 */
	public Runnable wrap(Runnable task) {
		return tagging.tag(this, task);
	}

	/**
	 * Wrap a task with a result, see {@link #wrap(Runnable)}.
	 * @param <T> the type of the result
	 * @param task the task
	 * @return the task to hand to an executor that is not covered
	 */
	public <T> Callable<T> wrap(Callable<T> task) {
		return tagging.tag(this, task);
	}

	/**
	 * Wrap an executor, so that all tasks that are handed to the result run in this lane,
	 * see {@link #wrap(Runnable)}.
	 * @param executor an executor that is not covered
	 * @return an executor that hands on to it
	 */
	public Executor wrap(Executor executor) {
		return (task) -> executor.execute(wrap(task));
	}

	/**
	 * Set who tags tasks that are wrapped by hand. Until then they enter the lane, and no
	 * more.
	 * @param tagging tags tasks
	 */
	public static void tagTasksBy(Tagging tagging) {
		Lane.tagging = tagging;
	}

	/**
	 * Return the number for a new task of this lane.
	 * @return 1 for the first, and one more for each further call
	 */
	public long nextTask() {
		return this.tasks.incrementAndGet();
	}

	/**
	 * Return whether this lane's records go to an output of their own, and to no other.
	 * @return whether other queues leave them out
	 */
	public boolean isElsewhere() {
		return this.elsewhere;
	}

	/**
	 * Set whether this lane's records go to an output of their own, and to no other. They
	 * do as long as somebody wants it.
	 * @param holder who wants it; application contexts share lanes
	 * @param elsewhere whether other queues leave them out
	 */
	public void elsewhere(Object holder, boolean elsewhere) {
		synchronized (this.senders) {
			if (elsewhere) {
				this.senders.add(holder);
			}
			else {
				this.senders.remove(holder);
			}
			this.elsewhere = !this.senders.isEmpty();
		}
	}

	/**
	 * Return the level for all records of this lane, above and below the loggers' own.
	 * @return the level in the logging library's numbers, or {@link #NO_LEVEL}
	 */
	public int level() {
		return this.level;
	}

	/**
	 * Set the level for all records of this lane, for as long as the holder wants it. Of
	 * several, the one that was set last holds.
	 * @param holder who sets it; application contexts share lanes
	 * @param level the level in the logging library's numbers, or {@link #NO_LEVEL}
	 */
	public void level(Object holder, int level) {
		synchronized (this.levels) {
			this.levels.remove(holder);
			if (level != NO_LEVEL) {
				this.levels.put(holder, level);
			}
			int last = NO_LEVEL;
			for (int each : this.levels.values()) {
				last = each;
			}
			this.level = last;
		}
	}

	/**
	 * Return how much of a queue's room this lane may take, against a lane of weight 1.
	 * @return the weight, above 0; 1 unless set
	 */
	public double weight() {
		return this.weight;
	}

	/**
	 * Set how much of a queue's room this lane may take, against a lane of weight 1.
	 * @param weight the weight, above 0
	 */
	public void weight(double weight) {
		this.weight = weight;
	}

	public String name() {
		return this.name;
	}

	/**
	 * Return this lane's place in tables that have a row for each lane.
	 * @return a small number from 0, unique to this lane
	 */
	public int index() {
		return this.index;
	}

	@Override
	public String toString() {
		return this.name;
	}

	/** Tags tasks, for whoever knows how. */
	public interface Tagging {

		/**
		 * Tag a task that the current thread submits.
		 * @param lane the lane
		 * @param task the task
		 * @return the task to run
		 */
		Runnable tag(Lane lane, Runnable task);

		/**
		 * Tag a task with a result that the current thread submits.
		 * @param <T> the type of the result
		 * @param lane the lane
		 * @param task the task
		 * @return the task to call
		 */
		<T> Callable<T> tag(Lane lane, Callable<T> task);

	}

	/** Without a tag. */
	private static final class EnteringOnly implements Tagging {

		@Override
		public Runnable tag(Lane lane, Runnable task) {
			return () -> {
				try (Scope scope = lane.enter()) {
					task.run();
				}
			};
		}

		@Override
		public <T> Callable<T> tag(Lane lane, Callable<T> task) {
			return () -> {
				try (Scope scope = lane.enter()) {
					return task.call();
				}
			};
		}

	}

	/**
	 * What a thread is doing in a lane; whoever enters lanes often keeps one for each
	 * task, which then costs nothing more.
	 */
	public static class Place {

		private final Lane lane;

		/**
		 * Make a place that is in no thread yet.
		 * @param lane the lane
		 */
		public Place(Lane lane) {
			this.lane = lane;
		}

		public final Lane lane() {
			return this.lane;
		}

		/**
		 * Return where the current thread is.
		 * @return the place, {@code null} outside of lanes
		 */
		public static @Nullable Place current() {
			return CURRENT.get();
		}

		/**
		 * Put the current thread in a place.
		 * @param place the place
		 * @return where it was before, to be given to {@link #leave}
		 */
		public static @Nullable Place enter(Place place) {
			Place previous = CURRENT.get();
			CURRENT.set(place);
			return previous;
		}

		/**
		 * Put the current thread back where it was.
		 * @param previous what {@link #enter} returned
		 */
		public static void leave(@Nullable Place previous) {
			// not removed: an entry without a value costs less than its removal, and
			// holds nothing
			CURRENT.set(previous);
		}

	}

	/** The time in which a thread is in a lane. */
	public interface Scope extends AutoCloseable {

		@Override
		void close();

	}

}
