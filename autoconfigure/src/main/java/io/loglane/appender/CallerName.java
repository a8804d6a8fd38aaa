package io.loglane.appender;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;

import ch.qos.logback.classic.spi.LoggingEvent;
import org.jspecify.annotations.Nullable;

/**
 * Reads the name of the thread that logs into its event, as Logback does. A virtual
 * thread mostly has none, and Logback makes one of its number, which it asks for by
 * reflection with each event: that takes two fifths of a call. So it is made here, once
 * Logback has been seen to make the same.
 */
final class CallerName {

	/** {@code null} where it can not be reached: Logback reads the name. */
	private static final @Nullable VarHandle NAME = LogbackFields.find(LoggingEvent.class, "threadName", String.class);

	/** {@code null} before JDK 21, which has no virtual threads. */
	private static final @Nullable MethodHandle IS_VIRTUAL = isVirtual();

	/** Whether Logback made the same name; it only ever rises. */
	private static volatile boolean confirmed;

	private CallerName() {
	}

	private static @Nullable MethodHandle isVirtual() {
		try {
			return MethodHandles.publicLookup()
				.findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			return null;
		}
	}

	/**
	 * What is linked at its first call needs a deep stack then, which a caller may lack.
	 */
	static void link() {
		isVirtual(Thread.currentThread());
		VarHandle field = NAME;
		LoggingEvent event = new LoggingEvent();
		if (field != null && field.get(event) == null) {
			field.set(event, nameOf(Thread.currentThread()));
		}
	}

	/** Whether Logback has been seen to make the same name. */
	static boolean isConfirmed() {
		return confirmed;
	}

	/**
	 * From now on the event knows the name of the current thread, if it has none yet.
	 * @param event an event of this very class, which no other thread names meanwhile
	 */
	static void read(LoggingEvent event) {
		VarHandle field = NAME;
		Thread thread = Thread.currentThread();
		if (field == null || !thread.getName().isEmpty() || !isVirtual(thread)) {
			event.getThreadName();
		}
		else if (field.get(event) == null) {
			String name = nameOf(thread);
			if (confirmed) {
				field.set(event, name);
			}
			else if (name.equals(event.getThreadName())) {
				confirmed = true;
			}
		}
	}

	/** Without the {@code +} of texts, which is linked where it stands. */
	private static String nameOf(Thread thread) {
		return LoggingEvent.VIRTUAL_THREAD_NAME_PREFIX.concat(Long.toString(thread.getId()));
	}

	private static boolean isVirtual(Thread thread) {
		try {
			return IS_VIRTUAL != null && (boolean) IS_VIRTUAL.invokeExact(thread);
		}
		catch (Throwable ex) {
			return false;
		}
	}

}
