package io.loglane.benchmarks;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.HdrHistogram.Histogram;

/**
 * A buffered stream to a file that takes how long each line was on its way from the call
 * to the file. Written by one thread at a time; each caller's lines come in the order of
 * its calls.
 */
final class TimedStream extends OutputStream {

	private static final int CALLERS = 4;

	/** More than a caller has on its way at any time. */
	private static final int ON_THE_WAY = 1 << 16;

	private final OutputStream file;

	private final byte[] buffer = new byte[8192];

	private int size;

	private int lineStart;

	private final long[][] calledAt = new long[CALLERS][ON_THE_WAY];

	private final long[] calls = new long[CALLERS];

	private final long[] lines = new long[CALLERS];

	private final Histogram histogram = new Histogram(TimeUnit.SECONDS.toNanos(100), 3);

	TimedStream(Path path) {
		try {
			this.file = new FileOutputStream(path.toFile());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Told by a caller about to log; the queue orders it before the line. */
	void called(long id) {
		int caller = Caller.of(id);
		this.calledAt[caller][(int) (this.calls[caller]++ % ON_THE_WAY)] = System.nanoTime();
	}

	@Override
	public void write(int b) throws IOException {
		write(new byte[] { (byte) b }, 0, 1);
	}

	@Override
	public void write(byte[] bytes, int from, int length) throws IOException {
		if (length > this.buffer.length - this.size) {
			flush();
		}
		System.arraycopy(bytes, from, this.buffer, this.size, length);
		this.size += length;
	}

	/** A line is never cut in two: each is written to the buffer as a whole. */
	@Override
	public void flush() throws IOException {
		this.file.write(this.buffer, 0, this.size);
		long now = System.nanoTime();
		this.lineStart = 0;
		for (int i = 0; i < this.size; i++) {
			if (this.buffer[i] == '\n') {
				int caller = Caller.of(Lines.id(this.buffer, this.lineStart, i));
				this.histogram.recordValue(now - this.calledAt[caller][(int) (this.lines[caller]++ % ON_THE_WAY)]);
				this.lineStart = i + 1;
			}
		}
		this.size = 0;
	}

	@Override
	public void close() throws IOException {
		flush();
		this.file.close();
	}

	/** To be read after the appender has stopped. */
	Histogram histogram() {
		return this.histogram;
	}

}
