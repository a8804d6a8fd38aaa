package io.loglane.autoconfigure;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

import io.loglane.metrics.LoglaneMetrics;
import io.loglane.task.ExecutorLanes;
import io.loglane.task.TaskSettings;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.MDC;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.AsyncTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Which beans there are, on which condition.
 */
class LoglaneAutoConfigurationTests {

	@RegisterExtension
	private final Applications applications = new Applications();

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoglaneAutoConfiguration.class, TaskExecutionAutoConfiguration.class));

	@Test
	void hasQueuesLanesAndMetersByDefault() {
		this.runner.run((context) -> {
			assertThat(context).hasSingleBean(LoglaneProperties.class);
			assertThat(context).hasSingleBean(QueueLifecycle.class);
			assertThat(context).hasSingleBean(ExecutorLanes.class);
			assertThat(context).hasSingleBean(LoglaneMetrics.class);
			assertThat(Applications.drainThreads()).isNotEmpty();
			assertThat(mdcOfATask(context)).containsEntry("executor", "applicationTaskExecutor").containsKey("task");
		});
	}

	@Test
	void hasTheSameInAWebApplication() {
		new WebApplicationContextRunner().withConfiguration(AutoConfigurations.of(LoglaneAutoConfiguration.class))
			.run((context) -> {
				assertThat(context).hasSingleBean(QueueLifecycle.class);
				assertThat(context).hasSingleBean(ExecutorLanes.class);
				assertThat(context).hasSingleBean(LoglaneMetrics.class);
				assertThat(Applications.drainThreads()).isNotEmpty();
			});
	}

	@Test
	void addsNoExecutorAndNoTaskDecorator() {
		this.runner.run((context) -> {
			assertThat(context).getBeanNames(java.util.concurrent.Executor.class)
				.containsExactly("applicationTaskExecutor");
			assertThat(context).doesNotHaveBean(org.springframework.core.task.TaskDecorator.class);
		});
	}

	@Test
	void doesWithoutMetersWhereThereIsNoMicrometer() {
		this.runner.withClassLoader(new FilteredClassLoader("io.micrometer")).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context).doesNotHaveBean("loglaneMetrics");
			assertThat(context).hasSingleBean(QueueLifecycle.class);
			assertThat(Applications.drainThreads()).isNotEmpty();
			assertThat(mdcOfATask(context)).containsEntry("executor", "applicationTaskExecutor");
		});
	}

	@Test
	void tagsTasksWhereThereIsNoLogback() {
		this.runner.withClassLoader(new FilteredClassLoader("ch.qos.logback")).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context).doesNotHaveBean("loglaneQueueLifecycle");
			assertThat(context).doesNotHaveBean("loglaneMetrics");
			assertThat(Applications.drainThreads()).isEmpty();
			assertThat(mdcOfATask(context)).containsEntry("executor", "applicationTaskExecutor").containsKey("task");
		});
	}

	@Test
	void needsNoActuator() {
		this.runner.withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate")).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context).hasSingleBean(QueueLifecycle.class);
			assertThat(context).hasSingleBean(ExecutorLanes.class);
			assertThat(context).hasSingleBean(LoglaneMetrics.class);
		});
	}

	@Test
	void hasNothingWhereItIsOff() {
		this.runner.withPropertyValues("loglane.enabled=false").run((context) -> {
			assertThat(context).doesNotHaveBean(LoglaneProperties.class);
			assertThat(context).doesNotHaveBean(QueueLifecycle.class);
			assertThat(context).doesNotHaveBean(ExecutorLanes.class);
			assertThat(context).doesNotHaveBean(LoglaneMetrics.class);
			assertThat(Applications.drainThreads()).isEmpty();
			assertThat(mdcOfATask(context)).isEmpty();
		});
	}

	@Test
	void tagsTasksWhereQueueingIsOff() {
		this.runner.withPropertyValues("loglane.async.enabled=false").run((context) -> {
			assertThat(context).doesNotHaveBean(QueueLifecycle.class);
			assertThat(context).doesNotHaveBean(LoglaneMetrics.class);
			assertThat(Applications.drainThreads()).isEmpty();
			assertThat(mdcOfATask(context)).containsEntry("executor", "applicationTaskExecutor");
		});
	}

	@Test
	void queuesWhereTasksAreNotTagged() {
		this.runner.withPropertyValues("loglane.tasks.enabled=false").run((context) -> {
			assertThat(context).doesNotHaveBean(ExecutorLanes.class);
			assertThat(context).hasSingleBean(QueueLifecycle.class);
			assertThat(context).hasSingleBean(LoglaneMetrics.class);
			assertThat(Applications.drainThreads()).isNotEmpty();
			assertThat(mdcOfATask(context)).isEmpty();
		});
	}

	@Test
	void leavesExcludedExecutorsAlone() {
		this.runner.withPropertyValues("loglane.tasks.exclude=applicationTaskExecutor").run((context) -> {
			assertThat(mdcOfATask(context)).isEmpty();
			assertThat(context.getBean(ExecutorLanes.class).notCovered()).containsEntry("applicationTaskExecutor",
					"excluded");
		});
	}

	@Test
	void carriesNoContextWhereThatIsOff() {
		this.runner.withPropertyValues("loglane.tasks.propagate-context=false").run((context) -> {
			MDC.put("requestId", "r1");
			assertThat(mdcOfATask(context)).containsOnlyKeys("executor", "task");
		});
	}

	@Test
	void backsOffFromAUsersMeters() {
		this.runner.withUserConfiguration(OwnMetrics.class).run((context) -> {
			assertThat(context).hasSingleBean(LoglaneMetrics.class);
			assertThat(context).getBean(LoglaneMetrics.class).isSameAs(context.getBean("ownMetrics"));
		});
	}

	@Test
	void backsOffFromAUsersLanes() {
		this.runner.withUserConfiguration(OwnLanes.class).run((context) -> {
			assertThat(context).hasSingleBean(ExecutorLanes.class);
			assertThat(mdcOfATask(context)).containsOnlyKeys("lane", "number");
		});
	}

	@Test
	void bindsNoMoreMetersAfterClose() {
		MeterRegistry registry = new SimpleMeterRegistry();
		this.runner.run((context) -> context.getBean(LoglaneMetrics.class).bindTo(registry));
		int bound = registry.getMeters().size();
		assertThat(bound).isPositive();
		io.loglane.lane.Lane.named("madeAfterClose");
		assertThat(registry.getMeters()).hasSize(bound);
	}

	private static Map<String, String> mdcOfATask(ApplicationContext context) {
		AsyncTaskExecutor executor = context.getBean("applicationTaskExecutor", AsyncTaskExecutor.class);
		Map<String, String> mdc = CompletableFuture.supplyAsync(MDC::getCopyOfContextMap, executor).join();
		return (mdc != null) ? mdc : Map.of();
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnMetrics {

		@Bean
		LoglaneMetrics ownMetrics() {
			return new LoglaneMetrics();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnLanes {

		@Bean
		static ExecutorLanes ownLanes() {
			return new ExecutorLanes(new TaskSettings("lane", "number", true, Set.of()));
		}

	}

}
