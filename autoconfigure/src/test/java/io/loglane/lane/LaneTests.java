package io.loglane.lane;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class LaneTests {

	private static final AtomicInteger NEXT = new AtomicInteger();

	private static String unique(String name) {
		return name + "-" + LaneTests.class.getName() + "-" + NEXT.incrementAndGet();
	}

	@Test
	void oneNameIsOneLane() {
		String name = unique("reports");
		Lane lane = Lane.named(name);
		assertThat(lane.name()).isEqualTo(name);
		assertThat(Lane.named(name)).isSameAs(lane);
		assertThat(Lane.named(unique("reports"))).isNotSameAs(lane);
	}

	@Test
	void longNamesAreCut() {
		Lane lane = Lane.named("x".repeat(64) + "y");
		assertThat(lane.name()).isEqualTo("x".repeat(64));
		assertThat(Lane.named("x".repeat(64) + "z")).isSameAs(lane);
	}

	@Test
	void threadsAreInNoLaneUntilTheyEnterOne() {
		assertThat(Lane.current()).isSameAs(Lane.NONE);
		assertThat(Lane.NONE.name()).isEqualTo("none");
	}

	@Test
	void scopesBringBackTheLaneOfBefore() {
		Lane outer = Lane.named(unique("outer"));
		Lane inner = Lane.named(unique("inner"));
		try (Lane.Scope outerScope = outer.enter()) {
			try (Lane.Scope innerScope = inner.enter()) {
				assertThat(Lane.current()).isSameAs(inner);
			}
			assertThat(Lane.current()).isSameAs(outer);
		}
		assertThat(Lane.current()).isSameAs(Lane.NONE);
	}

	@Test
	void laneBelongsToItsThreadAlone() throws Exception {
		AtomicReference<Lane> other = new AtomicReference<>();
		try (Lane.Scope scope = Lane.named(unique("own")).enter()) {
			Thread thread = new Thread(() -> other.set(Lane.current()));
			thread.start();
			thread.join();
		}
		assertThat(other.get()).isSameAs(Lane.NONE);
	}

	@Test
	void wrappedTasksRunInTheLaneAndLeaveIt() throws Exception {
		Lane lane = Lane.named(unique("wrapped"));
		List<Lane> seen = new ArrayList<>();
		lane.wrap(() -> {
			seen.add(Lane.current());
		}).run();
		seen.add(lane.wrap(Lane::current).call());
		lane.wrap((Executor) Runnable::run).execute(() -> seen.add(Lane.current()));
		assertThat(seen).containsExactly(lane, lane, lane);
		assertThat(Lane.current()).isSameAs(Lane.NONE);
	}

	@Test
	void lanesHaveNoLevelOfTheirOwnAtFirst() {
		Lane lane = Lane.named(unique("levelled"));
		assertThat(lane.level()).isEqualTo(Lane.NO_LEVEL);
		assertThat(lane.isElsewhere()).isFalse();
	}

	@Test
	void tasksAreNumberedFromOneInEachLane() {
		Lane first = Lane.named(unique("first"));
		Lane second = Lane.named(unique("second"));
		assertThat(first.nextTask()).isEqualTo(1);
		assertThat(first.nextTask()).isEqualTo(2);
		assertThat(second.nextTask()).isEqualTo(1);
	}

	@Test
	void lanesMadeAtOnceByManyThreadsAreUniqueAndAllAreTold() throws Exception {
		int threads = 4;
		int names = 200;
		String prefix = unique("raced");
		Set<Lane> told = ConcurrentHashMap.newKeySet();
		List<Set<Lane>> seen = new ArrayList<>();
		CyclicBarrier start = new CyclicBarrier(threads);
		Runnable subscription = Lane.onEach(told::add);
		List<Thread> all = new ArrayList<>();
		for (int t = 0; t < threads; t++) {
			Set<Lane> own = ConcurrentHashMap.newKeySet();
			seen.add(own);
			Thread thread = new Thread(() -> {
				try {
					start.await();
				}
				catch (Exception ex) {
					throw new IllegalStateException(ex);
				}
				for (int i = 0; i < names; i++) {
					own.add(Lane.named(prefix + i));
				}
			});
			all.add(thread);
			thread.start();
		}
		for (Thread thread : all) {
			thread.join();
		}
		subscription.run();
		Set<Lane> first = seen.get(0);
		assertThat(first).hasSize(names);
		assertThat(seen).allSatisfy((own) -> assertThat(own).isEqualTo(first));
		assertThat(told).containsAll(first);
		assertThat(Lane.all()).containsAll(first);
		Set<Integer> places = new HashSet<>();
		Lane.all().forEach((lane) -> places.add(lane.index()));
		assertThat(places).hasSameSizeAs(Lane.all());
	}

	@Test
	void listenersHearOfEarlierAndLaterLanesUntilTheyLeave() {
		Lane earlier = Lane.named(unique("earlier"));
		List<Lane> told = new ArrayList<>();
		Runnable subscription = Lane.onEach(told::add);
		assertThat(told).contains(earlier, Lane.NONE);
		Lane later = Lane.named(unique("later"));
		assertThat(told).endsWith(later);
		subscription.run();
		Lane.named(unique("after"));
		assertThat(told).endsWith(later);
	}

}
