package io.loglane.appender;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.function.Supplier;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.net.SyslogAppender;
import ch.qos.logback.classic.pattern.CallerDataConverter;
import ch.qos.logback.classic.pattern.ClassOfCallerConverter;
import ch.qos.logback.classic.pattern.FileOfCallerConverter;
import ch.qos.logback.classic.pattern.KeyValuePairConverter;
import ch.qos.logback.classic.pattern.LineOfCallerConverter;
import ch.qos.logback.classic.pattern.LocalSequenceNumberConverter;
import ch.qos.logback.classic.pattern.MarkerConverter;
import ch.qos.logback.classic.pattern.MaskedKeyValuePairConverter;
import ch.qos.logback.classic.pattern.MethodOfCallerConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ContextBase;
import ch.qos.logback.core.CoreConstants;
import ch.qos.logback.core.Layout;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.pattern.CompositeConverter;
import ch.qos.logback.core.pattern.Converter;
import ch.qos.logback.core.pattern.DynamicConverter;
import ch.qos.logback.core.pattern.parser.Node;
import ch.qos.logback.core.pattern.parser.Parser;
import org.jspecify.annotations.Nullable;

/**
 * Who renders a delegate's lines, and whether they show the caller. Decided once, when
 * the queue is put in front, from the delegate's encoder, layout and conversion words.
 *
 * @param byCaller the caller renders each record
 * @param shown what else than its message the line shows of a record that may change
 * after the call: the caller renders the records that have any that is not known to be
 * immutable
 * @param callerData the line shows the caller's class, method or line
 * @param known what renders is known to look at nothing but the event's interface
 * @param numbers the line shows how many were rendered before it
 * @param why the reason, for people
 */
record Rendering(boolean byCaller, Shown shown, boolean callerData, boolean known, boolean numbers, String why) {

	private static final String FROM_THE_EVENT = "all that a line needs comes from the event";

	static Rendering of(Appender<ILoggingEvent> delegate, QueueSettings settings) {
		if (delegate instanceof OutputStreamAppender<ILoggingEvent> stream && keepsState(stream.getEncoder())) {
			return new Rendering(false, Shown.NOTHING, settings.callerData() != QueueSettings.CallerData.FALSE, false,
					true, "the encoder keeps a state, and needs the order of the file");
		}
		Rendering seen = inspect(delegate);
		boolean byCaller = switch (settings.render()) {
			case AUTO -> seen.byCaller;
			case CALLER -> true;
			case DRAIN -> false;
		};
		Shown shown = (settings.render() != QueueSettings.Render.DRAIN) ? seen.shown : Shown.NOTHING;
		// only an encoder can be asked by somebody else than its appender
		boolean callerRenders = byCaller && delegate instanceof OutputStreamAppender;
		boolean callerData = switch (settings.callerData()) {
			// a caller that renders is still there to be asked
			case AUTO -> seen.callerData && !callerRenders;
			case TRUE -> true;
			case FALSE -> false;
		};
		String why = (settings.render() == QueueSettings.Render.AUTO) ? seen.why : "loglane.async.render says so";
		return new Rendering(byCaller, shown, callerData, seen.known, seen.numbers, why);
	}

	/** Logback has such encoders after 1.6.3; what it calls them is asked for by name. */
	private static boolean keepsState(@Nullable Encoder<ILoggingEvent> encoder) {
		if (encoder == null) {
			return false;
		}
		try {
			Method isStateful = encoder.getClass().getMethod("isStateful");
			return isStateful.trySetAccessible() && Boolean.TRUE.equals(isStateful.invoke(encoder));
		}
		catch (ReflectiveOperationException | RuntimeException | LinkageError ex) {
			return false;
		}
	}

	private static Rendering unknown(@Nullable Object part) {
		String name = (part != null) ? part.getClass().getSimpleName() : "the appender";
		return new Rendering(true, Shown.NOTHING, true, false, false, name + " may read the calling thread");
	}

	/** Who renders, for people. */
	String who() {
		return this.byCaller ? "caller"
				: this.shown.isAny() ? "drain, but caller where what the line shows may change" : "drain";
	}

	boolean byCaller(ILoggingEvent event) {
		return this.byCaller || this.shown.mayChange(event);
	}

	private static Rendering inspect(Appender<ILoggingEvent> delegate) {
		if (delegate instanceof OutputStreamAppender<ILoggingEvent> stream) {
			return inspect(stream.getEncoder());
		}
		if (delegate instanceof SyslogAppender syslog) {
			return inspect(syslog.getLayout());
		}
		return unknown(delegate);
	}

	private static Rendering inspect(@Nullable Encoder<ILoggingEvent> encoder) {
		if (encoder != null && (encoder.getClass() == PatternLayoutEncoder.class
				|| encoder.getClass() == LayoutWrappingEncoder.class)) {
			return inspect(((LayoutWrappingEncoder<ILoggingEvent>) encoder).getLayout());
		}
		if (encoder != null && encoder.getClass() == JsonEncoder.class) {
			return new Rendering(false, Shown.ALL, false, true, false, FROM_THE_EVENT);
		}
		if (encoder != null && StructuredLines.comeFromTheEvent(encoder)) {
			return new Rendering(false, Shown.MARKERS_AND_PAIRS, false, true, false, FROM_THE_EVENT);
		}
		return unknown(encoder);
	}

	private static Rendering inspect(@Nullable Layout<ILoggingEvent> layout) {
		if (layout == null || layout.getClass() != PatternLayout.class) {
			return unknown(layout);
		}
		try {
			PatternLayout pattern = (PatternLayout) layout;
			Rendering words = inspect(compile(pattern));
			return asksEvaluator(pattern) ? new Rendering(true, words.shown, words.callerData, false, words.numbers,
					"an evaluator may read the calling thread") : words;
		}
		catch (Exception | LinkageError ex) {
			return new Rendering(true, Shown.NOTHING, true, false, false, "the pattern can not be understood");
		}
	}

	/**
	 * Whether a user's evaluator decides what a word shows; it may look at the thread.
	 */
	private static boolean asksEvaluator(PatternLayout layout) {
		String pattern = layout.getPattern();
		return layout.getContext() != null
				&& layout.getContext().getObject(CoreConstants.EVALUATOR_MAP) instanceof Map<?, ?> evaluators
				&& evaluators.keySet().stream().anyMatch((name) -> pattern.contains(String.valueOf(name)));
	}

	/** The layout's converters once more; its own are not to be had from outside. */
	@SuppressWarnings("rawtypes") // as Logback declares it
	private static @Nullable Converter<ILoggingEvent> compile(PatternLayout layout) throws Exception {
		// what there is to say of a wrong pattern the layout itself has said already
		ContextBase silent = new ContextBase();
		Parser<ILoggingEvent> parser = new Parser<>(layout.getPattern());
		parser.setContext(silent);
		Node pattern = parser.parse();
		Map<String, Supplier<DynamicConverter>> words = layout.getEffectiveConverterMap();
		return parser.compile(pattern, words);
	}

	private static Rendering inspect(@Nullable Converter<ILoggingEvent> head) {
		String why = FROM_THE_EVENT;
		boolean byCaller = false;
		boolean markers = false;
		boolean pairs = false;
		boolean callerData = false;
		boolean numbers = false;
		for (Converter<ILoggingEvent> converter = head; converter != null; converter = converter.getNext()) {
			if (!Known.readsTheEventOnly(converter)) {
				byCaller = true;
				why = converter.getClass().getSimpleName() + " may read the calling thread";
			}
			markers |= converter instanceof MarkerConverter;
			pairs |= converter instanceof KeyValuePairConverter || converter instanceof MaskedKeyValuePairConverter;
			callerData |= showsCaller(converter);
			numbers |= converter instanceof LocalSequenceNumberConverter;
			if (converter instanceof CompositeConverter<ILoggingEvent> composite) {
				Rendering child = inspect(composite.getChildConverter());
				if (child.byCaller) {
					byCaller = true;
					why = child.why;
				}
				markers |= child.shown.markers;
				pairs |= child.shown.pairs;
				callerData |= child.callerData;
				numbers |= child.numbers;
			}
		}
		boolean known = !byCaller;
		Shown shown = new Shown(markers, pairs, false);
		if (numbers && shown.isAny() && !byCaller) {
			byCaller = true;
			why = "numbers follow the order of rendering";
		}
		return new Rendering(byCaller, shown, callerData, known, numbers, why);
	}

	private static boolean showsCaller(Converter<ILoggingEvent> converter) {
		return converter instanceof ClassOfCallerConverter || converter instanceof MethodOfCallerConverter
				|| converter instanceof LineOfCallerConverter || converter instanceof FileOfCallerConverter
				|| converter instanceof CallerDataConverter;
	}

	/**
	 * What a line shows of a record besides its message.
	 *
	 * @param markers its markers, each of which may have others added
	 * @param pairs its key-value pairs
	 * @param arguments the arguments of its message, as they are
	 */
	record Shown(boolean markers, boolean pairs, boolean arguments) {

		private static final Shown NOTHING = new Shown(false, false, false);

		private static final Shown MARKERS_AND_PAIRS = new Shown(true, true, false);

		private static final Shown ALL = new Shown(true, true, true);

		boolean isAny() {
			return this.markers || this.pairs || this.arguments;
		}

		/** A few nanoseconds where there is nothing but texts and numbers. */
		private boolean mayChange(ILoggingEvent event) {
			return (this.markers && event.getMarkerList() != null)
					|| (this.pairs && !Immutable.arePairs(event.getKeyValuePairs()))
					|| (this.arguments && !Immutable.are(event.getArgumentArray()));
		}

	}

}
