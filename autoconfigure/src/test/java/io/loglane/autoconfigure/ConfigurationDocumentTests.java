package io.loglane.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.jayway.jsonpath.JsonPath;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@code docs/configuration.md} says of each property what its metadata says.
 */
class ConfigurationDocumentTests {

	private static final Pattern ROW = Pattern.compile("^\\| `(loglane\\.[^`]+)` \\| (?:`([^`]*)`)? ?\\| \\S",
			Pattern.MULTILINE);

	private static final String OF_A_LANE = "loglane.executors.<lane>.";

	@Test
	void hasEachPropertyWithItsDefaultAndNoOther() throws IOException {
		Map<String, String> documented = documented();
		Map<String, String> actual = new LinkedHashMap<>();
		for (Map<String, Object> property : properties()) {
			Object value = property.get("defaultValue");
			actual.put((String) property.get("name"), (value != null) ? value.toString() : "");
		}
		Map<String, String> ofLanes = Map.of(OF_A_LANE + "level", "", OF_A_LANE + "weight", "1", OF_A_LANE + "file", "",
				OF_A_LANE + "file-only", "false");
		actual.putAll(ofLanes);
		assertThat(documented).containsExactlyInAnyOrderEntriesOf(actual);
	}

	@Test
	void lanesHaveTheDocumentedProperties() {
		LoglaneProperties.Executor lane = new LoglaneProperties.Executor();
		assertThat(lane.getLevel()).isNull();
		assertThat(lane.getFile()).isNull();
		assertThat(lane.getWeight()).isEqualTo(1);
		assertThat(lane.isFileOnly()).isFalse();
		assertThat(LoglaneProperties.Executor.class.getDeclaredFields()).filteredOn((field) -> !field.isSynthetic())
			.hasSize(4);
	}

	private static Map<String, String> documented() throws IOException {
		Map<String, String> documented = new LinkedHashMap<>();
		Matcher row = ROW.matcher(Files.readString(Path.of("..", "docs", "configuration.md")));
		while (row.find()) {
			String value = row.group(2);
			documented.put(row.group(1), (value != null) ? value : "");
		}
		return documented;
	}

	private static List<Map<String, Object>> properties() throws IOException {
		try (InputStream in = LoglaneProperties.class
			.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
			assertThat(in).isNotNull();
			return JsonPath.parse(in).read("$.properties[?(@.name =~ /loglane\\..*/)]");
		}
	}

}
