package io.loglane.task;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import jakarta.servlet.Filter;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.support.TaskExecutorAdapter;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.async.WebAsyncTask;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A web application, one for all that ask, whose controller hands its work to whichever
 * executor it is told to. The submitter is a thread of the server's.
 */
@RestController
@EnableAutoConfiguration
class AsyncController {

	private static @Nullable ConfigurableApplicationContext application;

	private static final HttpClient CLIENT = HttpClient.newHttpClient();

	private volatile @Nullable WebAsyncTask<Object> next;

	/** What the request's thread has in its MDC once it is done with the request. */
	private volatile CompletableFuture<Map<String, String>> left = new CompletableFuture<>();

	static synchronized Object call(Executor executor, Callable<?> task) throws Exception {
		if (application == null) {
			// its own executors are not what is looked at
			application = new SpringApplicationBuilder(AsyncController.class).web(WebApplicationType.SERVLET)
				.run("--server.port=0", "--loglane.enabled=false");
		}
		AsyncController controller = application.getBean(AsyncController.class);
		AsyncTaskExecutor tasks = (executor instanceof AsyncTaskExecutor already) ? already
				: new TaskExecutorAdapter(executor);
		controller.left = new CompletableFuture<>();
		controller.next = new WebAsyncTask<>(null, tasks, task::call);
		HttpResponse<String> response = get(
				"http://localhost:" + application.getEnvironment().getProperty("local.server.port") + "/work");
		assertThat(controller.left.get(10, TimeUnit.SECONDS)).containsOnly(Map.entry("requestId", "r-1"));
		if (response.statusCode() != 200) {
			throw new IllegalStateException(response.body());
		}
		return response.body();
	}

	private static HttpResponse<String> get(String uri) throws IOException, InterruptedException {
		return CLIENT.send(HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.ofString());
	}

	static synchronized void stop() {
		if (application != null) {
			application.close();
			application = null;
		}
	}

	@GetMapping("/work")
	@Nullable WebAsyncTask<Object> work() {
		return this.next;
	}

	@ExceptionHandler
	ResponseEntity<String> failed(IllegalStateException ex) {
		return ResponseEntity.internalServerError().body(String.valueOf(ex.getMessage()));
	}

	/** Each request has its number in the MDC, as filters of applications do it. */
	@Bean
	Filter requestId() {
		return (request, response, chain) -> {
			MDC.put("requestId", "r-1");
			try {
				chain.doFilter(request, response);
			}
			finally {
				Map<String, String> mdc = MDC.getCopyOfContextMap();
				MDC.clear();
				this.left.complete((mdc != null) ? mdc : Map.of());
			}
		};
	}

}
