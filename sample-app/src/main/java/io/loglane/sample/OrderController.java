package io.loglane.sample;

import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/**
 * Takes orders: {@code POST /orders?item=tea&quantity=2}.
 */
@RestController
class OrderController {

	private static final Logger LOGGER = LoggerFactory.getLogger(OrderController.class);

	private final AtomicLong numbers = new AtomicLong();

	private final OrderBook book;

	private final ReportService reports;

	private final EmailService emails;

	OrderController(OrderBook book, ReportService reports, EmailService emails) {
		this.book = book;
		this.reports = reports;
		this.emails = emails;
	}

	@PostMapping("/orders")
	@ResponseStatus(HttpStatus.ACCEPTED)
	Order order(@RequestParam(defaultValue = "tea") String item, @RequestParam(defaultValue = "1") int quantity) {
		try (MDC.MDCCloseable request = MDC.putCloseable("requestId", UUID.randomUUID().toString())) {
			Order order = new Order(this.numbers.incrementAndGet(), item, quantity);
			LOGGER.info("Order {} received: {} x {}", order.id(), order.quantity(), order.item());
			this.book.add(order);
			this.emails.confirm(order);
			this.reports.report(order);
			return order;
		}
	}

}
