package io.loglane.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import io.loglane.appender.LogQueues;
import io.loglane.lane.Lane;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** Logs what its delegate hangs on, and some more of two lanes. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class HangingApplication {

	static final int OF_NONE = 3;

	static final int OF_REPORTS = 5;

	private static final Logger LOGGER = LoggerFactory.getLogger("app");

	public static void main(String[] arguments) throws IOException {
		ConfigurableApplicationContext context = SpringApplication.run(HangingApplication.class, arguments);
		// what is written but not flushed would be given up as well
		LogQueues.jvm().flush(Duration.ofSeconds(20));
		LOGGER.info("hang");
		Path mark = Path.of(context.getEnvironment().getRequiredProperty("test.mark"));
		while (!Files.exists(mark)) {
			Thread.onSpinWait();
		}
		log(Lane.NONE, OF_NONE);
		log(Lane.named("reports"), OF_REPORTS);
		Files.createFile(Path.of(context.getEnvironment().getRequiredProperty("test.ready")));
		Thread stays = new Thread(() -> java.util.concurrent.locks.LockSupport.park());
		stays.start();
	}

	private static void log(Lane lane, int records) {
		try (Lane.Scope scope = lane.enter()) {
			for (int i = 0; i < records; i++) {
				LOGGER.info("given up");
			}
		}
	}

}
