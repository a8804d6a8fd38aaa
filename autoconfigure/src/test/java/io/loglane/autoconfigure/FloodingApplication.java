package io.loglane.autoconfigure;

import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * Eight threads of one executor log without end. Each tells, in a file that outlives the
 * JVM whatever becomes of it, the number of its last record whose call has returned. Once
 * the application begins to close each logs a few more.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class FloodingApplication {

	static final int THREADS = 8;

	private static final int MORE = 100;

	private static final Logger LOGGER = LoggerFactory.getLogger("flood");

	private volatile boolean closing;

	public static void main(String[] arguments) throws IOException {
		ConfigurableApplicationContext context = SpringApplication.run(FloodingApplication.class, arguments);
		LongBuffer returned = returned(Path.of(context.getEnvironment().getRequiredProperty("test.returned")));
		FloodingApplication flood = context.getBean(FloodingApplication.class);
		ThreadPoolTaskExecutor executor = context.getBean(ThreadPoolTaskExecutor.class);
		for (int thread = 0; thread < THREADS; thread++) {
			int number = thread;
			executor.execute(() -> flood.log(number, returned));
		}
	}

	/** One number for each thread. */
	static LongBuffer returned(Path path) throws IOException {
		try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ,
				StandardOpenOption.WRITE)) {
			return channel.map(MapMode.READ_WRITE, 0, THREADS * (long) Long.BYTES).asLongBuffer();
		}
	}

	@Bean
	ThreadPoolTaskExecutor flooding() {
		ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
		executor.setCorePoolSize(THREADS);
		executor.setWaitForTasksToCompleteOnShutdown(true);
		executor.setAwaitTerminationSeconds(20);
		return executor;
	}

	@EventListener(ContextClosedEvent.class)
	void close() {
		this.closing = true;
	}

	private void log(int thread, LongBuffer returned) {
		int more = MORE;
		for (long number = 1; more > 0; number++) {
			LOGGER.info("{} {}", thread, number);
			returned.put(thread, number);
			if (this.closing) {
				more--;
			}
		}
	}

}
