package io.loglane.autoconfigure;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

import io.loglane.appender.QueueSettings;
import io.loglane.task.TaskSettings;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.logging.LogLevel;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;
import org.springframework.util.unit.DataSize;

/**
 * Properties of Loglane.
 */
@ConfigurationProperties("loglane")
public class LoglaneProperties {

	static final String PREFIX = "loglane";

	/**
	 * Whether Loglane does anything at all.
	 */
	private boolean enabled = true;

	/**
	 * How long a closing application waits at most until the queues are written out.
	 */
	private Duration shutdownTimeout = Duration.ofSeconds(10);

	/**
	 * Whether class, method and line of the caller are taken, which costs microseconds a
	 * record.
	 */
	private CallerData callerData = CallerData.AUTO;

	private final Async async = new Async();

	private final Queue queue = new Queue();

	private final Tasks tasks = new Tasks();

	/**
	 * Settings of single lanes, by the name of the executor bean.
	 */
	private Map<String, Executor> executors = new LinkedHashMap<>();

	/**
	 * Read the properties before there is a context, and check them.
	 * @param environment where they are
	 * @return the properties, valid
	 */
	static LoglaneProperties read(Environment environment) {
		LoglaneProperties properties = Binder.get(environment)
			.bind(PREFIX, LoglaneProperties.class)
			.orElseGet(LoglaneProperties::new);
		properties.check(environment);
		return properties;
	}

	/** What conversion alone does not refuse. */
	private void check(Environment environment) {
		int capacity = this.queue.capacity;
		if (capacity < 1 || capacity > QueueSettings.MAX_CAPACITY) {
			throw new InvalidConfigurationPropertyValueException("loglane.queue.capacity", capacity,
					"A queue holds from 1 to " + QueueSettings.MAX_CAPACITY + " records.");
		}
		if (this.queue.memory != null && this.queue.memory.toBytes() < 1) {
			throw new InvalidConfigurationPropertyValueException("loglane.queue.memory",
					environment.getProperty("loglane.queue.memory"), "A size from 1B is needed, like 16MB.");
		}
		notNegative(environment, "loglane.queue.max-wait", this.queue.maxWait, "0 lets nobody wait.");
		notNegative(environment, "loglane.shutdown-timeout", this.shutdownTimeout, "0 waits for nothing.");
		this.executors.forEach((name, executor) -> {
			if (!(executor.weight > 0) || Double.isInfinite(executor.weight)) {
				throw new InvalidConfigurationPropertyValueException("loglane.executors." + name + ".weight",
						executor.weight, "A number above 0 is needed, like 0.5 or 2; 1 is what others have.");
			}
			if (executor.fileOnly && !StringUtils.hasText(executor.file)) {
				throw new InvalidConfigurationPropertyValueException("loglane.executors." + name + ".file-only", true,
						"Set loglane.executors." + name + ".file too: the records would be nowhere.");
			}
		});
		key("loglane.tasks.executor-key", this.tasks.executorKey);
		key("loglane.tasks.task-key", this.tasks.taskKey);
		if (this.tasks.taskKey.equals(this.tasks.executorKey)) {
			throw new InvalidConfigurationPropertyValueException("loglane.tasks.task-key", this.tasks.taskKey,
					"A key of its own is needed: loglane.tasks.executor-key is the same.");
		}
	}

	private static void notNegative(Environment environment, String name, Duration value, String zero) {
		if (value.isNegative()) {
			// as the user wrote it, not as a duration has it
			throw new InvalidConfigurationPropertyValueException(name, environment.getProperty(name),
					"A time from 0 is needed, like 500ms or 2s. " + zero);
		}
	}

	private static void key(String name, String value) {
		if (value.isBlank() || !value.matches("[\\w.-]+")) {
			throw new InvalidConfigurationPropertyValueException(name, value,
					"An MDC key of letters, digits, '_', '-' and '.' is needed.");
		}
	}

	public boolean isEnabled() {
		return this.enabled;
	}

	public void setEnabled(boolean enabled) {
		this.enabled = enabled;
	}

	public Duration getShutdownTimeout() {
		return this.shutdownTimeout;
	}

	public void setShutdownTimeout(Duration shutdownTimeout) {
		this.shutdownTimeout = shutdownTimeout;
	}

	public CallerData getCallerData() {
		return this.callerData;
	}

	public void setCallerData(CallerData callerData) {
		this.callerData = callerData;
	}

	public Async getAsync() {
		return this.async;
	}

	public Queue getQueue() {
		return this.queue;
	}

	public Tasks getTasks() {
		return this.tasks;
	}

	public Map<String, Executor> getExecutors() {
		return this.executors;
	}

	public void setExecutors(Map<String, Executor> executors) {
		this.executors = executors;
	}

	/**
	 * Whether the caller's place in the code is taken.
	 */
	public enum CallerData {

		/**
		 * Where the appender's pattern asks for it.
		 */
		AUTO,

		/**
		 * For each record.
		 */
		TRUE,

		/**
		 * Never.
		 */
		FALSE

	}

	/**
	 * Who renders a line.
	 */
	public enum Render {

		/**
		 * The drain thread where all that a line needs comes from the event, else the
		 * caller.
		 */
		AUTO,

		/**
		 * The thread that logs.
		 */
		CALLER,

		/**
		 * The drain thread.
		 */
		DRAIN

	}

	/**
	 * The queues in front of the appenders.
	 */
	public static class Async {

		/**
		 * Whether appenders are queued.
		 */
		private boolean enabled = true;

		/**
		 * Names of the appenders to queue. If empty, those that are known to be safe:
		 * Logback's own console, file and syslog appenders.
		 */
		private Set<String> appenders = new LinkedHashSet<>();

		/**
		 * Names of appenders to leave alone.
		 */
		private Set<String> exclude = new LinkedHashSet<>();

		/**
		 * Who renders a record's line.
		 */
		private Render render = Render.AUTO;

		public boolean isEnabled() {
			return this.enabled;
		}

		public void setEnabled(boolean enabled) {
			this.enabled = enabled;
		}

		public Set<String> getAppenders() {
			return this.appenders;
		}

		public void setAppenders(Set<String> appenders) {
			this.appenders = appenders;
		}

		public Set<String> getExclude() {
			return this.exclude;
		}

		public void setExclude(Set<String> exclude) {
			this.exclude = exclude;
		}

		public Render getRender() {
			return this.render;
		}

		public void setRender(Render render) {
			this.render = render;
		}

	}

	/**
	 * Each queue.
	 */
	public static class Queue {

		/**
		 * Records that each queue holds at most.
		 */
		private int capacity = 8192;

		/**
		 * What the records in each queue may retain, roughly. Unless set a sixteenth of
		 * the heap's maximum, and at most 64MB.
		 */
		private @Nullable DataSize memory;

		/**
		 * How long a caller waits at most where there is no room; then its record is
		 * dropped and counted.
		 */
		private Duration maxWait = Duration.ofSeconds(1);

		/**
		 * Callers wait for room if the record's level is at or above this one; records
		 * below are dropped at once. OFF lets nobody wait.
		 */
		private LogLevel waitLevel = LogLevel.TRACE;

		public int getCapacity() {
			return this.capacity;
		}

		public void setCapacity(int capacity) {
			this.capacity = capacity;
		}

		public @Nullable DataSize getMemory() {
			return this.memory;
		}

		public void setMemory(@Nullable DataSize memory) {
			this.memory = memory;
		}

		public Duration getMaxWait() {
			return this.maxWait;
		}

		public void setMaxWait(Duration maxWait) {
			this.maxWait = maxWait;
		}

		public LogLevel getWaitLevel() {
			return this.waitLevel;
		}

		public void setWaitLevel(LogLevel waitLevel) {
			this.waitLevel = waitLevel;
		}

	}

	/**
	 * Tags of tasks.
	 */
	public static class Tasks {

		/**
		 * Whether tasks are tagged with their executor and number.
		 */
		private boolean enabled = true;

		/**
		 * Names of the executor beans to leave alone.
		 */
		private Set<String> exclude = new LinkedHashSet<>();

		/**
		 * Whether a task runs with the MDC of the thread that submitted it.
		 */
		private boolean propagateContext = true;

		/**
		 * MDC entry for the executor's name.
		 */
		private String executorKey = "executor";

		/**
		 * MDC entry for the task's number.
		 */
		private String taskKey = "task";

		public boolean isEnabled() {
			return this.enabled;
		}

		public void setEnabled(boolean enabled) {
			this.enabled = enabled;
		}

		public Set<String> getExclude() {
			return this.exclude;
		}

		public void setExclude(Set<String> exclude) {
			this.exclude = exclude;
		}

		public boolean isPropagateContext() {
			return this.propagateContext;
		}

		public void setPropagateContext(boolean propagateContext) {
			this.propagateContext = propagateContext;
		}

		public String getExecutorKey() {
			return this.executorKey;
		}

		public void setExecutorKey(String executorKey) {
			this.executorKey = executorKey;
		}

		public String getTaskKey() {
			return this.taskKey;
		}

		public void setTaskKey(String taskKey) {
			this.taskKey = taskKey;
		}

		TaskSettings settings() {
			return new TaskSettings(this.executorKey, this.taskKey, this.propagateContext, Set.copyOf(this.exclude),
					LogbackMdc.reader());
		}

	}

	/**
	 * One executor.
	 */
	public static class Executor {

		/**
		 * Level for all records of this executor's tasks, above and below the loggers'
		 * own levels.
		 */
		private @Nullable LogLevel level;

		/**
		 * Share of each queue's room that this executor may take, against 1 of others.
		 */
		private double weight = 1;

		/**
		 * File for the records of this executor's tasks, rolled like Spring Boot's log
		 * file.
		 */
		private @Nullable String file;

		/**
		 * Whether the records of this executor's tasks are in that file only, and no
		 * longer in what the other queued appenders write.
		 */
		private boolean fileOnly;

		public @Nullable String getFile() {
			return this.file;
		}

		public void setFile(@Nullable String file) {
			this.file = file;
		}

		public boolean isFileOnly() {
			return this.fileOnly;
		}

		public void setFileOnly(boolean fileOnly) {
			this.fileOnly = fileOnly;
		}

		public @Nullable LogLevel getLevel() {
			return this.level;
		}

		public double getWeight() {
			return this.weight;
		}

		public void setWeight(double weight) {
			this.weight = weight;
		}

		public void setLevel(@Nullable LogLevel level) {
			this.level = level;
		}

	}

}
