package io.loglane.actuate;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.loglane.appender.LaneCounts;
import io.loglane.appender.LogQueues;
import io.loglane.appender.QueueState;
import io.loglane.appender.QueueStats;
import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;

/**
 * Details of the queues for {@code /actuator/health}. The status is always UP: no
 * application is better off restarted, or without requests, because its log is in
 * trouble.
 * <p>
 * A proxy, since Spring Boot 4 has other types for this than 3.5, in another package and
 * of the same names.
 */
public final class LoglaneHealth implements InvocationHandler {

	/** Where Spring Boot has {@code Health} and its like: 4, and 3.5. */
	public static final List<String> PACKAGES = List.of("org.springframework.boot.health.contributor.",
			"org.springframework.boot.actuate.health.");

	private final Method up;

	private final Method withDetails;

	private final Method build;

	private LoglaneHealth(Class<?> health, Class<?> builder) throws NoSuchMethodException {
		this.up = health.getMethod("up");
		this.withDetails = builder.getMethod("withDetails", Map.class);
		this.build = builder.getMethod("build");
	}

	/**
	 * Return what Spring Boot calls a health indicator.
	 * @param loader the application's class loader
	 * @return the type, {@code null} where there is none
	 */
	public static @Nullable Class<?> type(@Nullable ClassLoader loader) {
		for (String location : PACKAGES) {
			try {
				return Class.forName(location + "HealthIndicator", false, loader);
			}
			catch (ClassNotFoundException ex) {
				// the next one
			}
		}
		return null;
	}

	/**
	 * Make an indicator.
	 * @param type what {@link #type} has found
	 * @return an instance of it
	 */
	public static Object indicator(Class<?> type) {
		ClassLoader loader = type.getClassLoader();
		String health = type.getPackageName() + ".Health";
		try {
			return Proxy.newProxyInstance(loader, new Class<?>[] { type }, new LoglaneHealth(
					Class.forName(health, false, loader), Class.forName(health + "$Builder", false, loader)));
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException("This version of Spring Boot knows another kind of health", ex);
		}
	}

	@Override
	public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
			throws Throwable {
		if (method.isDefault()) {
			return InvocationHandler.invokeDefault(proxy, method, arguments);
		}
		return switch (method.getName()) {
			case "equals" -> arguments != null && proxy == arguments[0];
			case "hashCode" -> System.identityHashCode(proxy);
			case "toString" -> "Health of Loglane's queues";
			default -> health();
		};
	}

	private Object health() throws IllegalAccessException, InvocationTargetException {
		Object builder = this.up.invoke(null);
		this.withDetails.invoke(builder, details());
		return this.build.invoke(builder);
	}

	private static Map<String, Object> details() {
		Map<String, QueueStats> stats = new TreeMap<>();
		LogQueues.jvm().stats().forEach((queue) -> stats.put(queue.appender(), queue));
		Map<String, Object> details = new TreeMap<>();
		for (QueueState state : LogQueues.jvm().states()) {
			Map<String, Object> queue = new LinkedHashMap<>();
			queue.put("mode", state.mode());
			queue.put("started", state.started());
			queue.put("depth", state.depth());
			queue.put("capacity", state.capacity());
			queue.put("ageMillis", state.ageMillis());
			QueueStats counted = stats.get(state.appender());
			if (counted != null) {
				List<LaneCounts> lanes = Lane.all().stream().map(counted::lane).toList();
				queue.put("dropped", lanes.stream().mapToLong(LaneCounts::dropped).sum());
				queue.put("failed", lanes.stream().mapToLong(LaneCounts::failed).sum());
			}
			details.put(state.appender(), queue);
		}
		return details;
	}

}
