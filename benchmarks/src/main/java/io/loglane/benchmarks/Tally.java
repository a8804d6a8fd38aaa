package io.loglane.benchmarks;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many records there are, and a sum over their ids that each lost, doubled or mixed
 * up one changes. One thread adds at a time, others may read the count.
 */
final class Tally {

	private final AtomicLong count = new AtomicLong();

	private long sum;

	void add(long id) {
		this.sum += mix(id);
		this.count.lazySet(this.count.getPlain() + 1);
	}

	void add(long id, long times) {
		this.sum += mix(id) * times;
		this.count.lazySet(this.count.getPlain() + times);
	}

	long count() {
		return this.count.get();
	}

	boolean isSame(Tally other) {
		return count() == other.count() && this.sum == other.sum;
	}

	/** The finaliser of MurmurHash3: sums of what it returns do not meet by chance. */
	private static long mix(long id) {
		long mixed = id;
		mixed = (mixed ^ (mixed >>> 33)) * 0xff51afd7ed558ccdL;
		mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
		return mixed ^ (mixed >>> 33);
	}

	@Override
	public String toString() {
		return count() + " records, sum " + Long.toHexString(this.sum);
	}

}
