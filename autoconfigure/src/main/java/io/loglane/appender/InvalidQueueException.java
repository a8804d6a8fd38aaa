package io.loglane.appender;

/**
 * What is wrong with a queue in a Logback configuration, and what to do about it. Goes
 * with the error status that says so, and is never thrown. It has no stack trace: what is
 * to be changed is in no code.
 */
public final class InvalidQueueException extends RuntimeException {

	private final String action;

	InvalidQueueException(String problem, String action) {
		super(problem, null, false, false);
		this.action = action;
	}

	/**
	 * Return what to do about it.
	 * @return a sentence
	 */
	public String action() {
		return this.action;
	}

}
