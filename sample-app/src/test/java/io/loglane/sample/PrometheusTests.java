package io.loglane.sample;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.status.StatusManager;
import com.jayway.jsonpath.JsonPath;
import io.loglane.sample.PrometheusServer.Sample;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yaml.snakeyaml.Yaml;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

/**
 * What a Prometheus server makes of the meters, and of the dashboard and the alert rules
 * in {@code docs}. The sample runs under load, with an appender that can not write, one
 * that nobody reads, and two that do well.
 */
@Timeout(300)
@EnabledIf(value = "installedOrRequired",
		disabledReason = "prometheus and promtool are not on the path: on Debian, package prometheus has both")
class PrometheusTests {

	private static final String REQUIRED = "LOGLANE_REQUIRE_PROMETHEUS";

	private static final Path DOCS = Path.of("..", "docs").toAbsolutePath().normalize();

	private static final Path RULES = DOCS.resolve("loglane-alerts.yml");

	private static final Duration PATIENCE = Duration.ofSeconds(90);

	private static final Logger LOGGER = LoggerFactory.getLogger(PrometheusTests.class);

	private static final Set<String> OF_AN_APPENDER = Set.of("appender");

	private static final Set<String> OF_A_LANE = Set.of("appender", "executor");

	private static final Set<String> OF_A_LEVEL = Set.of("appender", "executor", "level");

	/** The series, each with its own labels. */
	private static final Map<String, Set<String>> SERIES = Map.of("loglane_queue_age_seconds", OF_AN_APPENDER,
			"loglane_queue_capacity_records", OF_AN_APPENDER, "loglane_queue_depth_records", OF_A_LANE,
			"loglane_records_accepted_records_total", OF_A_LANE, "loglane_records_written_records_total", OF_A_LANE,
			"loglane_records_failed_records_total", OF_A_LANE, "loglane_records_dropped_records_total", OF_A_LEVEL,
			"loglane_waits_seconds_count", OF_A_LANE, "loglane_waits_seconds_sum", OF_A_LANE);

	/** The metrics, each with its type; a summary has two series. */
	private static final Map<String, String> TYPES = Map.of("loglane_queue_age_seconds", "gauge",
			"loglane_queue_capacity_records", "gauge", "loglane_queue_depth_records", "gauge",
			"loglane_records_accepted_records", "counter", "loglane_records_written_records", "counter",
			"loglane_records_failed_records", "counter", "loglane_records_dropped_records", "counter",
			"loglane_waits_seconds", "summary");

	private static final HttpClient CLIENT = HttpClient.newHttpClient();

	private static final Deque<AutoCloseable> OPEN = new ArrayDeque<>();

	@TempDir
	private static Path folder;

	private static RandomAccessFile pipe;

	private static ConfigurableApplicationContext application;

	private static PrometheusServer prometheus;

	@BeforeAll
	static void start() throws Exception {
		assertThat(PrometheusServer.isInstalled())
			.as("prometheus and promtool are on the path, as " + REQUIRED + " asks")
			.isTrue();
		startTheSample();
		prometheus = PrometheusServer.start(folder, address(), withoutPatience(RULES));
		OPEN.push(prometheus);
		// what is counted before the first scrape is no increase
		awaitData("loglane_records_dropped_records_total{executor='reports'}");
		putLoadOnIt();
		awaitData("increase(loglane_records_dropped_records_total{level='warn'}[5m]) > 0");
		awaitData("increase(loglane_records_failed_records_total[5m]) > 0");
	}

	static boolean installedOrRequired() {
		return PrometheusServer.isInstalled() || isRequired();
	}

	private static boolean isRequired() {
		return "true".equals(System.getenv(REQUIRED)) || Boolean.getBoolean(REQUIRED);
	}

	private static void startTheSample() throws Exception {
		Path fifo = folder.resolve("pipe");
		assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
		// read and write: without a reader it could not be opened, and would fail
		pipe = new RandomAccessFile(fifo.toFile(), "rw");
		OPEN.push(pipe);
		application = SpringApplication.run(OrderServiceApplication.class, "--server.port=0",
				"--logging.config=classpath:io/loglane/sample/trouble-logback-spring.xml", "--sample.pipe=" + fifo,
				"--loglane.async.appenders=CONSOLE,FILE,FULL", "--logging.file.name=" + folder.resolve("orders.log"),
				"--logging.threshold.console=error");
		OPEN.push(() -> {
			Process reader = new ProcessBuilder("cat", fifo.toString()).redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.start();
			try {
				application.close();
			}
			finally {
				reader.destroy();
			}
		});
	}

	private static void putLoadOnIt() throws Exception {
		// or the console is told of each record that the full device refuses
		StatusManager statuses = ((LoggerContext) LoggerFactory.getILoggerFactory()).getStatusManager();
		statuses.getCopyOfStatusListenerList().forEach(statuses::remove);
		for (int i = 0; i < 5; i++) {
			HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + address() + "/orders?quantity=100"))
				.timeout(Duration.ofSeconds(60))
				.POST(BodyPublishers.noBody())
				.build();
			assertThat(CLIENT.send(request, BodyHandlers.discarding()).statusCode()).isEqualTo(202);
		}
		application.getBean("reports", ThreadPoolTaskExecutor.class).submit(() -> {
			for (int i = 0; i < 200; i++) {
				LOGGER.warn("Report {} is late", i);
			}
		}).get();
	}

	/** The same rules, which do not wait whether a trouble lasts for minutes. */
	private static Path withoutPatience(Path rules) throws IOException {
		String text = Files.readString(rules);
		String hasty = text.replaceAll("(?m)^ +for: .*\n", "").replace("[1m]", "[10s]");
		return Files.writeString(folder.resolve("rules.yml"), hasty);
	}

	private static String address() {
		return "localhost:" + application.getEnvironment().getRequiredProperty("local.server.port");
	}

	@AfterAll
	static void close() throws Exception {
		while (!OPEN.isEmpty()) {
			OPEN.pop().close();
		}
	}

	@Test
	void eachMeterArrivesWithItsLabels() {
		assertThat(SERIES).allSatisfy((name, labels) -> {
			List<Sample> samples = awaitData(name + "{job='" + PrometheusServer.JOB + "'}");
			assertThat(samples)
				.allSatisfy((sample) -> assertThat(sample.labels().keySet()).containsExactlyInAnyOrderElementsOf(
						Stream.concat(Stream.of("__name__", "job", "instance"), labels.stream()).toList()));
			assertThat(samples).extracting((sample) -> sample.label("appender"))
				.contains("CONSOLE", "FILE", "FULL", "STUCK");
			if (labels.contains("executor")) {
				assertThat(samples).extracting((sample) -> sample.label("executor"))
					.contains("reports", "emails", "none", "taskScheduler");
			}
			if (labels.contains("level")) {
				assertThat(samples).extracting((sample) -> sample.label("level"))
					.contains("trace", "debug", "info", "warn", "error");
			}
		});
	}

	@Test
	void noOtherMeterArrives() {
		assertThat(prometheus.labelValues("{__name__=~'loglane_.*'}", "__name__"))
			.containsExactlyInAnyOrderElementsOf(SERIES.keySet());
	}

	@Test
	void eachMeterArrivesWithItsTypeAndDescription() {
		Map<String, String> types = new TreeMap<>();
		prometheus.metadata().forEach((name, entries) -> {
			if (name.startsWith("loglane_")) {
				assertThat(entries).as(name).hasSize(1);
				assertThat(entries.get(0).get("help")).as(name).isNotBlank();
				// one format of the scrape names a counter with its suffix, the other
				// without
				types.put(name.replaceAll("_total$", ""), String.valueOf(entries.get(0).get("type")));
			}
		});
		assertThat(types).containsExactlyInAnyOrderEntriesOf(TYPES);
	}

	@Test
	void metersAreNamedByTheConventions() throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + address() + "/actuator/prometheus"))
			.timeout(Duration.ofSeconds(60))
			.build();
		String ours = CLIENT.send(request, BodyHandlers.ofString())
			.body()
			.lines()
			.filter((line) -> line.matches("(# (HELP|TYPE) )?loglane_.*"))
			.map((line) -> line + "\n")
			.collect(Collectors.joining());
		assertThat(ours).contains("loglane_queue_depth_records{");
		assertThat(PrometheusServer.promtool(ours, "check", "metrics")).isBlank();
	}

	@ParameterizedTest
	@MethodSource
	void eachExpressionOfTheDashboardReturnsData(String expression, String legend) {
		String now = expression.replace("$__rate_interval", "5m").replace("$__range", "5m");
		List<Sample> samples = awaitData(withAll(now));
		List<String> shown = Pattern.compile("\\{\\{(\\w+)}}")
			.matcher(legend)
			.results()
			.map((m) -> m.group(1))
			.toList();
		assertThat(samples)
			.allSatisfy((sample) -> assertThat(sample.labels()).containsKeys(shown.toArray(new String[0])));
		if (legend.isEmpty()) {
			assertThat(samples).hasSize(1);
		}
	}

	static List<Arguments> eachExpressionOfTheDashboardReturnsData() throws IOException {
		List<String> expressions = dashboard("$.panels[*].targets[*].expr");
		List<String> legends = dashboard("$.panels[*].targets[*].legendFormat");
		assertThat(legends).hasSameSizeAs(expressions);
		return IntStream.range(0, expressions.size())
			.mapToObj((i) -> Arguments.of(expressions.get(i), legends.get(i)))
			.toList();
	}

	@ParameterizedTest
	@MethodSource
	void eachChoiceOfTheDashboardHasValues(String query) {
		Matcher parts = Pattern.compile("label_values\\((.*), (\\w+)\\)").matcher(query);
		assertThat(parts.matches()).isTrue();
		assertThat(prometheus.labelValues(withAll(parts.group(1)), parts.group(2))).isNotEmpty();
	}

	static List<String> eachChoiceOfTheDashboardHasValues() throws IOException {
		return dashboard("$.templating.list[?(@.type == 'query')].query.query");
	}

	@Test
	void theDashboardShowsEachMeter() throws IOException {
		assertThat(String.join("\n", dashboard("$.panels[*].targets[*].expr"))).contains(SERIES.keySet());
	}

	@ParameterizedTest
	@MethodSource
	void eachAlertLooksAtData(String expression) {
		String value = expression.replaceAll("\\s+(==|!=|>=|<=|>|<)\\s+[0-9.]+", "");
		assertThat(value).isNotEqualTo(expression);
		awaitData(value);
	}

	@SuppressWarnings("unchecked")
	static List<String> eachAlertLooksAtData() throws IOException {
		Map<String, Object> file = new Yaml().load(Files.readString(RULES));
		return ((List<Map<String, Object>>) file.get("groups")).stream()
			.flatMap((group) -> ((List<Map<String, Object>>) group.get("rules")).stream())
			.map((rule) -> String.valueOf(rule.get("expr")))
			.toList();
	}

	@Test
	void theServerTakesEachRule() throws IOException {
		int rules = eachAlertLooksAtData().size();
		await().atMost(PATIENCE)
			.untilAsserted(() -> assertThat(prometheus.rules()).hasSize(rules)
				.allSatisfy((rule) -> assertThat(rule).containsEntry("health", "ok")));
	}

	@Test
	void theRulesPassTheirOwnTests() {
		assertThatCode(() -> {
			PrometheusServer.promtool("", "check", "rules", RULES.toString());
			PrometheusServer.promtool("", "test", "rules", DOCS.resolve("loglane-alerts-test.yml").toString());
		}).doesNotThrowAnyException();
	}

	@Test
	void eachAlertFiresForTheAppenderInTroubleAndForNoOther() {
		await().atMost(PATIENCE)
			.untilAsserted(() -> assertThat(fired()).contains("LoglaneDelegateStuck STUCK",
					"LoglaneOldestRecordTooOld STUCK"));
		ThreadPoolTaskExecutor reports = application.getBean("reports", ThreadPoolTaskExecutor.class);
		await().atMost(PATIENCE).untilAsserted(() -> {
			// a reader that is slow: for each bit of progress, callers wait again
			InputStream reader = new FileInputStream(pipe.getFD());
			reader.read(new byte[Math.min(8192, reader.available())]);
			reports.submit(() -> {
				for (int i = 0; i < 50; i++) {
					LOGGER.info("Report {} waits for its log", i);
				}
			}).get();
			assertThat(fired()).containsExactlyInAnyOrder("LoglaneRecordsDropped STUCK", "LoglaneWarningsDropped STUCK",
					"LoglaneRecordsFailing FULL", "LoglaneQueueNearlyFull STUCK", "LoglaneOldestRecordTooOld STUCK",
					"LoglaneDelegateStuck STUCK", "LoglaneCallersWaiting STUCK");
		});
	}

	/** Which alerts have fired until now, each with its appender. */
	private static List<String> fired() {
		return prometheus.query("group by (alertname, appender) (last_over_time(ALERTS{alertstate='firing'}[10m]))")
			.stream()
			.map((sample) -> sample.label("alertname") + " " + sample.label("appender"))
			.toList();
	}

	/** Waits for what has not been scraped yet. */
	private static List<Sample> awaitData(String expression) {
		return await().atMost(PATIENCE)
			.until(() -> prometheus.query(expression),
					(samples) -> samples.stream().anyMatch((sample) -> Double.isFinite(sample.value())));
	}

	/** What the dashboard asks for where everything is chosen. */
	private static String withAll(String expression) {
		String all = expression.replaceAll("\\$(job|instance|appender|executor)\\b", ".*");
		assertThat(all).doesNotContain("$");
		return all;
	}

	private static List<String> dashboard(String path) throws IOException {
		List<String> found = JsonPath.read(Files.readString(DOCS.resolve("loglane-dashboard.json")), path);
		assertThat(found).isNotEmpty();
		return found;
	}

}
