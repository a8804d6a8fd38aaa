package io.loglane.appender;

import java.util.List;

import ch.qos.logback.classic.Logger;
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
			ScriptedAppender delegate = new ScriptedAppender((event) -> gate.pass());
			delegate.setName(this.name);
			LoglaneAppender queue = this.logback.queue(this.logback.started(delegate, this.name),
					OwnLogback.lossless(1));
			queue.open();
			this.logger.error("stuck");
			gate.awaitArrival();
			this.logger.error("queued");
			Thread waiting = this.callers.start(() -> this.logger.error("waits for room"));
			await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING || !waiting.isAlive());
			gate.open();
			this.callers.join();
			queue.stop();
			this.logger.detachAppender(queue);
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

}
