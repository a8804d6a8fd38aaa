package io.loglane.appender;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.pattern.LineOfCallerConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.boolex.EventEvaluatorBase;
import ch.qos.logback.core.encoder.EncoderBase;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.pattern.CompositeConverter;
import ch.qos.logback.core.sift.AbstractDiscriminator;
import ch.qos.logback.core.spi.FilterReply;

/**
 * What users write for Logback, and what an asynchronous appender breaks: each reads the
 * calling thread. Public for Logback's configurator.
 */
public final class SameLinesPlugins {

	private SameLinesPlugins() {
	}

	private static String traceId() {
		return SameLinesProgram.TRACE_ID.get();
	}

	/** A conversion word. */
	public static final class TraceIdConverter extends ClassicConverter {

		@Override
		public String convert(ILoggingEvent event) {
			return traceId();
		}

	}

	/** A conversion word around others. */
	public static final class TraceIdCompositeConverter extends CompositeConverter<ILoggingEvent> {

		@Override
		protected String transform(ILoggingEvent event, String in) {
			return traceId() + "(" + in + ")";
		}

	}

	/** A conversion word that extends one of Logback's. */
	public static final class TracedLineConverter extends LineOfCallerConverter {

		@Override
		public String convert(ILoggingEvent event) {
			return traceId() + ":" + super.convert(event);
		}

	}

	/** A conversion word that shows the caller, as the event has it. */
	public static final class CallerConverter extends ClassicConverter {

		@Override
		public String convert(ILoggingEvent event) {
			StackTraceElement[] caller = event.getCallerData();
			return (caller.length > 0) ? caller[0].toString() : "nobody";
		}

	}

	/** A conversion word that fails now and then. */
	public static final class FailingConverter extends ClassicConverter {

		@Override
		public String convert(ILoggingEvent event) {
			if (event.getLevel().levelInt == ch.qos.logback.classic.Level.WARN_INT) {
				throw new IllegalStateException("thrown by the test");
			}
			return "well";
		}

	}

	/** A layout from scratch. */
	public static final class TraceIdLayout extends LayoutBase<ILoggingEvent> {

		@Override
		public String doLayout(ILoggingEvent event) {
			return line(event);
		}

	}

	/** A layout that extends Logback's. */
	public static final class TracedPatternLayout extends PatternLayout {

		@Override
		public String doLayout(ILoggingEvent event) {
			return traceId() + " " + super.doLayout(event);
		}

	}

	/** An encoder from scratch. */
	public static final class TraceIdEncoder extends EncoderBase<ILoggingEvent> {

		@Override
		public byte[] headerBytes() {
			return "header\n".getBytes(StandardCharsets.UTF_8);
		}

		@Override
		public byte[] encode(ILoggingEvent event) {
			return line(event).getBytes(StandardCharsets.UTF_8);
		}

		@Override
		public byte[] footerBytes() {
			return "footer\n".getBytes(StandardCharsets.UTF_8);
		}

	}

	/** What is not queued unless it is named: it may do this. */
	public static final class TraceIdAppender extends AppenderBase<ILoggingEvent> {

		private final FileWriter file = new FileWriter();

		public void setFile(String file) {
			this.file.path = Path.of(file);
		}

		@Override
		protected void append(ILoggingEvent event) {
			this.file.write(Thread.currentThread().getName() + " " + line(event));
		}

	}

	/** The same without a lock. */
	public static final class UnsynchronizedTraceIdAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {

		private final FileWriter file = new FileWriter();

		public void setFile(String file) {
			this.file.path = Path.of(file);
		}

		@Override
		protected void append(ILoggingEvent event) {
			this.file.write(Thread.currentThread().getName() + " " + line(event));
		}

	}

	/** A file of Logback's with something added. */
	public static final class TracedFileAppender extends FileAppender<ILoggingEvent> {

		@Override
		protected void subAppend(ILoggingEvent event) {
			if (!traceId().endsWith("7")) {
				super.subAppend(event);
			}
		}

	}

	/** Refuses by what the thread says. */
	public static final class TraceIdFilter extends Filter<ILoggingEvent> {

		@Override
		public FilterReply decide(ILoggingEvent event) {
			return traceId().matches("trace-\\d*[02468]") ? FilterReply.NEUTRAL : FilterReply.DENY;
		}

	}

	/** Refuses each third record of each thread, so it must be asked once for each. */
	public static final class CountingFilter extends Filter<ILoggingEvent> {

		private final Map<String, Integer> asked = new ConcurrentHashMap<>();

		@Override
		public FilterReply decide(ILoggingEvent event) {
			return (this.asked.merge(Thread.currentThread().getName(), 1, Integer::sum) % 3 != 0) ? FilterReply.NEUTRAL
					: FilterReply.DENY;
		}

	}

	/** For {@code %ex}, {@code %caller} and Logback's filters. */
	public static final class TraceIdEvaluator extends EventEvaluatorBase<ILoggingEvent> {

		@Override
		public boolean evaluate(ILoggingEvent event) {
			return traceId().matches("trace-\\d*[02468]");
		}

	}

	/** A file for each kind of trace id. */
	public static final class TraceIdDiscriminator extends AbstractDiscriminator<ILoggingEvent> {

		@Override
		public String getDiscriminatingValue(ILoggingEvent event) {
			return traceId().matches("trace-\\d*[02468]") ? "even" : "odd";
		}

		@Override
		public String getKey() {
			return "kind";
		}

	}

	private static String line(ILoggingEvent event) {
		return "[" + event.getThreadName() + "] " + traceId() + " " + event.getLevel() + " "
				+ event.getFormattedMessage() + " " + event.getMDCPropertyMap() + " " + event.getKeyValuePairs() + " "
				+ event.getMarkerList() + "\n";
	}

	/** Appends one line after the other. */
	private static final class FileWriter {

		private Path path = Path.of("none");

		synchronized void write(String line) {
			try {
				Files.writeString(this.path, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
