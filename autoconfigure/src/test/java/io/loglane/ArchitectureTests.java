package io.loglane;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

/** The house of DESIGN.md: a package uses only what stands above it there. */
@AnalyzeClasses(packages = "io.loglane", importOptions = ArchitectureTests.WithoutTests.class)
class ArchitectureTests {

	private static final String JDK = "java..";

	private static final String ANNOTATIONS = "org.jspecify.annotations..";

	private static final String LANE = "io.loglane.lane..";

	private static final String APPENDER = "io.loglane.appender..";

	private static final String TASK = "io.loglane.task..";

	private static final String METRICS = "io.loglane.metrics..";

	private static final String ACTUATE = "io.loglane.actuate..";

	@ArchTest
	static final ArchRule laneUsesTheJdkAlone = only(LANE, LANE);

	@ArchTest
	static final ArchRule appenderUsesLanesLogbackAndJcTools = only(APPENDER, APPENDER, LANE, "ch.qos.logback..",
			"org.jctools..", "org.slf4j..");

	@ArchTest
	static final ArchRule taskUsesLanesSlf4jSpringFrameworkAndContextPropagation = only(TASK, TASK, LANE, "org.slf4j..",
			"org.springframework.aop..", "org.springframework.beans..", "org.springframework.context..",
			"org.springframework.core..", "org.springframework.scheduling..", "org.springframework.util..",
			"org.aopalliance..", "io.micrometer.context..");

	@ArchTest
	static final ArchRule metricsUsesLanesAppenderAndMicrometer = only(METRICS, METRICS, LANE, APPENDER,
			"io.micrometer.core..");

	/** And an annotation of Spring's, which says what may be left out. */
	@ArchTest
	static final ArchRule actuateUsesLanesAppenderAndActuator = only(ACTUATE, ACTUATE, LANE, APPENDER,
			"org.springframework.boot.actuate..", "org.springframework.lang..");

	@ArchTest
	static final ArchRule everyClassStandsInTheHouse = classes().should()
		.resideInAnyPackage(LANE, APPENDER, TASK, METRICS, ACTUATE, "io.loglane.autoconfigure..");

	private static ArchRule only(String from, String... may) {
		String[] all = new String[may.length + 2];
		System.arraycopy(may, 0, all, 0, may.length);
		all[may.length] = JDK;
		all[may.length + 1] = ANNOTATIONS;
		return classes().that()
			.resideInAPackage(from)
			.should()
			.onlyDependOnClassesThat()
			.resideInAnyPackage(all)
			.allowEmptyShould(true);
	}

	/** Those for another Spring Boot are in a folder of another name. */
	static final class WithoutTests implements ImportOption {

		@Override
		public boolean includes(Location location) {
			return !location.contains("/target/test-classes");
		}

	}

}
