/*
 * The clock that only goes forward.
 */
#ifndef KILN_BASE_CLOCK_H
#define KILN_BASE_CLOCK_H

#include <time.h>

/* Seconds since an unspecified moment. */
static inline double clock_seconds(void)
{
	struct timespec time = {0, 0};

	(void)clock_gettime(CLOCK_MONOTONIC, &time); /* this clock always exists */
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

#endif
