package io.loglane.autoconfigure;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;

/** What takes part in Boot's structured lines. */
class StructuredFormatsTests {

	private static boolean areBootsOwn(String property, String value) {
		return StructuredFormats.areBootsOwn(new MockEnvironment().withProperty(property, value));
	}

	@ParameterizedTest
	@ValueSource(strings = { "logging.structured.json.rename.message", "logging.structured.json.add.site",
			"logging.structured.json.exclude", "logging.structured.ecs.service.name",
			"logging.structured.format.console" })
	void areBootsOwnWhateverBootChangesInThem(String property) {
		assertThat(areBootsOwn(property, "value")).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "logging.structured.json.customizer", "logging.structured.json.customizer[1]",
			"logging.structured.json.stacktrace.printer", "logging.structured.json.stacktrace.root",
			"logging.structured.json.stacktrace.max-length" })
	void areNotWhereSomebodyElseTakesPartOrTheThrowableItselfIsAsked(String property) {
		assertThat(areBootsOwn(property, "value")).isFalse();
	}

	@Test
	void areNotWhereAVariableOfTheSystemSaysSo() {
		StandardEnvironment environment = new StandardEnvironment();
		environment.getPropertySources()
			.replace(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
					new SystemEnvironmentPropertySource(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
							Map.of("LOGGING_STRUCTURED_JSON_CUSTOMIZER", "com.example.Own")));
		assertThat(StructuredFormats.areBootsOwn(environment)).isFalse();
	}

	@Test
	void areNotWhereALibraryHasACustomizer(@TempDir Path folder) throws IOException {
		Files.createDirectory(folder.resolve("META-INF"));
		Files.writeString(folder.resolve(SpringFactoriesLoader.FACTORIES_RESOURCE_LOCATION),
				"org.springframework.boot.logging.structured.StructuredLoggingJsonMembersCustomizer=com.example.Own");
		try (URLClassLoader library = new URLClassLoader(new URL[] { folder.toUri().toURL() },
				getClass().getClassLoader())) {
			assertThat(StructuredFormats.areBootsOwn(new MockEnvironment(), library)).isFalse();
		}
	}

}
