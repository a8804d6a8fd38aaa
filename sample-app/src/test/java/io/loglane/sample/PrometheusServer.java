package io.loglane.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.jayway.jsonpath.JsonPath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A Prometheus server of its own on a free port, that scrapes one application each second
 * and applies rules to what it reads.
 */
final class PrometheusServer implements AutoCloseable {

	static final String JOB = "orders";

	private static final HttpClient CLIENT = HttpClient.newHttpClient();

	private static final Pattern LISTENING = Pattern.compile("\"Listening on\" address=(\\S+)");

	private final Process process;

	private final String base;

	private PrometheusServer(Process process, String base) {
		this.process = process;
		this.base = base;
	}

	static boolean isInstalled() {
		return SearchPath.find("prometheus").isPresent() && SearchPath.find("promtool").isPresent();
	}

	/**
	 * Start a server.
	 * @param folder an empty folder for all that it writes
	 * @param target host and port of the application
	 * @param rules the file with the rules
	 * @return the server, ready for queries
	 */
	static PrometheusServer start(Path folder, String target, Path rules) throws IOException {
		Path configuration = folder.resolve("prometheus.yml");
		Files.writeString(configuration, """
				global:
				  scrape_interval: 1s
				  evaluation_interval: 1s
				rule_files: ['%s']
				scrape_configs:
				  - job_name: %s
				    metrics_path: /actuator/prometheus
				    static_configs:
				      - targets: ['%s']
				""".formatted(rules, JOB, target));
		Path log = folder.resolve("prometheus.log");
		Process process = new ProcessBuilder(SearchPath.find("prometheus").orElseThrow().toString(),
				"--config.file=" + configuration, "--storage.tsdb.path=" + folder.resolve("data"),
				"--web.listen-address=127.0.0.1:0")
			.redirectErrorStream(true)
			.redirectOutput(log.toFile())
			.start();
		try {
			// it chooses the port itself, and tells it in its log
			String address = await().atMost(Duration.ofSeconds(60)).until(() -> {
				String text = Files.readString(log);
				assertThat(process.isAlive()).as(text).isTrue();
				Matcher matcher = LISTENING.matcher(text);
				return matcher.find() ? matcher.group(1) : "";
			}, (found) -> !found.isEmpty());
			PrometheusServer server = new PrometheusServer(process, "http://" + address);
			await().atMost(Duration.ofSeconds(60)).until(() -> server.get("/-/ready").statusCode() == 200);
			return server;
		}
		catch (RuntimeException | Error ex) {
			process.destroyForcibly();
			throw ex;
		}
	}

	/**
	 * Run {@code promtool}.
	 * @param input what it reads from its standard input
	 * @param arguments its arguments
	 * @return its output, of a run that has succeeded
	 */
	static String promtool(String input, String... arguments) throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(List.of(SearchPath.find("promtool").orElseThrow().toString()));
		command.addAll(List.of(arguments));
		Path in = Files.createTempFile("promtool", ".in");
		try {
			Files.writeString(in, input);
			Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectInput(in.toFile()).start();
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			assertThat(process.waitFor()).as(output).isZero();
			return output;
		}
		finally {
			Files.delete(in);
		}
	}

	/**
	 * Evaluate an expression now.
	 * @param expression in PromQL
	 * @return the samples of its vector
	 */
	List<Sample> query(String expression) {
		String body = json("/api/v1/query?query=" + encode(expression));
		assertThat(JsonPath.<String>read(body, "$.data.resultType")).as(expression).isEqualTo("vector");
		return JsonPath.<List<Map<String, Object>>>read(body, "$.data.result").stream().map(Sample::of).toList();
	}

	List<String> labelValues(String series, String label) {
		return JsonPath.read(json("/api/v1/label/" + label + "/values?match[]=" + encode(series)), "$.data");
	}

	/**
	 * Return what the server was told of each metric.
	 * @return for each name the entries with {@code type}, {@code help} and {@code unit}
	 */
	Map<String, List<Map<String, String>>> metadata() {
		return JsonPath.read(json("/api/v1/metadata"), "$.data");
	}

	/** The rules that it has loaded, each with its {@code health}. */
	List<Map<String, Object>> rules() {
		return JsonPath.read(json("/api/v1/rules"), "$.data.groups[*].rules[*]");
	}

	private String json(String path) {
		HttpResponse<String> response = get(path);
		assertThat(response.statusCode()).as(path + ": " + response.body()).isEqualTo(200);
		return response.body();
	}

	private HttpResponse<String> get(String path) {
		HttpRequest request = HttpRequest.newBuilder(URI.create(this.base + path.replace("[]", "%5B%5D")))
			.timeout(Duration.ofSeconds(20))
			.build();
		try {
			return CLIENT.send(request, BodyHandlers.ofString());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String encode(String text) {
		return URLEncoder.encode(text, StandardCharsets.UTF_8);
	}

	@Override
	public void close() throws InterruptedException {
		this.process.destroy();
		if (!this.process.waitFor(20, TimeUnit.SECONDS)) {
			this.process.destroyForcibly();
		}
		// its data are in a folder that is about to be deleted
		this.process.waitFor();
	}

	/**
	 * One value of a vector.
	 *
	 * @param labels its labels, the name included
	 * @param value the value, perhaps not a number
	 */
	record Sample(Map<String, String> labels, double value) {

		@SuppressWarnings("unchecked")
		private static Sample of(Map<String, Object> result) {
			List<Object> value = (List<Object>) result.get("value");
			return new Sample((Map<String, String>) result.get("metric"),
					Double.parseDouble(value.get(1).toString().replace("Inf", "Infinity")));
		}

		String label(String name) {
			return this.labels.getOrDefault(name, "");
		}

	}

}
