package io.loglane.benchmarks;

import java.util.concurrent.TimeUnit;

import io.loglane.lane.Lane;

/**
 * Four threads of one lane log as fast as it goes, one of another lane at a modest pace,
 * and nobody waits for room. What the quiet one loses, and what its calls take.
 */
final class Flood {

	private static final int QUIET = 4;

	private final Variant variant;

	private final Output output;

	private final Case what;

	private final Figures figures;

	Flood(Variant variant, Output output, Case what, Figures figures) {
		this.variant = variant;
		this.output = output;
		this.what = what;
		this.figures = figures;
	}

	void run() {
		Subject subject = this.variant.start(this.output, true);
		// a thread of the test stays in its lane until it ends
		try (Team team = new Team(subject, QUIET + 1,
				(number) -> enterForGood((number == QUIET) ? "quiet" : "flood"))) {
			long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(this.what.millis());
			Caller quiet = team.callers().get(QUIET);
			team.run((caller) -> {
				if (caller == quiet) {
					caller.pace(this.what.rate(), until);
				}
				else {
					caller.saturate(until);
				}
			});
			subject.stop();
			long[] arrived = new long[QUIET + 1];
			long all = this.output.read(arrived).count();
			this.output.delete();
			long logged = team.sum(Caller::calls);
			if (all > logged || arrived[QUIET] > quiet.calls()) {
				throw new IllegalStateException(
						this.variant + " doubled records: logged " + logged + ", arrived " + all);
			}
			this.figures.add(this.what, "lost", (double) (quiet.calls() - arrived[QUIET]));
			this.figures.add(this.what, "lost-percent", 100.0 * (quiet.calls() - arrived[QUIET]) / quiet.calls());
			this.figures.add(this.what, "mean", quiet.nanos() / (double) quiet.measured());
			this.figures.add(this.what, "p99", (double) quiet.histogram().getValueAtPercentile(99));
			this.figures.add(this.what, "flood-lost-percent",
					100.0 * (logged - quiet.calls() - (all - arrived[QUIET])) / (logged - quiet.calls()));
		}
	}

	private static void enterForGood(String lane) {
		Lane.Place.enter(new Lane.Place(Lane.named(lane)));
	}

	/** Where figures go. */
	interface Figures {

		void add(Case what, String name, double value);

	}

}
