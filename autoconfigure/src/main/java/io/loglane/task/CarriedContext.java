package io.loglane.task;

import java.util.concurrent.Callable;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * What the application has registered with Micrometer's context-propagation, as it was on
 * the submitter's thread. We register nothing there ourselves.
 */
final class CarriedContext {

	private static final boolean AVAILABLE = ClassUtils.isPresent("io.micrometer.context.ContextSnapshotFactory",
			CarriedContext.class.getClassLoader());

	private final ContextSnapshot snapshot;

	private CarriedContext(ContextSnapshot snapshot) {
		this.snapshot = snapshot;
	}

	/** Capture the current thread's; {@code null} where nothing is registered. */
	static @Nullable CarriedContext capture() {
		return AVAILABLE ? Library.capture() : null;
	}

	void run(Runnable task) {
		try (ContextSnapshot.Scope scope = this.snapshot.setThreadLocals()) {
			task.run();
		}
	}

	<T extends @Nullable Object> T call(Callable<T> task) throws Exception {
		try (ContextSnapshot.Scope scope = this.snapshot.setThreadLocals()) {
			return task.call();
		}
	}

	/** Loaded only where the library is. */
	private static final class Library {

		private static final ContextSnapshotFactory FACTORY = ContextSnapshotFactory.builder().build();

		static @Nullable CarriedContext capture() {
			if (ContextRegistry.getInstance().getThreadLocalAccessors().isEmpty()) {
				return null;
			}
			return new CarriedContext(FACTORY.captureAll());
		}

	}

}
