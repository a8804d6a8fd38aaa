package io.loglane.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;

import com.jayway.jsonpath.JsonPath;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

import static org.awaitility.Awaitility.await;

/**
 * Debian's Chromium without a window, and with a profile of its own. It is never looked
 * for or downloaded elsewhere.
 */
final class Browser implements AutoCloseable {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private final ChromeDriver driver;

	private final List<String> requests = new ArrayList<>();

	private final List<String> console = new ArrayList<>();

	private Browser(ChromeDriver driver) {
		this.driver = driver;
	}

	static boolean isInstalled() {
		return SearchPath.find("chromium").isPresent() && SearchPath.find("chromedriver").isPresent();
	}

	/**
	 * Start a browser.
	 * @param profile an empty folder for all that it writes
	 * @return the browser, without a page
	 */
	static Browser start(Path profile) {
		ChromeDriverService service = new ChromeDriverService.Builder()
			.usingDriverExecutable(SearchPath.find("chromedriver").orElseThrow().toFile())
			.usingAnyFreePort()
			.build();
		ChromeOptions options = new ChromeOptions();
		options.setBinary(SearchPath.find("chromium").orElseThrow().toFile());
		// root has no sandbox; and nothing is to be asked of its maker's hosts
		options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
				"--disable-background-networking", "--disable-component-update", "--disable-sync",
				"--disable-dev-shm-usage", "--hide-scrollbars", "--user-data-dir=" + profile);
		LoggingPreferences logs = new LoggingPreferences();
		logs.enable(LogType.BROWSER, Level.ALL);
		logs.enable(LogType.PERFORMANCE, Level.ALL);
		options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
		return new Browser(new ChromeDriver(service, options));
	}

	/** Show a page, in a window of that size in CSS pixels. */
	void open(String address, int width, int height) {
		// whatever the mouse is over may be told so by the new page
		new Actions(this.driver).moveToLocation(0, 0).perform();
		this.driver.get("about:blank");
		requests().clear();
		console().clear();
		resize(width, height);
		this.driver.get(address);
	}

	void resize(int width, int height) {
		this.driver.executeCdpCommand("Emulation.setDeviceMetricsOverride",
				Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
	}

	void reload() {
		this.driver.navigate().refresh();
	}

	/** Click what the selector selects, as soon as it is there. */
	void click(String selector) {
		await().atMost(PATIENCE)
			.ignoreException(StaleElementReferenceException.class)
			.until(() -> this.driver.findElements(By.cssSelector(selector)), (found) -> {
				found.stream().findFirst().ifPresent(WebElement::click);
				return !found.isEmpty();
			});
	}

	/** Type a text in place of what a field has. */
	void type(String selector, String text) {
		this.driver.findElement(By.cssSelector(selector))
			.sendKeys(Keys.chord(Keys.CONTROL, "a"), Keys.BACK_SPACE, text);
	}

	/**
	 * Choose in a list.
	 * @param selector selects the list
	 * @param value the value of the choice
	 */
	void choose(String selector, String value) {
		click(selector + " option[value='" + value + "']");
	}

	/** The texts of all that the selector selects. */
	@SuppressWarnings("unchecked")
	List<String> texts(String selector) {
		return (List<String>) this.driver.executeScript(
				"return [...document.querySelectorAll(arguments[0])].map((each) => each.textContent)", selector);
	}

	/** The text of the one element that the selector selects; empty if there is none. */
	String text(String selector) {
		return String.join("", texts(selector));
	}

	/** How much wider than the window the page is, in CSS pixels. */
	long overflow() {
		return size("Width") - (Long) this.driver.executeScript("return document.documentElement.clientWidth");
	}

	/** Write a picture of the whole page to a file. */
	void picture(Path file, int width) throws IOException {
		resize(width, Math.toIntExact(size("Height")));
		Files.createDirectories(file.toAbsolutePath().getParent());
		Files.write(file, this.driver.getScreenshotAs(OutputType.BYTES));
	}

	private long size(String direction) {
		return (Long) this.driver.executeScript("return document.documentElement.scroll" + direction);
	}

	/** The addresses of all requests since a page was opened. */
	List<String> requests() {
		for (LogEntry entry : this.driver.manage().logs().get(LogType.PERFORMANCE)) {
			if (JsonPath.read(entry.getMessage(), "$.message.method").equals("Network.requestWillBeSent")) {
				this.requests.add(JsonPath.read(entry.getMessage(), "$.message.params.request.url"));
			}
		}
		return this.requests;
	}

	/** All that was written to the console since a page was opened. */
	List<String> console() {
		for (LogEntry entry : this.driver.manage().logs().get(LogType.BROWSER)) {
			this.console.add(entry.getMessage());
		}
		return this.console;
	}

	@Override
	public void close() {
		this.driver.quit();
	}

}
