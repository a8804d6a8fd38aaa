package io.loglane.sample;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.jayway.jsonpath.JsonPath;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The sample as its build has processed it ahead of time, in a JVM that uses what that
 * has made.
 */
@Timeout(300)
class OrderServiceAheadOfTimeTests {

	private static final HttpClient CLIENT = HttpClient.newHttpClient();

	private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

	@TempDir
	private static Path folder;

	private static Process process;

	private static String address;

	@BeforeAll
	static void start() throws Exception {
		process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
				"-Dspring.aot.enabled=true", "-cp", System.getProperty("java.class.path"),
				OrderServiceApplication.class.getName(), "--server.port=0",
				"--logging.file.name=" + folder.resolve("orders.log"))
			.redirectErrorStream(true)
			.redirectOutput(folder.resolve("output.txt").toFile())
			.start();
		address = "http://localhost:" + find(PORT).group(1);
		find(Pattern.compile("Started OrderServiceApplication"));
		HttpRequest order = HttpRequest.newBuilder(URI.create(address + "/orders?item=tea&quantity=3"))
			.POST(BodyPublishers.noBody())
			.timeout(Duration.ofSeconds(60))
			.build();
		assertThat(CLIENT.send(order, BodyHandlers.ofString()).statusCode()).isEqualTo(202);
		find(Pattern.compile("Report of order 1 done"));
	}

	@AfterAll
	static void stop() throws Exception {
		if (process != null) {
			process.destroyForcibly().waitFor();
		}
	}

	@Test
	void runsWhatWasProcessed() throws IOException {
		assertThat(output()).contains("Starting AOT-processed OrderServiceApplication");
	}

	@Test
	void tagsItsTasks() {
		assertThat(find(Pattern.compile(".*Report of order 1 done")).group()).contains(" reports-1] [reports#1] ");
		assertThat(find(Pattern.compile(".*Mail for order 1 sent")).group()).contains("] [emails#1] ");
		assertThat(find(Pattern.compile(".*orders, .* items so far")).group()).contains("] [taskScheduler#1] ");
	}

	@Test
	void queuesItsAppenders() throws Exception {
		String body = get("/actuator/loglane");
		assertThat(JsonPath.<List<String>>read(body, "$.queues[*].appender")).containsExactly("CONSOLE", "FILE");
		assertThat(JsonPath.<List<String>>read(body, "$.queues[*].mode")).containsOnly("queueing");
		assertThat(JsonPath.<List<Integer>>read(body, "$.queues[*].capacity")).containsOnly(4096);
	}

	@Test
	void countsWhatItWrites() {
		await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
			List<Number> written = JsonPath.read(
					get("/actuator/metrics/loglane.records.written?tag=executor:reports&tag=appender:FILE"),
					"$.measurements[?(@.statistic == 'COUNT')].value");
			assertThat(written.get(0).intValue()).isEqualTo(5);
		});
	}

	private static String get(String path) throws IOException, InterruptedException {
		HttpResponse<String> response = CLIENT.send(
				HttpRequest.newBuilder(URI.create(address + path)).timeout(Duration.ofSeconds(60)).build(),
				BodyHandlers.ofString());
		assertThat(response.statusCode()).as(path).isEqualTo(200);
		return response.body();
	}

	/** Waits for it in what the application has written. */
	private static Matcher find(Pattern pattern) {
		return await().atMost(Duration.ofSeconds(60)).until(() -> {
			assertThat(process.isAlive()).as(output()).isTrue();
			Matcher matcher = pattern.matcher(output());
			return matcher.find() ? matcher : null;
		}, (found) -> found != null);
	}

	private static String output() throws IOException {
		return Files.readString(folder.resolve("output.txt"));
	}

}
