package io.loglane.benchmarks;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Map;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;

/**
 * Turns an event into the bytes of the same line as the pattern does, without a layout.
 * For one thread at a time.
 */
final class DirectEncoder extends EncoderBase<ILoggingEvent> {

	private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.")
		.withZone(ZoneId.systemDefault());

	private static final byte[] NOTHING = {};

	private final StringBuilder line = new StringBuilder(256);

	private long second = Long.MIN_VALUE;

	private String secondText = "";

	@Override
	public byte[] encode(ILoggingEvent event) {
		StringBuilder line = this.line;
		line.setLength(0);
		appendTime(event.getTimeStamp());
		String level = event.getLevel().toString();
		line.append(level).append("     ", 0, Math.max(0, 5 - level.length()));
		Map<String, String> mdc = event.getMDCPropertyMap();
		line.append(" [").append(event.getThreadName()).append("] ").append(event.getLoggerName());
		line.append(" [").append(mdc.get("requestId")).append(' ').append(mdc.get("tenant"));
		line.append(' ').append(mdc.get("user")).append("] - ");
		line.append(event.getFormattedMessage()).append('\n');
		return line.toString().getBytes(StandardCharsets.UTF_8);
	}

	private void appendTime(long millis) {
		long second = Math.floorDiv(millis, 1000L);
		if (second != this.second) {
			this.second = second;
			this.secondText = TIME.format(Instant.ofEpochSecond(second));
		}
		int rest = (int) Math.floorMod(millis, 1000L);
		this.line.append(this.secondText)
			.append((char) ('0' + rest / 100))
			.append((char) ('0' + rest / 10 % 10))
			.append((char) ('0' + rest % 10))
			.append(' ');
	}

	@Override
	public byte[] headerBytes() {
		return NOTHING;
	}

	@Override
	public byte[] footerBytes() {
		return NOTHING;
	}

}
