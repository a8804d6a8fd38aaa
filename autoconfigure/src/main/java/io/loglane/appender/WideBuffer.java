package io.loglane.appender;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import ch.qos.logback.core.recovery.ResilientFileOutputStream;
import ch.qos.logback.core.recovery.ResilientOutputStreamBase;
import org.jspecify.annotations.Nullable;

/**
 * Takes the place of the buffer that Logback's file appenders have, which holds 8 KiB: a
 * batch of lines is larger, and would go to the file in several system calls, each of
 * which ends within a page. It stays for as long as the file is open; who flushes it, as
 * the appender does, finds nothing changed. Where the disk is full it does not repeat
 * what is in the file already. Safe where others write to the same stream.
 */
final class WideBuffer extends BufferedOutputStream {

	/** A batch of lines of 256 bytes each. */
	private static final int SIZE = 64 * 1024;

	/** {@code null} where Logback's fields can not be reached: all stays as it is. */
	private static final @Nullable VarHandle BUFFER = field(ResilientOutputStreamBase.class, "os", OutputStream.class);

	private static final @Nullable VarHandle FILE = field(ResilientFileOutputStream.class, "fos",
			FileOutputStream.class);

	/** Somebody may have been about to flush it. */
	private final OutputStream narrow;

	/** Bytes that it was given. */
	private long given;

	/** Those that had been when it was flushed. */
	private long flushed;

	private WideBuffer(OutputStream file, OutputStream narrow) {
		super(file, SIZE);
		this.narrow = narrow;
	}

	private static @Nullable VarHandle field(Class<?> owner, String name, Class<?> type) {
		try {
			return MethodHandles.privateLookupIn(owner, MethodHandles.lookup()).findVarHandle(owner, name, type);
		}
		catch (ReflectiveOperationException | LinkageError ex) {
			return null;
		}
	}

	/**
	 * Widen the buffer of a file's stream, if it is not wide yet. Whole lines go through
	 * it or through the one before, so that none is torn.
	 * @param stream whatever an appender writes to; somebody flushes it for each batch
	 */
	static void widen(@Nullable OutputStream stream) {
		VarHandle buffer = BUFFER;
		VarHandle file = FILE;
		if (buffer == null || file == null || !(stream instanceof ResilientFileOutputStream)) {
			return;
		}
		OutputStream narrow = (OutputStream) buffer.get(stream);
		FileOutputStream opened = (FileOutputStream) file.get(stream);
		if (narrow != null && narrow.getClass() == BufferedOutputStream.class && opened != null) {
			try {
				narrow.flush();
			}
			catch (IOException ex) {
				// it is full of what could not be written; who flushes it next is told
				return;
			}
			// whoever sees it sees it whole
			buffer.setRelease(stream, new WideBuffer(opened, narrow));
		}
	}

	/**
	 * A stream has failed to write all that it holds, and will be flushed again when it
	 * recovers: what is in the file already must not come twice.
	 * @param stream whatever an appender writes to
	 * @param bytes how many bytes have come into the file since the last flush
	 */
	static void inFile(@Nullable OutputStream stream, long bytes) {
		VarHandle buffer = BUFFER;
		if (buffer != null && stream instanceof ResilientFileOutputStream
				&& buffer.get(stream) instanceof WideBuffer wide) {
			wide.drop(bytes);
		}
	}

	private synchronized void drop(long bytesSinceFlush) {
		long firstHeld = this.given - this.count;
		int written = (int) Math.max(0, Math.min(this.count, this.flushed + bytesSinceFlush - firstHeld));
		this.count -= written;
		System.arraycopy(this.buf, written, this.buf, 0, this.count);
	}

	@Override
	public synchronized void write(int octet) throws IOException {
		super.write(octet);
		this.given++;
	}

	@Override
	public synchronized void write(byte[] bytes, int from, int length) throws IOException {
		super.write(bytes, from, length);
		this.given += length;
	}

	@Override
	public synchronized void flush() throws IOException {
		this.narrow.flush();
		super.flush();
		this.flushed = this.given;
	}

}
