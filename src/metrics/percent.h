/*
 * Shares of a whole in percent, exactly: nothing is rounded up, so what is not complete is never
 * 100.
 */
#ifndef KILN_METRICS_PERCENT_H
#define KILN_METRICS_PERCENT_H

#include "base/str.h"

#define PERCENT_DECIMALS 9 /* the most */

/* A number of percent from 0 to 100, in units of 10^-PERCENT_DECIMALS. */
struct percent {
	uint64_t units;
};

/* Parse a decimal number such as 85 or 99.5, with at most PERCENT_DECIMALS decimals. */
bool percent_parse(struct slice text, struct percent *ret);

/* Whether `part` of `whole` is less than a percentage. Nothing of nothing is all. */
bool percent_is_less(uint64_t part, uint64_t whole, struct percent limit);

/* Append the percentage, rounded down, with `decimals` decimals. */
void percent_add(uint64_t part, uint64_t whole, unsigned decimals, struct str *ret);

#endif
