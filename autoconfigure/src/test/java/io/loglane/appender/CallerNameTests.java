package io.loglane.appender;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.loglane.lane.Lane;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A line has the thread's name that it has without a queue.
 */
class CallerNameTests {

	private final OwnLogback logback = new OwnLogback();

	@TempDir
	private Path folder;

	@AfterEach
	void stop() {
		this.logback.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "named" })
	@EnabledForJreRange(min = JRE.JAVA_21)
	void virtualThreadIsNamedAsByLogback(String name) throws Exception {
		String byLogback = namesAreThoseOfLogback(true, name);
		assertThat(byLogback).startsWith((name.isEmpty()) ? "virtual-" : name);
		// or this has seen Logback's own names only
		assertThat(!name.isEmpty() || CallerName.isConfirmed()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "named" })
	void platformThreadIsNamedAsByLogback(String name) throws Exception {
		namesAreThoseOfLogback(false, name);
	}

	/**
	 * Into two files, since the event is the same; and each kind of record more than
	 * once, since the first name is compared with Logback's. An appender that has no
	 * queue may keep the event, and be asked later, by another thread: without Loglane
	 * whoever has rendered the line has read the name before.
	 */
	private String namesAreThoseOfLogback(boolean virtual, String name) throws Exception {
		List<Path> files = List.of(this.folder.resolve("first.log"), this.folder.resolve("second.log"));
		List<LoglaneAppender> queues = new ArrayList<>();
		for (Path file : files) {
			LoglaneAppender queue = this.logback.queue(this.logback.file(file, "%thread%n"), OwnLogback.lossless(64));
			queue.open();
			queues.add(queue);
		}
		ListAppender<ILoggingEvent> kept = new ListAppender<>();
		kept.start();
		this.logback.logger().addAppender(kept);
		String byLogback = inThread(virtual, name, () -> {
			for (int i = 0; i < 3; i++) {
				this.logback.logger().info("unchangeable {}", i);
				this.logback.logger().info("changeable {}", new AtomicInteger(i));
			}
			return new LoggingEvent().getThreadName();
		});
		queues.forEach(OwnLogback::close);
		assertThat(files).allSatisfy((file) -> assertThat(OwnLogback.lines(file)).hasSize(6).containsOnly(byLogback));
		assertThat(kept.list).extracting(ILoggingEvent::getThreadName).hasSize(6).containsOnly(byLogback);
		return byLogback;
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void eventThatKnowsItsThreadKeepsIt() throws Exception {
		Path file = this.folder.resolve("known.log");
		LoglaneAppender queue = this.logback.queue(this.logback.file(file, "%thread%n"), OwnLogback.lossless(64));
		queue.open();
		inThread(true, "", () -> {
			this.logback.logger().info("Its name is confirmed");
			assertThat(CallerName.isConfirmed()).isTrue();
			for (int i = 0; i < 3; i++) {
				LoggingEvent event = new LoggingEvent("fqcn", this.logback.logger(), Level.INFO, "by hand", null, null);
				event.setThreadName("known");
				this.logback.logger().callAppenders(event);
			}
			return "known";
		});
		OwnLogback.close(queue);
		assertThat(OwnLogback.lines(file)).hasSize(4).endsWith("known", "known", "known");
	}

	/** A caller that writes tells what was lost before. */
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void noticeIsOfTheThreadThatTells(boolean virtual) throws Exception {
		Assumptions.assumeTrue(!virtual || Runtime.version().feature() >= 21);
		this.logback.tellOfDrops(true);
		Share share = new Share(new LaneCounts(Lane.named(OwnLogback.unique("notice"))));
		share.lose(LaneCounts.row(Level.INFO), 1);
		Share.Losses losses = Objects.requireNonNull(share.losses());
		long[] fresh = Objects.requireNonNull(share.untold(losses));
		List<String> names = new ArrayList<>();
		String byLogback = inThread(virtual, (virtual) ? "" : "platform", () -> {
			LoggingEvent notice = (LoggingEvent) Objects
				.requireNonNull(DropNotice.of(losses, fresh, this.logback.logger().getLoggerContext()));
			names.add(notice.getThreadName());
			return new LoggingEvent().getThreadName();
		});
		assertThat(names).containsExactly(byLogback);
		assertThat(byLogback).startsWith((virtual) ? "virtual-" : "platform");
	}

	private static String inThread(boolean virtual, String name, Callable<String> code) throws Exception {
		FutureTask<String> task = new FutureTask<>(() -> {
			Thread.currentThread().setName(name);
			return code.call();
		});
		if (virtual) {
			Callers.startVirtual(task);
		}
		else {
			new Thread(task).start();
		}
		return task.get();
	}

}
