package io.loglane.task;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;

import io.loglane.lane.Lane;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.SpringProxy;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.SmartInstantiationAwareBeanPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.util.ClassUtils;

/**
 * Gives each executor bean its lane, as the bean is made; it never asks for a bean.
 * <ul>
 * <li>Spring's own types read their task decorator at each task: ours is put around the
 * one that is set, and the bean stays the object it is.</li>
 * <li>Others are injected as what the bean is declared to be. In the place of the JDK's
 * and of lambdas, declared as an interface, comes a proxy with all of its interfaces; in
 * the place of a class of the user's that can be subclassed without a difference, a proxy
 * that is a subclass: others look at such a class for annotations and aspects.</li>
 * <li>A pool of the JDK that is declared by its class carries the lane in its threads:
 * its records have an executor, but no task.</li>
 * <li>Whatever is left stays as it is, and is remembered with the reason.</li>
 * </ul>
 */
public final class ExecutorLanes implements SmartInstantiationAwareBeanPostProcessor, BeanFactoryAware,
		SmartInitializingSingleton, PriorityOrdered {

	private static final String SCOPED_TARGET = "scopedTarget.";

	private final TaskSettings settings;

	private final boolean enabled;

	private final Coverage coverage = new Coverage();

	private final SpringDecorators decorators;

	/** Beans that others got a reference to before they were initialised, with theirs. */
	private final Map<String, Object> early = new ConcurrentHashMap<>();

	/** Executors of users' classes that are to be covered, by identity. */
	private final Set<Executor> awaited = Collections
		.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

	private volatile boolean usersClassesLater;

	private @Nullable ConfigurableListableBeanFactory beanFactory;

	public ExecutorLanes(TaskSettings settings) {
		this(settings, true);
	}

	/**
	 * Cover executors, or none.
	 * @param settings what can be set
	 * @param enabled {@code false}: leave all executors as they are
	 */
	public ExecutorLanes(TaskSettings settings, boolean enabled) {
		this.settings = settings;
		this.enabled = enabled;
		this.decorators = new SpringDecorators(settings, this.coverage,
				new SchedulerPools(Runtime.version().feature()));
		if (enabled) {
			Lane.tagTasksBy(new Tagger.ByHand(settings));
		}
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
			this.decorators.decorate(executor, laneName(bean, beanName));
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

	/**
	 * Some were made before us, for those who change the bean factory or come first of
	 * all as we do. They have been handed out, so that nothing can take their place.
	 */
	@Override
	public void afterSingletonsInstantiated() {
		ConfigurableListableBeanFactory factory = this.beanFactory;
		if (factory == null) {
			return;
		}
		for (String name : factory.getSingletonNames()) {
			if (factory.getSingleton(name) instanceof Executor executor && !this.coverage.saw(laneName(executor, name))
					&& isForUs(executor, name)) {
				coverInPlace(executor, laneName(executor, name), "it was made before Loglane was there");
			}
		}
	}

	private boolean isForUs(Object bean, String beanName) {
		if (!this.enabled || bean instanceof ScopedObject || bean instanceof SpringProxy) {
			// what it stands in front of is a bean too, or somebody covered it already
			return false;
		}
		this.coverage.see(laneName(bean, beanName));
		if (this.settings.exclude().contains(laneName(bean, beanName))) {
			this.coverage.leave(laneName(bean, beanName), "excluded");
			return false;
		}
		return true;
	}

	/**
	 * A bean without a name of its own, as one within another's definition, gets a new
	 * one in each context: its lane is named after its class.
	 */
	private static String laneName(Object bean, String beanName) {
		if (beanName.contains(BeanFactoryUtils.GENERATED_BEAN_NAME_SEPARATOR)) {
			return ClassUtils.getShortName(ClassUtils.getUserClass(bean));
		}
		return beanName.startsWith(SCOPED_TARGET) ? beanName.substring(SCOPED_TARGET.length()) : beanName;
	}

	/** What takes the place of an executor without a decorator; maybe it itself. */
	private Object inFrontOf(Executor executor, String beanName) {
		String name = laneName(executor, beanName);
		if (SpringDecorators.fit(executor)) {
			return coverInPlace(executor, name, "");
		}
		String reason = Foreign.reasonToLeave(executor);
		if (reason != null) {
			return left(executor, name, reason);
		}
		if (executor instanceof ThreadPoolExecutor pool && LaneTaskDecorator.hasOwnOrder(pool.getQueue())) {
			return coverInPlace(executor, name, LaneTaskDecorator.OWN_ORDER);
		}
		if (isInjectedByInterface(declaredType(executor, beanName))
				&& LaneProxy.reasonAgainstInterfaces(executor.getClass()) == null) {
			Object proxy = LaneProxy.ofInterfaces(executor, tagger(executor, name));
			return (proxy != null) ? proxy : left(executor, name, "its interfaces can not be proxied");
		}
		reason = LaneProxy.reasonAgainstSubclass(executor.getClass());
		if (reason == null) {
			this.awaited.add(executor);
			return this.usersClassesLater ? executor : coverNow(executor, beanName);
		}
		return coverInPlace(executor, name, (executor instanceof ThreadPoolExecutor)
				? "a class of the JDK, or based on one, that can not be proxied" : reason);
	}

	/** What can be done for an executor that has to stay the object it is. */
	private Object coverInPlace(Executor executor, String name, String reasonAgainstMore) {
		if (SpringDecorators.fit(executor)) {
			// what a factory bean has made was not there before its initialisation
			this.decorators.decorate(executor, name);
			this.decorators.complete(executor, name);
			return executor;
		}
		if (executor instanceof ThreadPoolExecutor pool) {
			LaneThreads.of(pool, Lane.named(name), this.settings);
			RejectionWatch.of(pool, name);
			return left(executor, name,
					Coverage.PARTLY + reasonAgainstMore + ": its threads have the lane, its tasks no number");
		}
		return left(executor, name, reasonAgainstMore);
	}

	/** From now on somebody else calls {@link #coverNow}. */
	void leaveUsersClassesForLater() {
		this.usersClassesLater = true;
	}

	/** What takes the place of an executor of a user's class; maybe it itself. */
	Object coverNow(Object bean, String beanName) {
		Object target = bean;
		while (target instanceof Advised && AopProxyUtils.getSingletonTarget(target) != null) {
			target = AopProxyUtils.getSingletonTarget(target);
		}
		if (!(target instanceof Executor executor) || !this.awaited.remove(executor)) {
			return bean;
		}
		String name = laneName(executor, beanName);
		Tagger tagger = tagger(executor, name);
		if (bean instanceof Advised advised && !advised.isFrozen()) {
			// an aspect has made a proxy: there need not be another one
			advised.addAdvice(0, LaneProxy.advice(executor, tagger));
			return bean;
		}
		Object proxy = (bean == executor) ? LaneProxy.ofClass(executor, tagger) : null;
		if (proxy == null) {
			this.coverage.leave(name, "its class can not be subclassed");
			return bean;
		}
		return proxy;
	}

	private Tagger tagger(Executor executor, String name) {
		return new Tagger(Lane.named(name), this.settings, null, Foreign.carriesContext(executor));
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
		this.coverage.leave(name, reason);
		return executor;
	}

	/**
	 * Return the fields of Spring's classes that are read, since there is no getter.
	 * @return their names, by the classes that declare them
	 */
	public static Map<Class<?>, Set<String>> fieldsRead() {
		return UsersDecorator.FIELDS;
	}

	/**
	 * Return the executor beans that are not covered, or not in full.
	 * @return reasons by bean name
	 */
	public Map<String, String> notCovered() {
		return this.coverage.notCovered();
	}

	/**
	 * Return why an executor bean has no lane.
	 * @param name the bean's name
	 * @return the reason, {@code null} where it has a lane or was not made so far
	 */
	public @Nullable String reasonAgainstLane(String name) {
		return this.coverage.reasonAgainst(name);
	}

	/**
	 * Return the names of all executor beans that were made so far, whether they have a
	 * lane or not.
	 * @return the names, sorted
	 */
	public Set<String> names() {
		return this.coverage.seen();
	}

}
