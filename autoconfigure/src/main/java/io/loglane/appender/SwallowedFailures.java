package io.loglane.appender;

import java.lang.invoke.VarHandle;

import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.util.SimpleTimeBasedGuard;
import org.jspecify.annotations.Nullable;

/**
 * Counts what an appender throws and Logback's base classes swallow. They keep no count
 * that can be read from outside: the one has a private counter, the other asks a private
 * guard whether to make a status message of it. Where neither can be reached, as with
 * other versions of Logback, nothing is seen. One thread at a time.
 */
final class SwallowedFailures {

	private final @Nullable VarHandle counter;

	private final @Nullable CountingGuard guard;

	private final Appender<?> appender;

	private SwallowedFailures(Appender<?> appender, @Nullable VarHandle counter, @Nullable CountingGuard guard) {
		this.appender = appender;
		this.counter = counter;
		this.guard = guard;
	}

	static SwallowedFailures of(Appender<?> appender) {
		Class<?> base = (appender instanceof AppenderBase) ? AppenderBase.class
				: (appender instanceof UnsynchronizedAppenderBase) ? UnsynchronizedAppenderBase.class : null;
		if (base == null) {
			return new SwallowedFailures(appender, null, null);
		}
		VarHandle counter = LogbackFields.find(base, "exceptionCount", int.class);
		try {
			return new SwallowedFailures(appender, counter, (counter == null) ? guard(appender, base) : null);
		}
		catch (LinkageError ex) {
			return new SwallowedFailures(appender, null, null);
		}
	}

	private static @Nullable CountingGuard guard(Appender<?> appender, Class<?> base) {
		VarHandle guard = LogbackFields.find(base, "exceptionGuard", SimpleTimeBasedGuard.class);
		if (guard == null || !(guard.get(appender) instanceof SimpleTimeBasedGuard own)) {
			return null;
		}
		CountingGuard counting = (own instanceof CountingGuard already) ? already : new CountingGuard(own);
		guard.set(appender, counting);
		return counting;
	}

	/** How many there were; a number that only rises. */
	int count() {
		CountingGuard guard = this.guard;
		if (guard != null) {
			return guard.asked;
		}
		VarHandle counter = this.counter;
		return (counter != null) ? (int) counter.get(this.appender) : 0;
	}

	/** Asked for each exception, and never otherwise. */
	private static final class CountingGuard extends SimpleTimeBasedGuard {

		private final SimpleTimeBasedGuard original;

		private int asked;

		CountingGuard(SimpleTimeBasedGuard original) {
			this.original = original;
		}

		@Override
		public synchronized boolean allow() {
			this.asked++;
			return this.original.allow();
		}

	}

}
