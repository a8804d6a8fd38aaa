package io.loglane.appender;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.function.UnaryOperator;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.joran.spi.JoranException;
import org.slf4j.spi.MDCAdapter;

/** A Logback of the row's own, configured by XML. */
final class SameLinesOwnContext implements SameLinesLogging {

	private final LoggerContext context = new LoggerContext();

	private final LogbackMDCAdapter mdc = new LogbackMDCAdapter();

	SameLinesOwnContext(SameLinesRow row, Path folder, boolean queued) {
		this(row, folder, queued, UnaryOperator.identity());
	}

	/**
	 * @param replacing what else is to be replaced in the row's configuration
	 */
	SameLinesOwnContext(SameLinesRow row, Path folder, boolean queued, UnaryOperator<String> replacing) {
		this.context.setName("same-lines");
		this.context.setMDCAdapter(this.mdc);
		// as Boot has it
		this.context.setPackagingDataEnabled(true);
		String configuration = row.configuration().replace(SameLinesRow.FOLDER, folder.toString());
		configure("<configuration>" + replacing.apply(configuration) + "</configuration>");
		if (queued) {
			QueueSettings settings = new QueueSettings(8192, QueueSettings.DEFAULT_MEMORY, Duration.ofMinutes(1),
					Level.TRACE, QueueSettings.CallerData.AUTO, row.render(), Duration.ofSeconds(30));
			LogQueues.jvm().install(this.context, settings, Set.of(), Set.of());
			LogQueues.jvm().open(this);
		}
	}

	private void configure(String xml) {
		JoranConfigurator configurator = new JoranConfigurator();
		configurator.setContext(this.context);
		try {
			configurator.doConfigure(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
		}
		catch (JoranException ex) {
			throw new AssertionError(xml, ex);
		}
	}

	@Override
	public LoggerContext context() {
		return this.context;
	}

	@Override
	public MDCAdapter mdc() {
		return this.mdc;
	}

	@Override
	public void close() {
		LogQueues.jvm().close(this);
		this.context.stop();
	}

}
