/*
 * The clock of the timers: ticks, and how many of them a second has.
 *
 * A short call takes less time than it takes to ask the system for the time: clock_gettime() reads
 * the processor's counter, too, but scales it under a lock each time. So ticks are that counter as
 * it is (x86-64: the time stamp counter, aarch64: the virtual counter), and become nanoseconds when
 * captures are read.
 *
 * The counter of x86-64 is used only if it ticks at one rate whatever the processor does, the
 * kernel itself takes the time from it, so that it agrees on all processors, and the process may
 * read it. Otherwise, and on other machines, ticks are nanoseconds of CLOCK_MONOTONIC.
 *
 * The rate is measured against CLOCK_MONOTONIC, from the start of the clock to the last call of
 * clock_rate(). Both clocks are read at one moment but for some 20 ns: over 0.1 ms, the least that
 * is measured, rates are right to 1 in 2,000, over 10 ms to 1 in 100,000. The kernel adjusts
 * CLOCK_MONOTONIC to the world's time by at most 1 in 2,000.
 *
 * For the extension module, as map.h.
 */
#ifndef KILN_PYTHON_RUNTIME_CLOCK_H
#define KILN_PYTHON_RUNTIME_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__) || defined(__aarch64__)
#define CLOCK_HAS_COUNTER 1
#else
#define CLOCK_HAS_COUNTER 0
#endif

/* Whether ticks are those of the counter: for clock_ticks(). */
extern bool clock_is_counter;

/* The nanoseconds of CLOCK_MONOTONIC. */
uint64_t clock_nanoseconds(void);

/* Choose the clock, once, before all else. */
void clock_start(void);

/* How many ticks a second has, by all that was seen since the clock was started; waits until that
 * is 0.1 ms. 0: ticks are nanoseconds. */
uint64_t clock_rate(void);

static inline uint64_t clock_counter(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	uint64_t ticks;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
#else
	return 0;
#endif
}

static inline uint64_t clock_ticks(void)
{
	if (CLOCK_HAS_COUNTER && clock_is_counter)
		return clock_counter();
	return clock_nanoseconds();
}

#endif
