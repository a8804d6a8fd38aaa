package io.loglane.sample;

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

	@Async("reports")
	void report(Order order) {
		LOGGER.info("Report of order {} begun", order.id());
		for (int i = 1; i <= order.quantity(); i++) {
			LOGGER.info("Order {}: line {} of {}, {}", order.id(), i, order.quantity(), order.item());
		}
		LOGGER.info("Report of order {} done", order.id());
	}

}
