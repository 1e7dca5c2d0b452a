#include <sched.h>
#include <sys/mount.h>

#include "base/str.h"
#include "jobs/cpu_count.h"

#include "suite.h"

START_TEST(there_is_at_least_one)
{
	ck_assert_uint_ge(cpu_count(), 1);
}
END_TEST

/* The processors that this process may run on. */
static unsigned affine(cpu_set_t *ret)
{
	ck_assert_int_eq(sched_getaffinity(0, sizeof(*ret), ret), 0);
	return (unsigned)CPU_COUNT(ret);
}

/* Keep only the first of them. */
static void take_one_processor(void)
{
	cpu_set_t set, one;
	int number = 0;

	(void)affine(&set);
	while (!CPU_ISSET(number, &set))
		number++;
	CPU_ZERO(&one);
	CPU_SET(number, &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);
}

START_TEST(there_are_no_more_than_the_affinity_allows)
{
	cpu_set_t set;

	ck_assert_uint_le(cpu_count(), affine(&set));
}
END_TEST

START_TEST(an_affinity_of_one_gives_one)
{
	take_one_processor();
	ck_assert_uint_eq(cpu_count(), 1);
}
END_TEST

/* Let this process alone see that /proc/self/cgroup has this content, and no control groups but
 * those that are made afterwards. False if that is not permitted. */
static bool enter_groups(const char *content)
{
	suite_put("groups", content);
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("groups", "/proc/self/cgroup", NULL, MS_BIND, NULL) == 0 &&
	       mount("none", "/sys/fs/cgroup", "tmpfs", 0, NULL) == 0;
}

/* A group with a limit: of version 1 with two numbers, of version 2 with one text. */
static void put_group(const char *path, const char *name, const char *content)
{
	autofree char *directory = xasprintf("/sys/fs/cgroup%s", path);
	autofree char *file = xasprintf("%s/%s", directory, name);

	suite_make(directory);
	suite_put(file, content);
}

static void put_v1(const char *path, const char *quota, const char *period)
{
	put_group(path, "cpu.cfs_quota_us", quota);
	put_group(path, "cpu.cfs_period_us", period);
}

/* What is usable when a limit of one and a half processors holds. */
static unsigned limited(void)
{
	cpu_set_t set;

	return affine(&set) < 2 ? 1 : 2;
}

static unsigned unlimited(void)
{
	cpu_set_t set;

	return affine(&set);
}

START_TEST(a_limit_of_a_group_is_rounded_up)
{
	static const struct {
		const char *content;
		bool one, all;
	} cases[] = {{"50000 100000\n", true, false}, {"100000 100000\n", true, false},
	    {"1 100000\n", true, false}, {"100001 100000\n", false, false},
	    {"max 100000\n", false, true}, {"17592186044415 1000\n", false, true},
	    {"-1 100000\n", false, true}, {"100000 0\n", false, true}, {"", false, true},
	    {"nonsense", false, true}};

	if (!enter_groups("0::/a\n"))
		return;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		put_group("/a", "cpu.max", cases[i].content);
		ck_assert_uint_eq(cpu_count(), cases[i].one   ? 1
					       : cases[i].all ? unlimited()
							      : limited());
	}
}
END_TEST

START_TEST(a_limit_holds_for_the_groups_below)
{
	if (!enter_groups("0::/a/b/c\n"))
		return;
	put_group("/a/b/c", "cpu.max", "max 100000\n");
	ck_assert_uint_eq(cpu_count(), unlimited());
	put_group("/a", "cpu.max", "100000 100000\n");
	ck_assert_uint_eq(cpu_count(), 1);
}
END_TEST

START_TEST(a_limit_of_the_root_holds)
{
	if (!enter_groups("0::/init.scope\n"))
		return;
	put_group("", "cpu.max", "100000 100000\n");
	ck_assert_uint_eq(cpu_count(), 1);
}
END_TEST

START_TEST(a_limit_of_version_1_holds)
{
	if (!enter_groups("5:memory:/m\n4:cpu,cpuacct:/a/b\n1:name=systemd:/\n0::/\n"))
		return;
	put_v1("/cpu/a/b", "-1\n", "100000\n");
	ck_assert_uint_eq(cpu_count(), unlimited());
	put_v1("/cpu/a", "100000\n", "100000\n");
	ck_assert_uint_eq(cpu_count(), 1);
	put_v1("/cpu/a", "-1\n", "100000\n");
	put_v1("/cpu", "150000\n", "100000\n");
	ck_assert_uint_eq(cpu_count(), limited());
}
END_TEST

START_TEST(other_controllers_do_not_limit_processors)
{
	if (!enter_groups("2:cpuset:/a\n1:cpuacct:/a\n"))
		return;
	put_v1("/cpu/a", "100000\n", "100000\n");
	ck_assert_uint_eq(cpu_count(), unlimited());
}
END_TEST

START_TEST(groups_that_cannot_be_understood_do_not_limit)
{
	static const char *const contents[] = {
	    "", "\n\n", "0", "0:", "0::", "::", "x:y:z\n", "0::relative"};

	for (size_t i = 0; i < sizeof(contents) / sizeof(*contents); i++) {
		if (!enter_groups(contents[i]))
			return;
		ck_assert_uint_eq(cpu_count(), unlimited());
	}
}
END_TEST

SUITE("jobs/cpu_count", there_is_at_least_one, there_are_no_more_than_the_affinity_allows,
    an_affinity_of_one_gives_one, a_limit_of_a_group_is_rounded_up,
    a_limit_holds_for_the_groups_below, a_limit_of_the_root_holds, a_limit_of_version_1_holds,
    other_controllers_do_not_limit_processors, groups_that_cannot_be_understood_do_not_limit)
