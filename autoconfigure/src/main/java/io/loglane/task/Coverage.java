package io.loglane.task;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which executor beans were seen, and which of them are not covered. Each of those is
 * told once.
 */
final class Coverage {

	/** Begins the reason of one that is covered, and not in full. */
	static final String PARTLY = "covered in part: ";

	private static final Logger LOGGER = LoggerFactory.getLogger(ExecutorLanes.class);

	private final Set<String> seen = new ConcurrentSkipListSet<>();

	private final Map<String, String> notCovered = new ConcurrentHashMap<>();

	void see(String name) {
		this.seen.add(name);
	}

	boolean saw(String name) {
		return this.seen.contains(name);
	}

	void leave(String name, String reason) {
		if (this.notCovered.putIfAbsent(name, reason) == null) {
			LOGGER.debug("Executor '{}' is {}{}", name, reason.startsWith(PARTLY) ? "" : "not covered: ", reason);
		}
	}

	void tell(String message, String name, RuntimeException reason) {
		LOGGER.debug(message, name, String.valueOf(reason.getMessage()));
	}

	/** Why an executor has no lane, {@code null} where it has one or was not seen. */
	@Nullable String reasonAgainst(String name) {
		String reason = this.notCovered.get(name);
		return (reason != null && !reason.startsWith(PARTLY)) ? reason : null;
	}

	Set<String> seen() {
		return new TreeSet<>(this.seen);
	}

	Map<String, String> notCovered() {
		return Map.copyOf(this.notCovered);
	}

}
