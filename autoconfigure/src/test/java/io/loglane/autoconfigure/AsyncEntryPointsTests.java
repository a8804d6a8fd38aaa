package io.loglane.autoconfigure;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.MDC;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.AsyncConfigurer;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Work that Spring hands to an executor for the application: {@code @Async} methods, also
 * with a configurer of the user's, and asynchronous controllers; and the end of it all.
 */
class AsyncEntryPointsTests {

	@RegisterExtension
	private final Applications applications = new Applications();

	@Test
	void configurerWithoutAnExecutorIsSurvived() throws Exception {
		Service service = this.applications.run(NullConfigurer.class).getBean(Service.class);
		assertThat(service.byDefault().get(10, TimeUnit.SECONDS)).isNotNull();
		MDC.put("requestId", "r-1");
		SeenByTask seen = service.byName().get(10, TimeUnit.SECONDS);
		assertThat(seen.lane()).isEqualTo("jobs");
		assertThat(seen.mdc()).containsEntry("requestId", "r-1").containsKey("task");
	}

	@Test
	void executorOfAConfigurerThatIsABeanHasItsLane() throws Exception {
		Service service = this.applications.run(BeanConfigurer.class).getBean(Service.class);
		MDC.put("requestId", "r-2");
		SeenByTask seen = service.byDefault().get(10, TimeUnit.SECONDS);
		assertThat(seen.lane()).isEqualTo("mine");
		assertThat(seen.mdc()).containsEntry("requestId", "r-2").containsKey("task");
	}

	/** Boot puts a wrapper of its own in the place of such a configurer. */
	@Test
	void configurerBesidesBootsOwnExecutorIsSurvived() throws Exception {
		Service service = this.applications.run(ConfigurerBesidesBoots.class).getBean(Service.class);
		MDC.put("requestId", "r-4");
		SeenByTask seen = service.byDefault().get(10, TimeUnit.SECONDS);
		assertThat(seen.lane()).isEqualTo("applicationTaskExecutor");
		assertThat(seen.mdc()).containsEntry("requestId", "r-4").containsKey("task");
	}

	@Test
	void asynchronousControllersAreTagged() throws Exception {
		ConfigurableApplicationContext context = this.applications.runWeb(Web.class);
		String root = "http://localhost:" + context.getEnvironment().getProperty("local.server.port");
		HttpClient client = HttpClient.newHttpClient();
		for (String path : List.of("/callable", "/stream")) {
			String body = client
				.send(HttpRequest.newBuilder(URI.create(root + path)).build(), HttpResponse.BodyHandlers.ofString())
				.body();
			assertThat(body).contains("executor=applicationTaskExecutor", "requestId=r-3", "task=");
		}
	}

	@Test
	void contextEndsWithTheSameSteps() throws Exception {
		this.applications.run(Ending.class, "--loglane.enabled=false").close();
		List<String> without = List.copyOf(Ending.STEPS);
		Ending.STEPS.clear();
		this.applications.run(Ending.class).close();
		assertThat(Ending.STEPS).isEqualTo(without).isNotEmpty();
		Ending.STEPS.clear();
	}

	static class Service {

		@Async
		public CompletableFuture<SeenByTask> byDefault() {
			return CompletableFuture.completedFuture(SeenByTask.now());
		}

		@Async("jobs")
		public CompletableFuture<SeenByTask> byName() {
			return CompletableFuture.completedFuture(SeenByTask.now());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Jobs {

		@Bean
		Service service() {
			return new Service();
		}

		@Bean
		ExecutorService jobs() {
			return Executors.newFixedThreadPool(1);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	@Import(Jobs.class)
	static class NullConfigurer implements AsyncConfigurer {

		@Override
		public @Nullable Executor getAsyncExecutor() {
			return null;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableAsync
	static class ConfigurerBesidesBoots {

		@Bean
		Service service() {
			return new Service();
		}

		@Bean
		AsyncConfigurer configurer() {
			return new AsyncConfigurer() {

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	@Import({ Jobs.class, Pool.class })
	static class BeanConfigurer implements AsyncConfigurer {

		@Autowired
		private ThreadPoolTaskExecutor mine;

		@Override
		public Executor getAsyncExecutor() {
			return this.mine;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Pool {

		@Bean
		ThreadPoolTaskExecutor mine() {
			return new ThreadPoolTaskExecutor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@RestController
	static class Web {

		@GetMapping("/callable")
		Callable<String> callable() {
			MDC.put("requestId", "r-3");
			return () -> new TreeMap<>(SeenByTask.now().mdc()).toString();
		}

		@GetMapping("/stream")
		StreamingResponseBody stream() {
			MDC.put("requestId", "r-3");
			return (out) -> out
				.write(new TreeMap<>(SeenByTask.now().mdc()).toString().getBytes(StandardCharsets.UTF_8));
		}

	}

	/** One of each way to be covered, each of which tells what is called at the end. */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Ending {

		static final List<String> STEPS = new CopyOnWriteArrayList<>();

		@Bean
		ThreadPoolTaskExecutor decorated() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor() {

				@Override
				public void initiateShutdown() {
					STEPS.add("decorated initiateShutdown");
					super.initiateShutdown();
				}

				@Override
				public void shutdown() {
					STEPS.add("decorated shutdown");
					super.shutdown();
				}

				@Override
				public void destroy() {
					STEPS.add("decorated destroy");
					super.destroy();
				}

			};
			executor.setAwaitTerminationSeconds(1);
			return executor;
		}

		@Bean
		ClosingExecutor subclassed() {
			return new ClosingExecutor("subclassed");
		}

		@Bean
		Executor subclassedByInterface() {
			return new ClosingExecutor("subclassedByInterface");
		}

		@Bean
		ExecutorService behindItsInterface() {
			return new java.util.concurrent.ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS,
					new java.util.concurrent.LinkedBlockingQueue<>()) {

				@Override
				public void shutdown() {
					STEPS.add("behindItsInterface shutdown");
					super.shutdown();
				}

				@Override
				public List<Runnable> shutdownNow() {
					STEPS.add("behindItsInterface shutdownNow");
					return super.shutdownNow();
				}

			};
		}

	}

	static class ClosingExecutor implements Executor, AutoCloseable {

		private final String name;

		ClosingExecutor(String name) {
			this.name = name;
		}

		@Override
		public void execute(Runnable task) {
			task.run();
		}

		@Override
		public void close() {
			Ending.STEPS.add(this.name + " close");
		}

	}

}
