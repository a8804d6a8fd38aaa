package io.loglane.benchmarks;

import java.util.Locale;

/**
 * What one JVM is to measure: written as {@code kind/output/threads/rate/millis}.
 *
 * @param kind how the callers log
 * @param output where to
 * @param threads how many callers
 * @param rate records a second of all callers together, where they keep a pace
 * @param millis for how long
 */
record Case(Kind kind, Output.Kind output, int threads, int rate, int millis) {

	/** How callers log. */
	enum Kind {

		/** So many records that they fit the queue, as fast as it goes; then a rest. */
		BURST,

		/** At a steady rate. */
		PACED,

		/** As fast as it goes, until all is in the output. */
		SATURATED,

		/** Nothing is written: how the machine's cores are shared. */
		SCALING,

		/** Virtual threads, few records each, as many as fit the queue. */
		VIRTUAL,

		/** Four threads of one lane log as fast as it goes, and one of another. */
		FLOOD,

		/** At a steady rate, each line timed from the call to the file. */
		LINES

	}

	static Case parse(String text) {
		String[] parts = text.split("/", -1);
		return new Case(Kind.valueOf(parts[0].toUpperCase(Locale.ROOT)),
				Output.Kind.valueOf(parts[1].toUpperCase(Locale.ROOT)), Integer.parseInt(parts[2]),
				Integer.parseInt(parts[3]), Integer.parseInt(parts[4]));
	}

	/** The name of the case, without how long it takes. */
	String key() {
		return (this.kind + "-" + this.output + "-" + this.threads + ((this.rate != 0) ? "-" + this.rate : ""))
			.toLowerCase(Locale.ROOT);
	}

	@Override
	public String toString() {
		return (this.kind + "/" + this.output + "/" + this.threads + "/" + this.rate + "/" + this.millis)
			.toLowerCase(Locale.ROOT);
	}

}
