package io.loglane.appender;

import java.util.List;
import java.util.Map;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;

/**
 * The conversion word {@code %lane{executor,task}}: <code>[reports#42] </code> for task
 * 42 of executor {@code reports}, nothing for a record from outside of tasks. Its options
 * are the names of the two MDC entries.
 */
public final class LaneConverter extends ClassicConverter {

	private static final String WORD = "lane";

	private String executorKey = "executor";

	private String taskKey = "task";

	/**
	 * Make the word known to all patterns that are compiled from now on, in whatever
	 * context: a context forgets its own words when it is reset.
	 */
	public static void register() {
		PatternLayout.DEFAULT_CONVERTER_SUPPLIER_MAP.putIfAbsent(WORD, LaneConverter::new);
	}

	/**
	 * Return the pattern that shows the tag.
	 * @param executorKey the MDC entry that holds the lane's name
	 * @param taskKey the MDC entry that holds the task's number
	 * @return the word with its options
	 */
	public static String pattern(String executorKey, String taskKey) {
		return "%" + WORD + "{" + executorKey + "," + taskKey + "}";
	}

	@Override
	public void start() {
		List<String> options = getOptionList();
		if (options != null && options.size() == 2) {
			this.executorKey = options.get(0);
			this.taskKey = options.get(1);
		}
		super.start();
	}

	@Override
	public String convert(ILoggingEvent event) {
		Map<String, String> mdc = event.getMDCPropertyMap();
		String executor = mdc.get(this.executorKey);
		if (executor == null) {
			return "";
		}
		String task = mdc.get(this.taskKey);
		return (task != null) ? "[" + executor + "#" + task + "] " : "[" + executor + "] ";
	}

}
