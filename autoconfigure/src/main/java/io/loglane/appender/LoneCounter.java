package io.loglane.appender;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A number that one thread writes often, away in memory from what others read often: each
 * write would take their cache line from them. Methods are named for the ordering that
 * they give, as those of {@link java.util.concurrent.atomic.AtomicLong}.
 */
final class LoneCounter {

	/** In {@code long}s: two cache lines, since processors fetch them in pairs. */
	static final int APART = 16;

	private final AtomicLongArray line = new AtomicLongArray(2 * APART + 1);

	long get() {
		return this.line.get(APART);
	}

	long getOpaque() {
		return this.line.getOpaque(APART);
	}

	long getPlain() {
		return this.line.getPlain(APART);
	}

	void lazySet(long value) {
		this.line.lazySet(APART, value);
	}

	void setPlain(long value) {
		this.line.setPlain(APART, value);
	}

}
