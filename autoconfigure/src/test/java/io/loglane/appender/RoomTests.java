package io.loglane.appender;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** How much a queue holds, and what a caller does where there is no room. */
class RoomTests {

	private static final Duration LONG = Duration.ofMinutes(2);

	private final OwnLogback logback = new OwnLogback();

	private final Gate gate = new Gate();

	private final Callers callers = new Callers();

	private final Queue<String> written = new ConcurrentLinkedQueue<>();

	private final Logger logger = this.logback.logger();

	@AfterEach
	void close() {
		this.gate.open();
		this.logback.close();
	}

	private LoglaneAppender gated(QueueSettings settings) {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
			this.gate.pass();
			this.written.add(event.getMessage());
		}), settings);
		queue.open();
		return queue;
	}

	/** A record in the delegate, which is stuck, and a queue that is full. */
	private LoglaneAppender full(QueueSettings settings) {
		LoglaneAppender queue = gated(settings);
		this.logger.error("stuck");
		this.gate.awaitArrival();
		for (int i = 0; i < settings.capacity(); i++) {
			this.logger.error("queued");
		}
		return queue;
	}

	private static void awaitWaiting(Thread thread) {
		await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3, 5, 8, 16 })
	void queueHoldsExactlyWhatIsSet(int capacity) {
		LoglaneAppender queue = full(OwnLogback.settings(capacity, Duration.ZERO));
		LaneCounts counts = OwnLogback.counts(queue);
		assertThat(counts.dropped()).isZero();
		for (int i = 0; i < 3; i++) {
			this.logger.error("too much");
		}
		assertThat(counts.accepted()).isEqualTo(1 + capacity);
		assertThat(counts.dropped()).isEqualTo(3);
		// the places of records that were written are free again
		this.gate.letPass(1);
		this.gate.awaitArrival();
		this.logger.error("fits");
		this.logger.error("too much");
		assertThat(counts.accepted()).isEqualTo(2 + capacity);
		assertThat(counts.dropped()).isEqualTo(4);
		this.gate.open();
		OwnLogback.close(queue);
		assertThat(this.written).hasSize(2 + capacity).doesNotContain("too much");
	}

	@Test
	void capacityBelowOneIsRefusedWithAnErrorStatus() {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> this.written.add("x")),
				OwnLogback.settings(0, Duration.ZERO));
		assertThat(queue.isStarted()).isFalse();
		assertThat(this.logback.context().getStatusManager().getCopyOfStatusList()).anySatisfy((status) -> {
			assertThat(status.getLevel()).isEqualTo(ch.qos.logback.core.status.Status.ERROR);
			assertThat(status.getMessage()).contains("capacity 0");
		});
	}

	/** Who waits is told of room when there is plenty, or after a while. */
	@Test
	void callerGetsInThoughTheDelegateHangsAsSoonAsThereIsRoom() {
		int capacity = 16;
		LoglaneAppender queue = full(OwnLogback.settings(capacity, LONG));
		for (int i = 0; i < 2; i++) {
			awaitWaiting(this.callers.start(() -> this.logger.error("waited")));
		}
		this.gate.letPass(2);
		this.callers.join();
		assertThat(OwnLogback.counts(queue).accepted()).isEqualTo(1 + capacity + 2);
		assertThat(this.written).hasSize(2);
	}

	/**
	 * The drain publishes room for many records at once, and may be stuck before it does.
	 */
	@Test
	void callerGetsInWhereRoomIsNotPublishedYet() {
		LoglaneAppender queue = gated(OwnLogback.settings(1024, LONG, Level.ERROR));
		LaneCounts counts = OwnLogback.counts(queue);
		this.logger.warn("stuck");
		this.gate.awaitArrival();
		while (counts.dropped() == 0) {
			this.logger.warn("queued");
		}
		long full = counts.accepted();
		this.gate.letPass(30);
		for (int i = 0; i < 30; i++) {
			this.gate.awaitArrival();
		}
		this.logger.warn("dropped");
		assertThat(counts.dropped()).as("no room is published, or this test tries nothing").isEqualTo(2);
		this.callers.start(() -> this.logger.error("waited"));
		this.callers.join();
		assertThat(counts.accepted()).isEqualTo(full + 1);
		assertThat(this.written).hasSize(30);
	}

	@Test
	void callerWaitsForRoomAndGetsIn() {
		LoglaneAppender queue = full(OwnLogback.settings(1, LONG));
		Thread caller = this.callers.start(() -> this.logger.info("waited"));
		awaitWaiting(caller);
		assertThat(OwnLogback.counts(queue).accepted()).isEqualTo(2);
		this.gate.letPass(1);
		this.callers.join();
		this.gate.open();
		OwnLogback.close(queue);
		assertThat(this.written).containsExactly("stuck", "queued", "waited");
		LaneCounts counts = OwnLogback.counts(queue);
		assertThat(counts.waits()).isEqualTo(1);
		assertThat(counts.waitNanos()).isPositive();
		assertThat(counts.dropped()).isZero();
	}

	@Test
	void allWhoWaitGetInOneAfterTheOther() {
		LoglaneAppender queue = full(OwnLogback.settings(1, LONG));
		for (int i = 0; i < 8; i++) {
			awaitWaiting(this.callers.start(() -> this.logger.info("waited")));
		}
		this.gate.open();
		this.callers.join();
		OwnLogback.close(queue);
		assertThat(this.written).hasSize(10);
		assertThat(OwnLogback.counts(queue).waits()).isEqualTo(8);
		assertThat(OwnLogback.counts(queue).dropped()).isZero();
	}

	@Test
	void recordIsDroppedAndCountedWhenTheWaitRunsOut() {
		LoglaneAppender queue = full(OwnLogback.settings(1, Duration.ofMillis(150)));
		long started = System.nanoTime();
		this.logger.warn("too late");
		long took = System.nanoTime() - started;
		assertThat(Duration.ofNanos(took)).isBetween(Duration.ofMillis(150), Duration.ofSeconds(20));
		LaneCounts counts = OwnLogback.counts(queue);
		assertThat(counts.waits()).isEqualTo(1);
		assertThat(counts.waitNanos()).isBetween(Duration.ofMillis(150).toNanos(), took);
		assertThat(counts.dropped(Level.WARN)).isEqualTo(1);
		assertThat(counts.dropped()).isEqualTo(1);
		this.gate.open();
		OwnLogback.close(queue);
		assertThat(this.written).containsExactly("stuck", "queued");
	}

	@Test
	void onceAWaitRanOutNobodyWaitsUntilTheDrainMakesProgress() {
		LoglaneAppender queue = full(OwnLogback.settings(1, Duration.ofMillis(100)));
		LaneCounts counts = OwnLogback.counts(queue);
		this.logger.info("waits in vain");
		for (int i = 0; i < 50; i++) {
			this.logger.info("dropped at once");
		}
		assertThat(counts.waits()).isEqualTo(1);
		assertThat(counts.dropped()).isEqualTo(51);
		this.gate.letPass(1);
		this.gate.awaitArrival();
		this.logger.info("takes the room");
		this.logger.info("waits in vain");
		this.logger.info("dropped at once");
		assertThat(counts.waits()).isEqualTo(2);
		assertThat(counts.dropped()).isEqualTo(53);
		assertThat(counts.accepted()).isEqualTo(3);
	}

	@Test
	void nobodyWaitsBelowTheWaitLevel() {
		LoglaneAppender queue = full(OwnLogback.settings(1, LONG, Level.WARN));
		this.logger.info("dropped at once");
		LaneCounts counts = OwnLogback.counts(queue);
		assertThat(counts.waits()).isZero();
		assertThat(counts.dropped(Level.INFO)).isEqualTo(1);
		Thread caller = this.callers.start(() -> this.logger.warn("waited"));
		awaitWaiting(caller);
		this.gate.open();
		this.callers.join();
		assertThat(counts.waits()).isEqualTo(1);
		assertThat(counts.dropped()).isEqualTo(1);
	}

	@Test
	void nobodyWaitsAtWaitLevelOff() {
		LoglaneAppender queue = full(OwnLogback.settings(1, LONG, Level.OFF));
		this.logger.error("dropped at once");
		assertThat(OwnLogback.counts(queue).waits()).isZero();
		assertThat(OwnLogback.counts(queue).dropped(Level.ERROR)).isEqualTo(1);
	}

	@Test
	void callerThatIsInterruptedBeforeItWaitsKeepsItsFlagAndItsRecordIsQueued() {
		LoglaneAppender queue = full(OwnLogback.settings(1, LONG));
		AtomicBoolean flag = new AtomicBoolean();
		Thread caller = this.callers.start(() -> {
			Thread.currentThread().interrupt();
			this.logger.info("waited");
			flag.set(Thread.currentThread().isInterrupted());
		});
		awaitWaiting(caller);
		this.gate.open();
		this.callers.join();
		OwnLogback.close(queue);
		assertThat(flag).isTrue();
		assertThat(this.written).containsExactly("stuck", "queued", "waited");
	}

	@Test
	void callerThatIsInterruptedWhileItWaitsKeepsItsFlagAndItsRecordIsQueued() {
		LoglaneAppender queue = full(OwnLogback.settings(1, LONG));
		AtomicBoolean flag = new AtomicBoolean();
		Thread caller = this.callers.start(() -> {
			this.logger.info("waited");
			flag.set(Thread.currentThread().isInterrupted());
		});
		awaitWaiting(caller);
		caller.interrupt();
		await().until(() -> !caller.isInterrupted());
		awaitWaiting(caller);
		this.gate.open();
		this.callers.join();
		OwnLogback.close(queue);
		assertThat(flag).isTrue();
		assertThat(this.written).containsExactly("stuck", "queued", "waited");
	}

	@Test
	void interruptDoesNotProlongAWait() {
		LoglaneAppender queue = full(OwnLogback.settings(1, Duration.ofMillis(150)));
		Thread.currentThread().interrupt();
		this.logger.info("too late");
		assertThat(Thread.interrupted()).isTrue();
		assertThat(OwnLogback.counts(queue).dropped()).isEqualTo(1);
		assertThat(OwnLogback.counts(queue).waitNanos()).isGreaterThanOrEqualTo(Duration.ofMillis(150).toNanos());
	}

	@Test
	void drainNeverWaitsForItself() {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
			this.written.add(event.getMessage());
			if (event.getMessage().equals("outer")) {
				for (int i = 0; i < 5; i++) {
					this.logger.info("inner");
				}
			}
		}), OwnLogback.settings(2, LONG));
		queue.open();
		this.logger.info("outer");
		await().until(() -> this.written.size() == 3);
		OwnLogback.close(queue);
		assertThat(this.written).containsExactly("outer", "inner", "inner");
		assertThat(OwnLogback.counts(queue).waits()).isZero();
		assertThat(OwnLogback.counts(queue).dropped()).isEqualTo(3);
	}

	@Test
	void callerThatWaitsGetsInWhenTheQueueIsClosedMeanwhile() {
		LoglaneAppender queue = full(OwnLogback.settings(1, LONG));
		Thread caller = this.callers.start(() -> this.logger.info("waited"));
		awaitWaiting(caller);
		queue.close();
		this.gate.open();
		this.callers.join();
		assertThat(this.written).containsExactly("stuck", "queued", "waited");
		assertThat(OwnLogback.counts(queue).depth()).isZero();
	}

	@Test
	void nobodyWaitsInPassThroughMode() {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
			this.gate.pass();
			this.written.add(event.getMessage());
		}), OwnLogback.settings(1, Duration.ZERO));
		for (int i = 0; i < 6; i++) {
			this.callers.start(() -> this.logger.info("written"));
		}
		this.gate.awaitArrival();
		this.gate.open();
		this.callers.join();
		assertThat(this.written).hasSize(6);
		assertThat(OwnLogback.counts(queue).dropped()).isZero();
	}

	@Test
	void recordWakesTheDrainFromItsDeepSleep() {
		LoglaneAppender queue = gated(OwnLogback.lossless(1024));
		this.gate.open();
		this.logger.info("first");
		Thread drain = OwnLogback.drains(queue).get(0);
		for (int i = 0; i < 3; i++) {
			await().until(() -> drain.getState() == Thread.State.WAITING);
			this.logger.info("after a sleep");
			int expected = 2 + i;
			await().until(() -> this.written.size() == expected);
		}
	}

	@Test
	void interruptOfTheSleepingDrainHarmsNothing() {
		LoglaneAppender queue = gated(OwnLogback.lossless(16));
		this.gate.open();
		Thread drain = OwnLogback.drains(queue).get(0);
		await().until(() -> drain.getState() == Thread.State.WAITING);
		drain.interrupt();
		await().until(() -> !drain.isInterrupted() && drain.getState() == Thread.State.WAITING);
		this.logger.info("after the interrupt");
		await().until(() -> this.written.size() == 1);
	}

}
