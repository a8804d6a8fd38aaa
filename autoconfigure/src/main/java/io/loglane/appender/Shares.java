package io.loglane.appender;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;

/**
 * The shares that lanes have of one queue, made as lanes come. Safe for use by many
 * threads.
 */
final class Shares {

	private final QueueStats stats;

	private volatile @Nullable Share[] byLane = new Share[0];

	Shares(QueueStats stats) {
		this.stats = stats;
	}

	/** Those of the next queue, which counts on. */
	Shares successor() {
		Shares successor = new Shares(this.stats);
		successor.byLane = Arrays.stream(this.byLane)
			.map((share) -> (share != null) ? share.successor() : null)
			.toArray(Share[]::new);
		return successor;
	}

	QueueStats stats() {
		return this.stats;
	}

	/** A lane's share, the same for each call; hot path. */
	Share of(Lane lane) {
		@Nullable Share[] table = this.byLane;
		int index = lane.index();
		if (index < table.length) {
			Share share = table[index];
			if (share != null) {
				return share;
			}
		}
		return add(lane);
	}

	private synchronized Share add(Lane lane) {
		int index = lane.index();
		@Nullable Share[] table = this.byLane;
		@Nullable Share[] copy = Arrays.copyOf(table, Math.max(table.length, index + 1));
		Share share = copy[index];
		if (share == null) {
			share = this.stats.lane(lane).newShare();
			copy[index] = share;
			// a copy, published by one volatile write: readers see a table that no longer
			// changes
			this.byLane = copy;
		}
		return share;
	}

	/** All shares there are. */
	List<Share> all() {
		return Stream.of(this.byLane).filter(Objects::nonNull).map(Objects::requireNonNull).toList();
	}

}
