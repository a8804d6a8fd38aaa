package io.loglane.task;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

import org.springframework.aop.SpringProxy;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.SmartInstantiationAwareBeanPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.TaskDecorator;
import org.springframework.core.task.support.TaskExecutorAdapter;
import org.springframework.scheduling.concurrent.ConcurrentTaskExecutor;
import org.springframework.scheduling.concurrent.ConcurrentTaskScheduler;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/**
 * Gives each executor bean its lane, as the bean is made; it never asks for a bean.
 * <ul>
 * <li>Spring's own types read their task decorator at each task: ours is put around the
 * one that is set, and the bean stays the object it is.</li>
 * <li>Others are injected as what the bean is declared to be. Declared as an interface, a
 * proxy with all of its interfaces takes its place; declared as a class that can be
 * subclassed without a difference, a proxy that is a subclass.</li>
 * <li>A pool of the JDK that is declared by its class carries the lane in its threads:
 * its records have an executor, but no task.</li>
 * <li>Whatever is left stays as it is, and is remembered with the reason.</li>
 * </ul>
 */
public final class ExecutorLanes
		implements SmartInstantiationAwareBeanPostProcessor, BeanFactoryAware, PriorityOrdered {

	private static final Logger LOGGER = LoggerFactory.getLogger(ExecutorLanes.class);

	private static final String SCOPED_TARGET = "scopedTarget.";

	private static final String PARTLY = "in full: ";

	private final TaskSettings settings;

	private final Map<String, String> notCovered = new ConcurrentHashMap<>();

	/** Beans that others got a reference to before they were initialised, with theirs. */
	private final Map<String, Object> early = new ConcurrentHashMap<>();

	private @Nullable ConfigurableListableBeanFactory beanFactory;

	public ExecutorLanes(TaskSettings settings) {
		this.settings = settings;
		Lane.tagTasksBy(new Tagger.ByHand(settings));
	}

	@Override
	public void setBeanFactory(BeanFactory beanFactory) {
		this.beanFactory = (beanFactory instanceof ConfigurableListableBeanFactory listable) ? listable : null;
	}

	/** First of all: others may create executors while they are being created. */
	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	public Object postProcessBeforeInitialization(Object bean, String beanName) {
		if (bean instanceof Executor executor && isForUs(bean, beanName)) {
			decorate(executor, laneName(beanName));
		}
		return bean;
	}

	@Override
	public Object getEarlyBeanReference(Object bean, String beanName) {
		if (bean instanceof Executor executor && isForUs(bean, beanName)) {
			this.early.put(beanName, bean);
			return inFrontOf(executor, beanName);
		}
		return bean;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof Executor executor && isForUs(bean, beanName) && this.early.remove(beanName) != bean) {
			return inFrontOf(executor, beanName);
		}
		return bean;
	}

	private boolean isForUs(Object bean, String beanName) {
		if (bean instanceof ScopedObject || bean instanceof SpringProxy) {
			// what it stands in front of is a bean too, or somebody covered it already
			return false;
		}
		if (this.settings.exclude().contains(laneName(beanName))) {
			leave(laneName(beanName), "excluded");
			return false;
		}
		return true;
	}

	private static String laneName(String beanName) {
		return beanName.startsWith(SCOPED_TARGET) ? beanName.substring(SCOPED_TARGET.length()) : beanName;
	}

	private static boolean hasDecorator(Executor executor) {
		return executor instanceof ThreadPoolTaskExecutor || executor instanceof ThreadPoolTaskScheduler
				|| executor instanceof SimpleAsyncTaskExecutor || executor instanceof ConcurrentTaskExecutor
				|| executor instanceof TaskExecutorAdapter;
	}

	private void decorate(Executor executor, String name) {
		if (executor instanceof ThreadPoolTaskExecutor pool) {
			decorate(ThreadPoolTaskExecutor.class, pool, name, Repetition::never, pool::setTaskDecorator,
					() -> queueOf(pool));
		}
		else if (executor instanceof ThreadPoolTaskScheduler scheduler) {
			decorate(ThreadPoolTaskScheduler.class, scheduler, name, Repetition::inPoolScheduler,
					scheduler::setTaskDecorator, () -> null);
		}
		else if (executor instanceof SimpleAsyncTaskExecutor simple) {
			decorate(SimpleAsyncTaskExecutor.class, simple, name, Repetition::never, simple::setTaskDecorator,
					() -> null);
			if (simple instanceof SimpleAsyncTaskScheduler scheduler) {
				tagFixedDelayThread(scheduler, name);
			}
		}
		else if (executor instanceof ConcurrentTaskExecutor concurrent) {
			Predicate<Runnable> repeats = (concurrent instanceof ConcurrentTaskScheduler)
					? Repetition::inConcurrentScheduler : Repetition::never;
			decorate(ConcurrentTaskExecutor.class, concurrent, name, repeats, concurrent::setTaskDecorator,
					() -> queueOf(concurrent.getConcurrentExecutor()));
		}
		else if (executor instanceof TaskExecutorAdapter adapter) {
			decorate(TaskExecutorAdapter.class, adapter, name, Repetition::never, adapter::setTaskDecorator,
					() -> null);
		}
	}

	/** Puts our decorator around the one that is set. */
	private void decorate(Class<?> type, Executor executor, String name, Predicate<Runnable> repeats,
			Consumer<TaskDecorator> setter, Supplier<@Nullable BlockingQueue<Runnable>> queue) {
		try {
			TaskDecorator users = UsersDecorator.of(type, executor);
			if (!(users instanceof LaneTaskDecorator)) {
				setter.accept(new LaneTaskDecorator(tagger(name, users), repeats, queue));
			}
		}
		catch (IllegalStateException ex) {
			// to replace a decorator that we can not see would take it away
			leave(name, String.valueOf(ex.getMessage()));
		}
	}

	/** The pool is there once the bean is initialised; its own handler still decides. */
	private static void watchRejections(Executor executor, String name) {
		try {
			ThreadPoolExecutor pool = (executor instanceof ThreadPoolTaskExecutor tasks) ? tasks.getThreadPoolExecutor()
					: (executor instanceof ThreadPoolTaskScheduler scheduler)
							? scheduler.getScheduledThreadPoolExecutor() : null;
			if (pool != null && !(pool.getRejectedExecutionHandler() instanceof RejectionWatch)) {
				pool.setRejectedExecutionHandler(
						new RejectionWatch(pool.getRejectedExecutionHandler(), new TaskLog(Lane.named(name))));
			}
		}
		catch (IllegalStateException ex) {
			LOGGER.debug("Rejections of '{}' are not logged: {}", name, ex.getMessage());
		}
	}

	private Tagger tagger(String name, @Nullable TaskDecorator users) {
		return new Tagger(Lane.named(name), this.settings, users);
	}

	private static @Nullable BlockingQueue<Runnable> queueOf(ThreadPoolTaskExecutor pool) {
		try {
			return pool.getThreadPoolExecutor().getQueue();
		}
		catch (IllegalStateException ex) {
			// not initialised yet
			return null;
		}
	}

	private static @Nullable BlockingQueue<Runnable> queueOf(Executor executor) {
		return (executor instanceof ThreadPoolExecutor pool) ? pool.getQueue() : null;
	}

	/**
	 * Fixed-delay tasks run on one thread of the scheduler's, past its decorator. That
	 * thread carries the lane instead.
	 */
	private void tagFixedDelayThread(SimpleAsyncTaskScheduler scheduler, String name) {
		try {
			if (UsersDecorator.read(SimpleAsyncTaskScheduler.class, "fixedDelayExecutor",
					scheduler) instanceof ScheduledThreadPoolExecutor pool) {
				tagThreads(pool, name);
				leave(name,
						PARTLY + "fixed-delay tasks run past its decorator, on a thread that has the lane, and have no "
								+ "number; delayed ones carry no context");
			}
		}
		catch (IllegalStateException ex) {
			leave(name, PARTLY + "fixed-delay tasks have no lane, " + ex.getMessage());
		}
	}

	private void tagThreads(ThreadPoolExecutor pool, String name) {
		Lane lane = Lane.named(name);
		ThreadFactory users = pool.getThreadFactory();
		pool.setThreadFactory((work) -> users.newThread(() -> runInLane(lane, work)));
	}

	private void runInLane(Lane lane, Runnable work) {
		MDC.put(this.settings.executorKey(), lane.name());
		try (Lane.Scope scope = lane.enter()) {
			work.run();
		}
	}

	/** What takes the place of an executor without a decorator; maybe it itself. */
	private Object inFrontOf(Executor executor, String beanName) {
		if (hasDecorator(executor)) {
			watchRejections(executor, laneName(beanName));
			return executor;
		}
		String name = laneName(beanName);
		String elsewhere = Foreign.reasonToLeave(executor);
		if (elsewhere != null) {
			return left(executor, name, elsewhere);
		}
		if (isInjectedByInterface(declaredType(executor, beanName))) {
			return LaneProxy.ofInterfaces(executor, tagger(name, null));
		}
		if (executor instanceof ThreadPoolExecutor pool) {
			tagThreads(pool, name);
			return left(executor, name,
					PARTLY + "declared as a class of the JDK: its threads have the lane, its tasks no number");
		}
		String reason = LaneProxy.reasonAgainstSubclass(executor.getClass());
		return (reason != null) ? left(executor, name, reason) : LaneProxy.ofClass(executor, tagger(name, null));
	}

	/** Nobody outside of the JDK can name a class of it that is not public. */
	private static boolean isInjectedByInterface(Class<?> declared) {
		return declared.isInterface()
				|| (declared.getName().startsWith("java.") && !Modifier.isPublic(declared.getModifiers()));
	}

	/**
	 * What the bean is declared to be: only as that others can count on it being
	 * injected.
	 */
	private Class<?> declaredType(Executor executor, String beanName) {
		ConfigurableListableBeanFactory factory = this.beanFactory;
		if (factory == null || !factory.containsBeanDefinition(beanName)) {
			return executor.getClass();
		}
		if (factory.isFactoryBean(beanName)) {
			Class<?> type = factory.getType(beanName, false);
			return (type != null) ? type : executor.getClass();
		}
		if (factory.getMergedBeanDefinition(beanName) instanceof RootBeanDefinition definition) {
			Method method = definition.getResolvedFactoryMethod();
			Class<?> type = (method != null) ? method.getReturnType() : definition.getResolvableType().resolve();
			return (type != null && type.isInstance(executor)) ? type : executor.getClass();
		}
		return executor.getClass();
	}

	private Object left(Executor executor, String name, String reason) {
		leave(name, reason);
		return executor;
	}

	private void leave(String name, String reason) {
		if (this.notCovered.putIfAbsent(name, reason) == null) {
			LOGGER.debug("Executor '{}' is not covered{}{}", name, reason.startsWith(PARTLY) ? " " : ": ", reason);
		}
	}

	/**
	 * Return the executor beans that are not covered, or not in full.
	 * @return reasons by bean name
	 */
	public Map<String, String> notCovered() {
		return Map.copyOf(this.notCovered);
	}

}
