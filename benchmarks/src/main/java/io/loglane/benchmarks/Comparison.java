package io.loglane.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Runs all variants, round after round, prints a table and one line for each figure that
 * has a limit. Ends with an error where a record was lost or doubled.
 */
public final class Comparison {

	/**
	 * What four threads must do of one thread's calls, or else another process held a
	 * core.
	 */
	private static final double SCALING = 1.5;

	/** A prime above the number of jobs, so that it shares no factor with it. */
	private static final int STEP = 37;

	private final PrintStream out = System.out;

	private final Plan plan;

	private final Path folder;

	private final Launcher launcher;

	private final List<String> failures = new ArrayList<>();

	private Comparison(Plan plan, Path folder) throws IOException {
		this.plan = plan;
		this.folder = folder;
		this.launcher = new Launcher(folder);
	}

	/**
	 * Run it.
	 * @param arguments {@code quick} or {@code full}, and a folder for what is written
	 */
	public static void main(String[] arguments) throws IOException, InterruptedException {
		Path folder = Path.of(arguments[1]);
		Files.createDirectories(folder);
		boolean complete = new Comparison(Plan.named(arguments[0]), folder).run();
		Runtime.getRuntime().exit((complete) ? 0 : 1);
	}

	private boolean run() throws IOException, InterruptedException {
		List<Round> counted = new ArrayList<>();
		List<Round> disturbed = new ArrayList<>();
		long started = System.nanoTime();
		for (int i = 0; counted.size() < this.plan.rounds(); i++) {
			long left = TimeUnit.SECONDS.toNanos(this.plan.patience()) - (System.nanoTime() - started);
			boolean spare = i >= this.plan.rounds();
			if (spare && (i >= this.plan.rounds() + this.plan.spareRounds()
					|| (System.nanoTime() - started) / i > left)) {
				break;
			}
			say((spare) ? "One more round ..." : "Round %d of %d ...", i + 1, this.plan.rounds());
			Round round = round(i);
			// the table needs all rounds; who ends this early has these
			round.save(this.folder.resolve("round-" + (i + 1)));
			double scaling = Math.min(round.of(Variant.FLOOR_NOP, "scaling.before"),
					round.of(Variant.FLOOR_NOP, "scaling.after"));
			if (scaling >= SCALING) {
				counted.add(round);
			}
			else {
				disturbed.add(round);
				say("Disturbed: four threads did %.2f times the calls of one", scaling);
			}
		}
		int undisturbed = counted.size();
		while (counted.size() < this.plan.rounds()) {
			counted.add(disturbed.remove(0));
		}
		print(counted);
		if (undisturbed < counted.size()) {
			say("%d of %d rounds were disturbed by other processes: take no figure for granted",
					counted.size() - undisturbed, counted.size());
		}
		this.failures.forEach((failure) -> say("FAILED %s", failure));
		if (this.plan.everything()) {
			Row.all().forEach((row) -> row.judgeFloor(counted).ifPresent((line) -> say("%s", line)));
		}
		Row.all().forEach((row) -> say("%s", row.judge(counted)));
		return this.failures.isEmpty();
	}

	private Round round(int number) throws IOException, InterruptedException {
		Round round = new Round();
		List<Plan.Job> jobs = this.plan.jobs(number);
		scaling(round, "scaling.before");
		for (int i = 0; i < jobs.size(); i++) {
			Plan.Job job = jobs.get((i * STEP + number * STEP) % jobs.size());
			try {
				this.launcher.run(job, this.plan.warmUp(), round);
			}
			catch (Launcher.FailedException ex) {
				say("%s", String.valueOf(ex.getMessage()));
				this.failures.add(job.name() + " in round " + (number + 1));
			}
		}
		scaling(round, "scaling.after");
		round.figures().forEach((key, byVariant) -> {
			if (key.endsWith("." + Fork.ASTRAY)) {
				byVariant.forEach((variant, count) -> astray(variant, key, count, number + 1));
			}
		});
		return round;
	}

	/** What a peer is known to lose is told, and is no failure. */
	private void astray(Variant variant, String key, double count, int round) {
		String what = String.format(Locale.ROOT, "%s in round %d: of %s %.0f more records logged than arrived", variant,
				round, key.substring(0, key.indexOf('.')), count);
		if (count > 0 && count <= variant.knownToLose()) {
			say("%s, as is known of it", what);
		}
		else {
			this.failures.add(what);
		}
	}

	/**
	 * Whether both cores are to be had. Less than warmed up for long, either case may be
	 * compiled better than the other: four threads have then done 1.4 or 1.9 times the
	 * calls of one on the same quiet machine.
	 */
	private void scaling(Round round, String key) throws IOException, InterruptedException {
		List<Case> cases = List.of(new Case(Case.Kind.SCALING, Output.Kind.NOOP, 1, 0, 200),
				new Case(Case.Kind.SCALING, Output.Kind.NOOP, 4, 0, 200));
		Round figures = new Round();
		this.launcher.run(new Plan.Job(Variant.FLOOR_NOP, Plan.Job.Type.PLAIN, cases), Plan.LONG_WARM_UP, figures);
		round.add(Variant.FLOOR_NOP, key, figures.of(Variant.FLOOR_NOP, "scaling-noop-4.rate")
				/ figures.of(Variant.FLOOR_NOP, "scaling-noop-1.rate"));
	}

	private void print(List<Round> rounds) {
		Map<String, TreeSet<Variant>> all = new TreeMap<>();
		rounds.forEach((round) -> round.figures()
			.forEach((key, byVariant) -> all.computeIfAbsent(key, (created) -> new TreeSet<>())
				.addAll(byVariant.keySet())));
		say("%-28s %-20s %12s %12s %12s %9s", "figure", "variant", "median", "least", "most", "loglane/");
		all.forEach((key, variants) -> variants.forEach((variant) -> {
			double[] values = rounds.stream()
				.mapToDouble((round) -> round.of(variant, key))
				.filter((value) -> !Double.isNaN(value))
				.toArray();
			double ratio = Row
				.median(rounds.stream().mapToDouble((round) -> round.loglane(key) / round.of(variant, key)).toArray());
			say("%-28s %-20s %12.2f %12.2f %12.2f %9s", key, variant, Row.median(values),
					Arrays.stream(values).min().orElse(Double.NaN), Arrays.stream(values).max().orElse(Double.NaN),
					Double.isNaN(ratio) ? "" : String.format(Locale.ROOT, "%.2f", ratio));
		}));
	}

	private void say(String text, Object... arguments) {
		this.out.println(String.format(Locale.ROOT, text, arguments));
		this.out.flush();
	}

}
