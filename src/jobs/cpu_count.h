/*
 * How many processors this process may use.
 */
#ifndef KILN_JOBS_CPU_COUNT_H
#define KILN_JOBS_CPU_COUNT_H

/* At least 1. The number of processors in the affinity mask, or fewer if a cgroup (version 1 or 2)
 * limits processor time. */
unsigned cpu_count(void);

#endif
