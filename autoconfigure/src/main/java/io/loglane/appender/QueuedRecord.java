package io.loglane.appender;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.LoggerContextVO;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.helpers.MessageFormatter;

/**
 * One event on its way to one delegate, with all that its line needs. Made by the caller,
 * published by the enqueue. It is small, as one is allocated for each call: what few
 * records have stands in an object of its own.
 */
final class QueuedRecord implements ILoggingEvent {

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

	/** Of its level; an event of another class may say something else each time. */
	private final byte row;

	private QueuedRecord(ILoggingEvent event, Share share, @Nullable Object first, @Nullable Object second,
			@Nullable Rest rest, int row) {
		this.row = (byte) row;
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
		int row = LaneCounts.row(event.getLevel());
		if (count <= 2) {
			return new QueuedRecord(event, share, (count > 0) ? arguments[0] : null, (count > 1) ? arguments[1] : null,
					(slots > 1) ? new Rest(slots, null, null, null) : null, row);
		}
		return new QueuedRecord(event, share, arguments[0], arguments[1],
				new Rest(slots, arguments.clone(), null, null), row);
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
				(slots > 1 || line != null) ? new Rest(slots, null, line, null) : null,
				LaneCounts.row(event.getLevel()));
	}

	/** This record, to be preceded by what its lane lost before. */
	QueuedRecord after(Share.Losses losses) {
		Rest rest = this.rest;
		Rest more = (rest != null) ? new Rest(rest.slots, rest.arguments, rest.line, losses)
				: new Rest(1, null, null, losses);
		return new QueuedRecord(this.event, this.share, this.first, this.second, more, this.row);
	}

	ILoggingEvent event() {
		return this.event;
	}

	boolean isFormatted() {
		return this.first == FORMATTED;
	}

	/**
	 * The event as it was at the call, for whoever renders it: where its message is not
	 * formatted yet, this record stands in for it, and formats from its own arguments.
	 */
	ILoggingEvent settled() {
		return isFormatted() ? this.event : this;
	}

	@Override
	public String getFormattedMessage() {
		Object[] arguments = getArgumentArray();
		return (arguments != null) ? MessageFormatter.arrayFormat(getMessage(), arguments).getMessage() : getMessage();
	}

	@Override
	@SuppressWarnings("NullAway") // an argument may be null, which Logback does not say
	public Object @Nullable [] getArgumentArray() {
		Rest rest = this.rest;
		if (rest != null && rest.arguments != null) {
			return rest.arguments.clone();
		}
		Object[] arguments = this.event.getArgumentArray();
		if (isFormatted() || arguments == null) {
			return arguments;
		}
		return switch (arguments.length) {
			case 0 -> arguments;
			case 1 -> new @Nullable Object[] { this.first };
			default -> new @Nullable Object[] { this.first, this.second };
		};
	}

	@Override
	public void prepareForDeferredProcessing() {
		// the caller did
	}

	@Override
	public String getThreadName() {
		return this.event.getThreadName();
	}

	@Override
	public Level getLevel() {
		return this.event.getLevel();
	}

	@Override
	public String getMessage() {
		return this.event.getMessage();
	}

	@Override
	public String getLoggerName() {
		return this.event.getLoggerName();
	}

	@Override
	public LoggerContextVO getLoggerContextVO() {
		return this.event.getLoggerContextVO();
	}

	@Override
	public @Nullable IThrowableProxy getThrowableProxy() {
		return this.event.getThrowableProxy();
	}

	@Override
	public StackTraceElement[] getCallerData() {
		return this.event.getCallerData();
	}

	@Override
	public boolean hasCallerData() {
		return this.event.hasCallerData();
	}

	@Override
	public @Nullable List<Marker> getMarkerList() {
		return this.event.getMarkerList();
	}

	@Override
	public Map<String, String> getMDCPropertyMap() {
		return this.event.getMDCPropertyMap();
	}

	@Override
	@SuppressWarnings("deprecation") // as the interface has it
	public Map<String, String> getMdc() {
		return this.event.getMDCPropertyMap();
	}

	@Override
	public long getTimeStamp() {
		return this.event.getTimeStamp();
	}

	@Override
	public int getNanoseconds() {
		return this.event.getNanoseconds();
	}

	@Override
	public Instant getInstant() {
		return this.event.getInstant();
	}

	@Override
	public long getSequenceNumber() {
		return this.event.getSequenceNumber();
	}

	@Override
	public @Nullable List<KeyValuePair> getKeyValuePairs() {
		return this.event.getKeyValuePairs();
	}

	@Override
	public String toString() {
		return this.event.toString();
	}

	Share share() {
		return this.share;
	}

	LaneCounts counts() {
		return this.share.counts();
	}

	/** See {@link LaneCounts#row}. */
	int row() {
		return this.row;
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
