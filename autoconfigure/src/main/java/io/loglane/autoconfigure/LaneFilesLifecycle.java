package io.loglane.autoconfigure;

import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import io.loglane.appender.LaneFile;
import io.loglane.lane.Lane;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.logging.logback.StructuredLogEncoder;
import org.springframework.util.StringUtils;

/**
 * Opens the files of lanes that the properties name, for as long as its context lives: it
 * comes before all executors are made, and goes after all are destroyed. The lines look
 * like those of Spring Boot's log file.
 */
final class LaneFilesLifecycle implements BeanFactoryPostProcessor, DisposableBean {

	/**
	 * Where no pattern of Spring Boot's is to be had, as with a logback.xml of one's own.
	 */
	private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %5p --- [%t] %-40.40logger{39} : %m%n";

	private final LoglaneProperties properties;

	private final boolean recordsAreQueued;

	private final List<LaneFile> files = new ArrayList<>();

	LaneFilesLifecycle(LoglaneProperties properties, boolean recordsAreQueued) {
		this.properties = properties;
		this.recordsAreQueued = recordsAreQueued;
	}

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		if (!this.recordsAreQueued || !(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
			return;
		}
		try {
			this.properties.getExecutors().forEach((name, executor) -> {
				if (StringUtils.hasText(executor.getFile())) {
					open(context, name, executor.getFile(), executor.isFileOnly());
				}
			});
		}
		catch (RuntimeException ex) {
			destroy();
			throw ex;
		}
	}

	private void open(LoggerContext context, String name, String file, boolean only) {
		LaneFile opened = LaneFile.open(context, this, Lane.named(name), file, only, () -> encoder(context),
				LogbackQueues.settings(this.properties));
		if (opened == null) {
			throw new InvalidConfigurationPropertyValueException("loglane.executors." + name + ".file", file,
					"A file is needed that can be written to, and that no other appender writes.");
		}
		this.files.add(opened);
	}

	private static Encoder<ILoggingEvent> encoder(LoggerContext context) {
		String charset = property(context, "FILE_LOG_CHARSET", "UTF-8");
		String format = property(context, "FILE_LOG_STRUCTURED_FORMAT", "");
		Encoder<ILoggingEvent> encoder;
		if (!format.isEmpty()) {
			StructuredLogEncoder structured = new StructuredLogEncoder();
			structured.setFormat(format);
			structured.setCharset(Charset.forName(charset));
			encoder = structured;
		}
		else {
			PatternLayoutEncoder pattern = new PatternLayoutEncoder();
			pattern.setPattern(property(context, "FILE_LOG_PATTERN", PATTERN));
			pattern.setCharset(Charset.forName(charset));
			encoder = pattern;
		}
		encoder.setContext(context);
		encoder.start();
		return encoder;
	}

	private static String property(LoggerContext context, String name, String otherwise) {
		String value = context.getProperty(name);
		return StringUtils.hasText(value) ? value : otherwise;
	}

	@Override
	public void destroy() {
		this.files.forEach((file) -> file.close(this));
		this.files.clear();
	}

}
