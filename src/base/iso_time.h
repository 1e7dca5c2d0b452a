/*
 * Times as texts: "1980-01-01T00:00:00Z", as RFC 3339 and ISO 8601 have them, in UTC.
 */
#ifndef KILN_BASE_ISO_TIME_H
#define KILN_BASE_ISO_TIME_H

#include <stdint.h>

#define ISO_TIME_SIZE sizeof("1980-01-01T00:00:00Z")

/* Write the time, in seconds since 1970, of a year from 0 to 9999. */
void iso_time(int64_t time, char ret[ISO_TIME_SIZE]);

#endif
