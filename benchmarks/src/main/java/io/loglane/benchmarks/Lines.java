package io.loglane.benchmarks;

import java.io.IOException;
import java.io.InputStream;

import org.jspecify.annotations.Nullable;

/**
 * Counts the records in a log: the line of each ends with its id. What ends otherwise
 * tells of records that were dropped.
 */
final class Lines {

	/** All ids have so many digits, so that all lines have the same length. */
	private static final int DIGITS = 6;

	private Lines() {
	}

	static Tally read(InputStream in, long @Nullable [] perCaller) throws IOException {
		Tally tally = new Tally();
		byte[] buffer = new byte[1 << 20];
		int kept = 0;
		int read;
		while ((read = in.read(buffer, kept, buffer.length - kept)) > 0) {
			int end = kept + read;
			int lineStart = 0;
			for (int i = 0; i < end; i++) {
				if (buffer[i] == '\n') {
					if (isRecord(buffer, lineStart, i)) {
						long id = id(buffer, lineStart, i);
						tally.add(id);
						if (perCaller != null) {
							perCaller[Caller.of(id)]++;
						}
					}
					lineStart = i + 1;
				}
			}
			kept = end - lineStart;
			System.arraycopy(buffer, lineStart, buffer, 0, kept);
		}
		if (kept > 0) {
			throw new IOException("The last line is cut off");
		}
		return tally;
	}

	private static boolean isRecord(byte[] line, int from, int to) {
		return to > from && line[to - 1] >= '0' && line[to - 1] <= '9';
	}

	/** The number at the end of a line. */
	static long id(byte[] line, int from, int to) {
		long id = 0;
		for (int i = Math.max(from, to - DIGITS); i < to; i++) {
			id = id * 10 + (line[i] - '0');
		}
		return id;
	}

}
