package io.loglane.appender;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import org.jspecify.annotations.Nullable;

/**
 * Fields of Logback's classes that are not public. Whoever uses one must do without, too.
 */
final class LogbackFields {

	private LogbackFields() {
	}

	/**
	 * Find a field.
	 * @param owner the class that declares it
	 * @param name its name
	 * @param type its type
	 * @return {@code null} where this version of Logback has none such, or where it can
	 * not be reached
	 */
	static @Nullable VarHandle find(Class<?> owner, String name, Class<?> type) {
		try {
			return MethodHandles.privateLookupIn(owner, MethodHandles.lookup()).findVarHandle(owner, name, type);
		}
		catch (ReflectiveOperationException | RuntimeException | LinkageError ex) {
			return null;
		}
	}

}
