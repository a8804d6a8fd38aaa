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
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.jayway.jsonpath.JsonPath;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The sample's page in a browser, and what it shows against what the actuator and the log
 * file say.
 */
@Timeout(300)
@EnabledIf(value = "installedOrRequired",
		disabledReason = "chromium and chromedriver are not on the path: on Debian, packages chromium and chromium-driver have them")
class PageTests {

	private static final String REQUIRED = "LOGLANE_REQUIRE_BROWSER";

	/** Where the picture of the page is to be; see {@code README.md}. */
	private static final String PICTURE = "LOGLANE_PICTURE";

	private static final int WIDTH = 1280;

	private static final int HEIGHT = 1240;

	private static final int RECORDS_OF_A_FLOOD = 125_000;

	/** The records of the default order's report, and the e-mails for it. */
	private static final int REPORT = 5;

	private static final int MAILS = 2;

	private static final HttpClient CLIENT = HttpClient.newHttpClient();

	private static final Pattern TAG = Pattern.compile("\\[(\\w+#\\d+)]");

	@TempDir
	private static Path folder;

	private static ConfigurableApplicationContext application;

	private static Browser browser;

	@BeforeAll
	static void start() throws IOException {
		assertThat(Browser.isInstalled()).as("chromium and chromedriver are on the path, as " + REQUIRED + " asks")
			.isTrue();
		application = SpringApplication.run(OrderServiceApplication.class, "--server.port=0",
				"--logging.file.name=" + folder.resolve("orders.log"), "--logging.threshold.console=error",
				"--sample.stock-taking=1h");
		browser = Browser.start(Files.createDirectory(folder.resolve("profile")));
	}

	static boolean installedOrRequired() {
		return Browser.isInstalled() || "true".equals(System.getenv(REQUIRED)) || Boolean.getBoolean(REQUIRED);
	}

	@AfterAll
	static void close() {
		try {
			if (browser != null) {
				browser.close();
			}
		}
		finally {
			if (application != null) {
				application.close();
			}
		}
	}

	@BeforeEach
	void openThePage() throws Exception {
		post("/log/disk?speed=5000", "");
		for (String lane : lanes()) {
			post("/actuator/loglane/" + lane, "{}");
		}
		awaitRest();
		browser.open(address(""), WIDTH, HEIGHT);
		patiently().until(() -> browser.text("#status").equals("live"));
	}

	@AfterEach
	void nothingCameFromElsewhereAndNothingFailed() {
		assertThat(browser.requests()).contains(address("/actuator/loglane"))
			.allMatch((request) -> request.startsWith(address("/")));
		assertThat(browser.console()).isEmpty();
	}

	@Test
	void drawsWithTheLibraryOfItsOwnOrigin() {
		assertThat(browser.requests()).contains(address("/webjars/uplot/dist/uPlot.iife.min.js"),
				address("/actuator/loglane"), address("/actuator/metrics/loglane.queue.age?tag=appender:FILE"));
		assertThat(browser.texts("article .u-wrap canvas")).hasSize(3 * lanes().size());
	}

	@Test
	void showsOfEachLaneWhatTheActuatorTells() {
		takeAnOrder();
		awaitRest();
		assertThat(lanes()).contains("emails", "reports", "taskScheduler", "none");
		for (String lane : lanes()) {
			patiently().untilAsserted(() -> {
				assertThat(shown(lane, "depth")).isEqualTo(told(lane, "depth")).isZero();
				assertThat(shown(lane, "dropped")).isEqualTo(told(lane, "dropped"));
				assertThat(browser.text(plot(lane, "rate") + " .note"))
					.isEqualTo("%,d written".formatted(told(lane, "written")));
			});
		}
	}

	@Test
	void aFloodOfReportsCostsReportsAndNoOther() {
		long emails = told("emails", "written");
		long reports = told("reports", "accepted") + told("reports", "dropped");
		long dropped = shown("reports", "dropped");
		browser.click("button[aria-label='Flood reports']");
		patiently().until(() -> shown("reports", "dropped") > dropped);
		assertThat(shown("reports", "depth")).isPositive();
		long meanwhile = shown("reports", "dropped");
		long orders = 10;
		for (int i = 0; i < orders; i++) {
			takeAnOrder();
		}
		patiently().until(() -> shown("reports", "dropped") > meanwhile);
		awaitRest();

		// each record of the flood is written or counted as dropped
		assertThat(told("reports", "accepted") + told("reports", "dropped") - reports)
			.isEqualTo(RECORDS_OF_A_FLOOD + orders * REPORT);
		assertThat(told("emails", "written") - emails).isEqualTo(orders * MAILS);
		patiently().untilAsserted(
				() -> assertThat(shown("reports", "dropped")).isEqualTo(told("reports", "dropped")).isPositive());
		assertThat(metric("loglane.records.dropped?tag=executor:reports&tag=appender:FILE"))
			.isEqualTo(shown("reports", "dropped"));
		for (String lane : List.of("emails", "taskScheduler", "none")) {
			assertThat(shown(lane, "dropped")).isEqualTo(told(lane, "dropped")).isZero();
			assertThat(metric("loglane.records.dropped?tag=executor:" + lane)).isZero();
		}
		assertThat(browser.texts(".line[data-lane=reports] .message"))
			.anyMatch((message) -> message.matches("drops Dropped \\d+ records? of executor 'reports' .*"));
	}

	@Test
	void oneClickOnATaskTellsItsStory() throws IOException {
		int first = takeAnOrder();
		int second = takeAnOrder();
		String task = taskThatLogged("Order %d: line 2 of 3, tea".formatted(second));
		awaitLine("Report of order %d sent".formatted(first));
		clickTask(task);
		assertThat(browser.text("#story-title")).isEqualTo("Story of " + task);
		assertThat(story()).containsExactly("Report of order %d begun".formatted(second),
				"Order %d: line 1 of 3, tea".formatted(second), "Order %d: line 2 of 3, tea".formatted(second),
				"Order %d: line 3 of 3, tea".formatted(second), "Report of order %d done".formatted(second));
		assertThat(story()).isEqualTo(messages("[" + task + "]"));
		assertThat(browser.texts(".line[data-told] .tag")).hasSize(REPORT).containsOnly(task);
	}

	@Test
	void aStoryLeadsToTheTaskAndToTheRequestThatAskedForIt() {
		int order = takeAnOrder();
		String mail = taskThatLogged("Report of order %d sent".formatted(order));
		String report = taskThatLogged("Report of order %d begun".formatted(order));
		clickTask(mail);
		assertThat(browser.texts("#story-body dd .tag")).contains(report);
		browser.click("#story-body dd [data-subject='" + report + "']");
		assertThat(browser.text("#story-title")).isEqualTo("Story of " + report);
		assertThat(browser.texts("#story-body dd .tag")).contains(mail);
		browser.click("#story-body dd [data-subject^='request ']");
		assertThat(browser.text("#story-title")).startsWith("Story of request ");
		assertThat(story()).startsWith("Order %d received: 3 x tea".formatted(order))
			.contains("Mail for order %d sent".formatted(order), "Report of order %d done".formatted(order))
			.endsWith("Report of order %d sent".formatted(order))
			.hasSize(1 + REPORT + MAILS);
	}

	@Test
	void showsTheLanesThatAreChosen() {
		int order = takeAnOrder();
		awaitLine("Report of order %d sent".formatted(order));
		browser.click(".chip[data-lane=reports]");
		assertThat(browser.texts(".line[data-lane=reports]")).isEmpty();
		assertThat(browser.texts(".line[data-lane=emails]")).isNotEmpty();
		browser.click(".chip[data-lane=reports]");
		assertThat(browser.texts(".line[data-lane=reports]")).isNotEmpty();
	}

	@Test
	void showsTheTaskThatIsAskedFor() throws IOException {
		int order = takeAnOrder();
		String task = taskThatLogged("Report of order %d done".formatted(order));
		browser.type("#task-filter", task);
		patiently().untilAsserted(() -> assertThat(browser.texts(".line .tag")).hasSize(REPORT).containsOnly(task));
		browser.type("#task-filter", "");
		awaitLine("Order %d received: 3 x tea".formatted(order));
	}

	@Test
	void aNewPageShowsTheSameLogAndStory() {
		int order = takeAnOrder();
		clickTask(taskThatLogged("Report of order %d done".formatted(order)));
		List<String> story = story();
		browser.reload();
		awaitLine("Report of order %d done".formatted(order));
		assertThat(story()).isEqualTo(story).hasSize(REPORT);
	}

	@Test
	void setsTheLevelOfALane() {
		browser.choose("select[aria-label='Level of emails']", "debug");
		patiently().untilAsserted(() -> assertThat(level("emails")).contains("DEBUG"));
		int order = takeAnOrder();
		awaitLine("Mail for order %d made: 3 x tea".formatted(order));
		browser.choose("select[aria-label='Level of emails']", "");
		patiently().untilAsserted(() -> assertThat(level("emails")).isEmpty());
		int next = takeAnOrder();
		awaitLine("Report of order %d sent".formatted(next));
		assertThat(browser.texts(".line .message"))
			.noneMatch((message) -> message.endsWith("Mail for order %d made: 3 x tea".formatted(next)));
	}

	@Test
	void aDiskThatStopsFillsTheQueueUntilItGoesOn() throws IOException {
		browser.click("#disk input[value='0']");
		patiently().until(() -> browser.text("#disk-note").equals("It takes nothing."));
		long dropped = told("emails", "dropped") + told("reports", "dropped") + told("none", "dropped");
		int order = takeAnOrder();
		awaitIdleExecutors();
		patiently().untilAsserted(() -> {
			assertThat(shown("reports", "depth")).isEqualTo(told("reports", "depth")).isEqualTo(REPORT);
			assertThat(shown("emails", "depth")).isEqualTo(told("emails", "depth")).isEqualTo(MAILS);
			assertThat(browser.text("#queue-note")).startsWith("8 of 4,096 waiting, the oldest for ");
		});
		assertThat(messages("order %d ".formatted(order))).isEmpty();
		assertThat(browser.texts(".line .message")).noneMatch((message) -> message.contains("order " + order + " "));

		browser.click("#disk input[value='5000']");
		awaitLine("Report of order %d sent".formatted(order));
		awaitRest();
		patiently().untilAsserted(() -> {
			assertThat(shown("reports", "depth")).isZero();
			assertThat(shown("emails", "depth")).isZero();
			assertThat(browser.text("#queue-note")).isEqualTo("0 of 4,096 waiting.");
		});
		assertThat(messages("order %d ".formatted(order))).hasSize(4);
		assertThat(told("emails", "dropped") + told("reports", "dropped") + told("none", "dropped")).isEqualTo(dropped);
	}

	@Test
	void aSlowDiskLagsBehindAFloodUntilItIsFastAgain() {
		browser.click("#disk input[value='500']");
		patiently().until(() -> browser.text("#disk-note").equals("It takes 500 records a second."));
		long written = told("reports", "written");
		long started = System.nanoTime();
		browser.click("button[aria-label='Flood reports']");
		// a lane alone may fill four fifths of the queue
		patiently().until(() -> shown("reports", "depth") > 3_000);
		awaitIdleExecutors();
		written = told("reports", "written") - written;
		// however long that took
		double seconds = (System.nanoTime() - started) / 1e9;
		assertThat(written).isPositive().isLessThan((long) (500 * seconds) + 100);
		browser.click("#disk input[value='5000']");
		patiently().until(() -> shown("reports", "depth") == 0);
		assertThat(told("reports", "depth")).isZero();
	}

	@Test
	void fitsANarrowWindow() {
		browser.resize(380, 800);
		takeAnOrder();
		patiently().untilAsserted(() -> assertThat(browser.overflow()).isZero());
	}

	@Test
	void isPictured() throws IOException {
		Path file = Path.of(Optional.ofNullable(System.getenv(PICTURE))
			.orElseGet(() -> System.getProperty(PICTURE, "target/sample-page.png")));
		takeOrdersOneByOne(6);
		browser.click("button[aria-label='Flood reports']");
		// their reports come after the flood, two at a time
		int order = 0;
		for (int i = 0; i < 4; i++) {
			order = takeAnOrder();
		}
		awaitLine("Report of order %d sent".formatted(order));
		clickTask(taskThatLogged("Report of order %d done".formatted(order)));
		browser.click("#pause");
		takeOrdersOneByOne(6);
		browser.click("button[aria-label='Flood reports']");
		patiently().until(() -> shown("reports", "depth") > 3_000);
		takeAnOrder();
		browser.picture(file, WIDTH);
		assertThat(file).isNotEmptyFile();
	}

	/** Takes the default order by the page's button. */
	private static int takeAnOrder() {
		String before = browser.text("#order-note");
		browser.click("#order button");
		String note = patiently().until(() -> browser.text("#order-note"), (text) -> !text.equals(before));
		Matcher order = Pattern.compile("Order (\\d+) taken: 3 × tea\\.").matcher(note);
		assertThat(order.matches()).as(note).isTrue();
		return Integer.parseInt(order.group(1));
	}

	private static void takeOrdersOneByOne(int count) {
		for (int i = 0; i < count; i++) {
			long written = told("emails", "written");
			takeAnOrder();
			patiently().until(() -> browser.text(plot("emails", "rate") + " .note"),
					(text) -> text.equals("%,d written".formatted(written + MAILS)));
		}
	}

	/** Waits for the line of the tail with that message. */
	private static void awaitLine(String message) {
		patiently().untilAsserted(
				() -> assertThat(browser.texts(".line .message")).anyMatch((text) -> text.endsWith(" " + message)));
	}

	/** The task that has logged the message, by the log file. */
	private static String taskThatLogged(String message) {
		String line = patiently()
			.until(() -> lines().stream().filter((each) -> each.endsWith(" : " + message)).findFirst(),
					Optional::isPresent)
			.orElseThrow();
		Matcher tag = TAG.matcher(line);
		assertThat(tag.find()).as(line).isTrue();
		return tag.group(1);
	}

	private static void clickTask(String task) {
		browser.click(".line [data-subject='" + task + "']");
	}

	private static List<String> story() {
		return browser.texts("#story-body .story-lines li > span:last-child");
	}

	/** The messages of all lines of the log file that contain the text. */
	private static List<String> messages(String text) throws IOException {
		return lines().stream()
			.filter((line) -> line.contains(text))
			.map((line) -> line.substring(line.indexOf(" : ") + 3))
			.toList();
	}

	private static List<String> lines() throws IOException {
		return Files.readAllLines(folder.resolve("orders.log"));
	}

	private static long shown(String lane, String plot) {
		return Long.parseLong(browser.text(plot(lane, plot) + " strong").replace(",", ""));
	}

	private static String plot(String lane, String plot) {
		return "article[data-lane=" + lane + "] [data-plot=" + plot + "]";
	}

	private static long told(String lane, String count) {
		return JsonPath.<Number>read(get("/actuator/loglane/" + lane), "$.appenders.FILE." + count).longValue();
	}

	private static Optional<String> level(String lane) {
		return Optional.ofNullable(JsonPath.read(get("/actuator/loglane/" + lane), "$.level"));
	}

	private static long metric(String metric) {
		return JsonPath.<List<Number>>read(get("/actuator/metrics/" + metric), "$.measurements[*].value")
			.get(0)
			.longValue();
	}

	private static Collection<String> lanes() {
		return JsonPath.<Map<String, Object>>read(get("/actuator/loglane"), "$.lanes").keySet();
	}

	/** Waits until nothing is done any more, and all is written. */
	private static void awaitRest() {
		awaitIdleExecutors();
		patiently().until(() -> lanes().stream().allMatch((lane) -> told(lane, "depth") == 0));
	}

	private static void awaitIdleExecutors() {
		// a report that is done hands on to e-mails
		for (String executor : List.of("reports", "emails")) {
			ThreadPoolTaskExecutor pool = application.getBean(executor, ThreadPoolTaskExecutor.class);
			patiently().until(() -> pool.getQueueSize() == 0 && pool.getActiveCount() == 0);
		}
	}

	private static ConditionFactory patiently() {
		return await().atMost(Duration.ofSeconds(60));
	}

	private static String get(String path) {
		return send(HttpRequest.newBuilder(URI.create(address(path))));
	}

	private static void post(String path, String body) {
		send(HttpRequest.newBuilder(URI.create(address(path)))
			.header("Content-Type", "application/json")
			.POST(BodyPublishers.ofString(body)));
	}

	private static String send(HttpRequest.Builder request) {
		try {
			HttpResponse<String> response = CLIENT.send(request.timeout(Duration.ofSeconds(20)).build(),
					BodyHandlers.ofString());
			assertThat(response.statusCode()).as(request.build().uri() + ": " + response.body()).isBetween(200, 299);
			return response.body();
		}
		catch (IOException | InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String address(String path) {
		return "http://localhost:" + application.getEnvironment().getRequiredProperty("local.server.port") + path;
	}

}
