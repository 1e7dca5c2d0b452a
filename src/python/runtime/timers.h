/*
 * Timers of calls: how long an element ran, without the time that it was suspended, how much of
 * that was in other elements, and who called it. Each thread has a stack of the calls that run.
 *
 * For the extension module, as map.h. Callers hold the interpreter's lock.
 */
#ifndef KILN_PYTHON_RUNTIME_TIMERS_H
#define KILN_PYTHON_RUNTIME_TIMERS_H

#include "python/runtime/map.h"

/* A call of an element of a block begins, ends. What is out of memory is not counted. false if no
 * such call runs. */
void timer_enter(struct map_block *block, size_t element);
bool timer_exit(struct map_block *block, size_t element);

/* It is suspended, ends while it is, or goes on, perhaps in another thread. `frame` tells calls of
 * one element apart. */
void timer_suspend(struct map_block *block, size_t element, const void *frame);
void timer_exit_suspended(struct map_block *block, size_t element, const void *frame);
void timer_resume(struct map_block *block, size_t element, const void *frame);

/* In a forked process: the calls that run were begun, and are counted, by the parent. */
void timers_forked(void);

#endif
