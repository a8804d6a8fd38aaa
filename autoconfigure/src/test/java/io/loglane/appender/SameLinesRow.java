package io.loglane.appender;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

import io.loglane.appender.SameLinesProgram.Part;

/**
 * One configuration in the table.
 *
 * @param name what a failure is reported under
 * @param configuration what Logback is configured with
 * @param queued the appenders that are queued
 * @param left the appenders that are not
 * @param parts what is logged
 * @param render who renders
 * @param masks what differs from run to run by nature
 * @param masksOfThreads what depends besides on which thread was first
 * @param withThreads whether it can be run with several threads
 */
record SameLinesRow(String name, String configuration, Set<String> queued, Set<String> left, Set<Part> parts,
		QueueSettings.Render render, List<Pattern> masks, List<Pattern> masksOfThreads, boolean withThreads) {

	/** In {@link #configuration}: where to write to. */
	static final String FOLDER = "${folder}";

	static SameLinesRow of(String name, String configuration) {
		return new SameLinesRow(name, configuration, Set.of("SAME"), Set.of(), Part.all(), QueueSettings.Render.AUTO,
				List.of(), List.of(), true);
	}

	SameLinesRow queues(String... appenders) {
		return new SameLinesRow(this.name, this.configuration, Set.of(appenders), this.left, this.parts, this.render,
				this.masks, this.masksOfThreads, this.withThreads);
	}

	SameLinesRow leaves(String... appenders) {
		return new SameLinesRow(this.name, this.configuration, this.queued, Set.of(appenders), this.parts, this.render,
				this.masks, this.masksOfThreads, this.withThreads);
	}

	SameLinesRow parts(Set<Part> parts) {
		return new SameLinesRow(this.name, this.configuration, this.queued, this.left, parts, this.render, this.masks,
				this.masksOfThreads, this.withThreads);
	}

	SameLinesRow render(QueueSettings.Render render) {
		return new SameLinesRow(this.name, this.configuration, this.queued, this.left, this.parts, render, this.masks,
				this.masksOfThreads, this.withThreads);
	}

	SameLinesRow mask(String... expressions) {
		return new SameLinesRow(this.name, this.configuration, this.queued, this.left, this.parts, this.render,
				plus(this.masks, expressions), this.masksOfThreads, this.withThreads);
	}

	SameLinesRow maskOfThreads(String... expressions) {
		return new SameLinesRow(this.name, this.configuration, this.queued, this.left, this.parts, this.render,
				this.masks, plus(this.masksOfThreads, expressions), this.withThreads);
	}

	SameLinesRow oneThreadOnly() {
		return new SameLinesRow(this.name, this.configuration, this.queued, this.left, this.parts, this.render,
				this.masks, this.masksOfThreads, false);
	}

	private static List<Pattern> plus(List<Pattern> masks, String... expressions) {
		List<Pattern> all = new ArrayList<>(masks);
		for (String expression : expressions) {
			all.add(Pattern.compile(expression));
		}
		return all;
	}

	@Override
	public String toString() {
		return this.name;
	}

}
