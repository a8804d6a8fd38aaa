package io.loglane.appender;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.joran.spi.JoranException;
import ch.qos.logback.core.status.Status;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** The appender in Logback's own configuration file. */
class XmlConfigurationTests {

	private final OwnLogback logback = new OwnLogback();

	private final String name = OwnLogback.unique("QUEUE");

	@TempDir
	private Path folder;

	@AfterEach
	void close() {
		this.logback.close();
	}

	private Path file() {
		return this.folder.resolve("xml.log");
	}

	private void configure(String content) throws JoranException {
		String xml = """
				<configuration>
					<appender name="FILE" class="ch.qos.logback.core.FileAppender">
						<file>%s</file>
						<encoder><pattern>%%msg%%n</pattern></encoder>
						<filter class="ch.qos.logback.classic.filter.ThresholdFilter"><level>INFO</level></filter>
					</appender>
					<appender name="SECOND" class="ch.qos.logback.core.read.ListAppender" />
					<appender name="%s" class="%s">
						%s
					</appender>
					<root level="DEBUG"><appender-ref ref="%s" /></root>
				</configuration>
				""".formatted(file(), this.name, LoglaneAppender.class.getName(), content, this.name);
		JoranConfigurator configurator = new JoranConfigurator();
		configurator.setContext(this.logback.context());
		configurator.doConfigure(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
	}

	private LoglaneAppender queue() {
		return (LoglaneAppender) this.logback.logger().getAppender(this.name);
	}

	private List<String> errors() {
		return this.logback.context()
			.getStatusManager()
			.getCopyOfStatusList()
			.stream()
			.filter((status) -> status.getLevel() == Status.ERROR)
			.map(Status::getMessage)
			.toList();
	}

	@Test
	void queueIsConfiguredByItsElements() throws JoranException {
		configure("""
				<capacity>17</capacity>
				<maxWait>500 milliseconds</maxWait>
				<waitLevel>WARN</waitLevel>
				<appender-ref ref="FILE" />
				""");
		assertThat(errors()).isEmpty();
		LoglaneAppender queue = queue();
		assertThat(queue.isStarted()).isTrue();
		assertThat(queue.settings())
			.isEqualTo(new QueueSettings(17, QueueSettings.DEFAULT_MEMORY, Duration.ofMillis(500), Level.WARN,
					QueueSettings.CallerData.AUTO, QueueSettings.Render.AUTO, Duration.ofSeconds(10)));
		Appender<ILoggingEvent> delegate = queue.getAppender("FILE");
		assertThat(delegate).isInstanceOf(FileAppender.class);
		OwnLogback.close(queue);
		queue.open();
		this.logback.logger().debug("refused by the delegate's filter");
		this.logback.logger().info("queued");
		OwnLogback.close(queue);
		assertThat(OwnLogback.lines(file())).containsExactly("queued");
		assertThat(OwnLogback.counts(queue).accepted()).isEqualTo(1);
	}

	@Test
	void settingsThatAreNotMadeAreTheDefaults() throws JoranException {
		configure("<appender-ref ref=\"FILE\" />");
		assertThat(errors()).isEmpty();
		assertThat(queue().settings()).isEqualTo(QueueSettings.DEFAULTS);
		assertThat(QueueSettings.DEFAULTS.capacity()).isEqualTo(8192);
		assertThat(QueueSettings.DEFAULTS.maxWait()).isEqualTo(Duration.ofSeconds(1));
		assertThat(QueueSettings.DEFAULTS.waitLevel()).isEqualTo(Level.TRACE);
	}

	@Test
	void queueWithoutADelegateSaysSoAndDoesNotStart() throws JoranException {
		configure("<capacity>17</capacity>");
		assertThat(errors()).singleElement().asString().contains(this.name, "<appender-ref>");
		assertThat(queue().isStarted()).isFalse();
		this.logback.logger().info("goes nowhere, without an exception");
	}

	@Test
	void secondDelegateIsRefusedAndTheFirstStays() throws JoranException {
		configure("""
				<appender-ref ref="FILE" />
				<appender-ref ref="SECOND" />
				""");
		assertThat(errors()).singleElement().asString().contains(this.name, "FILE", "SECOND");
		assertThat(queue().getAppender("SECOND")).isNull();
		assertThat(queue().getAppender("FILE")).isNotNull();
		assertThat(queue().isStarted()).isTrue();
	}

	@Test
	void capacityBelowOneIsRefused() throws JoranException {
		configure("""
				<capacity>0</capacity>
				<appender-ref ref="FILE" />
				""");
		assertThat(errors()).singleElement().asString().contains(this.name, "capacity 0");
		assertThat(queue().isStarted()).isFalse();
	}

	@Test
	void capacityBeyondAllBoundsIsRefusedWithoutAnException() throws JoranException {
		configure("""
				<capacity>2000000000</capacity>
				<appender-ref ref="FILE" />
				""");
		assertThat(errors()).singleElement().asString().contains(this.name, "capacity 2000000000");
		assertThat(queue().isStarted()).isFalse();
	}

	@Test
	void installationLeavesAQueueOfTheUsersOwnAlone() throws JoranException {
		configure("<capacity>17</capacity><appender-ref ref=\"FILE\" />");
		LoglaneAppender queue = queue();
		LogQueues.Installation installation = LogQueues.jvm()
			.install(this.logback.context(), OwnLogback.lossless(64), java.util.Set.of(), java.util.Set.of());
		assertThat(queue()).isSameAs(queue);
		assertThat(installation.queued()).containsExactly(java.util.Map.entry(this.name, 17));
	}

}
