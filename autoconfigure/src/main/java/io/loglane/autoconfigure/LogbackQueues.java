package io.loglane.autoconfigure;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.spi.ConfigurationEvent;
import ch.qos.logback.core.spi.ConfigurationEventListener;
import io.loglane.appender.LogQueues;
import io.loglane.appender.LogQueues.Installation;
import io.loglane.appender.LogbackResets;
import io.loglane.appender.QueueSettings;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.logging.LogLevel;
import org.springframework.core.env.Environment;
import org.springframework.util.unit.DataSize;

/**
 * Puts the queues in front of Logback's appenders, as the properties say. Loaded only
 * where Logback is.
 */
final class LogbackQueues {

	private static final Logger LOGGER = LoggerFactory.getLogger("io.loglane");

	private LogbackQueues() {
	}

	/** Whether SLF4J is bound to Logback, and not to another library beside it. */
	static boolean isBound() {
		return LoggerFactory.getILoggerFactory() instanceof LoggerContext;
	}

	/**
	 * Put the queues in front; where they are already, nothing happens.
	 * @param properties the properties
	 * @return what is queued and what is not
	 */
	static Installation install(LoglaneProperties properties) {
		LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
		Set<String> named = properties.getAsync().getAppenders();
		Set<String> excluded = properties.getAsync().getExclude();
		Installation survey = LogQueues.jvm().survey(context, named, excluded);
		// before anything is changed
		checkNames("loglane.async.appenders", named, survey.names());
		checkNames("loglane.async.exclude", excluded, survey.names());
		LogQueues.jvm().tagKeys(Set.of(properties.getTasks().getExecutorKey(), properties.getTasks().getTaskKey()));
		if (context.getObject(Environment.class.getName()) instanceof Environment environment
				&& StructuredFormats.areBootsOwn(environment)) {
			LogQueues.jvm().structuredLinesAreBootsOwn(context);
		}
		LogQueues.jvm().install(context, settings(properties), named, excluded);
		return LogQueues.jvm().survey(context, named, excluded);
	}

	/**
	 * Put the queues in front again whenever Logback has been configured anew, as it does
	 * by itself where its configuration is scanned.
	 * @param properties the properties
	 * @return ends that
	 */
	static Runnable stay(LoglaneProperties properties) {
		LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
		ConfigurationEventListener listener = (event) -> {
			if (event.getEventType() == ConfigurationEvent.EventType.CONFIGURATION_ENDED_SUCCESSFULLY) {
				installAgain(properties);
			}
		};
		context.addConfigurationEventListener(listener);
		return () -> context.removeConfigurationEventListener(listener);
	}

	private static void installAgain(LoglaneProperties properties) {
		try {
			LOGGER.info(describe(install(properties)));
		}
		catch (InvalidConfigurationPropertyValueException ex) {
			// too late to stop the start
			LOGGER.warn("Loglane queues nothing in the new configuration of Logback: {} is {}: {}", ex.getName(),
					ex.getValue(), ex.getReason());
		}
	}

	/** The appenders that have no queue, with the reasons. */
	static Map<String, String> notQueued(LoglaneProperties properties) {
		if (!isBound()) {
			return Map.of();
		}
		LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
		Installation survey = LogQueues.jvm()
			.survey(context, properties.getAsync().getAppenders(), properties.getAsync().getExclude());
		Map<String, String> left = new LinkedHashMap<>(survey.left());
		for (String name : survey.names()) {
			if (!survey.queued().containsKey(name)) {
				left.putIfAbsent(name,
						properties.getAsync().isEnabled() ? "added since the start" : "loglane.async.enabled is false");
			}
		}
		return left;
	}

	/** Put what lanes had in Logback's context back where it has been thrown out. */
	static void bringBack() {
		LogbackResets.bringBack((LoggerContext) LoggerFactory.getILoggerFactory());
	}

	private static void checkNames(String property, Set<String> names, Set<String> existing) {
		for (String name : names) {
			if (!existing.contains(name)) {
				throw new InvalidConfigurationPropertyValueException(property, name,
						"No logger has an appender of that name. The appenders are: " + String.join(", ", existing)
								+ ".");
			}
		}
	}

	static QueueSettings settings(LoglaneProperties properties) {
		LoglaneProperties.Queue queue = properties.getQueue();
		return new QueueSettings(queue.getCapacity(), memory(queue.getMemory()), queue.getMaxWait(),
				level(queue.getWaitLevel()), QueueSettings.CallerData.valueOf(properties.getCallerData().name()),
				QueueSettings.Render.valueOf(properties.getAsync().getRender().name()),
				properties.getShutdownTimeout());
	}

	private static long memory(@Nullable DataSize size) {
		return (size != null) ? size.toBytes() : QueueSettings.DEFAULT_MEMORY;
	}

	/** Logback's name for a level of Boot's. */
	static Level level(LogLevel level) {
		return switch (level) {
			case TRACE -> Level.TRACE;
			case DEBUG -> Level.DEBUG;
			case INFO -> Level.INFO;
			case WARN -> Level.WARN;
			case ERROR, FATAL -> Level.ERROR;
			case OFF -> Level.OFF;
		};
	}

	/** The one line that tells what is queued. */
	static String describe(Installation installation) {
		StringBuilder text = new StringBuilder("Loglane queues ");
		text.append(installation.queued()
			.entrySet()
			.stream()
			.map((entry) -> entry.getKey() + " (" + entry.getValue() + " records)")
			.collect(Collectors.joining(", ")));
		if (installation.queued().isEmpty()) {
			text.append("no appender");
		}
		if (!installation.left().isEmpty()) {
			text.append("; not queued: ")
				.append(installation.left()
					.entrySet()
					.stream()
					.map(LogbackQueues::describe)
					.collect(Collectors.joining(", ")));
		}
		return text.toString();
	}

	private static String describe(Map.Entry<String, String> left) {
		return left.getKey() + " (" + left.getValue() + ")";
	}

}
