package io.loglane.appender;

import java.util.Locale;

/** Why a record was given up before it reached its delegate. */
public enum DropReason {

	/** There was no room, and the record's caller was not to wait. */
	NO_ROOM,

	/** There was no room within the time that a caller waits at most. */
	TIMEOUT,

	/** There was no room, and the delegate has taken nothing since a wait ran out. */
	STALLED,

	/**
	 * Logged by the delegate while it appended, which it would have ignored without a
	 * queue too.
	 */
	REENTRANT,

	/** The queue was given up at shutdown, since the delegate did not let go. */
	ABANDONED;

	/**
	 * Return the name that users see.
	 * @return the name in lower case, words joined by {@code -}
	 */
	public String label() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	/** Whether the log is to tell of it in place. */
	boolean isTold() {
		return this != REENTRANT;
	}

}
