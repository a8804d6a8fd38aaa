package io.loglane.autoconfigure;

import java.beans.BeanInfo;
import java.beans.IntrospectionException;
import java.beans.Introspector;
import java.beans.PropertyDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import com.jayway.jsonpath.DocumentContext;
import com.jayway.jsonpath.JsonPath;
import org.junit.jupiter.api.Test;

import org.springframework.boot.convert.DurationStyle;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an IDE shows of the properties. The properties themselves say what there has to
 * be.
 */
class ConfigurationMetadataTests {

	private static final String METADATA = "/META-INF/spring-configuration-metadata.json";

	private static final String HINTS = "/META-INF/additional-spring-configuration-metadata.json";

	private final Map<String, Object> defaults = defaults();

	@Test
	void namesEachPropertyAndNoOther() {
		List<String> names = properties().stream().map((property) -> (String) property.get("name")).toList();
		assertThat(names).containsExactlyInAnyOrderElementsOf(this.defaults.keySet());
		assertThat(names).contains("loglane.enabled", "loglane.async.enabled", "loglane.async.appenders",
				"loglane.async.exclude", "loglane.async.render", "loglane.queue.capacity", "loglane.queue.max-wait",
				"loglane.queue.wait-level", "loglane.shutdown-timeout", "loglane.caller-data", "loglane.tasks.enabled",
				"loglane.tasks.exclude", "loglane.tasks.propagate-context", "loglane.tasks.executor-key",
				"loglane.tasks.task-key");
	}

	@Test
	void describesEachProperty() {
		assertThat(properties()).allSatisfy((property) -> assertThat((String) property.get("description"))
			.as("description of " + property.get("name"))
			.isNotBlank()
			.endsWith("."));
	}

	@Test
	void givesEachPropertyItsType() {
		assertThat(properties()).allSatisfy((property) -> {
			Object value = this.defaults.get(property.get("name"));
			assertThat((String) property.get("type")).as("type of " + property.get("name")).startsWith(typeOf(value));
		});
	}

	@Test
	void givesEachPropertyItsDefault() {
		assertThat(properties()).allSatisfy((property) -> {
			Object value = this.defaults.get(property.get("name"));
			if (value == null) {
				assertThat(property).as("default of " + property.get("name")).doesNotContainKey("defaultValue");
			}
			else if (!(value instanceof Collection || value instanceof Map)) {
				assertThat(property.get("defaultValue")).as("default of " + property.get("name")).isNotNull();
				assertThat(comparable(property.get("defaultValue"), value)).as("default of " + property.get("name"))
					.isEqualTo(comparable(value, value));
			}
		});
	}

	@Test
	void hintsAreForPropertiesThatThereAre() {
		List<Map<String, Object>> hints = read(HINTS).read("$.hints");
		assertThat(hints).isNotEmpty();
		assertThat(hints).extracting((hint) -> hint.get("name")).isSubsetOf(this.defaults.keySet());
		assertThat(hints).allSatisfy((hint) -> assertThat(hint).containsKey("values"));
	}

	@Test
	void hintsReachTheMetadata() {
		List<String> hints = read(HINTS).read("$.hints[*].name");
		List<String> merged = read(METADATA).read("$.hints[*].name");
		assertThat(merged).containsAll(hints);
	}

	private static List<Map<String, Object>> properties() {
		// those of the endpoint are Boot's to describe
		return read(METADATA).read("$.properties[?(@.name =~ /loglane\\..*/)]");
	}

	private static DocumentContext read(String resource) {
		try (InputStream in = LoglaneProperties.class.getResourceAsStream(resource)) {
			assertThat(in).as(resource).isNotNull();
			return JsonPath.parse(in);
		}
		catch (IOException ex) {
			throw new java.io.UncheckedIOException(ex);
		}
	}

	private static String typeOf(Object value) {
		if (value instanceof Map) {
			return "java.util.Map<java.lang.String,";
		}
		if (value instanceof Collection) {
			return "java.util.Set<java.lang.String>";
		}
		return (value != null) ? value.getClass().getName() : "org.springframework.util.unit.DataSize";
	}

	private static Object comparable(Object said, Object value) {
		if (value instanceof Enum<?>) {
			return said.toString().toLowerCase(Locale.ROOT);
		}
		if (value instanceof Duration && said instanceof String text) {
			return DurationStyle.detectAndParse(text, java.time.temporal.ChronoUnit.MILLIS);
		}
		return said;
	}

	private static Map<String, Object> defaults() {
		Map<String, Object> defaults = new TreeMap<>();
		collect("loglane", new LoglaneProperties(), defaults);
		return defaults;
	}

	private static void collect(String prefix, Object bean, Map<String, Object> defaults) {
		try {
			BeanInfo info = Introspector.getBeanInfo(bean.getClass(), Object.class);
			for (PropertyDescriptor property : info.getPropertyDescriptors()) {
				String name = prefix + "." + dashed(property.getName());
				Object value = property.getReadMethod().invoke(bean);
				if (property.getWriteMethod() != null) {
					defaults.put(name, value);
				}
				else {
					collect(name, value, defaults);
				}
			}
		}
		catch (IntrospectionException | IllegalAccessException | InvocationTargetException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String dashed(String name) {
		return name.chars()
			.mapToObj((c) -> Character.isUpperCase(c) ? "-" + Character.toString(Character.toLowerCase(c))
					: Character.toString(c))
			.collect(Collectors.joining());
	}

}
