package io.loglane.actuate;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.stream.Stream;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.jayway.jsonpath.JsonPath;
import io.loglane.autoconfigure.Applications;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The health of a real application, over real HTTP.
 */
class LoglaneHealthTests {

	private static final String ASKED_FOR = "--management.health.loglane.enabled=true";

	private static final String DETAILS = "--management.endpoint.health.show-details=always";

	private static final String[] FAILING = {
			"--logging.config=classpath:io/loglane/actuate/failing-logback-spring.xml",
			"--loglane.async.appenders=FAILING" };

	private static final Logger LOGGER = LoggerFactory.getLogger(LoglaneHealthTests.class);

	@RegisterExtension
	final Applications applications = new Applications();

	private ConfigurableApplicationContext run(String... arguments) {
		return this.applications.runWeb(Application.class, arguments);
	}

	private ConfigurableApplicationContext runFailing(String... arguments) {
		return run(Stream.concat(Stream.of(FAILING), Stream.of(arguments)).toArray(String[]::new));
	}

	/** Of an application that is up. */
	private static String health(ConfigurableApplicationContext context) throws Exception {
		String port = context.getEnvironment().getRequiredProperty("local.server.port");
		HttpResponse<String> response = HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/actuator/health")).build(),
					BodyHandlers.ofString());
		assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
		assertThat(JsonPath.<String>read(response.body(), "$.status")).isEqualTo("UP");
		return response.body();
	}

	@Test
	void saysNothingOfQueuesUnlessAskedTo() throws Exception {
		ConfigurableApplicationContext context = runFailing(DETAILS);
		LOGGER.info("can not be written");
		assertThat(JsonPath.<Map<String, Object>>read(health(context), "$.components")).isNotEmpty()
			.doesNotContainKey("loglane");
	}

	@Test
	void tellsOfEachQueueWhereAskedTo() throws Exception {
		String body = health(run(ASKED_FOR, DETAILS, "--loglane.queue.capacity=512"));
		assertThat(JsonPath.<String>read(body, "$.components.loglane.status")).isEqualTo("UP");
		assertThat(JsonPath.<Map<String, Object>>read(body, "$.components.loglane.details.CONSOLE"))
			.containsOnlyKeys("mode", "started", "depth", "capacity", "ageMillis", "dropped", "failed")
			.containsEntry("mode", "queueing")
			.containsEntry("started", true)
			.containsEntry("capacity", 512);
	}

	@Test
	void isUpThoughNothingCanBeWritten() throws Exception {
		ConfigurableApplicationContext context = runFailing(ASKED_FOR, DETAILS);
		LOGGER.info("can not be written");
		await().untilAsserted(() -> {
			String body = health(context);
			assertThat(JsonPath.<String>read(body, "$.components.loglane.status")).isEqualTo("UP");
			assertThat(JsonPath.<Integer>read(body, "$.components.loglane.details.FAILING.failed")).isPositive();
		});
	}

	@Test
	void keepsDetailsFromThoseWhoMayNotSeeThem() throws Exception {
		String body = health(run(ASKED_FOR, "--management.endpoint.health.show-components=always"));
		assertThat(JsonPath.<Map<String, Object>>read(body, "$.components.loglane"))
			.containsExactly(Map.entry("status", "UP"));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

	/** Named in a Logback configuration. */
	public static final class FailingAppender extends AppenderBase<ILoggingEvent> {

		@Override
		protected void append(ILoggingEvent event) {
			throw new IllegalStateException("out of paper");
		}

	}

}
