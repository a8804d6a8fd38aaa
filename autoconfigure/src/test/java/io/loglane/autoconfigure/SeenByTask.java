package io.loglane.autoconfigure;

import java.util.Map;

import io.loglane.lane.Lane;
import org.slf4j.MDC;

/**
 * What a task finds around it.
 *
 * @param mdc the entries of its MDC
 * @param lane the current lane
 * @param thread the name of its thread
 */
record SeenByTask(Map<String, String> mdc, String lane, String thread) {

	static SeenByTask now() {
		Map<String, String> mdc = MDC.getCopyOfContextMap();
		return new SeenByTask((mdc != null) ? mdc : Map.of(), Lane.current().name(), Thread.currentThread().getName());
	}

	long task() {
		return Long.parseLong(this.mdc.get("task"));
	}

}
