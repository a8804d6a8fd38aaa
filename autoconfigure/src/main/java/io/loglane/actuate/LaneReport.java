package io.loglane.actuate;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

import io.loglane.appender.DropReason;
import io.loglane.appender.LaneCounts;
import io.loglane.appender.LogQueues;
import io.loglane.appender.QueueStats;
import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;

/**
 * A lane at one moment.
 *
 * @param level the level of all its records, {@code null} where the loggers' own hold
 * @param weight how much of a queue's room it may take, against 1 of others
 * @param appenders its records on the way to each appender, by the appender's name
 */
public record LaneReport(@Nullable String level, double weight, Map<String, Records> appenders) {

	static LaneReport of(Lane lane, LoglaneEndpoint.LaneLevelSetter levels) {
		Map<String, Records> appenders = new TreeMap<>();
		for (QueueStats stats : LogQueues.jvm().stats()) {
			appenders.put(stats.appender(), Records.of(stats.lane(lane)));
		}
		return new LaneReport(levels.get(lane), lane.weight(), appenders);
	}

	/**
	 * A lane's records on the way to one appender.
	 *
	 * @param depth those that wait
	 * @param held slots of the queue that they hold
	 * @param accepted those that the queue took
	 * @param written those that the appender took
	 * @param failed those that it could not write
	 * @param dropped those given up before they reached it
	 * @param droppedByLevel the same, by level
	 * @param droppedByReason the same, by reason
	 * @param waits how often a caller waited for room
	 * @param waitMillis how long they waited, all together
	 */
	public record Records(long depth, long held, long accepted, long written, long failed, long dropped,
			Map<String, Long> droppedByLevel, Map<String, Long> droppedByReason, long waits, double waitMillis) {

		static Records of(LaneCounts counts) {
			Map<String, Long> byLevel = new LinkedHashMap<>();
			LaneCounts.levels().forEach((level) -> byLevel.put(level, counts.dropped(level)));
			Map<String, Long> byReason = new LinkedHashMap<>();
			for (DropReason reason : DropReason.values()) {
				byReason.put(reason.label(), counts.dropped(reason));
			}
			return new Records(counts.depth(), counts.held(), counts.accepted(), counts.written(), counts.failed(),
					counts.dropped(), byLevel, byReason, counts.waits(), counts.waitNanos() / 1e6);
		}

	}

}
