package io.loglane.benchmarks;

/**
 * What is measured, set up and running: a logging library with one way to write. Each has
 * a JVM of its own, so that no call finds more than one class to call.
 */
abstract class Subject {

	static final String LOGGER = "io.loglane.benchmarks.Shop";

	static final String MESSAGE = "Parcel of {} has the number {}";

	static final String CARRIER = "Northern Post";

	static final int CAPACITY = 8192;

	/** The call that is measured: two arguments. */
	abstract void log(Long id);

	/** Put three entries into the current thread's MDC. */
	final void putContext() {
		put("requestId", "7f3c9a5e21d04b68");
		put("tenant", "acme");
		put("user", "j.doe@example.org");
	}

	abstract void put(String key, String value);

	/** Called before a call whose line's way is timed. */
	void aboutToLog(Long id) {
	}

	/** Whether each record is in the output when its call returns, or nowhere. */
	abstract boolean isSynchronous();

	/** Whether its records arrive anywhere. */
	boolean writes() {
		return true;
	}

	/** Write out what there is, and stop. */
	abstract void stop();

}
