package io.loglane.benchmarks;

import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.ThreadContext;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.appender.AsyncAppender;
import org.apache.logging.log4j.core.appender.FileAppender;
import org.apache.logging.log4j.core.async.AsyncLoggerContext;
import org.apache.logging.log4j.core.async.JCToolsBlockingQueueFactory;
import org.apache.logging.log4j.core.config.AbstractConfiguration;
import org.apache.logging.log4j.core.config.AppenderRef;
import org.apache.logging.log4j.core.config.ConfigurationSource;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.Property;
import org.apache.logging.log4j.core.layout.PatternLayout;
import org.apache.logging.log4j.message.Message;
import org.apache.logging.log4j.message.ParameterConsumer;
import org.apache.logging.log4j.message.ParameterVisitable;

/** Log4j2, by its own API; it waits where there is no room. */
final class Log4jSubject extends Subject {

	private static final String PATTERN = "%d{yyyy-MM-dd HH:mm:ss.SSS} %-5level [%thread] %logger "
			+ "[%X{requestId} %X{tenant} %X{user}] - %msg%n";

	private final LoggerContext context = (LoggerContext) LogManager.getContext(false);

	private final Logger logger;

	Log4jSubject(Variant variant, Output output) {
		if ((variant == Variant.LOG4J_LOGGER) != (this.context instanceof AsyncLoggerContext)) {
			throw new IllegalStateException("This JVM needs the arguments " + variant.jvmArguments());
		}
		this.context.start(new ProgrammedConfiguration(this.context, variant, output));
		this.logger = this.context.getLogger(LOGGER);
		if (!this.logger.isInfoEnabled()) {
			throw new IllegalStateException(variant + " does not start");
		}
	}

	@Override
	void log(Long id) {
		this.logger.info(MESSAGE, CARRIER, id);
	}

	@Override
	void put(String key, String value) {
		ThreadContext.put(key, value);
	}

	@Override
	boolean isSynchronous() {
		return false;
	}

	@Override
	void stop() {
		Configurator.shutdown(this.context);
	}

	/** Root at INFO with one appender, directly or behind an asynchronous one. */
	private static final class ProgrammedConfiguration extends AbstractConfiguration {

		private final Variant variant;

		private final Output output;

		ProgrammedConfiguration(LoggerContext context, Variant variant, Output output) {
			super(context, ConfigurationSource.NULL_SOURCE);
			this.variant = variant;
			this.output = output;
		}

		@Override
		@SuppressWarnings("unchecked") // as Log4j2 declares its builder
		protected void doConfigure() {
			Appender appender = delegate();
			addAppender(appender);
			if (this.variant == Variant.LOG4J_APPENDER) {
				appender = AsyncAppender.newBuilder()
					.setBlockingQueueFactory(JCToolsBlockingQueueFactory
						.<LogEvent>createFactory(JCToolsBlockingQueueFactory.WaitStrategy.PARK))
					.setName("ASYNC")
					.setBufferSize(CAPACITY)
					.setAppenderRefs(new AppenderRef[] { AppenderRef.createAppenderRef("DELEGATE", null, null) })
					.setConfiguration(this)
					.build();
				addAppender(appender);
			}
			getRootLogger().setLevel(Level.INFO);
			getRootLogger().addAppender(appender, null, null);
		}

		private Appender delegate() {
			if (this.output.kind() == Output.Kind.NOOP) {
				return new CountingSink(this.output.arrived());
			}
			// flushes at the end of a batch, as asynchronous loggers are meant to be used
			return FileAppender.newBuilder()
				.setName("DELEGATE")
				.setConfiguration(this)
				.setLayout(PatternLayout.newBuilder().withPattern(PATTERN).withConfiguration(this).build())
				.withFileName(this.output.file().toString())
				.setImmediateFlush(false)
				.build();
		}

	}

	/** Counts what it is given, and does no more. */
	private static final class CountingSink extends AbstractAppender {

		private static final ParameterConsumer<CountingSink> ADD_ID = (parameter, index, sink) -> {
			if (index == 1) {
				sink.tally.add((Long) parameter);
			}
		};

		private final Tally tally;

		CountingSink(Tally tally) {
			super("DELEGATE", null, null, true, Property.EMPTY_ARRAY);
			this.tally = tally;
		}

		@Override
		public void append(LogEvent event) {
			Message message = event.getMessage();
			if (message instanceof ParameterVisitable visitable) {
				visitable.forEachParameter(ADD_ID, this);
			}
			else {
				this.tally.add((Long) message.getParameters()[1]);
			}
		}

	}

}
