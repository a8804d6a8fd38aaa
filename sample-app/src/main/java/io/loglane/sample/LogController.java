package io.loglane.sample;

import java.util.List;

import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * What the page needs to know of the log file, and can do to its disk.
 */
@RestController
@RequestMapping("/log")
class LogController {

	@GetMapping
	List<Tail.Line> lines(@RequestParam(defaultValue = "0") long after) {
		return file().tail().after(after);
	}

	@GetMapping("/disk")
	Disk disk() {
		return new Disk(file().speed());
	}

	@PostMapping("/disk")
	Disk disk(@RequestParam int speed) {
		if (speed < 0) {
			throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "A disk takes 0 records a second or more");
		}
		file().speed(speed);
		return disk();
	}

	private static ThrottledFileAppender file() {
		return ThrottledFileAppender.find()
			.orElseThrow(() -> new ResponseStatusException(HttpStatus.NOT_FOUND, "The log file is no throttled one"));
	}

	/**
	 * The disk of the log file.
	 *
	 * @param speed how many records it takes in a second; 0: it has stopped
	 */
	record Disk(int speed) {

	}

}
