package io.loglane.autoconfigure;

import io.loglane.appender.LogQueues;
import io.loglane.lane.Lane;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.NestedTestConfiguration;
import org.springframework.test.context.NestedTestConfiguration.EnclosingConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Real tests of an application, as its authors write them.
 */
@NestedTestConfiguration(EnclosingConfiguration.OVERRIDE)
class SynchronousInTestsTests {

	private static final Logger LOGGER = LoggerFactory.getLogger(SynchronousInTestsTests.class);

	private static boolean hasDrain() {
		return Thread.getAllStackTraces().keySet().stream().anyMatch((t) -> t.getName().equals("loglane-CONSOLE"));
	}

	@Nested
	@SpringBootTest(classes = Application.class)
	@DirtiesContext
	@ExtendWith(OutputCaptureExtension.class)
	class ByDefault {

		@Test
		void testFindsWhatWasLoggedWhenItLooks(CapturedOutput output) {
			assertThat(hasDrain()).isFalse();
			for (int i = 0; i < 200; i++) {
				LOGGER.info("line {}", i);
				assertThat(output.getOut()).contains("line " + i);
			}
		}

		@Test
		void queuesAreCountedAllTheSame() {
			LOGGER.info("counted");
			assertThat(LogQueues.jvm().stats()).filteredOn((stats) -> stats.appender().equals("CONSOLE"))
				.singleElement()
				.satisfies((stats) -> assertThat(stats.lane(Lane.NONE).written()).isPositive());
		}

	}

	/** Its context stays open, as another test's does that comes first. */
	@Nested
	@SpringBootTest(classes = Application.class)
	@DirtiesContext
	@ExtendWith(OutputCaptureExtension.class)
	class WhileAnotherContextIsCachedThatAsked {

		private static ConfigurableApplicationContext other;

		@BeforeAll
		static void runOther() {
			other = new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
				.properties("loglane.async.enabled=true")
				.run();
		}

		@AfterAll
		static void closeOther() {
			other.close();
		}

		@Test
		void testFindsWhatWasLoggedWhenItLooks(CapturedOutput output) {
			assertThat(hasDrain()).isFalse();
			for (int i = 0; i < 200; i++) {
				LOGGER.info("line {}", i);
				assertThat(output.getOut()).contains("line " + i);
			}
		}

	}

	@Nested
	@SpringBootTest(classes = Application.class, properties = "loglane.async.enabled=true")
	@DirtiesContext
	class WhereAskedFor {

		@Test
		void queuesAreAsynchronous() {
			assertThat(hasDrain()).isTrue();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
