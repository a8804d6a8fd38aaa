package io.loglane.appender;

import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.filter.LevelFilter;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

/** Filters decide on the caller's thread, once; what they refuse is not offered. */
class FilterTests {

	private final OwnLogback logback = new OwnLogback();

	private final Logger logger = this.logback.logger();

	@TempDir
	private Path folder;

	@AfterEach
	void close() {
		this.logback.close();
	}

	private FileAppender<ILoggingEvent> file() {
		return this.logback.file(this.folder.resolve("file.log"), "%msg%n");
	}

	private List<String> lines() {
		return OwnLogback.lines(this.folder.resolve("file.log"));
	}

	@Test
	void delegatesFilterDecidesOnTheCallersThreadOnce() {
		Queue<Thread> deciders = new ConcurrentLinkedQueue<>();
		FileAppender<ILoggingEvent> delegate = file();
		delegate.addFilter(new Filter<>() {

			@Override
			public FilterReply decide(ILoggingEvent event) {
				deciders.add(Thread.currentThread());
				return event.getMessage().startsWith("in") ? FilterReply.NEUTRAL : FilterReply.DENY;
			}

		});
		LoglaneAppender queue = this.logback.queue(delegate, OwnLogback.lossless(16));
		this.logger.info("in passed through");
		queue.open();
		this.logger.info("in queued");
		this.logger.info("refused");
		OwnLogback.close(queue);
		assertThat(deciders).hasSize(3).containsOnly(Thread.currentThread());
		assertThat(lines()).containsExactly("in passed through", "in queued");
	}

	@Test
	void refusedRecordIsNotOffered() {
		FileAppender<ILoggingEvent> delegate = file();
		ThresholdFilter threshold = new ThresholdFilter();
		threshold.setLevel("WARN");
		threshold.start();
		delegate.addFilter(threshold);
		LoglaneAppender queue = this.logback.queue(delegate, OwnLogback.lossless(16));
		queue.open();
		this.logger.info("refused");
		this.logger.warn("taken");
		OwnLogback.close(queue);
		LaneCounts counts = OwnLogback.counts(queue);
		assertThat(counts.accepted()).isEqualTo(1);
		assertThat(counts.dropped()).isZero();
		assertThat(lines()).containsExactly("taken");
	}

	@Test
	void filtersAreBackOnTheDelegateAfterStopInTheirOrder() {
		FileAppender<ILoggingEvent> delegate = file();
		Filter<ILoggingEvent> first = new ThresholdFilter();
		Filter<ILoggingEvent> second = new LevelFilter();
		delegate.addFilter(first);
		delegate.addFilter(second);
		LoglaneAppender queue = this.logback.queue(delegate, OwnLogback.lossless(16));
		assertThat(delegate.getCopyOfAttachedFiltersList()).isEmpty();
		queue.stop();
		assertThat(delegate.getCopyOfAttachedFiltersList()).containsExactly(first, second);
	}

	@Test
	void filtersAreBackOnADetachedDelegateThatGoesOnByItself() {
		FileAppender<ILoggingEvent> delegate = file();
		Filter<ILoggingEvent> filter = new ThresholdFilter();
		delegate.addFilter(filter);
		LoglaneAppender queue = this.logback.queue(delegate, OwnLogback.lossless(16));
		queue.open();
		this.logger.info("queued");
		assertThat(queue.detachAppender(delegate)).isTrue();
		assertThat(delegate.getCopyOfAttachedFiltersList()).containsExactly(filter);
		assertThat(delegate.isStarted()).isTrue();
		assertThat(lines()).containsExactly("queued");
		assertThat(queue.isStarted()).isFalse();
		assertThat(queue.iteratorForAppenders().hasNext()).isFalse();
		this.logger.detachAppender(queue);
		this.logger.addAppender(delegate);
		this.logger.info("direct");
		assertThat(lines()).containsExactly("queued", "direct");
		delegate.stop();
	}

	@Test
	void filterOfTheQueueItselfRefuses() {
		LoglaneAppender queue = this.logback.queue(file(), OwnLogback.lossless(16));
		LevelFilter noInfo = new LevelFilter();
		noInfo.setLevel(Level.INFO);
		noInfo.setOnMatch(FilterReply.DENY);
		noInfo.start();
		queue.addFilter(noInfo);
		assertThat(queue.getCopyOfAttachedFiltersList()).containsExactly(noInfo);
		queue.open();
		this.logger.info("refused");
		this.logger.warn("taken");
		queue.clearAllFilters();
		this.logger.info("taken later");
		OwnLogback.close(queue);
		assertThat(lines()).containsExactly("taken", "taken later");
		assertThat(OwnLogback.counts(queue).accepted()).isEqualTo(2);
	}

	@Test
	void filterThatThrowsCostsItsRecordAndTheCallerNeverHearsOfIt() {
		FileAppender<ILoggingEvent> delegate = file();
		delegate.addFilter(new Filter<>() {

			@Override
			public FilterReply decide(ILoggingEvent event) {
				if (event.getMessage().equals("bad")) {
					throw new IllegalStateException("thrown by the test");
				}
				return FilterReply.NEUTRAL;
			}

		});
		LoglaneAppender queue = this.logback.queue(delegate, OwnLogback.lossless(16));
		queue.open();
		// like Logback's own appenders
		assertThatNoException().isThrownBy(() -> this.logger.info("bad"));
		this.logger.info("good");
		OwnLogback.close(queue);
		assertThat(lines()).containsExactly("good");
	}

}
