/**
 * The {@code loglane} endpoint: what an operator can see of the queues, the lanes and
 * what is not covered, and what can be changed while the application runs.
 */
@NullMarked
package io.loglane.actuate;

import org.jspecify.annotations.NullMarked;
