/**
 * The asynchronous appender: queue, modes, drain, counters, and its installation in front
 * of the appenders that Logback already has. It knows Logback and JCTools, and nothing of
 * Spring.
 */
@NullMarked
package io.loglane.appender;

import org.jspecify.annotations.NullMarked;
