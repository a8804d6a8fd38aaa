package io.loglane.sample;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.scheduling.annotation.Async;
import org.springframework.stereotype.Component;

/**
 * Confirms each order, on executor {@code emails}.
 */
@Component
class EmailService {

	private static final Logger LOGGER = LoggerFactory.getLogger(EmailService.class);

	@Async("emails")
	void confirm(Order order) {
		LOGGER.info("Mail for order {} sent", order.id());
	}

}
