package io.loglane.sample;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.task.TaskExecutor;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * Lets an executor log far more than the disk takes: {@code POST /floods/reports}.
 */
@RestController
class FloodController {

	private static final Logger LOGGER = LoggerFactory.getLogger(FloodController.class);

	private static final int TASKS = 500;

	private static final int LINES_OF_A_TASK = 250;

	private static final Duration PAUSE = Duration.ofMillis(20);

	private final Map<String, TaskExecutor> executors;

	FloodController(Map<String, TaskExecutor> executors) {
		this.executors = executors;
	}

	@PostMapping("/floods/{executor}")
	@ResponseStatus(HttpStatus.ACCEPTED)
	void flood(@PathVariable String executor) {
		TaskExecutor flooded = this.executors.get(executor);
		if (flooded == null) {
			throw new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no executor " + executor);
		}
		LOGGER.info("Flood of {} begins: {} lines", executor, TASKS * LINES_OF_A_TASK);
		for (int task = 0; task < TASKS; task++) {
			flooded.execute(FloodController::logMuch);
		}
	}

	private static void logMuch() {
		for (int line = 1; line <= LINES_OF_A_TASK; line++) {
			LOGGER.info("Flood: line {} of {}", line, LINES_OF_A_TASK);
		}
		LockSupport.parkNanos(PAUSE.toNanos());
	}

}
