/*
 * Timers of calls: how long an element ran, without the time that it was suspended, how much of
 * that was in other elements, and who called it. Each thread has a stack of the calls that run.
 *
 * For the extension module, as map.h. Callers hold the interpreter's lock.
 */
#ifndef KILN_PYTHON_RUNTIME_TIMERS_H
#define KILN_PYTHON_RUNTIME_TIMERS_H

#include "python/runtime/map.h"

/* What times the calls of an element. */
struct timer;

/* Start the clock, once, before all else. */
void timers_start(void);

/* Measure the clock's rate again, if there are blocks of calls. When one was made, and before calls
 * are read or written. */
void timers_measure(void);

/* The timer of an element of a block, for ever. NULL without memory. */
struct timer *timer_get(struct map_block *block, size_t element);

/* A call begins, ends. What is out of memory is not counted. */
void timer_enter(struct timer *timer);
void timer_exit(struct timer *timer);

/* It is suspended, or goes on, perhaps in another thread. The frame that runs tells calls of one
 * element apart. */
void timer_suspend(struct timer *timer);
void timer_resume(struct timer *timer);

/* The counters of calls were set to zero. */
void timers_forget(void);

/* In a forked process: the calls that run were begun, and are counted, by the parent. */
void timers_forked(void);

#endif
