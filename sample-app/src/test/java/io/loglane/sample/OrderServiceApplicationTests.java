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
import java.util.Optional;

import com.jayway.jsonpath.JsonPath;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What the README shows of the sample: one application, one order of three lines.
 */
class OrderServiceApplicationTests {

	private static final HttpClient CLIENT = HttpClient.newHttpClient();

	@TempDir
	private static Path folder;

	private static ConfigurableApplicationContext application;

	private static HttpResponse<String> order;

	@BeforeAll
	static void order() throws Exception {
		application = SpringApplication.run(OrderServiceApplication.class, "--server.port=0",
				"--logging.file.name=" + folder.resolve("orders.log"), "--sample.stock-taking=100ms");
		order = CLIENT.send(request("/orders?item=tea&quantity=3").POST(BodyPublishers.noBody()).build(),
				BodyHandlers.ofString());
	}

	@AfterAll
	static void close() {
		application.close();
	}

	@Test
	void takesAnOrder() {
		assertThat(order.statusCode()).isEqualTo(202);
		assertThat(JsonPath.<Integer>read(order.body(), "$.id")).isOne();
		assertThat(JsonPath.<String>read(order.body(), "$.item")).isEqualTo("tea");
		assertThat(JsonPath.<Integer>read(order.body(), "$.quantity")).isEqualTo(3);
	}

	@Test
	void logsWhichTaskMadeTheReport() {
		assertThat(line("Report of order 1 begun")).contains(" [reports-1] [reports#1] ");
		assertThat(line("Order 1: line 3 of 3, tea")).contains(" [reports-1] [reports#1] ");
		assertThat(line("Report of order 1 done")).contains(" [reports-1] [reports#1] ");
	}

	@Test
	void logsWhichTaskSentTheMail() {
		assertThat(line("Mail for order 1 sent")).contains(" [emails-1] [emails#1] ");
	}

	@Test
	void logsWhichRunTookStock() {
		assertThat(line("0 orders, 0 items so far", "1 orders, 3 items so far"))
			.containsPattern("\\[taskScheduler#\\d+] ");
	}

	@Test
	void logsTheRequestWithoutATag() {
		assertThat(line("Order 1 received: 3 x tea")).doesNotContain("#");
	}

	@Test
	void logsInTheOrderInWhichItHappened() throws IOException {
		line("Report of order 1 done");
		assertThat(lines().stream().filter((line) -> line.contains("[reports#1]")))
			.extracting((line) -> line.substring(line.indexOf(" : ") + 3))
			.containsExactly("Report of order 1 begun", "Order 1: line 1 of 3, tea", "Order 1: line 2 of 3, tea",
					"Order 1: line 3 of 3, tea", "Report of order 1 done");
	}

	@Test
	void tellsAtStartWhatIsQueued() {
		assertThat(line("Loglane queues")).endsWith("Loglane queues CONSOLE (4096 records), FILE (4096 records)");
	}

	@Test
	void letsItsMetersBeRead() throws Exception {
		line("Report of order 1 done");
		await().until(() -> count("/actuator/metrics/loglane.records.written?tag=executor:reports&tag=appender:FILE"),
				(written) -> written == 5);
		assertThat(count("/actuator/metrics/loglane.records.dropped?tag=executor:reports")).isZero();
		assertThat(get("/actuator/metrics/loglane.queue.depth").statusCode()).isEqualTo(200);
	}

	private static double count(String path) throws IOException, InterruptedException {
		List<Number> counts = JsonPath.read(get(path).body(), "$.measurements[?(@.statistic == 'COUNT')].value");
		return counts.get(0).doubleValue();
	}

	private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
		return CLIENT.send(request(path).build(), BodyHandlers.ofString());
	}

	private static HttpRequest.Builder request(String path) {
		String port = application.getEnvironment().getRequiredProperty("local.server.port");
		return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path)).timeout(Duration.ofSeconds(20));
	}

	/** Waits for the first line that contains one of the texts. */
	private static String line(String... texts) {
		return await().until(() -> lines().stream().filter((line) -> {
			for (String text : texts) {
				if (line.contains(text)) {
					return true;
				}
			}
			return false;
		}).findFirst(), Optional::isPresent).orElseThrow();
	}

	private static List<String> lines() throws IOException {
		return Files.readAllLines(folder.resolve("orders.log"));
	}

}
