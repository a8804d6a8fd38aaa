package io.loglane.appender;

import java.util.Map;
import java.util.function.Supplier;

import ch.qos.logback.classic.PatternLayout;
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
 * @param mutableParts the line shows markers or key-value pairs, which may change after
 * the call: the caller renders the records that have any
 * @param callerData the line shows the caller's class, method or line
 */
record Rendering(boolean byCaller, boolean mutableParts, boolean callerData) {

	private static final Rendering UNKNOWN = new Rendering(true, false, true);

	static Rendering of(Appender<ILoggingEvent> delegate, QueueSettings settings) {
		Rendering seen = inspect(delegate);
		boolean byCaller = switch (settings.render()) {
			case AUTO -> seen.byCaller;
			case CALLER -> true;
			case DRAIN -> false;
		};
		boolean mutableParts = seen.mutableParts && settings.render() != QueueSettings.Render.DRAIN;
		// only an encoder can be asked by somebody else than its appender
		boolean callerRenders = byCaller && delegate instanceof OutputStreamAppender;
		boolean callerData = switch (settings.callerData()) {
			// a caller that renders is still there to be asked
			case AUTO -> seen.callerData && !callerRenders;
			case TRUE -> true;
			case FALSE -> false;
		};
		return new Rendering(byCaller, mutableParts, callerData);
	}

	boolean byCaller(ILoggingEvent event) {
		return this.byCaller || (this.mutableParts && (event.getMarkerList() != null
				|| (event.getKeyValuePairs() != null && !event.getKeyValuePairs().isEmpty())));
	}

	private static Rendering inspect(Appender<ILoggingEvent> delegate) {
		if (delegate instanceof OutputStreamAppender<ILoggingEvent> stream) {
			return inspect(stream.getEncoder());
		}
		if (delegate instanceof SyslogAppender syslog) {
			return inspect(syslog.getLayout());
		}
		return UNKNOWN;
	}

	private static Rendering inspect(@Nullable Encoder<ILoggingEvent> encoder) {
		if (encoder != null && (encoder.getClass() == PatternLayoutEncoder.class
				|| encoder.getClass() == LayoutWrappingEncoder.class)) {
			return inspect(((LayoutWrappingEncoder<ILoggingEvent>) encoder).getLayout());
		}
		return UNKNOWN;
	}

	private static Rendering inspect(@Nullable Layout<ILoggingEvent> layout) {
		if (layout == null || layout.getClass() != PatternLayout.class) {
			return UNKNOWN;
		}
		try {
			PatternLayout pattern = (PatternLayout) layout;
			Rendering words = inspect(compile(pattern));
			return asksEvaluator(pattern) ? new Rendering(true, words.mutableParts, words.callerData) : words;
		}
		catch (Exception | LinkageError ex) {
			// as with any pattern that can not be understood
			return UNKNOWN;
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
		boolean byCaller = false;
		boolean mutableParts = false;
		boolean callerData = false;
		boolean numbers = false;
		for (Converter<ILoggingEvent> converter = head; converter != null; converter = converter.getNext()) {
			byCaller |= !Known.readsTheEventOnly(converter.getClass());
			mutableParts |= converter instanceof KeyValuePairConverter
					|| converter instanceof MaskedKeyValuePairConverter || converter instanceof MarkerConverter;
			callerData |= showsCaller(converter);
			numbers |= converter instanceof LocalSequenceNumberConverter;
			if (converter instanceof CompositeConverter<ILoggingEvent> composite) {
				Rendering child = inspect(composite.getChildConverter());
				byCaller |= child.byCaller;
				mutableParts |= child.mutableParts;
				callerData |= child.callerData;
			}
		}
		// numbers follow the order of rendering: it must be the same thread's for all
		return new Rendering(byCaller || (numbers && mutableParts), mutableParts, callerData);
	}

	private static boolean showsCaller(Converter<ILoggingEvent> converter) {
		return converter instanceof ClassOfCallerConverter || converter instanceof MethodOfCallerConverter
				|| converter instanceof LineOfCallerConverter || converter instanceof FileOfCallerConverter
				|| converter instanceof CallerDataConverter;
	}

}
