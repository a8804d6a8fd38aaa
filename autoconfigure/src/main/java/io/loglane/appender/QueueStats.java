package io.loglane.appender;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;

import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;

/**
 * What can be known of the queues in front of the appender of one name, lane by lane. It
 * outlives a queue: where Logback is reset and an appender of that name comes back, it
 * counts on. Safe for use by many threads.
 */
public final class QueueStats {

	private final String appender;

	private volatile @Nullable LaneCounts[] byLane = new LaneCounts[0];

	/** Of queues that have ended: the next one goes on with them. */
	private final Queue<Shares> unused = new ArrayDeque<>();

	/** Those that have not ended. */
	private int queues;

	private volatile boolean ended;

	private volatile int capacity;

	private volatile long memory;

	private volatile int batchSize;

	/** When the record that is being written was made, in ms since 1970; 0: none is. */
	private final LoneCounter writingSince = new LoneCounter();

	QueueStats(String appender) {
		this.appender = appender;
	}

	public String appender() {
		return this.appender;
	}

	/**
	 * Return how many records the queue holds at most.
	 * @return the capacity in records
	 */
	public int capacity() {
		return this.capacity;
	}

	/**
	 * Return how many bytes the records in the queue may retain, roughly.
	 * @return the bound in bytes
	 */
	public long memory() {
		return this.memory;
	}

	/**
	 * The shares of a new queue: no two queues use the same ones at a time, whatever
	 * their name.
	 */
	synchronized Shares newQueue(QueueSettings settings) {
		this.capacity = settings.capacity();
		this.memory = settings.memory();
		this.queues++;
		this.ended = false;
		Shares left = this.unused.poll();
		return (left != null) ? left.successor() : new Shares(this);
	}

	/** A queue has ended, and is empty. */
	synchronized void ended(Shares shares) {
		this.unused.add(shares);
		this.queues--;
		this.ended = this.queues == 0;
	}

	/** Whether all queues there were have ended. */
	boolean isEnded() {
		return this.ended;
	}

	/**
	 * Return the age of the oldest record that is not written yet.
	 * @return milliseconds, 0 where the queue is empty or the drain only pauses
	 */
	public long ageMillis() {
		long since = this.writingSince.get();
		return (since != 0) ? Math.max(0, System.currentTimeMillis() - since) : 0;
	}

	/**
	 * Return how many records the drain, or a caller in its place, wrote at once last.
	 * @return records, 0 before the first
	 */
	public int batchSize() {
		return this.batchSize;
	}

	void batchSize(int records) {
		this.batchSize = records;
	}

	void writingSince(long millis) {
		// for each record: an ordered store is enough for a gauge, and costs no fence
		this.writingSince.lazySet(millis);
	}

	/**
	 * Return the counters of a lane, made now if there are none.
	 * @param lane the lane
	 * @return its counters in this queue, the same for each call
	 */
	public LaneCounts lane(Lane lane) {
		@Nullable LaneCounts[] table = this.byLane;
		int index = lane.index();
		if (index < table.length) {
			LaneCounts counts = table[index];
			if (counts != null) {
				return counts;
			}
		}
		return add(lane);
	}

	private synchronized LaneCounts add(Lane lane) {
		int index = lane.index();
		@Nullable LaneCounts[] table = this.byLane;
		@Nullable LaneCounts[] copy = Arrays.copyOf(table, Math.max(table.length, index + 1));
		LaneCounts counts = copy[index];
		if (counts == null) {
			counts = new LaneCounts(lane);
			copy[index] = counts;
			// a copy, published by one volatile write: readers see a table that no longer
			// changes
			this.byLane = copy;
		}
		return counts;
	}

}
