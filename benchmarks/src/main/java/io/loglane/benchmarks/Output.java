package io.loglane.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/**
 * Where a case's records end, and how they are counted there: a file, whose lines all
 * have the same length, or a sink that does nothing but count.
 */
final class Output {

	/** What the pattern of the lines is like, or what stands for them. */
	enum Kind {

		/** Counted, not written. */
		NOOP,

		/** Written to a file. */
		FILE,

		/** As {@link #FILE}, by an encoder without a layout, where there is one. */
		DIRECT,

		/** As {@link #FILE}, with a conversion word of the user's in the pattern. */
		WORD,

		/** Written to standard output. */
		CONSOLE,

		/** Written to a file by a stream that takes the time. */
		TIMED

	}

	private final Kind kind;

	private final Path file;

	private final Tally arrived = new Tally();

	private long lineLength;

	Output(Kind kind, Path file) {
		this.kind = kind;
		this.file = file;
	}

	Kind kind() {
		return this.kind;
	}

	Path file() {
		return this.file;
	}

	/** For the sink that counts. */
	Tally arrived() {
		return this.arrived;
	}

	/** How many records have arrived so far. */
	long count() {
		if (this.kind == Kind.NOOP) {
			return this.arrived.count();
		}
		try {
			long size = Files.exists(this.file) ? Files.size(this.file) : 0;
			if (this.lineLength == 0 && size > 0) {
				this.lineLength = lengthOfFirstLine();
			}
			return (this.lineLength != 0) ? size / this.lineLength : 0;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private long lengthOfFirstLine() throws IOException {
		try (InputStream in = Files.newInputStream(this.file)) {
			byte[] start = in.readNBytes(1024);
			for (int i = 0; i < start.length; i++) {
				if (start[i] == '\n') {
					return i + 1L;
				}
			}
			return 0;
		}
	}

	/**
	 * Read what is in the file.
	 * @param perCaller where each caller's are counted, too
	 */
	Tally read(long @Nullable [] perCaller) {
		if (this.kind == Kind.NOOP) {
			return this.arrived;
		}
		try (InputStream in = Files.newInputStream(this.file)) {
			return Lines.read(in, perCaller);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	void delete() {
		try {
			Files.deleteIfExists(this.file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
