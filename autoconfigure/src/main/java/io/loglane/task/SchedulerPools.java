package io.loglane.task;

import java.lang.reflect.Field;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.util.ReflectionUtils;

/**
 * Covers what a {@code SimpleAsyncTaskScheduler} hands to two pools of its own, past its
 * decorator: one runs its fixed-delay tasks, one hands in the others when their time has
 * come, and what was the submitter's is gone by then.
 * <p>
 * Nobody can set these pools, and their work can not be touched once it is in them, so we
 * put ourselves in front of them, in fields that are final. Reflection may set those of
 * an object that others have not got yet (JLS 17.5.3), which is why it is done before a
 * bean is initialised. From JDK 26 on that is told as a warning, and will be refused (JEP
 * 500): there it is not done.
 */
final class SchedulerPools {

	private static final int FINAL_MEANS_FINAL = 26;

	private static final String FIXED_DELAY = "fixedDelayExecutor";

	private static final String TRIGGER = "triggerExecutor";

	private final boolean reachable;

	/**
	 * @param jdk the feature version of the JDK
	 */
	SchedulerPools(int jdk) {
		this.reachable = jdk < FINAL_MEANS_FINAL;
	}

	/**
	 * Cover both, once.
	 * @param scheduler the scheduler, which nobody else has yet
	 * @param tagger tags its tasks; without the user's decorator, which these do not pass
	 * @throws IllegalStateException if they are out of reach, and left as they were
	 */
	void cover(SimpleAsyncTaskScheduler scheduler, Tagger tagger) {
		if (!this.reachable) {
			throw new IllegalStateException("they are final fields, and remain so on this JDK");
		}
		if (read(scheduler, FIXED_DELAY) instanceof ScheduledThreadPoolExecutor running
				&& read(scheduler, TRIGGER) instanceof ScheduledThreadPoolExecutor handingIn) {
			set(scheduler, FIXED_DELAY, LaneProxy.ofInterfaces(running, tagger));
			set(scheduler, TRIGGER, proxy(handingIn, tagger));
		}
	}

	/** The pool that runs fixed-delay tasks; {@code null} where it can not be seen. */
	static @Nullable ScheduledThreadPoolExecutor fixedDelay(SimpleAsyncTaskScheduler scheduler) {
		try {
			return (read(scheduler, FIXED_DELAY) instanceof ScheduledThreadPoolExecutor pool) ? pool : null;
		}
		catch (IllegalStateException ex) {
			return null;
		}
	}

	private static @Nullable Object read(SimpleAsyncTaskScheduler scheduler, String name) {
		return UsersDecorator.read(SimpleAsyncTaskScheduler.class, name, scheduler);
	}

	private static void set(SimpleAsyncTaskScheduler scheduler, String name, @Nullable Object proxy) {
		Field field = ReflectionUtils.findField(SimpleAsyncTaskScheduler.class, name);
		if (field == null || proxy == null) {
			throw new IllegalStateException("field '" + name + "' can not be set");
		}
		try {
			field.setAccessible(true);
			field.set(scheduler, proxy);
		}
		catch (IllegalAccessException | RuntimeException ex) {
			throw new IllegalStateException("field '" + name + "' can not be set", ex);
		}
	}

	private static Object proxy(ScheduledThreadPoolExecutor pool, Tagger tagger) {
		ProxyFactory factory = new ProxyFactory(pool);
		factory.setProxyTargetClass(false);
		factory.addAdvice(new Carrier(tagger));
		return factory.getProxy(pool.getClass().getClassLoader());
	}

	/** Keeps what was the submitter's until a task is handed in, and tags nothing. */
	private record Carrier(Tagger tagger) implements MethodInterceptor {

		@Override
		public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
			@Nullable Object[] arguments = invocation.getArguments();
			boolean once = invocation.getMethod().getName().equals("schedule");
			if (!once || !(arguments[0] instanceof Runnable task) || Repetition.ofTrigger(task)) {
				return invocation.proceed();
			}
			arguments[0] = LateSubmission.of(task, this.tagger.settings());
			try {
				return invocation.proceed();
			}
			catch (RejectedExecutionException ex) {
				this.tagger.log().rejected(String.valueOf(ex.getMessage()));
				throw ex;
			}
		}

	}

}
