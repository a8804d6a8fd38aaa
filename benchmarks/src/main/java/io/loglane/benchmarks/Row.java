package io.loglane.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

import org.jspecify.annotations.Nullable;

/**
 * What must hold: a figure of each round, whose median has a limit.
 *
 * @param name what it is called in the last lines
 * @param figure the figure of one round
 * @param limit what it must be at most, or at least
 * @param atLeast whether the limit is a lower one
 * @param floor what {@link Variant#FLOOR_ORDER} makes of it in the same round, into
 * nothing; {@code null} where it can not be compared
 */
record Row(String name, ToDoubleFunction<Round> figure, double limit, boolean atLeast,
		@Nullable ToDoubleFunction<Round> floor) {

	private static final Variant[] ASYNCHRONOUS = { Variant.LOGBACK_ASYNC, Variant.LOGBACK_NEVER_BLOCK,
			Variant.LOGSTASH, Variant.LOG4J_LOGGER, Variant.LOG4J_APPENDER };

	private static final Variant[] WAKING = { Variant.LOGBACK_ASYNC, Variant.LOGSTASH, Variant.LOG4J_LOGGER };

	static List<Row> all() {
		List<Row> rows = new ArrayList<>();
		rows.add(atMost("call-file-paced-vs-best", 0.25, over("paced-file-4-20000.mean", WAKING)));
		rows.add(atMost("call-file-paced-vs-log4j-jctools", 0.45,
				over("paced-file-4-20000.mean", Variant.LOG4J_APPENDER)));
		rows.add(atMost("p99-file-paced-vs-best", 0.12, over("paced-file-4-20000.p99", WAKING)));
		rows.add(atMost("call-file-burst-vs-best", 0.40, over("burst-file-4.mean", ASYNCHRONOUS))
			.withFloor(floor("burst-noop-4.mean", "burst-file-4.mean", ASYNCHRONOUS)));
		rows.add(atMost("call-noop-burst-1-vs-prepare", 0.85, over("burst-noop-1.mean", Variant.FLOOR_PREP)));
		for (int threads : List.of(4, 16, 64)) {
			rows.add(atMost("call-noop-burst-" + threads + "-vs-best", 0.45,
					over("burst-noop-" + threads + ".mean", ASYNCHRONOUS)));
		}
		rows.add(atMost("call-noop-paced-vs-prepare", 0.85, over("paced-noop-4-20000.mean", Variant.FLOOR_PREP))
			.withFloor(floor("paced-noop-4-20000.mean", "paced-noop-4-20000.mean", Variant.FLOOR_PREP)));
		rows.add(atMost("call-virtual-threads-vs-best", 0.40, over("virtual-noop-1000.mean", Variant.LOGBACK_ASYNC,
				Variant.LOGSTASH, Variant.LOG4J_LOGGER, Variant.LOG4J_APPENDER)));
		rows.add(atMost("bytes-per-call", 200, (round) -> round.loglane("burst-noop-1.bytes")));
		rows.add(atLeast("rate-file-4-vs-best", 0.8, rate("saturated-file-4.rate")));
		rows.add(atLeast("rate-file-16-vs-best", 1.2, rate("saturated-file-16.rate")));
		rows.add(atMost("quiet-lane-lost", 0, (round) -> round.loglane("flood-file-5-1000.lost")));
		rows.add(atMost("quiet-lane-p99-us", 50, (round) -> round.loglane("flood-file-5-1000.p99") / 1e3));
		for (int rate : Plan.LINE_RATES) {
			rows.add(atMost("line-in-file-p99-ms-" + rate, 2,
					(round) -> round.loglane("lines-timed-4-" + rate + ".p99") / 1e6));
		}
		rows.add(atMost("idle-cpu-percent", 0.1,
				(round) -> Math.max(0, round.loglane("idle.percent") - round.of(Variant.FLOOR_NOP, "idle.percent"))));
		rows.add(atLeast("rate-console-vs-sync", 2, (round) -> round.loglane("saturated-console-4.rate")
				/ round.of(Variant.SYNC_FLUSH, "saturated-console-4.rate")));
		rows.add(atMost("call-file-paced-vs-sync", 0.35, over("paced-file-4-20000.mean", Variant.SYNC_FLUSH)));
		rows.add(atMost("call-user-word-paced-vs-sync", 0.7, over("paced-word-4-20000.mean", Variant.SYNC_FLUSH)));
		return rows;
	}

	private static Row atMost(String name, double limit, ToDoubleFunction<Round> figure) {
		return new Row(name, figure, limit, false, null);
	}

	private static Row atLeast(String name, double limit, ToDoubleFunction<Round> figure) {
		return new Row(name, figure, limit, true, null);
	}

	private static ToDoubleFunction<Round> over(String key, Variant... others) {
		return (round) -> round.loglane(key) / round.least(key, others);
	}

	private static ToDoubleFunction<Round> floor(String key, String othersKey, Variant... others) {
		return (round) -> round.of(Variant.FLOOR_ORDER, key) / round.least(othersKey, others);
	}

	private static ToDoubleFunction<Round> rate(String key) {
		return (round) -> round.loglane(key) / round.most(key, Variant.LOGSTASH, Variant.LOG4J_LOGGER);
	}

	private Row withFloor(ToDoubleFunction<Round> floor) {
		return new Row(this.name, this.figure, this.limit, this.atLeast, floor);
	}

	/** The line that tells whether it holds. */
	String judge(List<Round> rounds) {
		return judge("ratio", rounds, this.figure);
	}

	/** The line that tells whether it would hold of the floor; none without one. */
	Optional<String> judgeFloor(List<Round> rounds) {
		return Optional.ofNullable(this.floor).map((floor) -> judge("floor", rounds, floor));
	}

	private String judge(String what, List<Round> rounds, ToDoubleFunction<Round> figure) {
		double value = median(rounds.stream().mapToDouble(figure).toArray());
		boolean holds = (this.atLeast) ? value >= this.limit : value <= this.limit;
		return String.format(Locale.ROOT, "%s %s %s %s %s", what, this.name,
				Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.3f", value),
				(this.limit == Math.rint(this.limit)) ? String.valueOf((long) this.limit) : String.valueOf(this.limit),
				(holds) ? "ok" : "short");
	}

	/** Of those that are numbers; not a number where there are none. */
	static double median(double... values) {
		double[] sorted = Arrays.stream(values).filter((value) -> !Double.isNaN(value)).sorted().toArray();
		int middle = sorted.length / 2;
		if (sorted.length == 0) {
			return Double.NaN;
		}
		return (sorted.length % 2 != 0) ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
	}

}
