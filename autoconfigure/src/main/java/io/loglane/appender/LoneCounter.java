package io.loglane.appender;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A number that one thread writes often, away in memory from what others read often: each
 * write would take their cache line from them. Methods are named for the ordering that
 * they give, as those of {@link java.util.concurrent.atomic.AtomicLong}.
 * <p>
 * A JVM lays out the fields of a class before those of its subclasses, so the number has
 * two cache lines of nothing on either side: processors fetch lines in pairs.
 */
final class LoneCounter {

	private static final VarHandle VALUE;

	static {
		try {
			VALUE = MethodHandles.lookup().findVarHandle(Value.class, "value", long.class);
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	private final Value line = new Line();

	long get() {
		return (long) VALUE.getVolatile(this.line);
	}

	long getOpaque() {
		return (long) VALUE.getOpaque(this.line);
	}

	long getPlain() {
		return this.line.value;
	}

	void lazySet(long value) {
		VALUE.setRelease(this.line, value);
	}

	/** What stands before it. */
	@SuppressWarnings({ "unused", "UnusedVariable" })
	private static class Front {

		private long a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15;

	}

	/** The number itself. */
	private static class Value extends Front {

		long value;

	}

	/** What stands behind it. */
	@SuppressWarnings({ "unused", "UnusedVariable" })
	private static final class Line extends Value {

		private long b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15;

	}

}
