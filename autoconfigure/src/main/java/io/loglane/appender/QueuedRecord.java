package io.loglane.appender;

import ch.qos.logback.classic.spi.ILoggingEvent;
import org.jspecify.annotations.Nullable;

/**
 * One event on its way to one delegate, with all that its line needs. Made by the caller,
 * published by the enqueue. It is small, as one is allocated for each call: what few
 * records have stands in an object of its own.
 */
final class QueuedRecord {

	private static final Object FORMATTED = new Object();

	private final ILoggingEvent event;

	private final Share share;

	/**
	 * The first two arguments, where the message is not formatted yet: the array that the
	 * event has may be the caller's, who may change it.
	 */
	private final @Nullable Object first;

	private final @Nullable Object second;

	private final @Nullable Rest rest;

	private QueuedRecord(ILoggingEvent event, Share share, @Nullable Object first, @Nullable Object second,
			@Nullable Rest rest) {
		this.event = event;
		this.share = share;
		this.first = first;
		this.second = second;
		this.rest = rest;
	}

	/**
	 * A record whose message is formatted by whoever renders it.
	 * @param event the event, with all read from the caller's thread that the line needs
	 * but the message; its arguments are immutable
	 * @param share the share of the queue that it takes
	 * @param slots how many slots it takes
	 */
	static QueuedRecord unformatted(ILoggingEvent event, Share share, int slots) {
		Object[] arguments = event.getArgumentArray();
		int count = (arguments != null) ? arguments.length : 0;
		if (count <= 2) {
			return new QueuedRecord(event, share, (count > 0) ? arguments[0] : null, (count > 1) ? arguments[1] : null,
					(slots > 1) ? new Rest(slots, null, null, null) : null);
		}
		return new QueuedRecord(event, share, arguments[0], arguments[1],
				new Rest(slots, arguments.clone(), null, null));
	}

	/**
	 * A record whose message is formatted.
	 * @param event the event, with all read from the caller's thread that the line needs
	 * @param share the share of the queue that it takes
	 * @param slots how many slots it takes
	 * @param line the rendered line, where the caller rendered it; not copied
	 */
	static QueuedRecord formatted(ILoggingEvent event, Share share, int slots, byte @Nullable [] line) {
		return new QueuedRecord(event, share, FORMATTED, null,
				(slots > 1 || line != null) ? new Rest(slots, null, line, null) : null);
	}

	/** This record, to be preceded by what its lane lost before. */
	QueuedRecord after(Share.Losses losses) {
		Rest rest = this.rest;
		return new QueuedRecord(this.event, this.share, this.first, this.second, (rest != null)
				? new Rest(rest.slots, rest.arguments, rest.line, losses) : new Rest(1, null, null, losses));
	}

	ILoggingEvent event() {
		return this.event;
	}

	/**
	 * The event, with its message formatted from the arguments as they were at the call.
	 * For whoever renders it.
	 */
	ILoggingEvent settled() {
		ILoggingEvent event = this.event;
		if (this.first == FORMATTED) {
			return event;
		}
		Object[] arguments = event.getArgumentArray();
		if (arguments == null || arguments.length == 0) {
			return event;
		}
		event.getFormattedMessage();
		// looked at afterwards: unchanged now, they were unchanged while formatted
		return isAsItWas(arguments) ? event : EventCopy.with(event, argumentsAtTheCall(arguments.length));
	}

	private boolean isAsItWas(@Nullable Object[] arguments) {
		for (int i = 0; i < arguments.length; i++) {
			if (arguments[i] != argument(i)) {
				return false;
			}
		}
		return true;
	}

	private @Nullable Object[] argumentsAtTheCall(int count) {
		@Nullable Object[] copy = new Object[count];
		for (int i = 0; i < count; i++) {
			copy[i] = argument(i);
		}
		return copy;
	}

	private @Nullable Object argument(int index) {
		Rest rest = this.rest;
		if (rest != null && rest.arguments != null) {
			return rest.arguments[index];
		}
		return (index == 0) ? this.first : this.second;
	}

	Share share() {
		return this.share;
	}

	LaneCounts counts() {
		return this.share.counts();
	}

	int slots() {
		Rest rest = this.rest;
		return (rest != null) ? rest.slots : 1;
	}

	byte @Nullable [] line() {
		Rest rest = this.rest;
		return (rest != null) ? rest.line : null;
	}

	/** What the lane lost before this record and is to be told before it. */
	Share.@Nullable Losses losses() {
		Rest rest = this.rest;
		return (rest != null) ? rest.losses : null;
	}

	/** What few records have. */
	private static final class Rest {

		private final int slots;

		private final @Nullable Object @Nullable [] arguments;

		private final byte @Nullable [] line;

		private final Share.@Nullable Losses losses;

		Rest(int slots, @Nullable Object @Nullable [] arguments, byte @Nullable [] line,
				Share.@Nullable Losses losses) {
			this.slots = slots;
			this.arguments = arguments;
			this.line = line;
			this.losses = losses;
		}

	}

}
