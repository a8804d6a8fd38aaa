package io.loglane.appender;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

import ch.qos.logback.classic.Level;
import io.loglane.lane.Lane;

/**
 * One lane's counters in one queue, by level. At any quiet moment, for each level,
 * {@code offered = accepted + dropped} and {@code accepted = written + failed + waiting};
 * while records are on their way a sum may be off by those. Safe for use by many threads.
 */
public final class LaneCounts {

	private static final List<String> LEVEL_NAMES = List.of("trace", "debug", "info", "warn", "error");

	/** The levels that are counted, in rising order. */
	static final Level[] LEVELS = { Level.TRACE, Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR };

	/** For no reason; there is no such record. */
	private static final LongAdder[] NONE = {};

	private final Lane lane;

	/** What was enqueued is counted there, with the claim. */
	private final List<Share> shares = new CopyOnWriteArrayList<>();

	private final LongAdder[] written = adders();

	private final LongAdder[] failed = adders();

	/** Those of {@link #failed} that never were in a queue. */
	private final LongAdder[] failedBefore = adders();

	/** By reason and level. */
	private final Map<DropReason, LongAdder[]> dropped = new EnumMap<>(DropReason.class);

	private final LongAdder waits = new LongAdder();

	private final LongAdder waitNanos = new LongAdder();

	LaneCounts(Lane lane) {
		this.lane = lane;
		for (DropReason reason : DropReason.values()) {
			this.dropped.put(reason, adders());
		}
	}

	/** A share for a further queue. */
	Share newShare() {
		Share share = new Share(this);
		this.shares.add(share);
		return share;
	}

	private static LongAdder[] adders() {
		LongAdder[] adders = new LongAdder[LEVELS.length];
		for (int i = 0; i < adders.length; i++) {
			adders[i] = new LongAdder();
		}
		return adders;
	}

	/**
	 * The row for a level: any level that is not Logback's own counts as the next below.
	 */
	static int row(Level level) {
		int value = level.toInt();
		if (value >= Level.ERROR_INT) {
			return 4;
		}
		if (value >= Level.WARN_INT) {
			return 3;
		}
		if (value >= Level.INFO_INT) {
			return 2;
		}
		return (value >= Level.DEBUG_INT) ? 1 : 0;
	}

	void countWritten(int row, int records) {
		this.written[row].add(records);
	}

	void countFailed(int row) {
		this.failed[row].increment();
	}

	/** A record that could not even be captured, and never was in a queue. */
	void countFailedBefore(Level level) {
		this.failedBefore[row(level)].increment();
		this.failed[row(level)].increment();
	}

	void countDropped(int row, DropReason reason) {
		this.dropped.getOrDefault(reason, NONE)[row].increment();
	}

	void countWait(long nanos) {
		this.waits.increment();
		this.waitNanos.add(nanos);
	}

	public Lane lane() {
		return this.lane;
	}

	/**
	 * Return how many records the queue took, written or not.
	 * @return the sum over all levels
	 */
	public long accepted() {
		long sum = sum(this.failedBefore);
		for (int row = 0; row < LEVELS.length; row++) {
			sum += enqueued(row);
		}
		return sum;
	}

	/**
	 * Return how many records of a level the queue took, written or not.
	 * @param level one of Logback's five levels
	 * @return the count
	 */
	public long accepted(Level level) {
		int row = row(level);
		return this.failedBefore[row].sum() + enqueued(row);
	}

	private long enqueued(int row) {
		long sum = 0;
		for (Share share : this.shares) {
			sum += share.accepted(row);
		}
		return sum;
	}

	/**
	 * Return how many records the delegate took.
	 * @return the sum over all levels
	 */
	public long written() {
		return sum(this.written);
	}

	/**
	 * Return how many records of a level the delegate took.
	 * @param level one of Logback's five levels
	 * @return the count
	 */
	public long written(Level level) {
		return this.written[row(level)].sum();
	}

	/**
	 * Return how many records the delegate could not write.
	 * @return the sum over all levels
	 */
	public long failed() {
		return sum(this.failed);
	}

	/**
	 * Return how many records of a level the delegate could not write.
	 * @param level one of Logback's five levels
	 * @return the count
	 */
	public long failed(Level level) {
		return this.failed[row(level)].sum();
	}

	/**
	 * Return how many records were given up before they reached the delegate.
	 * @return the sum over all levels
	 */
	public long dropped() {
		long sum = 0;
		for (LongAdder[] byLevel : this.dropped.values()) {
			sum += sum(byLevel);
		}
		return sum;
	}

	/**
	 * Return how many records were given up for one reason.
	 * @param reason the reason
	 * @return the sum over all levels
	 */
	public long dropped(DropReason reason) {
		return sum(this.dropped.getOrDefault(reason, NONE));
	}

	/**
	 * Return the names of the levels that are counted.
	 * @return the names in lower case, in rising order
	 */
	public static List<String> levels() {
		return LEVEL_NAMES;
	}

	/**
	 * Return how many records of a level were given up.
	 * @param level one of {@link #levels()}
	 * @return the count
	 */
	public long dropped(String level) {
		return dropped(LEVEL_NAMES.indexOf(level));
	}

	/**
	 * Return how many records of a level were given up.
	 * @param level one of Logback's five levels
	 * @return the count
	 */
	public long dropped(Level level) {
		return dropped(row(level));
	}

	private long dropped(int row) {
		long sum = 0;
		for (LongAdder[] byLevel : this.dropped.values()) {
			sum += byLevel[row].sum();
		}
		return sum;
	}

	/**
	 * Return how many records wait in the queue, or are just being written.
	 * @return an estimate while records are on their way, never negative
	 */
	public long depth() {
		// done before accepted: a record that is done meanwhile then counts as waiting,
		// not as minus one
		long done = sum(this.written) + sum(this.failed);
		return Math.max(0, accepted() - done);
	}

	/**
	 * Return how many slots of the queue the lane's records hold: one each, and more for
	 * large ones.
	 * @return an estimate, never negative
	 */
	public long held() {
		long held = 0;
		for (Share share : this.shares) {
			held += share.held();
		}
		return Math.max(0, held);
	}

	/**
	 * Return how often a caller had to wait for room.
	 * @return the count, whether the wait brought room or not
	 */
	public long waits() {
		return this.waits.sum();
	}

	/**
	 * Return how long callers waited for room, all together.
	 * @return nanoseconds
	 */
	public long waitNanos() {
		return this.waitNanos.sum();
	}

	private static long sum(LongAdder[] adders) {
		long sum = 0;
		for (LongAdder adder : adders) {
			sum += adder.sum();
		}
		return sum;
	}

}
