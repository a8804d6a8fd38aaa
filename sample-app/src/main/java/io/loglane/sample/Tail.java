package io.loglane.sample;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

import ch.qos.logback.classic.spi.ILoggingEvent;
import org.jspecify.annotations.Nullable;

/**
 * The last lines of the log: so many of each lane, so that one that floods does not push
 * out the others. Safe for use by many threads. Must not log: it is on the way of each
 * record.
 */
final class Tail {

	private static final int LINES_OF_A_LANE = 1_000;

	private static final int LONGEST_MESSAGE = 2_000;

	private final Map<String, Deque<Line>> lanes = new HashMap<>();

	private long last;

	synchronized void add(ILoggingEvent event) {
		Line line = Line.of(++this.last, event);
		Deque<Line> lane = this.lanes.computeIfAbsent(line.lane(), (name) -> new ArrayDeque<>());
		if (lane.size() == LINES_OF_A_LANE) {
			lane.removeFirst();
		}
		lane.addLast(line);
	}

	/**
	 * Return what has come since.
	 * @param number the number of a line; 0: all that is kept
	 * @return the lines behind that one, in order
	 */
	synchronized List<Line> after(long number) {
		List<Line> lines = new ArrayList<>();
		for (Deque<Line> lane : this.lanes.values()) {
			Iterator<Line> newestFirst = lane.descendingIterator();
			boolean more = true;
			while (more && newestFirst.hasNext()) {
				Line line = newestFirst.next();
				more = line.number() > number && lines.add(line);
			}
		}
		lines.sort(Comparator.comparingLong(Line::number));
		return lines;
	}

	/**
	 * A line of the log.
	 *
	 * @param number its place in the log, from 1
	 * @param time when it was logged
	 * @param level its level
	 * @param lane the executor that it comes from; {@code none}: from no executor
	 * @param task the task of that executor
	 * @param parent the task that submitted this one, if any
	 * @param request the request that it belongs to, if any
	 * @param thread the thread that logged it
	 * @param logger the name of the logger
	 * @param message the text
	 */
	record Line(long number, Instant time, String level, String lane, @Nullable String task, @Nullable String parent,
			@Nullable String request, String thread, String logger, String message) {

		private static Line of(long number, ILoggingEvent event) {
			// what Loglane and the sample have put into the MDC
			Map<String, String> mdc = event.getMDCPropertyMap();
			String message = event.getFormattedMessage();
			return new Line(number, event.getInstant(), event.getLevel().toString(),
					mdc.getOrDefault("executor", "none"), mdc.get("task"), mdc.get("parent"), mdc.get("requestId"),
					event.getThreadName(), event.getLoggerName(),
					(message.length() > LONGEST_MESSAGE) ? message.substring(0, LONGEST_MESSAGE) + "…" : message);
		}

	}

}
