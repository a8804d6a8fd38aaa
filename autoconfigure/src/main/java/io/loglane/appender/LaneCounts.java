package io.loglane.appender;

import java.util.List;
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

	private final Lane lane;

	private final LongAdder[] accepted = adders();

	private final LongAdder[] written = adders();

	private final LongAdder[] failed = adders();

	private final LongAdder[] dropped = adders();

	private final LongAdder waits = new LongAdder();

	private final LongAdder waitNanos = new LongAdder();

	LaneCounts(Lane lane) {
		this.lane = lane;
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

	void countAccepted(Level level) {
		this.accepted[row(level)].increment();
	}

	void countWritten(Level level) {
		this.written[row(level)].increment();
	}

	void countFailed(Level level) {
		this.failed[row(level)].increment();
	}

	void countDropped(Level level) {
		this.dropped[row(level)].increment();
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
		return sum(this.accepted);
	}

	/**
	 * Return how many records the delegate took.
	 * @return the sum over all levels
	 */
	public long written() {
		return sum(this.written);
	}

	/**
	 * Return how many records the delegate could not write.
	 * @return the sum over all levels
	 */
	public long failed() {
		return sum(this.failed);
	}

	/**
	 * Return how many records were given up before they reached the delegate.
	 * @return the sum over all levels
	 */
	public long dropped() {
		return sum(this.dropped);
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
		return this.dropped[LEVEL_NAMES.indexOf(level)].sum();
	}

	/**
	 * Return how many records of a level were given up.
	 * @param level one of Logback's five levels
	 * @return the count
	 */
	public long dropped(Level level) {
		return this.dropped[row(level)].sum();
	}

	/**
	 * Return how many records wait in the queue, or are just being written.
	 * @return an estimate while records are on their way, never negative
	 */
	public long depth() {
		// done before accepted: a record that is done meanwhile then counts as waiting,
		// not as minus one
		long done = sum(this.written) + sum(this.failed);
		return Math.max(0, sum(this.accepted) - done);
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
