package io.loglane.autoconfigure;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * Runs one task, which logs and tells what it finds around it. Knows no logging library.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class TaggingApplication {

	public static void main(String[] arguments) throws Exception {
		try (ConfigurableApplicationContext context = SpringApplication.run(TaggingApplication.class, arguments)) {
			MDC.put("requestId", "r1");
			Map<String, String> mdc = context.getBean("reports", ThreadPoolTaskExecutor.class).submit(() -> {
				LoggerFactory.getLogger("work").info("In a task");
				return MDC.getCopyOfContextMap();
			}).get();
			Files.writeString(Path.of(context.getEnvironment().getRequiredProperty("test.mdc")),
					LoggerFactory.getILoggerFactory().getClass().getName() + " " + new TreeMap<>(mdc));
		}
	}

	@Bean
	ThreadPoolTaskExecutor reports() {
		return new ThreadPoolTaskExecutor();
	}

}
