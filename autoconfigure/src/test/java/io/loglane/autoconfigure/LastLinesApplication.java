package io.loglane.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;

/** Logs for as long as it can: also when its context is closed, by its handlers. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class LastLinesApplication implements DisposableBean {

	static final int RECORDS = 1_000;

	private static final Logger LOGGER = LoggerFactory.getLogger("app");

	public static void main(String[] arguments) throws IOException {
		ConfigurableApplicationContext context = SpringApplication.run(LastLinesApplication.class, arguments);
		// run in the reverse order, Logback's own after all of them
		SpringApplication.getShutdownHandlers().add(() -> LOGGER.info("The last handler"));
		SpringApplication.getShutdownHandlers().add(() -> {
			LOGGER.info("A handler, closed {}", !context.isActive());
			log("By a handler");
		});
		log("While up");
		Files.createFile(Path.of(context.getEnvironment().getRequiredProperty("test.ready")));
		Thread stays = new Thread(() -> java.util.concurrent.locks.LockSupport.park());
		stays.start();
	}

	private static void log(String text) {
		for (int i = 0; i < RECORDS; i++) {
			LOGGER.info("{} {}", text, i);
		}
	}

	@EventListener(ContextClosedEvent.class)
	void closing() {
		log("Closing");
	}

	@Override
	public void destroy() {
		log("Shutting down");
	}

}
