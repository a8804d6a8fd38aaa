package io.loglane.appender;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.loglane.lane.Lane;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Where a queue has ended and another one comes in front of an appender of that name, as
 * after a reset of Logback, it counts on, and is a queue like any other.
 */
@Timeout(120)
class NextQueueTests {

	private final OwnLogback logback = new OwnLogback();

	private final Logger logger = this.logback.logger();

	private final Callers callers = new Callers();

	private final String name = OwnLogback.unique("AGAIN");

	@AfterEach
	void close() {
		this.logback.close();
	}

	@Test
	void callersWaitForRoomThereToo() {
		for (int life = 1; life <= 2; life++) {
			Gate gate = new Gate();
			LoglaneAppender queue = life(OwnLogback.lossless(1), (event) -> gate.pass());
			this.logger.error("stuck");
			gate.awaitArrival();
			this.logger.error("queued");
			Thread waiting = this.callers.start(() -> this.logger.error("waits for room"));
			await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING || !waiting.isAlive());
			gate.open();
			this.callers.join();
			end(queue);
			assertThat(OwnLogback.counts(queue).waits()).isEqualTo(life);
			assertThat(OwnLogback.counts(queue).written()).isEqualTo(3L * life);
		}
	}

	@Test
	void callersWhoAreLateForTheOldOneTakeNoRoomFromIt() {
		QueueSettings settings = OwnLogback.lossless(64);
		QueueStats stats = new QueueStats(this.name);
		Shares ofOld = stats.newQueue(settings);
		RecordQueue old = this.logback.bareQueue(settings, ofOld, (event) -> {
		});
		List<Lane> lanes = List.of(Lane.named(OwnLogback.unique("late")), Lane.named(OwnLogback.unique("late")),
				Lane.named(OwnLogback.unique("late")));
		lanes.forEach((lane) -> OwnLogback.append(old, ofOld.of(lane)));
		stats.ended(ofOld);
		Shares ofNext = stats.newQueue(settings);
		RecordQueue next = this.logback.bareQueue(settings, ofNext, (event) -> {
		});
		int records = 100_000;
		this.callers.start(() -> {
			for (int i = 0; i < records; i++) {
				OwnLogback.append(old, ofOld.of(lanes.get(i % 3)));
			}
		});
		this.callers.start(() -> {
			for (int i = 0; i < records; i++) {
				OwnLogback.append(next, ofNext.of(lanes.get(i % 3)));
			}
		});
		this.callers.join();
		for (Lane lane : lanes) {
			assertThat(ofNext.of(lane).held()).as("slots that %s holds of an empty queue", lane).isZero();
			assertThat(stats.lane(lane).accepted()).isEqualTo(stats.lane(lane).written());
		}
		assertThat(lanes.stream().mapToLong((lane) -> stats.lane(lane).written()).sum()).isEqualTo(2L * records + 3);
	}

	@Test
	void whatTheOldOneCouldNotTellIsToldThere() {
		this.logback.tellOfDrops(true);
		Lane silent = Lane.named(OwnLogback.unique("silent"));
		Gate gate = new Gate();
		AtomicBoolean failing = new AtomicBoolean(true);
		Queue<String> lines = new ConcurrentLinkedQueue<>();
		LoglaneAppender old = life(OwnLogback.settings(1, Duration.ZERO), (event) -> {
			if (Told.isNotice(event.getFormattedMessage()) && failing.get()) {
				throw new IllegalStateException("thrown by the test");
			}
			gate.pass();
			lines.add(event.getFormattedMessage());
		});
		this.logger.error("stuck");
		gate.awaitArrival();
		this.logger.error("queued");
		try (Lane.Scope scope = silent.enter()) {
			this.logger.error("dropped");
			this.logger.error("dropped");
		}
		gate.open();
		end(old);
		assertThat(lines).containsExactly("stuck", "queued");
		failing.set(false);
		LoglaneAppender next = life(OwnLogback.lossless(1), (event) -> lines.add(event.getFormattedMessage()));
		await().until(() -> lines.size() == 3);
		assertThat(Told.sum(lines, silent.name())).isEqualTo(2);
		end(next);
		assertThat(lines).hasSize(3);
	}

	@Test
	void whatTheOldOneStillHoldsTakesNoRoomThere() {
		Gate gate = new Gate();
		LoglaneAppender old = queue(OwnLogback.withShutdownTimeout(OwnLogback.lossless(64), Duration.ofMillis(100)),
				(event) -> gate.pass());
		this.callers.start(() -> this.logger.error("stuck"));
		gate.awaitArrival();
		this.callers.start(() -> this.logger.error("left to the one that is stuck"));
		await().until(() -> OwnLogback.counts(old).depth() == 2);
		end(old);
		LoglaneAppender next = life(OwnLogback.lossless(64), (event) -> {
		});
		assertThat(next.state()).isNotNull().satisfies((state) -> assertThat(state.held()).isEmpty());
		gate.open();
		this.callers.join();
		end(next);
		assertThat(OwnLogback.counts(old).written()).isEqualTo(2);
		assertThat(OwnLogback.counts(old).depth()).isZero();
	}

	@Test
	void oldOneEndsWhenCallersHaveWrittenWhatIsInIt() {
		Gate gate = new Gate();
		Queue<String> lines = new ConcurrentLinkedQueue<>();
		LoglaneAppender old = queue(OwnLogback.lossless(64), (event) -> {
			gate.pass();
			lines.add(event.getMessage());
		});
		this.callers.start(() -> this.logger.error("slow"));
		gate.awaitArrival();
		Thread stopping = this.callers.start(old::stop);
		await().until(() -> stopping.getState() == Thread.State.TIMED_WAITING);
		assertThat(old.iteratorForAppenders().next().isStarted()).isTrue();
		gate.open();
		this.callers.join();
		assertThat(lines).containsExactly("slow");
		assertThat(old.iteratorForAppenders().next().isStarted()).isFalse();
	}

	private LoglaneAppender life(QueueSettings settings, Consumer<ILoggingEvent> script) {
		LoglaneAppender queue = queue(settings, script);
		queue.open();
		return queue;
	}

	/** In pass-through mode, as before an application's context is up. */
	private LoglaneAppender queue(QueueSettings settings, Consumer<ILoggingEvent> script) {
		ScriptedAppender delegate = new ScriptedAppender(script);
		delegate.setName(this.name);
		return this.logback.queue(this.logback.started(delegate, this.name), settings);
	}

	private void end(LoglaneAppender queue) {
		queue.stop();
		this.logger.detachAppender(queue);
	}

}
