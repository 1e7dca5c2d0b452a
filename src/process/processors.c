#include "process/processors.h"

#include <sched.h>

#include "base/file.h"
#include "base/path.h"

#define FILE_LIMIT 65536
#define PROCESSORS_LIMIT 8192

static unsigned affine_processors(void)
{
	unsigned count = 1;
	cpu_set_t *set = CPU_ALLOC(PROCESSORS_LIMIT);
	size_t size = CPU_ALLOC_SIZE(PROCESSORS_LIMIT);

	if (set && sched_getaffinity(0, size, set) == 0)
		count = (unsigned)CPU_COUNT_S(size, set);
	CPU_FREE(set);
	return count ? count : 1;
}

/* A small file below /sys or /proc; empty if there is none: a limit that cannot be read is none. */
static struct slice read_small(const char *path, struct str *content)
{
	str_truncate(content, 0);
	(void)file_read(path, FILE_LIMIT, content, NULL, NULL);
	return str_slice(content);
}

/* Processors for a quota of time in each period, rounded up; 0 for no limit. */
static unsigned of_quota(long quota, long period)
{
	if (quota <= 0 || period <= 0)
		return 0;
	return (unsigned)((quota + period - 1) / period);
}

/* The lowest limit of a version 2 group and those above it. */
static unsigned limit_v2(struct slice group, struct str *content)
{
	unsigned lowest = 0;

	while (group.len) {
		autofree char *path = xasprintf(
		    "/sys/fs/cgroup%.*s/cpu.max", (int)group.len, group.data);
		long quota = 0, period = 0;
		unsigned limit = 0;

		if (sscanf(read_small(path, content).data, "%ld %ld", &quota, &period) == 2)
			limit = of_quota(quota, period);
		if (limit && (!lowest || limit < lowest))
			lowest = limit;
		while (group.len && group.data[--group.len] != '/')
			;
	}
	return lowest;
}

static unsigned limit_v1(struct slice group, struct str *content)
{
	static const char *const roots[] = {"/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu"};
	long values[2] = {0, 0};

	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots) && !values[0]; i++) {
		static const char *const names[] = {"cpu.cfs_quota_us", "cpu.cfs_period_us"};

		for (size_t j = 0; j < 2; j++) {
			autofree char *path = xasprintf(
			    "%s%.*s/%s", roots[i], (int)group.len, group.data, names[j]);

			values[j] = strtol(read_small(path, content).data, NULL, 10);
		}
	}
	return of_quota(values[0], values[1]);
}

/* /proc/self/cgroup has a line NUMBER:CONTROLLERS:PATH for each hierarchy (cgroups(7)). */
static unsigned group_limit(void)
{
	autostr struct str groups = STR_INIT;
	autostr struct str content = STR_INIT;
	struct slice rest = read_small("/proc/self/cgroup", &groups);
	struct slice line;
	unsigned lowest = 0;

	while (slice_next(&rest, '\n', &line)) {
		struct slice number, controllers;
		unsigned limit = 0;

		if (!slice_next(&line, ':', &number) || !slice_next(&line, ':', &controllers) ||
		    !line.data)
			continue;
		if (!controllers.len)
			limit = limit_v2(line, &content);
		else if (slice_is(controllers, "cpu,cpuacct") || slice_is(controllers, "cpu"))
			limit = limit_v1(line, &content);
		if (limit && (!lowest || limit < lowest))
			lowest = limit;
	}
	return lowest;
}

unsigned usable_processors(void)
{
	unsigned affine = affine_processors(), granted = group_limit();

	return granted && granted < affine ? granted : affine;
}
