package io.loglane.sample;

import java.util.concurrent.atomic.AtomicLong;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Counts what was ordered, and says so every ten seconds.
 */
@Component
class OrderBook {

	private static final Logger LOGGER = LoggerFactory.getLogger(OrderBook.class);

	private final AtomicLong orders = new AtomicLong();

	private final AtomicLong items = new AtomicLong();

	void add(Order order) {
		this.orders.incrementAndGet();
		this.items.addAndGet(order.quantity());
	}

	@Scheduled(fixedRateString = "${sample.stock-taking:10s}")
	void takeStock() {
		LOGGER.info("{} orders, {} items so far", this.orders, this.items);
	}

}
