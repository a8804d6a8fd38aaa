package io.loglane.task;

import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import io.loglane.lane.Lane;
import io.loglane.task.EveryExecutorTests.Seen;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tasks and executors that the application wraps by itself.
 */
class LaneByHandTests {

	private final ExecutorService pool = Executors.newFixedThreadPool(1);

	private final Lane lane = Lane.named("byHand");

	@BeforeEach
	void tagsAreMade() {
		ExecutorLanes lanes = new ExecutorLanes(new TaskSettings("executor", "task", true, Set.of()));
		assertThat(lanes.notCovered()).isEmpty();
		MDC.put("requestId", "r-5");
	}

	@AfterEach
	void close() {
		MDC.clear();
		this.pool.shutdownNow();
	}

	@Test
	void wrappedRunnableIsTaggedAndCarriesTheMdc() throws Exception {
		CompletableFuture<Seen> seen = new CompletableFuture<>();
		Runnable task = () -> seen.complete(Seen.now());
		this.pool.execute(this.lane.wrap(task));
		assertTagged(seen.get(10, TimeUnit.SECONDS));
		assertNothingStays();
	}

	@Test
	void wrappedCallableIsTaggedAndCarriesTheMdc() throws Exception {
		Callable<Seen> task = Seen::now;
		assertTagged(this.pool.submit(this.lane.wrap(task)).get(10, TimeUnit.SECONDS));
		assertNothingStays();
	}

	@Test
	void tasksOfAWrappedExecutorAreTaggedAndCarryTheMdc() throws Exception {
		assertTagged(CompletableFuture.supplyAsync(Seen::now, this.lane.wrap(this.pool)).get(10, TimeUnit.SECONDS));
		assertNothingStays();
	}

	private static void assertTagged(Seen seen) {
		assertThat(seen.lane()).isEqualTo("byHand");
		assertThat(seen.mdc()).containsEntry("executor", "byHand")
			.containsEntry("requestId", "r-5")
			.containsKey("task");
	}

	private void assertNothingStays() throws Exception {
		Seen after = this.pool.submit(Seen::now).get(10, TimeUnit.SECONDS);
		assertThat(after.lane()).isEqualTo("none");
		assertThat(after.mdc()).isEmpty();
	}

}
