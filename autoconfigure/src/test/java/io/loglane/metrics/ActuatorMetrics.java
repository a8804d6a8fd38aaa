package io.loglane.metrics;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;

import com.jayway.jsonpath.JsonPath;

import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application's meters, as {@code curl} reads them.
 *
 * @param base the address of the endpoint
 */
record ActuatorMetrics(String base) {

	private static final HttpClient CLIENT = HttpClient.newHttpClient();

	static ActuatorMetrics of(ApplicationContext application) {
		String port = application.getEnvironment().getRequiredProperty("local.server.port");
		return new ActuatorMetrics("http://localhost:" + port + "/actuator/metrics");
	}

	List<String> names() {
		return JsonPath.read(get("").body(), "$.names");
	}

	/**
	 * Return whether there is such a meter.
	 * @param name its name
	 * @param tags its tags, each {@code key:value}
	 * @return whether the endpoint knows it
	 */
	boolean has(String name, String... tags) {
		return get(path(name, tags)).statusCode() == 200;
	}

	/**
	 * Return a meter's value, the sum over all tags that are not given.
	 * @param name its name
	 * @param tags its tags, each {@code key:value}
	 * @return the value, or the count
	 */
	double value(String name, String... tags) {
		return statistic("VALUE", "COUNT", name, tags);
	}

	double totalTime(String name, String... tags) {
		return statistic("TOTAL_TIME", "TOTAL_TIME", name, tags);
	}

	private double statistic(String first, String second, String name, String... tags) {
		HttpResponse<String> response = get(path(name, tags));
		assertThat(response.statusCode()).as("status of " + path(name, tags)).isEqualTo(200);
		List<Number> values = JsonPath.read(response.body(),
				"$.measurements[?(@.statistic == '" + first + "' || @.statistic == '" + second + "')].value");
		assertThat(values).as("measurements of " + path(name, tags)).hasSize(1);
		return values.get(0).doubleValue();
	}

	List<String> tagValues(String name, String tag) {
		return JsonPath
			.<List<List<String>>>read(get(path(name)).body(), "$.availableTags[?(@.tag == '" + tag + "')].values")
			.stream()
			.flatMap(List::stream)
			.toList();
	}

	private static String path(String name, String... tags) {
		StringBuilder path = new StringBuilder("/").append(name);
		for (int i = 0; i < tags.length; i++) {
			path.append((i == 0) ? "?tag=" : "&tag=").append(tags[i]);
		}
		return path.toString();
	}

	private HttpResponse<String> get(String path) {
		HttpRequest request = HttpRequest.newBuilder(URI.create(this.base + path))
			.timeout(Duration.ofSeconds(10))
			.build();
		try {
			return CLIENT.send(request, BodyHandlers.ofString());
		}
		catch (IOException ex) {
			throw new java.io.UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
