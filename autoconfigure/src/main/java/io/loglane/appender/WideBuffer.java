package io.loglane.appender;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.VarHandle;

import ch.qos.logback.core.recovery.ResilientFileOutputStream;
import ch.qos.logback.core.recovery.ResilientOutputStreamBase;
import org.jspecify.annotations.Nullable;

/**
 * Takes the place of the buffer that Logback's file appenders have, which holds 8 KiB: a
 * batch of lines is larger, and would go to the file in several system calls, each of
 * which ends within a page. It stays for as long as the file is open; who flushes it, as
 * the appender does, finds nothing changed. Where the disk is full it does not repeat
 * what is in the file already; but where Logback has opened the file anew, and it is full
 * still, that has its own buffer again, which does. Safe where others write to the same
 * stream.
 */
final class WideBuffer extends BufferedOutputStream {

	/** A batch of lines of 256 bytes each. */
	private static final int SIZE = 64 * 1024;

	private static final long NOT_FAILED = -1;

	/** {@code null} where Logback's fields can not be reached: all stays as it is. */
	private static final @Nullable VarHandle BUFFER = LogbackFields.find(ResilientOutputStreamBase.class, "os",
			OutputStream.class);

	private static final @Nullable VarHandle FILE = LogbackFields.find(ResilientFileOutputStream.class, "fos",
			FileOutputStream.class);

	private final File file;

	/** Somebody may have been about to flush it. */
	private final OutputStream narrow;

	/** Bytes that it was given. */
	private long given;

	/** Those that it had handed on when its appender was flushed last. */
	private long handedOn;

	/** How long the file was then. */
	private long lengthAtFlush;

	/** How many bytes had come into the file since then when it could not be closed. */
	private volatile long inClosedFile = NOT_FAILED;

	private WideBuffer(OutputStream opened, File file, OutputStream narrow) {
		super(opened, SIZE);
		this.file = file;
		this.narrow = narrow;
		this.lengthAtFlush = file.length();
	}

	/**
	 * Widen the buffer of a file's stream, if it is not wide yet. Whole lines go through
	 * it or through the one before, so that none is torn.
	 * @param stream whatever an appender writes to; somebody flushes it for each batch
	 */
	static void widen(@Nullable OutputStream stream) {
		VarHandle buffer = BUFFER;
		VarHandle file = FILE;
		if (buffer == null || file == null || !(stream instanceof ResilientFileOutputStream resilient)) {
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
			buffer.setRelease(stream, new WideBuffer(opened, resilient.getFile(), narrow));
		}
	}

	private static @Nullable WideBuffer of(@Nullable OutputStream stream) {
		VarHandle buffer = BUFFER;
		return (buffer != null && stream instanceof ResilientFileOutputStream
				&& buffer.get(stream) instanceof WideBuffer wide) ? wide : null;
	}

	/**
	 * An appender has been flushed, or was to be.
	 * @param stream whatever it writes to
	 * @param length how long the file is now
	 */
	static void atFlush(@Nullable OutputStream stream, long length) {
		WideBuffer wide = of(stream);
		if (wide != null) {
			wide.atFlush(length);
		}
	}

	private synchronized void atFlush(long length) {
		this.handedOn = this.given - this.count;
		this.lengthAtFlush = length;
	}

	/**
	 * How many bytes had come into a file since the last flush when it was closed with
	 * more to be written: as a file rolls, say, and the disk is full.
	 * @param stream whatever an appender wrote to
	 * @return bytes; less than 0 where nothing has failed
	 */
	static long bytesInClosedFile(@Nullable OutputStream stream) {
		WideBuffer wide = of(stream);
		return (wide != null) ? wide.inClosedFile : NOT_FAILED;
	}

	/**
	 * Not all that is held could be written, and its stream will try again: what is in
	 * the file already must not come twice.
	 */
	private void dropWhatIsInFile() {
		long inFile = this.handedOn + this.file.length() - this.lengthAtFlush;
		int written = (int) Math.max(0, Math.min(this.count, inFile - (this.given - this.count)));
		this.count -= written;
		System.arraycopy(this.buf, written, this.buf, 0, this.count);
	}

	@Override
	public synchronized void write(int octet) throws IOException {
		write(new byte[] { (byte) octet }, 0, 1);
	}

	@Override
	public synchronized void write(byte[] bytes, int from, int length) throws IOException {
		try {
			super.write(bytes, from, length);
			this.given += length;
		}
		catch (IOException ex) {
			dropWhatIsInFile();
			throw ex;
		}
	}

	@Override
	public synchronized void flush() throws IOException {
		this.narrow.flush();
		try {
			super.flush();
		}
		catch (IOException ex) {
			dropWhatIsInFile();
			throw ex;
		}
	}

	@Override
	public void close() throws IOException {
		try {
			super.close();
		}
		catch (IOException ex) {
			failedAtClose();
			throw ex;
		}
	}

	/** Asks for the file by its name, since it is not renamed yet. */
	private synchronized void failedAtClose() {
		this.inClosedFile = Math.max(0, this.file.length() - this.lengthAtFlush);
	}

}
