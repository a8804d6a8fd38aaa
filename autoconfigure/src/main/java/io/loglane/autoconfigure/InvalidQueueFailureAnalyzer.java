package io.loglane.autoconfigure;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;

import io.loglane.appender.InvalidQueueException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;

/**
 * Reports the queues in a Logback configuration that are not right, which Boot gathers in
 * an exception that it throws for all error statuses.
 */
final class InvalidQueueFailureAnalyzer implements FailureAnalyzer {

	@Override
	public @Nullable FailureAnalysis analyze(Throwable failure) {
		Set<InvalidQueueException> problems = problems(failure);
		if (problems.isEmpty()) {
			return null;
		}
		String description = problems.stream()
			.map((problem) -> "%n    %s%n".formatted(problem.getMessage()))
			.collect(Collectors.joining());
		String action = problems.stream()
			.map(InvalidQueueException::action)
			.distinct()
			.collect(Collectors.joining(System.lineSeparator()));
		return new FailureAnalysis("A queue in the configuration of Logback is not right:%n%s".formatted(description),
				action, failure);
	}

	static boolean isOurs(FailureAnalysis analysis) {
		Throwable cause = analysis.getCause();
		return cause != null && !problems(cause).isEmpty();
	}

	private static Set<InvalidQueueException> problems(Throwable failure) {
		Set<InvalidQueueException> problems = new LinkedHashSet<>();
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			for (Throwable status : cause.getSuppressed()) {
				if (status instanceof InvalidQueueException problem) {
					problems.add(problem);
				}
			}
		}
		return problems;
	}

}
