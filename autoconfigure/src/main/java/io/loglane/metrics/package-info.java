/**
 * The meters. They read counters that are kept anyway; nothing here is on the way of a
 * record, and nothing here logs.
 */
@NullMarked
package io.loglane.metrics;

import org.jspecify.annotations.NullMarked;
