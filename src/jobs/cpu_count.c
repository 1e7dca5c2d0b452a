#include "jobs/cpu_count.h"

#include <sched.h>

#include "base/file.h"

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

/* Read a small file below /sys or /proc. A file that cannot be read is empty, which means no limit.
 */
static struct slice read_small(const char *path, struct str *content)
{
	str_truncate(content, 0);
	(void)file_read(path, FILE_LIMIT, content, NULL, NULL);
	return str_slice(content);
}

/* The lower of two limits; 0 is no limit. */
static unsigned lower(unsigned a, unsigned b)
{
	return !a || (b && b < a) ? b : a;
}

/* The processors that a quota of time in each period amounts to, rounded up; 0 for no limit. */
static unsigned of_quota(long quota, long period)
{
	long count;

	if (quota <= 0 || period <= 0)
		return 0;
	count = (quota - 1) / period + 1;
	return count < PROCESSORS_LIMIT ? (unsigned)count : 0;
}

/* The limit of the version 2 group with this directory. */
static unsigned limit_v2(const char *directory, struct str *content)
{
	autofree char *path = xasprintf("%s/cpu.max", directory);
	long quota, period;

	if (sscanf(read_small(path, content).data, "%ld %ld", &quota, &period) != 2)
		return 0;
	return of_quota(quota, period);
}

static long read_number(const char *directory, const char *name, struct str *content)
{
	autofree char *path = xasprintf("%s/%s", directory, name);

	return strtol(read_small(path, content).data, NULL, 10);
}

static unsigned limit_v1(const char *directory, struct str *content)
{
	long quota = read_number(directory, "cpu.cfs_quota_us", content);

	return of_quota(quota, read_number(directory, "cpu.cfs_period_us", content));
}

/* The lowest limit of a group and the groups above it, as a limit holds for all groups below. In a
 * container the path may be the host's, of which only the root exists. */
static unsigned lowest_limit(
    const char *root, struct slice group, unsigned (*limit)(const char *, struct str *))
{
	autostr struct str content = STR_INIT;
	unsigned lowest = limit(root, &content);

	while (group.len > 1) {
		autofree char *directory = xasprintf("%s%.*s", root, (int)group.len, group.data);

		lowest = lower(lowest, limit(directory, &content));
		while (group.len && group.data[--group.len] != '/')
			;
	}
	return lowest;
}

/* /proc/self/cgroup has a line NUMBER:CONTROLLERS:PATH for each hierarchy (cgroups(7)). */
static unsigned group_limit(void)
{
	autostr struct str groups = STR_INIT;
	struct slice rest = read_small("/proc/self/cgroup", &groups);
	struct slice line;
	unsigned lowest = 0;

	while (slice_next(&rest, '\n', &line)) {
		struct slice number, controllers, controller;

		if (!slice_next(&line, ':', &number) || !slice_next(&line, ':', &controllers) ||
		    !line.data)
			continue;
		if (!controllers.len)
			lowest = lower(lowest, lowest_limit("/sys/fs/cgroup", line, limit_v2));
		while (slice_next(&controllers, ',', &controller)) {
			if (slice_is(controller, "cpu"))
				lowest = lower(
				    lowest, lowest_limit("/sys/fs/cgroup/cpu", line, limit_v1));
		}
	}
	return lowest;
}

unsigned cpu_count(void)
{
	return lower(affine_processors(), group_limit());
}
