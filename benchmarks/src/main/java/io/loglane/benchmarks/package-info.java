/**
 * What Loglane costs, beside what an application would use without it. Each benchmark is
 * run, and its figures judged, by {@code benchmarks/run}.
 */
@NullMarked
package io.loglane.benchmarks;

import org.jspecify.annotations.NullMarked;
