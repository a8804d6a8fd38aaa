package io.loglane.task;

import java.util.Map;

import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Hands in a task later and on another thread, as its submitter would: with the context
 * and as the task that the submitter was in.
 */
final class LateSubmission implements Runnable {

	private final Runnable handIn;

	private final TaskSettings settings;

	private final Lane.@Nullable Place submitter = Lane.Place.current();

	private final @Nullable Map<String, String> carried;

	private final @Nullable CarriedContext context;

	private LateSubmission(Runnable handIn, TaskSettings settings) {
		this.handIn = handIn;
		this.settings = settings;
		this.carried = settings.propagateContext() ? settings.mdc().get() : null;
		this.context = settings.propagateContext() ? CarriedContext.capture() : null;
	}

	/**
	 * On the submitter's thread.
	 * @param handIn hands in the task
	 * @param settings the settings
	 * @return what hands it in with what is the submitter's
	 */
	static LateSubmission of(Runnable handIn, TaskSettings settings) {
		return new LateSubmission(handIn, settings);
	}

	@Override
	public void run() {
		CarriedContext context = this.context;
		if (context != null) {
			context.run(this::handIn);
		}
		else {
			handIn();
		}
	}

	private void handIn() {
		Map<String, String> before = this.settings.mdc().get();
		Lane.Place outer = Lane.Place.current();
		Lane.Place.leave(this.submitter);
		set(this.carried);
		try {
			this.handIn.run();
		}
		finally {
			set(before);
			Lane.Place.leave(outer);
		}
	}

	private static void set(@Nullable Map<String, String> mdc) {
		if (mdc != null) {
			MDC.setContextMap(mdc);
		}
		else {
			MDC.clear();
		}
	}

	@Override
	public String toString() {
		return this.handIn.toString();
	}

}
