#include "python/runtime/clock.h"

#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>
#endif

#define SECOND 1000000000
#define LEAST 100000 /* nanoseconds that a rate is measured over */
#define ATTEMPTS 4

/* Rates that differ by more than 1 in so many: the machine slept, and one of the clocks with it. */
#define TOLERATED 500

bool clock_is_counter;

/* One moment by both clocks. */
struct moment {
	uint64_t ticks, nanoseconds;
};

static struct moment start;
static uint64_t rate; /* that was measured last; 0: none yet */

uint64_t clock_nanoseconds(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time); /* this clock is always there */
	return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

#if defined(__x86_64__)
/* The counter ticks at one rate, says the processor. */
static bool is_invariant(void)
{
	unsigned a, b, c, d = 0;

	return __get_cpuid(0x80000007, &a, &b, &c, &d) && d & 1U << 8;
}

static bool is_used_by_kernel(void)
{
	static const char expected[] = "tsc\n";
	char found[sizeof(expected)];
	int fd = TEMP_FAILURE_RETRY(
	    open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
		O_RDONLY | O_CLOEXEC));
	ssize_t len = fd < 0 ? -1 : read(fd, found, sizeof(found));

	if (fd >= 0)
		(void)close(fd); /* it was only read */
	return len == (ssize_t)sizeof(expected) - 1 &&
	       memcmp(found, expected, sizeof(expected) - 1) == 0;
}

static bool has_counter(void)
{
	int permission = PR_TSC_SIGSEGV;

	return is_invariant() && is_used_by_kernel() &&
	       prctl(PR_GET_TSC, &permission, 0, 0, 0) == 0 && permission == PR_TSC_ENABLE;
}
#else
/* The counter of aarch64 always ticks at one rate; Linux lets all processes read it. */
static bool has_counter(void)
{
	return CLOCK_HAS_COUNTER;
}
#endif

/* What both clocks say, between two readings of the counter that are close together. */
static struct moment read_both(void)
{
	struct moment ret = {0, 0};
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < ATTEMPTS; i++) {
		uint64_t before = clock_counter(), nanoseconds = clock_nanoseconds();
		uint64_t between = clock_counter() - before;

		if (between >= least)
			continue;
		least = between;
		ret = (struct moment){before + between / 2, nanoseconds};
	}
	return ret;
}

void clock_start(void)
{
	clock_is_counter = has_counter();
	if (clock_is_counter)
		start = read_both();
}

uint64_t clock_rate(void)
{
	struct moment now;
	uint64_t ticks, nanoseconds, found;

	if (!clock_is_counter)
		return 0;
	do {
		now = read_both();
		ticks = now.ticks - start.ticks;
		nanoseconds = now.nanoseconds - start.nanoseconds;
	} while (nanoseconds < LEAST);
	found = (uint64_t)((double)ticks / (double)nanoseconds * SECOND);
	if (!rate || (found > rate - rate / TOLERATED && found < rate + rate / TOLERATED))
		rate = found;
	return rate;
}
