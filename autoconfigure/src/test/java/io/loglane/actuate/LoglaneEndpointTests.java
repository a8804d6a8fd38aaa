package io.loglane.actuate;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;

import com.jayway.jsonpath.JsonPath;
import io.loglane.autoconfigure.Applications;
import io.loglane.lane.Lane;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The endpoint of a real application, over real HTTP.
 */
class LoglaneEndpointTests {

	private static final HttpClient CLIENT = HttpClient.newHttpClient();

	private static final String EXPOSED = "--management.endpoints.web.exposure.include=loglane";

	private static final Logger LOGGER = LoggerFactory.getLogger(LoglaneEndpointTests.class);

	@RegisterExtension
	final Applications applications = new Applications();

	@TempDir
	private Path folder;

	private ConfigurableApplicationContext run(String... arguments) {
		return this.applications.runWeb(Application.class, arguments);
	}

	private static HttpResponse<String> get(ConfigurableApplicationContext context, String path) {
		return send(request(context, path).GET());
	}

	private static HttpResponse<String> post(ConfigurableApplicationContext context, String path, String json) {
		return send(
				request(context, path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(json)));
	}

	private static HttpRequest.Builder request(ConfigurableApplicationContext context, String path) {
		String port = context.getEnvironment().getRequiredProperty("local.server.port");
		return HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/actuator/loglane" + path));
	}

	private static HttpResponse<String> send(HttpRequest.Builder request) {
		try {
			return CLIENT.send(request.build(), BodyHandlers.ofString());
		}
		catch (IOException ex) {
			throw new java.io.UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void isNotExposedUnlessAskedFor() {
		assertThat(get(run(), "").statusCode()).isEqualTo(404);
	}

	@Test
	void tellsOfEachQueueAndWhyItsLinesAreRenderedByWhom() {
		Path file = this.folder.resolve("app.log");
		ConfigurableApplicationContext context = run(EXPOSED, "--logging.file.name=" + file,
				"--logging.structured.format.file=gelf", "--loglane.queue.capacity=512", "--loglane.queue.memory=1MB");
		String body = get(context, "").body();
		List<String> appenders = JsonPath.read(body, "$.queues[*].appender");
		assertThat(appenders).containsExactly("CONSOLE", "FILE");
		Map<String, Object> console = JsonPath.read(body, "$.queues[0]");
		assertThat(console).containsEntry("mode", "queueing")
			.containsEntry("capacity", 512)
			.containsEntry("memory", 1 << 20)
			.containsEntry("started", true)
			.containsEntry("delegate", "ch.qos.logback.core.ConsoleAppender")
			.containsEntry("render", "drain")
			.containsEntry("renderReason", "all that a line needs comes from the event")
			.containsKeys("depth", "slots", "ageMillis", "batchSize", "held", "callerData");
		assertThat(JsonPath.<String>read(body, "$.queues[1].render")).isEqualTo("caller");
		assertThat(JsonPath.<String>read(body, "$.queues[1].renderReason")).contains("StructuredLogEncoder");
	}

	@Test
	void tellsWhatIsNotQueuedAndNotCoveredAndWhy() {
		ConfigurableApplicationContext context = run(EXPOSED, "--loglane.async.exclude=CONSOLE");
		String body = get(context, "").body();
		assertThat(JsonPath.<String>read(body, "$.notQueued.CONSOLE")).isEqualTo("excluded");
		assertThat(JsonPath.<String>read(body, "$.notCovered.commonPool")).isNotEmpty();
		assertThat(JsonPath.<Map<String, Object>>read(body, "$.notCovered")).doesNotContainKey("endpointReports");
	}

	@Test
	void tellsThatNothingIsQueuedWhereQueueingIsOff() {
		ConfigurableApplicationContext context = run(EXPOSED, "--loglane.async.enabled=false");
		assertThat(JsonPath.<String>read(get(context, "").body(), "$.notQueued.CONSOLE"))
			.contains("loglane.async.enabled");
	}

	@Test
	void tellsOfOneLane() {
		ConfigurableApplicationContext context = run(EXPOSED, "--loglane.executors.endpointReports.weight=2");
		context.getBean("endpointReports", ThreadPoolTaskExecutor.class)
			.submitCompletable(() -> LOGGER.info("a report"))
			.join();
		assertThat(post(context, "", "{}").statusCode()).isEqualTo(200);
		String body = get(context, "/endpointReports").body();
		assertThat(JsonPath.<Double>read(body, "$.weight")).isEqualTo(2.0);
		assertThat(JsonPath.<Object>read(body, "$.level")).isNull();
		Map<String, Object> records = JsonPath.read(body, "$.appenders.CONSOLE");
		assertThat((int) records.get("accepted")).isPositive().isEqualTo(records.get("written"));
		assertThat(records).containsEntry("depth", 0).containsEntry("failed", 0).containsEntry("dropped", 0);
		assertThat(JsonPath.<Map<String, Object>>read(body, "$.appenders.CONSOLE.droppedByLevel"))
			.containsOnlyKeys("trace", "debug", "info", "warn", "error");
		assertThat(JsonPath.<Map<String, Object>>read(body, "$.appenders.CONSOLE.droppedByReason"))
			.containsOnlyKeys("no-room", "timeout", "stalled", "reentrant", "abandoned");
		assertThat(get(context, "/nobody").statusCode()).isEqualTo(404);
	}

	@Test
	void setsAndClearsALanesLevel() throws Exception {
		Path file = this.folder.resolve("app.log");
		ConfigurableApplicationContext context = run(EXPOSED, "--logging.file.name=" + file);
		ThreadPoolTaskExecutor reports = context.getBean("endpointReports", ThreadPoolTaskExecutor.class);
		assertThat(post(context, "/endpointReports", "{\"level\":\"debug\"}").statusCode()).isEqualTo(204);
		assertThat(JsonPath.<String>read(get(context, "/endpointReports").body(), "$.level")).isEqualTo("DEBUG");
		reports.submitCompletable(() -> LOGGER.debug("seen")).join();
		assertThat(post(context, "/endpointReports", "{}").statusCode()).isEqualTo(204);
		assertThat(JsonPath.<Object>read(get(context, "/endpointReports").body(), "$.level")).isNull();
		reports.submitCompletable(() -> LOGGER.debug("not seen")).join();
		assertThat(post(context, "", "{}").statusCode()).isEqualTo(200);
		assertThat(Files.readString(file)).contains("seen").doesNotContain("not seen");
	}

	@Test
	void levelThatWasSetEndsWithItsApplication() {
		ConfigurableApplicationContext context = run(EXPOSED);
		assertThat(post(context, "/endpointReports", "{\"level\":\"trace\"}").statusCode()).isEqualTo(204);
		context.close();
		assertThat(Lane.named("endpointReports").level()).isEqualTo(Lane.NO_LEVEL);
	}

	@Test
	void refusesALevelThatThereIsNotAndALaneThatThereIsNot() {
		ConfigurableApplicationContext context = run(EXPOSED, "--spring.web.error.include-message=always",
				"--server.error.include-message=always");
		HttpResponse<String> refused = post(context, "/endpointReports", "{\"level\":\"loud\"}");
		assertThat(refused.statusCode()).isEqualTo(400);
		assertThat(refused.body()).contains("loud").contains("debug");
		assertThat(post(context, "/nobody", "{\"level\":\"debug\"}").statusCode()).isEqualTo(404);
	}

	@Test
	void flushReturnsWhenAllIsInTheFile() throws Exception {
		Path file = this.folder.resolve("app.log");
		ConfigurableApplicationContext context = run(EXPOSED, "--logging.file.name=" + file);
		for (int i = 0; i < 20; i++) {
			LOGGER.info("line {}", i);
			HttpResponse<String> flushed = post(context, "", "{}");
			assertThat(flushed.statusCode()).isEqualTo(200);
			assertThat(JsonPath.<Boolean>read(flushed.body(), "$.complete")).isTrue();
			assertThat(Files.readString(file)).contains("line " + i);
		}
	}

	@Test
	void readOnlyAccessGivesReadOnly() {
		ConfigurableApplicationContext context = run(EXPOSED, "--management.endpoint.loglane.access=read-only");
		assertThat(get(context, "/endpointReports").statusCode()).isEqualTo(200);
		assertThat(post(context, "/endpointReports", "{\"level\":\"debug\"}").statusCode()).isEqualTo(405);
		assertThat(post(context, "", "{}").statusCode()).isEqualTo(405);
		assertThat(JsonPath.<Object>read(get(context, "/endpointReports").body(), "$.level")).isNull();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		ThreadPoolTaskExecutor endpointReports() {
			return new ThreadPoolTaskExecutor();
		}

		@Bean(destroyMethod = "")
		ForkJoinPool commonPool() {
			return ForkJoinPool.commonPool();
		}

	}

}
