package io.loglane.task;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.SmartInstantiationAwareBeanPostProcessor;
import org.springframework.core.Ordered;

/**
 * Comes after aspects, for executors of the user's own classes: an aspect looks at the
 * class that it is to apply to, and must not find a proxy of ours.
 */
public final class ExecutorProxies implements SmartInstantiationAwareBeanPostProcessor, Ordered {

	private final ExecutorLanes lanes;

	/**
	 * Make one that is not asked yet.
	 * @param lanes covers the others
	 */
	public ExecutorProxies(ExecutorLanes lanes) {
		this.lanes = lanes;
	}

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

	/** The first call of all: whatever was made before has not been left for later. */
	@Override
	public @Nullable Object postProcessBeforeInstantiation(Class<?> type, String beanName) {
		this.lanes.leaveUsersClassesForLater();
		return null;
	}

	@Override
	public Object getEarlyBeanReference(Object bean, String beanName) {
		return this.lanes.coverNow(bean, beanName);
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		return this.lanes.coverNow(bean, beanName);
	}

}
