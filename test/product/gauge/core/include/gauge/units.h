/* Units of measure, and values in them. */
#ifndef GAUGE_UNITS_H
#define GAUGE_UNITS_H

#include <stdbool.h>
#include <stddef.h>

struct unit {
	const char *name;
	const char *quantity;  /* only units of one quantity are converted to each other */
	double factor, offset; /* base = value * factor + offset */
	bool is_level;	       /* 20 times the logarithm of what it says: decibel */
};

/* All units, by name; *ret_count says how many. */
const struct unit *units_all(size_t *ret_count);

/* NULL if there is none of that name. */
const struct unit *unit_find(const char *name);

/* False if they are of different quantities. */
bool unit_convert(double value, const struct unit *from, const struct unit *to, double *ret);

#endif
