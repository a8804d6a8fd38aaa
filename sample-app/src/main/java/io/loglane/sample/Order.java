package io.loglane.sample;

/**
 * What somebody orders.
 *
 * @param id the number of the order
 * @param item what
 * @param quantity how many
 */
record Order(long id, String item, int quantity) {

}
