/**
 * A small order service: what an application that uses Loglane looks like.
 */
@NullMarked
package io.loglane.sample;

import org.jspecify.annotations.NullMarked;
