package io.loglane.actuate;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

import io.loglane.appender.LogQueues;
import io.loglane.appender.QueueState;
import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * What Loglane does: each queue, each lane, and what is not covered, with the reason.
 * Sets and clears a lane's level, and writes out the queues. Safe for use by many
 * threads.
 */
@Endpoint(id = "loglane")
public class LoglaneEndpoint {

	private final Supplier<Map<String, String>> notQueued;

	private final Supplier<Map<String, String>> notCovered;

	private final LaneLevelSetter levels;

	private final Duration timeout;

	/**
	 * @param notQueued the appenders that have no queue, with the reasons
	 * @param notCovered the executors that are not covered, or not in full, with the
	 * reasons
	 * @param levels sets the levels of lanes
	 * @param timeout how long a flush waits at most
	 */
	public LoglaneEndpoint(Supplier<Map<String, String>> notQueued, Supplier<Map<String, String>> notCovered,
			LaneLevelSetter levels, Duration timeout) {
		this.notQueued = notQueued;
		this.notCovered = notCovered;
		this.levels = levels;
		this.timeout = timeout;
	}

	/**
	 * Tell of everything.
	 * @return queues, lanes, and what is not covered
	 */
	@ReadOperation
	public Overview overview() {
		List<QueueState> queues = LogQueues.jvm()
			.states()
			.stream()
			.sorted(Comparator.comparing(QueueState::appender))
			.toList();
		Map<String, LaneReport> lanes = new TreeMap<>();
		Lane.all().forEach((lane) -> lanes.put(lane.name(), LaneReport.of(lane, this.levels)));
		return new Overview(queues, lanes, new TreeMap<>(this.notQueued.get()), new TreeMap<>(this.notCovered.get()));
	}

	/**
	 * Tell of one lane.
	 * @param lane its name
	 * @return the lane, {@code null} where there is none of that name
	 */
	@ReadOperation
	public @Nullable LaneReport lane(@Selector String lane) {
		Lane found = find(lane);
		return (found != null) ? LaneReport.of(found, this.levels) : null;
	}

	/**
	 * Set or clear a lane's level.
	 * @param lane its name
	 * @param level a level's name, {@code null} or empty to clear it
	 * @return the lane as it is then
	 * @throws InvalidEndpointRequestException where there is no such lane or level
	 */
	// Spring Boot 3.5 lets nothing else say that a parameter may be left out. Something
	// is
	// returned, or this would be another operation than that of the web extension
	@SuppressWarnings("deprecation")
	@WriteOperation
	public LaneReport setLevel(@Selector String lane, @org.springframework.lang.Nullable String level) {
		Lane found = find(lane);
		if (found == null) {
			throw new InvalidEndpointRequestException("There is no lane '" + lane + "'", "There is no such lane");
		}
		try {
			this.levels.set(found, (level != null && !level.isBlank()) ? level : null);
			return LaneReport.of(found, this.levels);
		}
		catch (IllegalArgumentException ex) {
			String problem = String.valueOf(ex.getMessage());
			throw new InvalidEndpointRequestException(problem, problem, ex);
		}
	}

	/**
	 * Write out all queues.
	 * @return whether all was written before the shutdown timeout ran out
	 */
	@WriteOperation
	public Flush flush() {
		List<String> late = LogQueues.jvm().flush(this.timeout);
		return new Flush(late.isEmpty(), late);
	}

	private static @Nullable Lane find(String name) {
		return Lane.all().stream().filter((lane) -> lane.name().equals(name)).findFirst().orElse(null);
	}

	/** Sets the levels of lanes in the logging library's terms. */
	public interface LaneLevelSetter {

		/**
		 * Return a lane's level.
		 * @param lane the lane
		 * @return the level's name, {@code null} where the loggers' own hold
		 */
		@Nullable String get(Lane lane);

		/**
		 * Set a lane's level.
		 * @param lane the lane
		 * @param level the level's name, {@code null} to let the loggers' own hold
		 * @throws IllegalArgumentException if there is no level of that name
		 */
		void set(Lane lane, @Nullable String level);

	}

	/**
	 * All there is to tell.
	 *
	 * @param queues the queues, by the names of their appenders
	 * @param lanes the lanes, by name
	 * @param notQueued the appenders that have no queue, with the reasons
	 * @param notCovered the executors that are not covered, or not in full, with the
	 * reasons
	 */
	public record Overview(List<QueueState> queues, Map<String, LaneReport> lanes, Map<String, String> notQueued,
			Map<String, String> notCovered) {

	}

	/**
	 * What became of a flush.
	 *
	 * @param complete whether all was written
	 * @param late the appenders that had not written all in time
	 */
	public record Flush(boolean complete, List<String> late) {

	}

}
