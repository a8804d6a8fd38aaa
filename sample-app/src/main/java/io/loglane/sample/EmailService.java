package io.loglane.sample;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.scheduling.annotation.Async;
import org.springframework.stereotype.Component;

/**
 * Confirms each order and sends its report, on executor {@code emails}.
 */
@Component
class EmailService {

	private static final Logger LOGGER = LoggerFactory.getLogger(EmailService.class);

	@Async("emails")
	void confirm(Order order) {
		LOGGER.debug("Mail for order {} made: {} x {}", order.id(), order.quantity(), order.item());
		LOGGER.info("Mail for order {} sent", order.id());
	}

	@Async("emails")
	void sendReport(Order order) {
		LOGGER.info("Report of order {} sent", order.id());
	}

}
