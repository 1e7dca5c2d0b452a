/*
 * Where the time went: elements by the time that they took themselves.
 */
#ifndef KILN_METRICS_PROFILE_H
#define KILN_METRICS_PROFILE_H

#include "base/json.h"
#include "metrics/measures.h"

/* The elements of captures, of all their callers together. */
struct profile {
	struct timing *elements; /* sorted by their own time, the longest first; without callers */
	size_t count;
};

/* The elements of sources that are reported, and that were called. Strings are the measures'. */
void profile_make(const struct measures *measures, struct profile *ret);

/* The time of calls in the element itself. */
uint64_t timing_own(const struct timing *timing);

/* Append nanoseconds as milliseconds with three decimals. */
void profile_add_milliseconds(uint64_t time, struct str *ret);

/* Append a table: of each element its calls, the time of all of them and in the element itself, and
 * the mean, least and most of a call. It has at most so many elements, and a line that tells how
 * many are left out; 0: all. */
void profile_write(const struct profile *profile, size_t most, struct str *ret);

/* Append an object with the members element, calls, mean, residency (percent of the time in other
 * elements), minimum and maximum, in nanoseconds. */
void profile_write_element(const struct timing *timing, struct json_writer *json);

/* Append lines `CALLER;ELEMENT NANOSECONDS` for programs that draw flame graphs; the time is that
 * in the element itself. What called the caller is not known. */
void profile_write_stacks(const struct measures *measures, struct str *ret);

void profile_release(struct profile *profile);
#define autoprofile CLEANUP(profile_release)

#endif
