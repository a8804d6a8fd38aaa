package io.loglane.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import com.sun.management.OperatingSystemMXBean;
import org.HdrHistogram.Histogram;

/**
 * Measures one variant in a JVM of its own, case after case, and counts what arrived.
 * Called by {@link Comparison}: variant, file for the figures, file for the log, the
 * warm-up in milliseconds, cases.
 */
final class Fork {

	/** What precedes the tally of the records that went to standard output. */
	static final String CONSOLE_LOGGED = "logged ";

	/**
	 * The figure that is there only where records were lost or doubled: how many more
	 * were logged than arrived.
	 */
	static final String ASTRAY = "astray";

	/** Fits the queue, and the share of it that a lone lane may have. */
	private static final int BURST = 6000;

	private static final long WARM_CALLS = 300_000;

	private static final OperatingSystemMXBean PROCESS = (OperatingSystemMXBean) ManagementFactory
		.getOperatingSystemMXBean();

	private static final long REST = TimeUnit.MILLISECONDS.toNanos(1);

	private static final long PATIENCE = TimeUnit.SECONDS.toNanos(20);

	private final Variant variant;

	private final Path log;

	private final List<String> figures = new ArrayList<>();

	private Fork(Variant variant, Path log) {
		this.variant = variant;
		this.log = log;
	}

	public static void main(String[] arguments) throws IOException {
		Path results = Path.of(arguments[1]);
		Fork fork = new Fork(Variant.valueOf(arguments[0]), Path.of(arguments[2]));
		// of another that has failed
		Files.deleteIfExists(fork.log);
		List<Case> cases = new ArrayList<>();
		for (int i = 4; i < arguments.length; i++) {
			cases.add(Case.parse(arguments[i]));
		}
		fork.warmUp(cases, Integer.parseInt(arguments[3]));
		for (Case each : cases) {
			System.gc();
			fork.measure(each);
		}
		Files.write(results, fork.figures);
		// whatever a library leaves running
		Runtime.getRuntime().halt(0);
	}

	/**
	 * By bursts into each output that is to come, for the time and until the compiler has
	 * seen enough, which takes longer where others hold the cores; and where callers will
	 * have to wait for room, so that they have to.
	 */
	private void warmUp(List<Case> cases, int millis) {
		List<Case> shapes = cases.stream()
			.map((each) -> new Case((each.kind() == Case.Kind.VIRTUAL) ? each.kind() : Case.Kind.BURST,
					warmedUpBy(each), 2, 0, millis))
			.distinct()
			.toList();
		for (Case shape : shapes) {
			long began = System.nanoTime();
			long patience = TimeUnit.MILLISECONDS.toNanos(3L * millis);
			long calls = 0;
			do {
				calls += (shape.kind() == Case.Kind.VIRTUAL) ? virtual(shape) : burst(shape);
			}
			while (calls < WARM_CALLS && System.nanoTime() - began < patience);
		}
		cases.stream()
			.filter((each) -> each.kind() == Case.Kind.SATURATED)
			.map((each) -> new Case(each.kind(), warmedUpBy(each), 4, 0, 2 * millis))
			.distinct()
			.forEach(this::saturated);
		this.figures.removeIf((figure) -> !figure.contains(ASTRAY));
	}

	/** Who reads the console counts all that comes. */
	private static Output.Kind warmedUpBy(Case what) {
		return switch (what.output()) {
			case CONSOLE, TIMED -> Output.Kind.FILE;
			default -> what.output();
		};
	}

	private void measure(Case what) {
		switch (what.kind()) {
			case BURST -> burst(what);
			case PACED -> paced(what);
			case SATURATED -> saturated(what);
			case SCALING -> scaling(what);
			case VIRTUAL -> virtual(what);
			case FLOOD -> new Flood(this.variant, new Output(what.output(), this.log), what, this::figure).run();
			case LINES -> lines(what);
		}
	}

	/** Returns how many calls were measured. */
	private long burst(Case what) {
		Output output = new Output(what.output(), this.log);
		Subject subject = this.variant.start(output, false);
		try (Team team = new Team(subject, what.threads())) {
			int each = BURST / what.threads();
			// not measured: the first bursts, which wake what sleeps
			bursts(team, subject, output, each, what.millis() / 10);
			team.callers().forEach(Caller::reset);
			bursts(team, subject, output, each, what.millis());
			double measured = team.sum(Caller::measured);
			figure(what, "mean", team.sum(Caller::nanos) / measured);
			figure(what, "cpu", team.sum(Caller::cpuNanos) / measured);
			figure(what, "bytes", team.sum(Caller::bytes) / measured);
			finish(what, subject, output, team.logged());
			return team.sum(Caller::measured);
		}
	}

	private static void bursts(Team team, Subject subject, Output output, int each, int millis) {
		long until = in(millis);
		do {
			team.run((caller) -> caller.burst(each));
			awaitArrival(subject, output, team.sum(Caller::calls));
			LockSupport.parkNanos(REST);
		}
		while (System.nanoTime() < until);
	}

	private void paced(Case what) {
		Output output = new Output(what.output(), this.log);
		Subject subject = this.variant.start(output, false);
		try (Team team = new Team(subject, what.threads())) {
			pace(team, what, what.millis() / 10);
			team.callers().forEach(Caller::reset);
			pace(team, what, what.millis());
			percentiles(what, team);
			finish(what, subject, output, team.logged());
		}
	}

	private static void pace(Team team, Case what, int millis) {
		long until = in(millis);
		team.run((caller) -> caller.pace(what.rate() / what.threads(), until));
	}

	private void percentiles(Case what, Team team) {
		Histogram histogram = team.histogram();
		figure(what, "mean", team.sum(Caller::nanos) / (double) team.sum(Caller::measured));
		figure(what, "p50", (double) histogram.getValueAtPercentile(50));
		figure(what, "p99", (double) histogram.getValueAtPercentile(99));
		figure(what, "p99.9", (double) histogram.getValueAtPercentile(99.9));
	}

	/** The time ends when the last record is in the output, not when it is logged. */
	private void saturated(Case what) {
		Output output = new Output(what.output(), this.log);
		Subject subject = this.variant.start(output, false);
		try (Team team = new Team(subject, what.threads())) {
			long start = System.nanoTime();
			long cpu = PROCESS.getProcessCpuTime();
			long until = in(what.millis());
			team.run((caller) -> caller.saturate(until));
			subject.stop();
			double seconds = (System.nanoTime() - start) / 1e9;
			figure(what, "rate", team.sum(Caller::calls) / seconds);
			figure(what, "cpu", (PROCESS.getProcessCpuTime() - cpu) / (double) team.sum(Caller::calls));
			if (output.kind() == Output.Kind.CONSOLE) {
				Tally logged = team.logged();
				// who reads the console compares
				this.figures.add(CONSOLE_LOGGED + logged);
				return;
			}
			compare(what, output, team.logged());
		}
	}

	/** Calls, not records: for the floors only. */
	private void scaling(Case what) {
		Output output = new Output(what.output(), this.log);
		Subject subject = this.variant.start(output, false);
		try (Team team = new Team(subject, what.threads())) {
			long start = System.nanoTime();
			long until = in(what.millis());
			team.run((caller) -> caller.saturate(until));
			figure(what, "rate", team.sum(Caller::calls) / ((System.nanoTime() - start) / 1e9));
			subject.stop();
		}
	}

	private long virtual(Case what) {
		Output output = new Output(what.output(), this.log);
		Subject subject = this.variant.start(output, false);
		VirtualCallers callers = new VirtualCallers(subject);
		for (int i = 0; i < 2; i++) {
			callers.reset();
			long until = in((i == 0) ? what.millis() / 10 : what.millis());
			do {
				callers.burst();
				awaitArrival(subject, output, callers.calls());
				LockSupport.parkNanos(REST);
			}
			while (System.nanoTime() < until);
		}
		figure(what, "mean", callers.mean());
		finish(what, subject, output, callers.logged());
		return callers.calls();
	}

	private void lines(Case what) {
		Output output = new Output(what.output(), this.log);
		LogbackSubject subject = (LogbackSubject) this.variant.start(output, false);
		try (Team team = new Team(subject, what.threads())) {
			pace(team, what, what.millis());
			finish(what, subject, output, team.logged());
			TimedStream timed = subject.timed();
			if (timed == null) {
				throw new IllegalStateException(what + " takes no time");
			}
			figure(what, "p50", (double) timed.histogram().getValueAtPercentile(50));
			figure(what, "p99", (double) timed.histogram().getValueAtPercentile(99));
		}
	}

	/** Stop, and see that each record is there once. */
	private void finish(Case what, Subject subject, Output output, Tally logged) {
		subject.stop();
		if (subject.writes()) {
			compare(what, output, logged);
		}
	}

	private void compare(Case what, Output output, Tally logged) {
		Tally arrived = output.read(null);
		output.delete();
		if (!arrived.isSame(logged)) {
			figure(what, ASTRAY, (double) (logged.count() - arrived.count()));
		}
	}

	private static void awaitArrival(Subject subject, Output output, long count) {
		if (subject.isSynchronous()) {
			return;
		}
		long giveUp = System.nanoTime() + PATIENCE;
		while (output.count() < count) {
			LockSupport.parkNanos(200_000);
			if (System.nanoTime() > giveUp) {
				throw new IllegalStateException("Of " + count + " records " + output.count() + " have arrived");
			}
		}
	}

	private static long in(int millis) {
		return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
	}

	private void figure(Case what, String name, double value) {
		this.figures.add(String.format(Locale.ROOT, "%s.%s %.3f", what.key(), name, value));
	}

}
