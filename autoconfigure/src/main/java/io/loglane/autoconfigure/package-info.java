/**
 * Properties and wiring, and nothing else.
 */
@NullMarked
package io.loglane.autoconfigure;

import org.jspecify.annotations.NullMarked;
