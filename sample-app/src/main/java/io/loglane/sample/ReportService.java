package io.loglane.sample;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.scheduling.annotation.Async;
import org.springframework.stereotype.Component;

/**
 * Makes a report of each order, on executor {@code reports}.
 */
@Component
class ReportService {

	private static final Logger LOGGER = LoggerFactory.getLogger(ReportService.class);

	private static final Duration TIME_OF_A_LINE = Duration.ofMillis(5);

	private final EmailService emails;

	ReportService(EmailService emails) {
		this.emails = emails;
	}

	@Async("reports")
	void report(Order order) {
		LOGGER.info("Report of order {} begun", order.id());
		for (int i = 1; i <= order.quantity(); i++) {
			LockSupport.parkNanos(TIME_OF_A_LINE.toNanos());
			LOGGER.info("Order {}: line {} of {}, {}", order.id(), i, order.quantity(), order.item());
		}
		LOGGER.info("Report of order {} done", order.id());
		this.emails.sendReport(order);
	}

}
