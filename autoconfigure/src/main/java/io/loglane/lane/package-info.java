/**
 * Lanes: one for each executor, and the lane that the current thread is in. Nothing else
 * may come in here; this package uses the JDK alone, so that all others can use it.
 */
@NullMarked
package io.loglane.lane;

import org.jspecify.annotations.NullMarked;
