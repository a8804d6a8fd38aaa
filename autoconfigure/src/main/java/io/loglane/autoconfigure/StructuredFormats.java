package io.loglane.autoconfigure;

import java.io.IOException;
import java.net.URL;
import java.util.Collections;

import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;
import org.springframework.core.io.UrlResource;
import org.springframework.core.io.support.PropertiesLoaderUtils;
import org.springframework.core.io.support.SpringFactoriesLoader;

/** What takes part in Boot's structured lines. */
final class StructuredFormats {

	private static final String PREFIX = "logging.structured.json.";

	private static final String CUSTOMIZER = "org.springframework.boot.logging.structured.StructuredLoggingJsonMembersCustomizer";

	private StructuredFormats() {
	}

	/**
	 * Whether nothing but Boot and the event does: no customizer of the application's or
	 * of a library's, and no printer of stack traces, which looks at the throwable
	 * itself.
	 * @param environment the application's
	 */
	static boolean areBootsOwn(Environment environment) {
		return areBootsOwn(environment, SpringFactoriesLoader.class.getClassLoader());
	}

	static boolean areBootsOwn(Environment environment, ClassLoader classLoader) {
		Binder binder = Binder.get(environment);
		try {
			return !binder.bind(PREFIX + "customizer", Bindable.setOf(String.class)).isBound()
					&& !binder.bind(PREFIX + "stacktrace", Bindable.mapOf(String.class, String.class)).isBound()
					&& !hasFactories(classLoader);
		}
		catch (IOException | RuntimeException ex) {
			return false;
		}
	}

	private static boolean hasFactories(ClassLoader classLoader) throws IOException {
		for (URL factories : Collections
			.list(classLoader.getResources(SpringFactoriesLoader.FACTORIES_RESOURCE_LOCATION))) {
			if (PropertiesLoaderUtils.loadProperties(new UrlResource(factories)).containsKey(CUSTOMIZER)) {
				return true;
			}
		}
		return false;
	}

}
