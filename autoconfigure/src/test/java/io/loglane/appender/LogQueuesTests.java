package io.loglane.appender;

import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.boolex.OnMarkerEvaluator;
import ch.qos.logback.classic.net.SyslogAppender;
import ch.qos.logback.classic.sift.SiftingAppender;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.CoreConstants;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.read.ListAppender;
import ch.qos.logback.core.rolling.RollingFileAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** The queues of the JVM: where they are put, and while whom they are open. */
class LogQueuesTests {

	private static final LogQueues QUEUES = LogQueues.jvm();

	private final OwnLogback logback = new OwnLogback();

	private final Gate gate = new Gate();

	private final Logger root = this.logback.logger();

	private final Object holder = new Object();

	private final List<Object> otherTestsHolders = new ArrayList<>();

	@TempDir
	private Path folder;

	/** Application contexts that other tests keep would hold the queues open. */
	@BeforeEach
	void letGoOfOtherTestsHolders() throws Exception {
		Field holders = LogQueues.class.getDeclaredField("holders");
		holders.setAccessible(true);
		this.otherTestsHolders.addAll((Set<?>) holders.get(QUEUES));
		this.otherTestsHolders.forEach(QUEUES::close);
	}

	@AfterEach
	void close() {
		this.gate.open();
		this.logback.close();
		QUEUES.close(this.holder);
		this.otherTestsHolders.forEach(QUEUES::open);
	}

	private FileAppender<ILoggingEvent> file(String name) {
		FileAppender<ILoggingEvent> appender = new FileAppender<>();
		appender.setName(name);
		return this.logback.file(appender, this.folder.resolve(name + ".log"), "%msg%n");
	}

	private LogQueues.Installation install() {
		return install(Set.of(), Set.of());
	}

	private LogQueues.Installation install(Set<String> named, Set<String> excluded) {
		return QUEUES.install(this.logback.context(), OwnLogback.lossless(64), named, excluded);
	}

	private static List<Appender<ILoggingEvent>> appenders(Logger logger) {
		List<Appender<ILoggingEvent>> appenders = new ArrayList<>();
		logger.iteratorForAppenders().forEachRemaining(appenders::add);
		return appenders;
	}

	private static LoglaneAppender queue(Logger logger, String name) {
		Appender<ILoggingEvent> appender = logger.getAppender(name);
		assertThat(appender).isInstanceOf(LoglaneAppender.class);
		return (LoglaneAppender) appender;
	}

	@Test
	void queueStandsWhereItsDelegateStood() {
		String[] names = { OwnLogback.unique("A"), OwnLogback.unique("OWN"), OwnLogback.unique("B"),
				OwnLogback.unique("C") };
		FileAppender<ILoggingEvent> first = file(names[0]);
		ListAppender<ILoggingEvent> own = new ListAppender<>();
		own.setName(names[1]);
		this.root.addAppender(first);
		this.root.addAppender(this.logback.started(own, "OWN"));
		this.root.addAppender(file(names[2]));
		Logger other = this.logback.context().getLogger("other");
		FileAppender<ILoggingEvent> ofOther = file(names[3]);
		other.addAppender(ofOther);
		LogQueues.Installation installation = install();
		assertThat(installation.names()).containsExactlyInAnyOrder(names);
		assertThat(appenders(this.root)).extracting(Appender::getName).containsExactly(names[0], names[1], names[2]);
		assertThat(appenders(this.root)).extracting((appender) -> appender instanceof LoglaneAppender)
			.containsExactly(true, false, true);
		assertThat(this.root.getAppender(names[1])).isSameAs(own);
		LoglaneAppender queue = queue(this.root, names[0]);
		assertThat(queue.isStarted()).isTrue();
		assertThat(queue.getContext()).isSameAs(this.logback.context());
		assertThat(queue(other, names[3]).getAppender(names[3])).isSameAs(ofOther);
	}

	@Test
	void codeThatWalksAppendersFindsTheDelegate() {
		String name = OwnLogback.unique("A");
		FileAppender<ILoggingEvent> delegate = file(name);
		FileAppender<ILoggingEvent> stranger = file(OwnLogback.unique("B"));
		this.root.addAppender(delegate);
		install();
		LoglaneAppender queue = queue(this.root, name);
		assertThat(queue.getAppender(name)).isSameAs(delegate);
		assertThat(queue.getAppender("other")).isNull();
		assertThat(queue.isAttached(delegate)).isTrue();
		assertThat(queue.isAttached(stranger)).isFalse();
		assertThat(queue.iteratorForAppenders()).toIterable().containsExactly(delegate);
		stranger.stop();
	}

	@Test
	void appenderOnSeveralLoggersGetsOneQueue() {
		String name = OwnLogback.unique("A");
		FileAppender<ILoggingEvent> delegate = file(name);
		Logger first = this.logback.context().getLogger("first");
		Logger second = this.logback.context().getLogger("second");
		this.root.addAppender(delegate);
		first.addAppender(delegate);
		second.addAppender(delegate);
		first.setAdditive(false);
		install();
		LoglaneAppender queue = queue(this.root, name);
		assertThat(queue(first, name)).isSameAs(queue);
		assertThat(queue(second, name)).isSameAs(queue);
		first.info("x");
		this.root.info("y");
		assertThat(OwnLogback.lines(this.folder.resolve(name + ".log"))).containsExactly("x", "y");
	}

	@Test
	void onlyAppendersThatAreKnownToBeSafeAreQueued() {
		List<Appender<ILoggingEvent>> safe = List.of(new ConsoleAppender<>(), new FileAppender<>(),
				new RollingFileAppender<>(), syslog("%msg"));
		List<Appender<ILoggingEvent>> unsafe = List.of(new AsyncAppender(), new OwnAppender(), new OwnFileAppender(),
				new ListAppender<>(), new SiftingAppender());
		for (Appender<ILoggingEvent> appender : safe) {
			appender.setName("safe " + appender.getClass().getSimpleName());
			appender.setContext(this.logback.context());
			this.root.addAppender(appender);
		}
		for (Appender<ILoggingEvent> appender : unsafe) {
			appender.setName("unsafe " + appender.getClass().getSimpleName());
			appender.setContext(this.logback.context());
			this.root.addAppender(appender);
		}
		LogQueues.Installation installation = install();
		assertThat(installation.left()).containsOnlyKeys("unsafe AsyncAppender", "unsafe OwnAppender",
				"unsafe OwnFileAppender", "unsafe ListAppender", "unsafe SiftingAppender");
		assertThat(installation.left().get("unsafe AsyncAppender")).isEqualTo("asynchronous already");
		assertThat(installation.left().get("unsafe OwnAppender")).contains("OwnAppender", "calling thread");
		assertThat(installation.left().get("unsafe OwnFileAppender")).contains("OwnFileAppender", "calling thread");
		assertThat(appenders(this.root)).containsAll(unsafe).doesNotContainAnyElementsOf(safe);
		safe.forEach((appender) -> assertThat(queue(this.root, appender.getName()).isAttached(appender)).isTrue());
	}

	@ParameterizedTest
	@ValueSource(strings = { "%msg %property{any}", "%msg %kvp", "%caller{1, EVALUATOR}" })
	void syslogAppenderThatOnlyItsCallerCanRenderForIsLeft(String pattern) {
		this.logback.context().putObject(CoreConstants.EVALUATOR_MAP, Map.of("EVALUATOR", new OnMarkerEvaluator()));
		SyslogAppender syslog = syslog(pattern);
		syslog.setName("SYSLOG");
		this.root.addAppender(syslog);
		assertThat(install().left().get("SYSLOG")).contains("calling thread");
		assertThat(this.root.getAppender("SYSLOG")).isSameAs(syslog);
	}

	private SyslogAppender syslog(String pattern) {
		SyslogAppender syslog = new SyslogAppender();
		syslog.setContext(this.logback.context());
		syslog.setSyslogHost("localhost");
		syslog.setFacility("USER");
		syslog.setSuffixPattern(pattern);
		syslog.start();
		return syslog;
	}

	@Test
	void appenderThatIsAlsoBehindAnotherIsLeft() {
		String name = OwnLogback.unique("FILE");
		FileAppender<ILoggingEvent> delegate = file(name);
		AsyncAppender async = new AsyncAppender();
		async.setName("ASYNC");
		async.addAppender(delegate);
		this.root.addAppender(this.logback.started(async, "ASYNC"));
		this.root.addAppender(delegate);
		LogQueues.Installation installation = install();
		assertThat(installation.left()).containsEntry(name, "also behind ASYNC").containsKey("ASYNC");
		assertThat(this.root.getAppender(name)).isSameAs(delegate);
		assertThat(install(Set.of(name), Set.of()).left()).containsEntry(name, "also behind ASYNC");
	}

	@Test
	void namedAppendersAreQueuedAndNoOthers() {
		String first = OwnLogback.unique("A");
		String second = OwnLogback.unique("B");
		this.root.addAppender(file(first));
		this.root.addAppender(file(second));
		OwnAppender own = new OwnAppender();
		own.setName("OWN");
		this.root.addAppender(this.logback.started(own, "OWN"));
		LogQueues.Installation installation = install(Set.of("OWN", second), Set.of());
		assertThat(installation.left()).containsOnlyKeys(first).containsEntry(first, "not named");
		assertThat(appenders(this.root)).extracting((appender) -> appender instanceof LoglaneAppender)
			.containsExactly(false, true, true);
	}

	@Test
	void excludedAppendersAreLeftEvenIfNamed() {
		String name = OwnLogback.unique("A");
		this.root.addAppender(file(name));
		assertThat(install(Set.of(), Set.of(name)).left()).containsEntry(name, "excluded");
		assertThat(install(Set.of(name), Set.of(name)).left()).containsEntry(name, "excluded");
		assertThat(this.root.getAppender(name)).isInstanceOf(FileAppender.class);
	}

	@Test
	void secondInstallationChangesNothing() {
		String name = OwnLogback.unique("A");
		this.root.addAppender(file(name));
		install();
		LoglaneAppender queue = queue(this.root, name);
		LogQueues.Installation second = QUEUES.install(this.logback.context(), OwnLogback.lossless(999), Set.of(),
				Set.of());
		assertThat(queue(this.root, name)).isSameAs(queue);
		assertThat(queue.isStarted()).isTrue();
		assertThat(second.queued()).containsOnlyKeys(name).containsEntry(name, 64);
		assertThat(second.left()).isEmpty();
	}

	@Test
	void surveyTellsAndChangesNothing() {
		String name = OwnLogback.unique("A");
		FileAppender<ILoggingEvent> delegate = file(name);
		this.root.addAppender(delegate);
		LogQueues.Installation survey = QUEUES.survey(this.logback.context(), Set.of("other"), Set.of());
		assertThat(survey.names()).containsExactly(name);
		assertThat(survey.left()).containsEntry(name, "not named");
		assertThat(this.root.getAppender(name)).isSameAs(delegate);
	}

	@Test
	void queuesAreOpenUntilTheLastHolderLetsGo() {
		Object second = new Object();
		this.root.addAppender(file(OwnLogback.unique("A")));
		install();
		LoglaneAppender queue = (LoglaneAppender) appenders(this.root).get(0);
		assertOpen(queue, false);
		QUEUES.close(this.holder);
		QUEUES.open(this.holder);
		QUEUES.open(this.holder);
		assertOpen(queue, true);
		QUEUES.open(second);
		QUEUES.close(this.holder);
		assertOpen(queue, true);
		QUEUES.close(this.holder);
		QUEUES.close(new Object());
		assertOpen(queue, true);
		QUEUES.close(second);
		assertOpen(queue, false);
		QUEUES.open(second);
		assertOpen(queue, true);
		QUEUES.close(second);
		assertOpen(queue, false);
	}

	private static void assertOpen(LoglaneAppender queue, boolean open) {
		assertThat(OwnLogback.drains(queue)).hasSize(open ? 1 : 0);
	}

	@Test
	void holdersAreToldApartByIdentity() {
		this.root.addAppender(file(OwnLogback.unique("A")));
		install();
		LoglaneAppender queue = (LoglaneAppender) appenders(this.root).get(0);
		record Holder(String name) {
		}
		Holder first = new Holder("context");
		Holder second = new Holder("context");
		QUEUES.open(first);
		QUEUES.open(second);
		QUEUES.close(first);
		assertOpen(queue, true);
		QUEUES.close(second);
		assertOpen(queue, false);
	}

	@Test
	void queueThatIsMadeWhileAHolderIsThereIsOpenAtOnce() {
		QUEUES.open(this.holder);
		this.root.addAppender(file(OwnLogback.unique("A")));
		install();
		LoglaneAppender queue = (LoglaneAppender) appenders(this.root).get(0);
		assertOpen(queue, true);
		queue.stop();
		assertOpen(queue, false);
		QUEUES.close(this.holder);
		QUEUES.open(this.holder);
		assertOpen(queue, false);
	}

	@Test
	void stuckAppenderDoesNotKeepAnotherFromBeingWrittenOut() {
		Duration patience = Duration.ofMillis(500);
		Logger stuckLogger = this.logback.context().getLogger("stuck");
		stuckLogger.setAdditive(false);
		LoglaneAppender stuck = this.logback.queue(this.logback.scripted((event) -> this.gate.pass()),
				OwnLogback.withShutdownTimeout(OwnLogback.lossless(16), patience));
		this.root.detachAppender(stuck);
		stuckLogger.addAppender(stuck);
		Gate slow = new Gate();
		FileAppender<ILoggingEvent> delegate = new FileAppender<>() {

			@Override
			protected void subAppend(ILoggingEvent event) {
				slow.pass();
				super.subAppend(event);
			}

		};
		Path file = this.folder.resolve("healthy.log");
		LoglaneAppender healthy = this.logback.queue(this.logback.file(delegate, file, "%msg%n"),
				OwnLogback.withShutdownTimeout(OwnLogback.lossless(4096), patience));
		QUEUES.open(this.holder);
		stuckLogger.info("x");
		this.gate.awaitArrival();
		for (int i = 0; i < 2_000; i++) {
			this.root.info("x");
		}
		slow.open();
		PrintStream before = System.err;
		System.setErr(new PrintStream(PrintStream.nullOutputStream()));
		long started = System.nanoTime();
		try {
			QUEUES.close(this.holder);
		}
		finally {
			System.setErr(before);
		}
		assertThat(Duration.ofNanos(System.nanoTime() - started)).isBetween(patience, patience.plusSeconds(10));
		assertThat(OwnLogback.lines(file)).hasSize(2_000);
		assertThat(OwnLogback.drains(healthy)).isEmpty();
		assertThat(OwnLogback.counts(stuck).depth()).isEqualTo(1);
	}

	@Test
	void severalStuckAppendersCostOneTimeoutTogether() {
		Duration patience = Duration.ofMillis(1_500);
		for (int i = 0; i < 4; i++) {
			this.logback.queue(this.logback.scripted((event) -> this.gate.pass()),
					OwnLogback.withShutdownTimeout(OwnLogback.lossless(16), patience));
		}
		QUEUES.open(this.holder);
		this.root.info("x");
		for (int i = 0; i < 4; i++) {
			this.gate.awaitArrival();
		}
		PrintStream before = System.err;
		System.setErr(new PrintStream(PrintStream.nullOutputStream()));
		long started = System.nanoTime();
		try {
			QUEUES.close(this.holder);
		}
		finally {
			System.setErr(before);
		}
		assertThat(Duration.ofNanos(System.nanoTime() - started)).isBetween(patience, patience.multipliedBy(3));
	}

	@Test
	void callersWriteWhileQueuesAreSuspendedAndNoLonger() {
		LoglaneAppender queue = this.logback.queue(this.logback.scripted((event) -> {
		}), OwnLogback.lossless(16));
		QUEUES.open(this.holder);
		assertThat(OwnLogback.drains(queue)).hasSize(1);
		try {
			QUEUES.suspend(true);
			assertThat(OwnLogback.drains(queue)).isEmpty();
			QUEUES.open(this.holder);
			assertThat(OwnLogback.drains(queue)).isEmpty();
		}
		finally {
			QUEUES.suspend(false);
		}
		assertThat(OwnLogback.drains(queue)).hasSize(1);
		QUEUES.close(this.holder);
	}

	@Test
	void listenersHearOfEarlierAndLaterQueuesUntilTheyLeave() {
		String earlier = OwnLogback.unique("EARLIER");
		String later = OwnLogback.unique("LATER");
		QUEUES.stats(earlier);
		List<QueueStats> told = new CopyOnWriteArrayList<>();
		Runnable subscription = QUEUES.onEach(told::add);
		assertThat(told).extracting(QueueStats::appender).contains(earlier).doesNotContain(later);
		QueueStats stats = QUEUES.stats(later);
		assertThat(told).contains(stats);
		assertThat(QUEUES.stats(later)).isSameAs(stats);
		assertThat(QUEUES.stats()).contains(stats);
		subscription.run();
		QUEUES.stats(OwnLogback.unique("AFTER"));
		assertThat(told.get(told.size() - 1)).isSameAs(stats);
	}

	private static final class OwnAppender extends AppenderBase<ILoggingEvent> {

		@Override
		protected void append(ILoggingEvent event) {
		}

	}

	private static final class OwnFileAppender extends FileAppender<ILoggingEvent> {

	}

}
