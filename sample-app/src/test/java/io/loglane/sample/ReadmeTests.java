package io.loglane.sample;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;

import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import javax.xml.parsers.DocumentBuilderFactory;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.jayway.jsonpath.JsonPath;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.w3c.dom.Element;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The README's blocks of code do what it says, and programs write what it shows. Its
 * shell commands are run by {@code .ci/run}.
 */
@Timeout(300)
class ReadmeTests {

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	private static final HttpClient CLIENT = HttpClient.newHttpClient();

	private static final Logger LOGGER = LoggerFactory.getLogger(ReadmeTests.class);

	@TempDir
	private Path folder;

	private ConfigurableApplicationContext application;

	@AfterEach
	void close() {
		if (this.application != null) {
			this.application.close();
		}
	}

	/** Whoever adds one adds its test. */
	@Test
	void hasNoOtherBlocks() throws IOException {
		assertThat(CodeBlock.of(ROOT.resolve("README.md"))).extracting(CodeBlock::language)
			.containsExactlyInAnyOrder("", "", "", "xml", "xml", "yaml", "java", "shell", "shell", "shell", "shell",
					"shell");
	}

	@Test
	void dependencyIsTheStarter() throws Exception {
		Element dependency = xml(block("xml", "<dependency>"));
		Element starter = xml(Files.readString(ROOT.resolve("starter/pom.xml")));
		Element parent = (Element) starter.getElementsByTagName("parent").item(0);
		assertThat(text(dependency, "groupId")).isEqualTo(text(parent, "groupId"));
		assertThat(text(dependency, "version")).isEqualTo(text(parent, "version"));
		assertThat(starter.getElementsByTagName("artifactId").item(1).getTextContent())
			.isEqualTo(text(dependency, "artifactId"));
		assertThat(block("xml", "<dependency>").lines()).hasSize(5);
	}

	@Test
	void propertiesExistAndExposeTheMeters() throws Exception {
		String yaml = block("yaml", "management:");
		Set<String> known = knownProperties();
		for (PropertySource<?> source : new YamlPropertySourceLoader().load("README",
				new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)))) {
			assertThat(((EnumerablePropertySource<?>) source).getPropertyNames()).isNotEmpty()
				.allSatisfy((name) -> assertThat(known).contains(name.replaceAll("\\[\\d+]", "")));
		}
		Path file = Files.writeString(this.folder.resolve("application.yml"), yaml);
		run("--spring.config.location=" + file);
		assertThat(get("/actuator/metrics/loglane.queue.depth").statusCode()).isEqualTo(200);
		assertThat(get("/actuator/health").statusCode()).isEqualTo(200);
		assertThat(get("/actuator/loglane").statusCode()).isEqualTo(404);
	}

	@Test
	void queueOfAConfigurationHasItsSettings() throws Exception {
		runWith("""
				<appender name="FILE" class="ch.qos.logback.core.FileAppender">
					<file>${LOG_FILE}</file>
					<encoder><pattern>%%msg%%n</pattern></encoder>
				</appender>
				%s
				<root level="INFO"><appender-ref ref="SLOW"/></root>
				""".formatted(block("xml", "<appender ")));
		String body = get("/actuator/loglane").body();
		assertThat(JsonPath.<List<String>>read(body, "$.queues[*].appender")).containsExactly("SLOW");
		assertThat(JsonPath.<Integer>read(body, "$.queues[0].capacity")).isEqualTo(1024);
		assertThat(JsonPath.<Integer>read(body, "$.queues[0].memory")).isEqualTo(8 << 20);
		assertThat(JsonPath.<String>read(body, "$.queues[0].delegate")).isEqualTo("ch.qos.logback.core.FileAppender");
		LOGGER.info("through the queue");
		awaitLine("through the queue");
	}

	@Test
	void codeTagsWhatItRuns() throws Exception {
		run("--logging.pattern.file=%X{executor}#%X{task} %X{request} %msg%n");
		ForkJoinPool pool = new ForkJoinPool(1);
		try (URLClassLoader loader = new URLClassLoader(new URL[] { compiled(block("java", "Lane ")).toUri().toURL() },
				getClass().getClassLoader())) {
			org.slf4j.MDC.put("request", "r7");
			loader.loadClass("Readme").getMethod("run", ForkJoinPool.class, Logger.class).invoke(null, pool, LOGGER);
			awaitLine("jobs#1 r7 tagged, with the submitter's MDC");
			awaitLine("jobs#2 r7 through the executor");
		}
		finally {
			org.slf4j.MDC.clear();
			pool.shutdown();
			assertThat(pool.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
		}
	}

	/** The block, and a use of what it ends with. */
	private Path compiled(String code) throws IOException {
		Path source = Files.writeString(this.folder.resolve("Readme.java"), """
				import java.util.concurrent.Executor;
				import java.util.concurrent.ForkJoinPool;
				import io.loglane.lane.Lane;
				import org.slf4j.Logger;
				public class Readme {
					public static void run(ForkJoinPool forkJoinPool, Logger log) {
						%s
						jobs.execute(() -> log.info("through the executor"));
					}
				}
				""".formatted(code));
		Path classes = Files.createDirectory(this.folder.resolve("classes"));
		JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "a JDK is needed");
		assertThat(compiler.run(null, null, null, "-proc:none", "-d", classes.toString(), "-cp",
				System.getProperty("java.class.path"), source.toString()))
			.isZero();
		return classes;
	}

	@Test
	void sampleWritesTheLinesThatAreShown() throws Exception {
		run("--spring.application.name=orders");
		post("/orders?item=tea&quantity=3");
		block("", "Order 1 received").lines().forEach((shown) -> awaitLineLike(shown));
	}

	@Test
	void startTellsWhatIsShown() throws Exception {
		runWith("""
				<include resource="org/springframework/boot/logging/logback/base.xml"/>
				<appender name="OTEL" class="io.loglane.sample.ReadmeTests$OpenTelemetryAppender"/>
				<root level="INFO"><appender-ref ref="OTEL"/></root>
				""", "--loglane.queue.capacity=8192");
		awaitLine(block("", "Loglane queues").strip());
	}

	@Test
	void logTellsOfDropsAsIsShown() throws Exception {
		run("--spring.application.name=orders", "--loglane.queue.capacity=64", "--loglane.queue.max-wait=0",
				"--logging.level.io.loglane.sample=debug", "--logging.threshold.console=off");
		ThrottledFileAppender disk = ThrottledFileAppender.find().orElseThrow();
		disk.speed(0);
		this.application.getBean("reports", ThreadPoolTaskExecutor.class).submit(() -> {
			for (int i = 0; i < 200; i++) {
				LOGGER.info("lost");
				LOGGER.debug("lost");
			}
		}).get();
		disk.speed(ThrottledFileAppender.NORMAL_SPEED);
		awaitLineLike(block("", "Dropped 127 records").strip());
	}

	private void run(String... more) {
		List<String> arguments = new ArrayList<>(
				List.of("--server.port=0", "--logging.file.name=" + this.folder.resolve("app.log")));
		arguments.addAll(List.of(more));
		this.application = SpringApplication.run(OrderServiceApplication.class, arguments.toArray(String[]::new));
	}

	private void runWith(String logback, String... more) throws IOException {
		Path file = Files.writeString(this.folder.resolve("logback.xml"),
				"<configuration>\n" + logback + "</configuration>\n");
		List<String> arguments = new ArrayList<>(List.of("--logging.config=" + file, "--loglane.async.appenders="));
		arguments.addAll(List.of(more));
		run(arguments.toArray(String[]::new));
	}

	private HttpResponse<String> get(String path) throws IOException, InterruptedException {
		return CLIENT.send(request(path).build(), BodyHandlers.ofString());
	}

	private void post(String path) throws IOException, InterruptedException {
		HttpResponse<String> response = CLIENT.send(request(path).POST(BodyPublishers.noBody()).build(),
				BodyHandlers.ofString());
		assertThat(response.statusCode()).as(path).isBetween(200, 299);
	}

	private HttpRequest.Builder request(String path) {
		String port = this.application.getEnvironment().getRequiredProperty("local.server.port");
		return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path)).timeout(Duration.ofSeconds(60));
	}

	private void awaitLine(String end) {
		await().atMost(Duration.ofSeconds(30))
			.untilAsserted(() -> assertThat(lines()).anyMatch((line) -> line.endsWith(end)));
	}

	private void awaitLineLike(String shown) {
		String like = withoutWhatDiffers(shown);
		await().atMost(Duration.ofSeconds(30))
			.untilAsserted(() -> assertThat(lines()).map(ReadmeTests::withoutWhatDiffers)
				.anyMatch((line) -> line.endsWith(like)));
	}

	private List<String> lines() throws IOException {
		return Files.readAllLines(this.folder.resolve("app.log"));
	}

	/**
	 * From run to run: times, numbers, the thread of a request, and how far it is
	 * indented.
	 */
	private static String withoutWhatDiffers(String line) {
		return line.replaceAll("[\\d-]+T[\\d:.]+Z", "<time>")
			.replaceAll("\\[\\S+-exec-\\d+]", "[<thread>]")
			.replaceAll("(WARN|INFO|DEBUG|Dropped) \\d+", "$1 <number>")
			.replaceAll("(?<=\\[) +", "")
			.replaceAll(" +", " ");
	}

	private static String block(String language, String content) throws IOException {
		List<CodeBlock> found = CodeBlock.of(ROOT.resolve("README.md"))
			.stream()
			.filter((block) -> block.language().equals(language) && block.text().contains(content))
			.toList();
		assertThat(found).as(language + " with " + content).hasSize(1);
		return found.get(0).text();
	}

	private static Element xml(String text) throws Exception {
		return DocumentBuilderFactory.newInstance()
			.newDocumentBuilder()
			.parse(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))
			.getDocumentElement();
	}

	private static String text(Element element, String name) {
		return element.getElementsByTagName(name).item(0).getTextContent();
	}

	/** Those of the metadata that IDEs read. */
	private static Set<String> knownProperties() throws IOException {
		Set<String> names = new HashSet<>();
		for (URL metadata : Collections
			.list(ReadmeTests.class.getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))) {
			try (InputStream in = metadata.openStream()) {
				names.addAll(JsonPath.parse(in).<List<String>>read("$.properties[*].name"));
			}
		}
		return names;
	}

	/** Of the name of one that no one can vouch for. */
	public static final class OpenTelemetryAppender extends AppenderBase<ILoggingEvent> {

		@Override
		protected void append(ILoggingEvent event) {
			// goes nowhere
		}

	}

}
