package io.loglane.sample;

import java.time.Instant;
import java.util.Map;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.LoggingEvent;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the page is told of the log.
 */
class TailTests {

	private final Tail tail = new Tail();

	@Test
	void keepsTheLastLinesOfALane() {
		for (int i = 1; i <= 1_500; i++) {
			add("line " + i, Map.of("executor", "reports"));
		}
		assertThat(this.tail.after(0)).hasSize(1_000)
			.first()
			.satisfies((line) -> assertThat(line.message()).isEqualTo("line 501"));
		assertThat(this.tail.after(1_499)).extracting(Tail.Line::message).containsExactly("line 1500");
		assertThat(this.tail.after(1_500)).isEmpty();
	}

	@Test
	void keepsTheLinesOfALaneWhileAnotherFloods() {
		add("mail", Map.of("executor", "emails"));
		for (int i = 1; i <= 5_000; i++) {
			add("line " + i, Map.of("executor", "reports"));
		}
		add("order", Map.of());
		assertThat(this.tail.after(0)).hasSize(1_002)
			.isSortedAccordingTo((a, b) -> Long.compare(a.number(), b.number()));
		assertThat(this.tail.after(0)).extracting(Tail.Line::lane).startsWith("emails", "reports").endsWith("none");
	}

	@Test
	void tellsWhoseALineIs() {
		add("Report sent", Map.of("executor", "emails", "task", "7", "parent", "reports#3", "requestId", "r1"));
		assertThat(this.tail.after(0)).containsExactly(new Tail.Line(1, Instant.EPOCH, "INFO", "emails", "7",
				"reports#3", "r1", "emails-1", "io.loglane.sample.EmailService", "Report sent"));
	}

	@Test
	void cutsALongMessage() {
		add("x".repeat(10_000), Map.of());
		assertThat(this.tail.after(0).get(0).message()).hasSize(2_001).endsWith("x…");
	}

	private void add(String message, Map<String, String> mdc) {
		LoggingEvent event = new LoggingEvent();
		event.setLevel(Level.INFO);
		event.setInstant(Instant.EPOCH);
		event.setThreadName("emails-1");
		event.setLoggerName("io.loglane.sample.EmailService");
		event.setMessage(message);
		event.setMDCPropertyMap(mdc);
		this.tail.add(event);
	}

}
