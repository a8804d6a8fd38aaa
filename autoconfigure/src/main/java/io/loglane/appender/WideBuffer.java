package io.loglane.appender;

import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import ch.qos.logback.core.recovery.ResilientOutputStreamBase;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the buffer that Logback's file appenders have, which takes 8 KiB: a batch
 * of lines is larger, and would go to the file in several system calls, each of which
 * ends within a page. It stays there for as long as the file is open; who flushes it, as
 * the appender does, finds nothing changed. Safe where others write to the same stream.
 */
final class WideBuffer extends BufferedOutputStream {

	/** Of a batch of lines of 256 bytes each. */
	private static final int SIZE = 64 * 1024;

	/** {@code null} where Logback's field can not be reached: all stays as it is. */
	private static final @Nullable VarHandle BUFFER = buffer();

	private WideBuffer(OutputStream buffer) {
		super(buffer, SIZE);
	}

	private static @Nullable VarHandle buffer() {
		try {
			return MethodHandles.privateLookupIn(ResilientOutputStreamBase.class, MethodHandles.lookup())
				.findVarHandle(ResilientOutputStreamBase.class, "os", OutputStream.class);
		}
		catch (ReflectiveOperationException | LinkageError ex) {
			return null;
		}
	}

	/**
	 * Widen the buffer of a stream, if it has one that is not wide yet. Whole lines go
	 * through it or past it, so that none is torn.
	 * @param stream whatever an appender writes to; somebody flushes it for each batch
	 */
	static void standBefore(@Nullable OutputStream stream) {
		VarHandle buffer = BUFFER;
		if (buffer != null && stream instanceof ResilientOutputStreamBase
				&& buffer.get(stream) instanceof BufferedOutputStream narrow
				&& narrow.getClass() == BufferedOutputStream.class) {
			// whoever sees it sees it whole
			buffer.setRelease(stream, new WideBuffer(narrow));
		}
	}

}
