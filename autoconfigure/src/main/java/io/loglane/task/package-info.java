/**
 * Tags tasks, and carries the submitter's context to them. Each kind of executor that can
 * be covered has its way here; what can not is left alone. Nothing here knows which
 * logging library there is.
 */
@NullMarked
package io.loglane.task;

import org.jspecify.annotations.NullMarked;
