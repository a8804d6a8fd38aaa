package io.loglane.autoconfigure;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;

/**
 * Hangs for ever at the first line with {@code hang} in it, and leaves a file as a mark.
 */
public final class HangingAppender extends OutputStreamAppender<ILoggingEvent> {

	private final Semaphore never = new Semaphore(0);

	private Path mark = Path.of("hanging");

	public void setMark(String mark) {
		this.mark = Path.of(mark);
	}

	@Override
	public void start() {
		setOutputStream(new OutputStream() {

			@Override
			public void write(int octet) {
			}

			@Override
			public void write(byte[] octets, int from, int length) throws IOException {
				if (new String(octets, from, length, StandardCharsets.UTF_8).contains("hang")) {
					Files.createFile(HangingAppender.this.mark);
					HangingAppender.this.never.acquireUninterruptibly();
				}
			}

		});
		super.start();
	}

}
