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

import javax.management.JMException;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;

import com.jayway.jsonpath.JsonPath;
import io.loglane.autoconfigure.Applications;
import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The endpoint of a real application, over real HTTP.
 */
class LoglaneEndpointTests {

	private static final HttpClient CLIENT = HttpClient.newHttpClient();

	private static final String EXPOSED = "--management.endpoints.web.exposure.include=loglane";

	private static final String EXPOSED_OVER_JMX = "--management.endpoints.jmx.exposure.include=loglane";

	private static final ObjectName MBEAN = mbean();

	private static final String LANE = "endpointReports";

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
		ConfigurableApplicationContext context = run(EXPOSED);
		HttpResponse<String> refused = post(context, "/endpointReports", "{\"level\":\"loud\"}");
		assertThat(refused.statusCode()).isEqualTo(400);
		assertThat(JsonPath.<String>read(refused.body(), "$.message")).contains("loud").contains("debug");
		assertThat(JsonPath.<Object>read(get(context, "/endpointReports").body(), "$.level")).isNull();
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

	@ParameterizedTest
	@ValueSource(strings = { "--management.endpoint.loglane.access=read-only",
			"--management.endpoints.access.default=read-only",
			"--management.endpoints.access.max-permitted=read-only" })
	void readOnlyAccessGivesReadOnly(String access) {
		ConfigurableApplicationContext context = run(EXPOSED, access);
		assertThat(get(context, "/endpointReports").statusCode()).isEqualTo(200);
		assertThat(post(context, "/endpointReports", "{\"level\":\"debug\"}").statusCode()).isEqualTo(405);
		assertThat(post(context, "", "{}").statusCode()).isEqualTo(405);
		assertThat(JsonPath.<Object>read(get(context, "/endpointReports").body(), "$.level")).isNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "--management.endpoint.loglane.access=none", "--management.endpoints.access.default=none",
			"--management.endpoints.access.max-permitted=none" })
	void noAccessGivesNothing(String access) {
		assertThat(get(run(EXPOSED, access), "").statusCode()).isEqualTo(404);
	}

	@Test
	void accessOfItsOwnComesBeforeTheDefault() {
		ConfigurableApplicationContext context = run(EXPOSED, "--management.endpoints.access.default=none",
				"--management.endpoint.loglane.access=unrestricted");
		assertThat(post(context, "", "{}").statusCode()).isEqualTo(200);
	}

	@Test
	void isNotExposedOverJmxUnlessAskedFor() throws Exception {
		ConfigurableApplicationContext context = run("--spring.jmx.enabled=true");
		assertThat(context.getBean(MBeanServer.class).isRegistered(MBEAN)).isFalse();
	}

	@Test
	void doesTheSameOverJmxWhereItIsExposed() throws Exception {
		MBeanServer server = run("--spring.jmx.enabled=true", EXPOSED_OVER_JMX).getBean(MBeanServer.class);
		Map<?, ?> overview = (Map<?, ?>) server.invoke(MBEAN, "overview", new Object[0], new String[0]);
		assertThat(overview.keySet()).map(Object::toString)
			.containsExactlyInAnyOrder("queues", "lanes", "notQueued", "notCovered");
		setLevel(server, LANE, "debug");
		assertThat(levelOverJmx(server)).isEqualTo("DEBUG");
		setLevel(server, LANE, null);
		assertThat(levelOverJmx(server)).isNull();
		Map<?, ?> flush = (Map<?, ?>) server.invoke(MBEAN, "flush", new Object[0], new String[0]);
		assertThat(flush.get("complete")).isEqualTo(true);
	}

	@Test
	void refusesOverJmxWhatThereIsNot() {
		MBeanServer server = run("--spring.jmx.enabled=true", EXPOSED_OVER_JMX).getBean(MBeanServer.class);
		assertThatExceptionOfType(JMException.class).isThrownBy(() -> setLevel(server, LANE, "loud"))
			.withStackTraceContaining("There is no level 'loud'");
		assertThatExceptionOfType(JMException.class).isThrownBy(() -> setLevel(server, "nobody", "debug"))
			.withStackTraceContaining("There is no lane 'nobody'");
	}

	@Test
	void readOnlyAccessGivesReadOnlyOverJmxToo() throws Exception {
		MBeanServer server = run("--spring.jmx.enabled=true", EXPOSED_OVER_JMX,
				"--management.endpoint.loglane.access=read-only")
			.getBean(MBeanServer.class);
		assertThat(server.getMBeanInfo(MBEAN).getOperations()).extracting(MBeanOperationInfo::getName)
			.containsExactlyInAnyOrder("overview", "lane");
	}

	private static void setLevel(MBeanServer server, String lane, @Nullable String level) throws JMException {
		String text = String.class.getName();
		server.invoke(MBEAN, "setLevel", new Object[] { lane, level }, new String[] { text, text });
	}

	private static @Nullable Object levelOverJmx(MBeanServer server) throws JMException {
		Map<?, ?> lane = (Map<?, ?>) server.invoke(MBEAN, "lane", new Object[] { LANE },
				new String[] { String.class.getName() });
		return lane.get("level");
	}

	private static ObjectName mbean() {
		try {
			return new ObjectName("org.springframework.boot:type=Endpoint,name=Loglane");
		}
		catch (JMException ex) {
			throw new IllegalStateException(ex);
		}
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
