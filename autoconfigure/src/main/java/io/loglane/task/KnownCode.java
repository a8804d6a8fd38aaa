package io.loglane.task;

import java.io.Serializable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Set;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

/**
 * Whose class it is. The JDK's and the libraries' executors take any task for what it is;
 * one that an application has written may look at its tasks, and then has to get the very
 * object that was handed in.
 */
final class KnownCode {

	private static final String[] LIBRARIES = { "java.", "javax.", "jdk.", "sun.", "org.springframework.",
			"io.micrometer.", "reactor.", "com.google.common." };

	private static final Set<Class<?>> PLAIN = Set.of(Runnable.class, Callable.class, Serializable.class);

	private static final Set<String> PLAIN_METHODS = Set.of("run", "call", "toString", "equals", "hashCode");

	private static final ClassValue<Boolean> TELLING = new ClassValue<>() {

		@Override
		protected Boolean computeValue(Class<?> type) {
			return !isLibrary(type) && !type.isHidden() && isMoreThanPlain(type);
		}

	};

	private KnownCode() {
	}

	static boolean isJdk(Class<?> type) {
		return type.getName().startsWith("java.") || type.getName().startsWith("jdk.")
				|| type.getName().startsWith("sun.");
	}

	/** Whether its executors are known to run any task as it is. */
	static boolean isLibrary(Class<?> type) {
		for (String prefix : LIBRARIES) {
			if (type.getName().startsWith(prefix)) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether a task's class tells something that an executor may ask for: it is the
	 * application's own, and there is more to it than what runs.
	 */
	static boolean tellsMore(@Nullable Object task) {
		return task != null && !(task instanceof LaneTask) && !(task instanceof LaneCallable)
				&& TELLING.get(task.getClass());
	}

	private static boolean isMoreThanPlain(Class<?> type) {
		if (type.getSuperclass() != Object.class) {
			return true;
		}
		for (Class<?> each : type.getInterfaces()) {
			if (!PLAIN.contains(each)) {
				return true;
			}
		}
		for (Method method : type.getDeclaredMethods()) {
			if (!Modifier.isPrivate(method.getModifiers()) && !Modifier.isStatic(method.getModifiers())
					&& !method.isSynthetic() && !PLAIN_METHODS.contains(method.getName())) {
				return true;
			}
		}
		return false;
	}

}
