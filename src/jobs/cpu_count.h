/*
 * How many processors this process may use.
 */
#ifndef KILN_JOBS_CPU_COUNT_H
#define KILN_JOBS_CPU_COUNT_H

/* At least 1: those of the affinity mask, or fewer where a cgroup (version 1 or 2) grants less
 * time. */
unsigned cpu_count(void);

#endif
