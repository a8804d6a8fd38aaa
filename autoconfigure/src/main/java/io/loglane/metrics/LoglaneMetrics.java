package io.loglane.metrics;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.loglane.appender.LaneCounts;
import io.loglane.appender.LogQueues;
import io.loglane.appender.QueueStats;
import io.loglane.lane.Lane;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Binds the meters of all queues: a set for each appender and each lane, with the value 0
 * from the moment that both exist.
 */
public final class LoglaneMetrics implements MeterBinder, AutoCloseable {

	private final List<Runnable> subscriptions = new CopyOnWriteArrayList<>();

	@Override
	public void bindTo(MeterRegistry registry) {
		LogQueues queues = LogQueues.jvm();
		// each looks at all of the other kind: whichever comes second binds the pair,
		// once
		Set<List<Object>> bound = ConcurrentHashMap.newKeySet();
		this.subscriptions.add(queues.onEach((stats) -> {
			if (bound.add(List.of(stats))) {
				bind(registry, stats);
			}
			Lane.all().forEach((lane) -> bindOnce(registry, stats, lane, bound));
		}));
		this.subscriptions
			.add(Lane.onEach((lane) -> queues.stats().forEach((stats) -> bindOnce(registry, stats, lane, bound))));
	}

	private static void bindOnce(MeterRegistry registry, QueueStats stats, Lane lane, Set<List<Object>> bound) {
		if (bound.add(List.of(stats, lane))) {
			bind(registry, stats, lane);
		}
	}

	private static void bind(MeterRegistry registry, QueueStats stats) {
		Tags tags = Tags.of("appender", stats.appender());
		Gauge.builder("loglane.queue.capacity", stats, QueueStats::capacity)
			.description("Records that the queue in front of the appender holds at most")
			.baseUnit("records")
			.tags(tags)
			.register(registry);
		TimeGauge.builder("loglane.queue.age", stats, TimeUnit.MILLISECONDS, QueueStats::ageMillis)
			.description("Age of the oldest record that is not written yet")
			.tags(tags)
			.register(registry);
	}

	private static void bind(MeterRegistry registry, QueueStats stats, Lane lane) {
		LaneCounts counts = stats.lane(lane);
		Tags tags = Tags.of("appender", stats.appender(), "executor", lane.name());
		Gauge.builder("loglane.queue.depth", counts, LaneCounts::depth)
			.description("Records of the executor that wait to be written")
			.baseUnit("records")
			.tags(tags)
			.register(registry);
		counter(registry, "loglane.records.accepted", "Records that the queue took", counts, LaneCounts::accepted,
				tags);
		counter(registry, "loglane.records.written", "Records that the appender wrote", counts, LaneCounts::written,
				tags);
		counter(registry, "loglane.records.failed", "Records that the appender could not write", counts,
				LaneCounts::failed, tags);
		for (String level : LaneCounts.levels()) {
			counter(registry, "loglane.records.dropped", "Records given up before they reached the appender", counts,
					(c) -> c.dropped(level), tags.and("level", level));
		}
		FunctionTimer.builder("loglane.waits", counts, LaneCounts::waits, LaneCounts::waitNanos, TimeUnit.NANOSECONDS)
			.description("Waits of callers for room in the queue")
			.tags(tags)
			.register(registry);
	}

	private static void counter(MeterRegistry registry, String name, String description, LaneCounts counts,
			java.util.function.ToDoubleFunction<LaneCounts> value, Tags tags) {
		FunctionCounter.builder(name, counts, value)
			.description(description)
			.baseUnit("records")
			.tags(tags)
			.register(registry);
	}

	/** Bind no more meters; those that are bound stay with their registry. */
	@Override
	public void close() {
		this.subscriptions.forEach(Runnable::run);
		this.subscriptions.clear();
	}

}
