package io.loglane.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What is run in each round, and for how long.
 *
 * @param rounds how many rounds count
 * @param spareRounds how many disturbed rounds are repeated at most
 * @param patience seconds after which no further disturbed round is repeated
 * @param warmUp milliseconds for each output in each JVM
 * @param call milliseconds for a case that looks at single calls
 * @param saturated milliseconds for a case that looks at the rate
 * @param everything whether cases are run that no ratio needs
 */
record Plan(int rounds, int spareRounds, int patience, int warmUp, int call, int saturated, boolean everything) {

	/** Records a second at which lines are timed. */
	static final List<Integer> LINE_RATES = List.of(1_000, 10_000, 100_000);

	/** Milliseconds for each output; with less, the compiler is not done with all. */
	static final int LONG_WARM_UP = 2000;

	private static final List<Integer> THREADS = List.of(1, 4, 16, 64);

	static Plan named(String name) {
		return switch (name) {
			case "quick" -> new Plan(3, 2, 240, 500, 120, 1500, false);
			case "full" -> new Plan(5, 5, 7200, LONG_WARM_UP, 500, 3000, true);
			default -> throw new IllegalArgumentException("quick or full, not " + name);
		};
	}

	/** One JVM of each round. */
	record Job(Variant variant, Type type, List<Case> cases) {

		/** How it is run. */
		enum Type {

			/** By {@link Fork}. */
			PLAIN,

			/** By {@link Fork}, on a JDK with virtual threads. */
			VIRTUAL_THREADS,

			/** By {@link Fork}, with standard output into a pipe. */
			CONSOLE,

			/** By {@link IdleApplication}, one with Loglane beside one without. */
			IDLE

		}

		String name() {
			return (this.variant + "-" + this.type).toLowerCase(Locale.ROOT);
		}

	}

	List<Job> jobs(int round) {
		List<Job> jobs = new ArrayList<>();
		for (Variant variant : Variant.values()) {
			// what not all have is apart: code that has seen more outputs is compiled
			// worse
			for (List<Case> cases : List.of(common(variant), word(variant), particular(variant))) {
				if (!cases.isEmpty()) {
					jobs.add(new Job(variant, Job.Type.PLAIN, cases));
				}
			}
			if ((this.everything && isOneOf(variant, Variant.FLOOR_LITE, Variant.FLOOR_ORDER))
					|| isOneOf(variant, Variant.FLOOR_PREP, Variant.LOGBACK_ASYNC, Variant.LOGSTASH,
							Variant.LOG4J_LOGGER, Variant.LOG4J_APPENDER, Variant.LOGLANE)) {
				jobs.add(new Job(variant, Job.Type.VIRTUAL_THREADS,
						List.of(new Case(Case.Kind.VIRTUAL, Output.Kind.NOOP, 1000, 0, 2 * this.call))));
			}
			if (isOneOf(variant, Variant.SYNC_FLUSH, Variant.LOGLANE)) {
				jobs.add(new Job(variant, Job.Type.CONSOLE,
						List.of(new Case(Case.Kind.SATURATED, Output.Kind.CONSOLE, 4, 0, this.saturated))));
			}
		}
		if (this.everything || round == 0) {
			jobs.add(new Job(Variant.LOGLANE, Job.Type.IDLE, List.of()));
		}
		return jobs;
	}

	private static boolean isFloor(Variant variant) {
		return isOneOf(variant, Variant.FLOOR_NOP, Variant.FLOOR_LITE, Variant.FLOOR_ORDER, Variant.FLOOR_PREP);
	}

	private static boolean isSynchronous(Variant variant) {
		return isOneOf(variant, Variant.SYNC_FLUSH, Variant.SYNC_BUFFERED);
	}

	private List<Case> common(Variant variant) {
		List<Case> cases = new ArrayList<>();
		boolean floor = isFloor(variant);
		if (variant == Variant.FLOOR_ORDER && !this.everything) {
			return cases;
		}
		if (!isSynchronous(variant)) {
			// what is not needed for a ratio says how the other floors move
			boolean needed = this.everything || !isOneOf(variant, Variant.FLOOR_NOP, Variant.FLOOR_LITE);
			for (int threads : (needed) ? THREADS : List.of(1)) {
				cases.add(new Case(Case.Kind.BURST, Output.Kind.NOOP, threads, 0, this.call));
			}
			cases.add(paced(Output.Kind.NOOP));
		}
		if (!floor) {
			cases.add(new Case(Case.Kind.BURST, Output.Kind.FILE, 4, 0, this.call));
			cases.add(paced(Output.Kind.FILE));
		}
		boolean compared = isOneOf(variant, Variant.LOGSTASH, Variant.LOG4J_LOGGER, Variant.LOGLANE);
		if (compared || (this.everything && !floor && variant != Variant.LOGBACK_NEVER_BLOCK)) {
			cases.addAll(saturated(Output.Kind.FILE));
		}
		if (this.everything && variant == Variant.SYNC_BUFFERED) {
			// what one thread renders and writes that has all it needs in its caches; the
			// last case here, which disturbs no other
			cases.add(new Case(Case.Kind.SATURATED, Output.Kind.FILE, 1, 0, this.saturated));
		}
		return cases;
	}

	private List<Case> word(Variant variant) {
		return isOneOf(variant, Variant.SYNC_FLUSH, Variant.LOGLANE) ? List.of(paced(Output.Kind.WORD)) : List.of();
	}

	private List<Case> particular(Variant variant) {
		List<Case> cases = new ArrayList<>();
		if (this.everything && isOneOf(variant, Variant.LOGSTASH, Variant.LOGLANE)) {
			cases.addAll(saturated(Output.Kind.DIRECT));
		}
		boolean loglane = variant == Variant.LOGLANE;
		if (loglane || (this.everything && !isSynchronous(variant) && !isFloor(variant) && !variant.isLog4j())) {
			cases.add(new Case(Case.Kind.FLOOD, Output.Kind.FILE, 5, 1000, this.saturated));
		}
		if (loglane || (this.everything && isOneOf(variant, Variant.LOGBACK_ASYNC, Variant.LOGSTASH))) {
			for (int rate : LINE_RATES) {
				cases.add(new Case(Case.Kind.LINES, Output.Kind.TIMED, 4, rate, this.saturated));
			}
		}
		return cases;
	}

	private Case paced(Output.Kind output) {
		return new Case(Case.Kind.PACED, output, 4, 20_000, 2 * this.call);
	}

	private List<Case> saturated(Output.Kind output) {
		return List.of(new Case(Case.Kind.SATURATED, output, 4, 0, this.saturated),
				new Case(Case.Kind.SATURATED, output, 16, 0, this.saturated));
	}

	private static boolean isOneOf(Variant variant, Variant... variants) {
		return List.of(variants).contains(variant);
	}

}
