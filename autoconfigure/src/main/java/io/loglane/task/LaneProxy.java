package io.loglane.task;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;

import io.loglane.lane.Lane;
import org.aopalliance.aop.Advice;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopConfigException;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Stands in front of an executor that has no task decorator, and tags what is handed in.
 * It has all of the executor's interfaces. What a parameter is is told by its declared
 * type: a task may be both {@code Runnable} and {@code Callable}.
 */
final class LaneProxy implements MethodInterceptor {

	private static final String TASK_CALLBACK = "org.springframework.core.task.TaskCallback";

	private static final String TRIGGER = "org.springframework.scheduling.Trigger";

	private final Executor target;

	private final Tagger tagger;

	private final boolean looksAtTasks;

	private LaneProxy(Executor target, Tagger tagger) {
		this.target = target;
		this.tagger = tagger;
		this.looksAtTasks = !KnownCode.isLibrary(target.getClass());
	}

	/**
	 * A proxy that has the executor's interfaces, and not its class; {@code null} where
	 * none can be made.
	 */
	static @Nullable Object ofInterfaces(Executor target, Tagger tagger) {
		try {
			return factory(target, tagger, false).getProxy(target.getClass().getClassLoader());
		}
		catch (IllegalArgumentException | AopConfigException ex) {
			return null;
		}
	}

	/**
	 * A proxy that is a subclass of the executor's class; {@code null} where none can be
	 * made.
	 */
	static @Nullable Object ofClass(Executor target, Tagger tagger) {
		try {
			return factory(target, tagger, true).getProxy(target.getClass().getClassLoader());
		}
		catch (AopConfigException ex) {
			return null;
		}
	}

	/** What a proxy of somebody else's needs to tag what is handed in. */
	static Advice advice(Executor target, Tagger tagger) {
		return new LaneProxy(target, tagger);
	}

	private static ProxyFactory factory(Executor target, Tagger tagger, boolean ofClass) {
		ProxyFactory factory = new ProxyFactory(target);
		factory.setProxyTargetClass(ofClass);
		factory.addAdvice(new LaneProxy(target, tagger));
		if (target instanceof ThreadPoolExecutor pool) {
			RejectionWatch.of(pool, tagger.lane().name());
		}
		return factory;
	}

	/**
	 * Say why a class must not be hidden behind its interfaces, although the bean is
	 * declared as one of them: others look there for annotations, and for methods that no
	 * interface has. The JDK's may be hidden, and lambdas.
	 * @param type the executor's class
	 * @return the reason, {@code null} if there is none
	 */
	static @Nullable String reasonAgainstInterfaces(Class<?> type) {
		if (KnownCode.isJdk(type) || type.isHidden()) {
			return null;
		}
		Set<Class<?>> interfaces = ClassUtils.getAllInterfacesForClassAsSet(type);
		for (Class<?> each : interfaces) {
			if (each.isSealed()) {
				return each.getSimpleName() + " is sealed";
			}
		}
		if (reasonAgainstSubclass(type) == null) {
			return type.getSimpleName() + " is looked at by its class";
		}
		if (KnownCode.isLibrary(type)) {
			return null;
		}
		for (Class<?> c = type; c != null && !KnownCode.isJdk(c); c = c.getSuperclass()) {
			if (isAnnotated(c)) {
				return c.getSimpleName() + " is annotated";
			}
			for (Method method : c.getDeclaredMethods()) {
				if (isAnnotated(method)) {
					return "method " + method.getName() + " of " + c.getSimpleName() + " is annotated";
				}
				if (Modifier.isPublic(method.getModifiers()) && !Modifier.isStatic(method.getModifiers())
						&& method.getDeclaringClass() != Object.class && !isDeclaredIn(method, interfaces)) {
					return "method " + method.getName() + " of " + c.getSimpleName() + " is in no interface";
				}
			}
		}
		return null;
	}

	private static boolean isDeclaredIn(Method method, Set<Class<?>> interfaces) {
		return ReflectionUtils.isObjectMethod(method) || method.isBridge() || interfaces.stream()
			.anyMatch((each) -> ClassUtils.hasMethod(each, method.getName(), method.getParameterTypes()));
	}

	/** Whether it has an annotation that is not for compilers alone. */
	private static boolean isAnnotated(AnnotatedElement element) {
		for (Annotation annotation : element.getDeclaredAnnotations()) {
			String name = annotation.annotationType().getName();
			if (!name.startsWith("java.lang.") && !name.startsWith("org.jspecify.")) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Say why a class can not have a subclass that behaves just like it. A subclass made
	 * by a proxy has fields of its own, which are empty: final methods, and whoever reads
	 * a field, would see those; and what has to call a private method by reflection would
	 * call it there.
	 * @param type the executor's class
	 * @return the reason, {@code null} if there is none
	 */
	static @Nullable String reasonAgainstSubclass(Class<?> type) {
		if (KnownCode.isJdk(type)) {
			return "a class of the JDK can not be proxied";
		}
		if (Modifier.isFinal(type.getModifiers()) || type.isSealed() || type.isHidden()) {
			return type.getSimpleName() + " is final";
		}
		for (Method method : ReflectionUtils.getAllDeclaredMethods(type)) {
			if (method.getDeclaringClass() != Object.class && isOpen(method.getModifiers())
					&& Modifier.isFinal(method.getModifiers())) {
				return "method " + method.getName() + " of " + type.getSimpleName() + " is final";
			}
			if (Modifier.isPrivate(method.getModifiers()) && isAnnotated(method)) {
				return "method " + method.getName() + " of " + type.getSimpleName() + " is private and annotated";
			}
		}
		for (Class<?> c = type; c != null && c != Object.class; c = c.getSuperclass()) {
			for (Field field : c.getDeclaredFields()) {
				if (isOpen(field.getModifiers()) && !Modifier.isProtected(field.getModifiers())
						&& !field.isSynthetic()) {
					return "field " + field.getName() + " of " + type.getSimpleName() + " can be read directly";
				}
			}
		}
		return null;
	}

	private static boolean isOpen(int modifiers) {
		return !Modifier.isPrivate(modifiers) && !Modifier.isStatic(modifiers);
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		Method method = invocation.getMethod();
		Class<?>[] types = method.getParameterTypes();
		if (types.length == 0) {
			Object result = invocation.proceed();
			return method.getName().equals("shutdownNow") ? usersOwn(result) : result;
		}
		@Nullable Object[] arguments = invocation.getArguments();
		switch (method.getName()) {
			case "execute", "submit", "submitCompletable", "submitListenable", "schedule" -> {
				if (types[0].getName().equals(TASK_CALLBACK)) {
					// runs on this thread, before it returns
					return callTagged(invocation);
				}
				boolean repeats = types.length > 1 && types[1].getName().equals(TRIGGER);
				arguments[0] = tagged(types[0], arguments[0], repeats);
			}
			case "scheduleAtFixedRate", "scheduleWithFixedDelay" -> arguments[0] = tagged(types[0], arguments[0], true);
			case "invokeAll", "invokeAny" -> arguments[0] = tagged(types[0], arguments[0], false);
			default -> {
				// not a way to hand in a task
			}
		}
		if (arguments[0] == null && this.target.getClass().isHidden() && isExecute(method)) {
			return refusedByLambda();
		}
		Lane.Place before = Submission.begin(arguments[0]);
		try {
			return invocation.proceed();
		}
		catch (RejectedExecutionException ex) {
			if (!(this.target instanceof ThreadPoolExecutor)) {
				this.tagger.log().rejected(String.valueOf(ex.getMessage()));
			}
			throw ex;
		}
		finally {
			Lane.Place.leave(before);
		}
	}

	private static boolean isExecute(Method method) {
		return method.getName().equals("execute") && method.getParameterCount() == 1
				&& method.getParameterTypes()[0] == Runnable.class;
	}

	/**
	 * Not by reflection, which takes it for a fault of its own that a lambda refuses
	 * {@code null}: the lambda has no frame that it could be told by.
	 */
	@SuppressWarnings("NullAway") // it is the lambda's to refuse
	private @Nullable Object refusedByLambda() {
		this.target.execute(null);
		return null;
	}

	/** A task that the executor may ask for more than to run is handed on as it is. */
	private boolean mustStayItself(@Nullable Object task) {
		return this.looksAtTasks && KnownCode.tellsMore(task);
	}

	private @Nullable Object tagged(Class<?> type, @Nullable Object task, boolean repeats) {
		if (type == Runnable.class) {
			Runnable runnable = (Runnable) task;
			if (mustStayItself(task)) {
				return task;
			}
			return (repeats || (task != null && Repetition.ofTrigger(task))) ? this.tagger.eachRun(runnable)
					: this.tagger.once(runnable);
		}
		if (type == Callable.class) {
			return mustStayItself(task) ? task : this.tagger.once((Callable<?>) task);
		}
		if (type == Collection.class && task instanceof Collection<?> tasks) {
			List<@Nullable Object> tagged = new ArrayList<>(tasks.size());
			tasks.forEach((each) -> tagged
				.add((each instanceof Callable<?> c && !mustStayItself(c)) ? this.tagger.once(c) : each));
			return tagged;
		}
		return task;
	}

	private @Nullable Object callTagged(MethodInvocation invocation) throws Throwable {
		Callable<@Nullable Object> tagged = this.tagger.once((Callable<@Nullable Object>) () -> {
			try {
				return invocation.proceed();
			}
			catch (Exception | Error ex) {
				throw ex;
			}
			catch (Throwable ex) {
				throw new IllegalStateException(ex);
			}
		});
		return (tagged != null) ? tagged.call() : null;
	}

	/** What is given back of tasks that never ran is what was handed in. */
	private static @Nullable Object usersOwn(@Nullable Object result) {
		if (!(result instanceof List<?> tasks) || tasks.stream().noneMatch(LaneTask.class::isInstance)) {
			return result;
		}
		List<@Nullable Object> users = new ArrayList<>(tasks.size());
		tasks.forEach((task) -> users.add((task instanceof LaneTask ours) ? ours.task() : task));
		return users;
	}

}
