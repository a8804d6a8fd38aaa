/**
 * The races of one queue, as jcstress tests; in the package of what they look into.
 */
@NullMarked
package io.loglane.appender;

import org.jspecify.annotations.NullMarked;
