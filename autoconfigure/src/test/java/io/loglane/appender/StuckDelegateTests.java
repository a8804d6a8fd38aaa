package io.loglane.appender;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import ch.qos.logback.classic.Logger;
import io.loglane.lane.Lane;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** A delegate that hangs costs an application one wait, and no order. */
@Timeout(120)
class StuckDelegateTests {

	private static final Duration MAX_WAIT = Duration.ofMillis(200);

	private final OwnLogback logback = new OwnLogback();

	private final Logger logger = this.logback.logger();

	private final Gate gate = new Gate();

	private final Callers callers = new Callers();

	private final Queue<String> written = new ConcurrentLinkedQueue<>();

	@AfterEach
	void close() {
		this.gate.open();
		this.logback.close();
	}

	private LoglaneAppender stuck(QueueSettings settings) {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
			this.gate.pass();
			this.written.add(event.getFormattedMessage());
		}), settings);
		queue.open();
		this.logger.info("stuck");
		this.gate.awaitArrival();
		return queue;
	}

	@Test
	void callerIsHeldUpOnceAndThenPaysForDropsOnly() {
		LoglaneAppender queue = stuck(OwnLogback.settings(64, MAX_WAIT));
		LaneCounts counts = OwnLogback.counts(queue);
		int records = 20_000;
		for (int i = 0; i < records; i++) {
			this.logger.info("{}", i);
		}
		assertThat(counts.waits()).isEqualTo(1);
		assertThat(counts.waitNanos()).isGreaterThanOrEqualTo(MAX_WAIT.toNanos());
		assertThat(counts.dropped(DropReason.TIMEOUT)).isEqualTo(1);
		assertThat(counts.dropped(DropReason.STALLED)).isEqualTo(counts.dropped() - 1);
		assertThat(counts.accepted() + counts.dropped()).isEqualTo(1 + records);
		this.gate.open();
		OwnLogback.close(queue);
		assertThat((long) this.written.size()).isEqualTo(counts.accepted()).isEqualTo(counts.written());
	}

	/** With all settings as they are by default. */
	@Test
	@Tag("long")
	void callerIsHeldUpOnceWhileTheDelegateHangsForHalfAMinute() {
		LoglaneAppender queue = stuck(QueueSettings.DEFAULTS);
		LaneCounts counts = OwnLogback.counts(queue);
		long started = System.nanoTime();
		long offered = 1;
		while (System.nanoTime() - started < Duration.ofSeconds(30).toNanos()) {
			this.logger.info("{}", offered++);
		}
		assertThat(counts.waits()).isEqualTo(1);
		assertThat(counts.waitNanos()).isGreaterThanOrEqualTo(QueueSettings.DEFAULTS.maxWait().toNanos());
		assertThat(counts.dropped(DropReason.TIMEOUT)).isEqualTo(1);
		assertThat(counts.dropped(DropReason.STALLED)).isEqualTo(counts.dropped() - 1);
		assertThat(counts.accepted() + counts.dropped()).isEqualTo(offered);
		this.gate.open();
		OwnLogback.close(queue);
		assertThat(counts.written()).isEqualTo(counts.accepted()).isEqualTo(this.written.size());
		// what got in before the queue was full, in its order
		assertThat(this.written).startsWith("stuck", "1", "2").endsWith(String.valueOf(counts.accepted() - 1));
	}

	@Test
	void eachOfManyThreadsIsHeldUpOnceAtMost() {
		int threads = 16;
		LoglaneAppender queue = stuck(OwnLogback.settings(64, MAX_WAIT));
		List<Lane> lanes = new ArrayList<>();
		for (int t = 0; t < threads; t++) {
			Lane lane = Lane.named(OwnLogback.unique("held-up"));
			lanes.add(lane);
			this.callers.start(() -> {
				try (Lane.Scope scope = lane.enter()) {
					for (int i = 0; i < 2_000; i++) {
						this.logger.info("{} {}", lane, i);
					}
				}
			});
		}
		this.callers.join();
		long waits = 0;
		for (Lane lane : lanes) {
			LaneCounts counts = OwnLogback.counts(queue, lane);
			assertThat(counts.waits()).as("waits of %s", lane).isLessThanOrEqualTo(1);
			assertThat(counts.accepted() + counts.dropped()).isEqualTo(2_000);
			waits += counts.waits();
		}
		assertThat(waits).isPositive();
		this.gate.open();
		OwnLogback.close(queue);
	}

	@Test
	void orderAndAccountingAreExactWhenTheDelegateRecovers() {
		int threads = 4;
		LoglaneAppender queue = stuck(OwnLogback.settings(256, MAX_WAIT));
		AtomicInteger finished = new AtomicInteger();
		AtomicLong offered = new AtomicLong(1);
		for (int t = 0; t < threads; t++) {
			int thread = t;
			this.callers.start(() -> {
				for (int i = 0; i < 3_000; i++) {
					this.logger.info("{} {}", thread, i);
					offered.incrementAndGet();
				}
				finished.incrementAndGet();
			});
		}
		LaneCounts counts = OwnLogback.counts(queue);
		await().until(() -> counts.dropped(DropReason.STALLED) > 100);
		// while they still log, or have just ended
		this.gate.open();
		await().until(() -> finished.get() == threads);
		this.callers.join();
		long before = counts.accepted();
		this.logger.error("after the recovery");
		assertThat(counts.accepted()).isEqualTo(before + 1);
		OwnLogback.close(queue);
		assertThat(counts.accepted() + counts.dropped()).isEqualTo(offered.get() + 1);
		assertThat(counts.written()).isEqualTo(counts.accepted()).isEqualTo(this.written.size());
		assertThat(counts.depth()).isZero();
		assertThat(List.copyOf(this.written).get(this.written.size() - 1)).isEqualTo("after the recovery");
		int[] last = { -1, -1, -1, -1 };
		for (String line : this.written) {
			if (Character.isDigit(line.charAt(0))) {
				String[] parts = line.split(" ", 2);
				int thread = Integer.parseInt(parts[0]);
				int number = Integer.parseInt(parts[1]);
				assertThat(number).as(line).isGreaterThan(last[thread]);
				last[thread] = number;
			}
		}
	}

	@Test
	void callersWaitAgainOnceTheDelegateHasTakenOne() {
		LoglaneAppender queue = stuck(OwnLogback.settings(1, MAX_WAIT));
		LaneCounts counts = OwnLogback.counts(queue);
		this.logger.info("queued");
		this.logger.info("held up");
		this.logger.info("dropped at once");
		assertThat(counts.waits()).isEqualTo(1);
		this.gate.letPass(1);
		this.gate.awaitArrival();
		this.logger.info("takes the room");
		this.logger.info("held up");
		assertThat(counts.waits()).isEqualTo(2);
		assertThat(counts.dropped()).isEqualTo(3);
	}

	@Test
	void oneStuckDelegateHoldsUpNoOther() {
		LoglaneAppender queue = stuck(OwnLogback.settings(4, MAX_WAIT));
		Queue<String> elsewhere = new ConcurrentLinkedQueue<>();
		LoglaneAppender other = this.logback.queue(
				this.logback.scripted((event) -> elsewhere.add(event.getFormattedMessage())), OwnLogback.lossless(64));
		other.open();
		for (int i = 0; i < 1_000; i++) {
			this.logger.info("{}", i);
		}
		OwnLogback.close(other);
		assertThat(elsewhere).hasSize(1_000);
		assertThat(OwnLogback.counts(other).waits() + OwnLogback.counts(other).dropped())
			.isEqualTo(OwnLogback.counts(other).waits());
		assertThat(OwnLogback.counts(queue).waits()).isEqualTo(1);
	}

}
