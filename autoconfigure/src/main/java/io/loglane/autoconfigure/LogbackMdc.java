package io.loglane.autoconfigure;

import java.util.Map;
import java.util.function.Supplier;

import ch.qos.logback.classic.util.LogbackMDCAdapter;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

import org.springframework.util.ClassUtils;

/**
 * Reads the current thread's MDC, without a copy where Logback keeps it: the map that it
 * gives to its events is never changed, a change of the MDC makes a new one.
 */
final class LogbackMdc {

	private static final boolean AVAILABLE = ClassUtils.isPresent("ch.qos.logback.classic.util.LogbackMDCAdapter",
			LogbackMdc.class.getClassLoader());

	private LogbackMdc() {
	}

	/** The cheapest way there is; by then SLF4J has bound its library. */
	static Supplier<@Nullable Map<String, String>> reader() {
		return AVAILABLE ? Logback.reader() : MDC::getCopyOfContextMap;
	}

	/** Loaded only where Logback is. */
	private static final class Logback {

		static Supplier<@Nullable Map<String, String>> reader() {
			return (MDC.getMDCAdapter() instanceof LogbackMDCAdapter adapter) ? adapter::getPropertyMap
					: MDC::getCopyOfContextMap;
		}

	}

}
