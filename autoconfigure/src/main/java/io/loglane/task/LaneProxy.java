package io.loglane.task;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.ProxyFactory;
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

	private LaneProxy(Executor target, Tagger tagger) {
		this.target = target;
		this.tagger = tagger;
	}

	/** A proxy that has the executor's interfaces, and not its class. */
	static Object ofInterfaces(Executor target, Tagger tagger) {
		ProxyFactory factory = new ProxyFactory(target);
		factory.setProxyTargetClass(false);
		factory.addAdvice(new LaneProxy(target, tagger));
		return factory.getProxy(target.getClass().getClassLoader());
	}

	/** A proxy that is a subclass of the executor's class. */
	static Object ofClass(Executor target, Tagger tagger) {
		ProxyFactory factory = new ProxyFactory(target);
		factory.setProxyTargetClass(true);
		factory.addAdvice(new LaneProxy(target, tagger));
		return factory.getProxy(target.getClass().getClassLoader());
	}

	/**
	 * Say why a class can not have a subclass that behaves just like it. A subclass made
	 * by a proxy has fields of its own, which are empty: final methods, and whoever reads
	 * a field, would see those.
	 * @param type the executor's class
	 * @return the reason, {@code null} if there is none
	 */
	static @Nullable String reasonAgainstSubclass(Class<?> type) {
		if (type.getName().startsWith("java.") || type.getName().startsWith("jdk.")) {
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
		}
		for (Class<?> c = type; c != null && c != Object.class; c = c.getSuperclass()) {
			for (Field field : c.getDeclaredFields()) {
				if (isOpen(field.getModifiers()) && !Modifier.isProtected(field.getModifiers())) {
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
		try {
			return invocation.proceed();
		}
		catch (RejectedExecutionException ex) {
			this.tagger.log().rejected(String.valueOf(ex.getMessage()));
			throw ex;
		}
	}

	private @Nullable Object tagged(Class<?> type, @Nullable Object task, boolean repeats) {
		if (type == Runnable.class) {
			Runnable runnable = (Runnable) task;
			if (hasOwnOrder()) {
				return task;
			}
			return repeats ? this.tagger.eachRun(runnable) : this.tagger.once(runnable);
		}
		if (type == Callable.class) {
			return this.tagger.once((Callable<?>) task);
		}
		if (type == Collection.class && task instanceof Collection<?> tasks) {
			List<@Nullable Object> tagged = new ArrayList<>(tasks.size());
			tasks.forEach((each) -> tagged.add((each instanceof Callable<?> c) ? this.tagger.once(c) : each));
			return tagged;
		}
		return task;
	}

	private boolean hasOwnOrder() {
		return this.target instanceof ThreadPoolExecutor pool && LaneTaskDecorator.hasOwnOrder(pool.getQueue());
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
