package io.loglane.appender;

import java.util.Map;

/**
 * What a queue is and does at one moment, for people.
 *
 * @param appender the name of the appender that it stands in front of
 * @param mode {@code queueing}; {@code pass-through}: callers write; {@code abandoned}:
 * given up at shutdown
 * @param depth records that wait
 * @param capacity records that it holds at most
 * @param slots slots in use; a record takes one, and more if it is large
 * @param memory bytes that its records may retain, roughly
 * @param ageMillis the age of the oldest record that is not written, in milliseconds
 * @param batchSize records that were written at once last
 * @param delegate the class of the appender behind it
 * @param started whether that appender is started; it stops itself after an I/O error
 * @param render who renders a line
 * @param renderReason why
 * @param callerData whether the caller's class, method and line are taken
 * @param held slots that each lane holds, for lanes that hold any
 */
public record QueueState(String appender, String mode, long depth, int capacity, long slots, long memory,
		long ageMillis, int batchSize, String delegate, boolean started, String render, String renderReason,
		boolean callerData, Map<String, Long> held) {

}
