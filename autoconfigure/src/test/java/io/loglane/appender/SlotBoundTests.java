package io.loglane.appender;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.loglane.lane.Lane;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A queue is bounded in slots, whatever comes together while it is written out: but for
 * one slot of each caller who has looked for room just before a heavy record claimed it.
 */
class SlotBoundTests {

	private static final int CAPACITY = 1024;

	private static final LoggingEvent EVENT = OwnLogback.event(Level.WARN);

	private static final int TRIES = 300_000;

	private static final int CALLERS = 3;

	private final MpscVarHandleArrayQueue<QueuedRecord> records = new MpscVarHandleArrayQueue<>(CAPACITY);

	private final Admission admission = new Admission(this.records, QueueSettings.DEFAULTS.withCapacity(CAPACITY));

	private final Share share = new Share(new LaneCounts(Lane.named(OwnLogback.unique("bound"))));

	/** What is in the queue, or less: counted late, and taken off early. */
	private final AtomicLong inQueue = new AtomicLong();

	private final AtomicLong most = new AtomicLong();

	private final AtomicBoolean entered = new AtomicBoolean();

	@ParameterizedTest
	@CsvSource({ "700, 1", "600, 600", "1024, 1", "300, 200" })
	void holdsWhileCallersEnterAndTheWriterTakesOut(int some, int others) {
		Callers callers = new Callers();
		for (int i = 0; i < CALLERS; i++) {
			callers.start(() -> enter(some));
			callers.start(() -> enter(others));
		}
		AtomicBoolean over = new AtomicBoolean();
		Callers writer = new Callers();
		writer.start(() -> {
			while (!over.get() || !this.records.isEmpty()) {
				takeOut();
			}
		});
		callers.join();
		over.set(true);
		writer.join();
		assertThat(this.entered).isTrue();
		assertThat(this.most.get()).isLessThanOrEqualTo((others == 1) ? CAPACITY + CALLERS : CAPACITY);
		assertThat(this.admission.used()).isZero();
		assertThat(this.share.held()).isZero();
	}

	/** Only where hundreds of callers look for room at the same moment. */
	@Test
	void claimIsTakenBackWhereTheQueueIsFullAfterAll() {
		for (int i = 0; i < CAPACITY; i++) {
			this.records.offer(QueuedRecord.formatted(EVENT, this.share, 1, null));
			// as if it were taken out: all look like room
			this.admission.take(1);
		}
		this.admission.publish();
		assertThat(this.admission.enter(QueuedRecord.formatted(EVENT, this.share, 1, null)))
			.isEqualTo(Admission.Entry.REFUSED);
		assertThat(this.records.size()).isEqualTo(CAPACITY);
		assertThat(this.share.held()).isZero();
		assertThat(this.share.accepted(LaneCounts.row(Level.WARN))).isZero();
	}

	private void enter(int slots) {
		for (int i = 0; i < TRIES; i++) {
			QueuedRecord record = QueuedRecord.formatted(EVENT, this.share, slots, null);
			// every other one as a caller that waits
			Admission.Entry entry = (i % 2 == 0) ? this.admission.enter(record) : this.admission.enterClosely(record);
			if (entry != Admission.Entry.REFUSED) {
				long now = this.inQueue.addAndGet(slots);
				this.most.accumulateAndGet(now, Math::max);
				this.entered.set(true);
			}
		}
	}

	private void takeOut() {
		QueuedRecord record = this.records.poll();
		if (record != null) {
			this.inQueue.addAndGet(-record.slots());
			this.share.take(record.slots());
			this.admission.take(record.slots());
			if (this.admission.leaving() == 3 || this.records.isEmpty()) {
				this.share.release();
				this.admission.publish();
			}
		}
	}

}
