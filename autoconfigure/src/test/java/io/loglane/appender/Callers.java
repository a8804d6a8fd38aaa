package io.loglane.appender;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import static org.assertj.core.api.Assertions.assertThat;

/** A test's threads. What one of them throws fails the test. */
final class Callers {

	private final List<Thread> threads = new ArrayList<>();

	private final Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();

	Thread start(Body body) {
		return start(0, body);
	}

	/** With a stack of that size; 0: as usual. */
	Thread start(long stackSize, Body body) {
		Thread thread = new Thread(null, () -> {
			try {
				body.run();
			}
			catch (Throwable ex) {
				this.thrown.add(ex);
			}
		}, "caller-" + this.threads.size(), stackSize);
		thread.setDaemon(true);
		this.threads.add(thread);
		thread.start();
		return thread;
	}

	/** Only where the JDK has virtual threads. */
	static Thread startVirtual(Runnable code) throws ReflectiveOperationException {
		// the API that is compiled against does not have it
		return (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, code);
	}

	/** Wait for the end of all, which must come. */
	void join() {
		join(60_000);
	}

	void join(long millis) {
		for (Thread thread : this.threads) {
			try {
				thread.join(millis);
			}
			catch (InterruptedException ex) {
				throw new AssertionError(ex);
			}
			assertThat(thread.isAlive()).as(() -> thread.getName() + " hangs in " + List.of(thread.getStackTrace()))
				.isFalse();
		}
		assertThat(this.thrown).isEmpty();
	}

	interface Body {

		void run() throws Exception;

	}

}
