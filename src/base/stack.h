/*
 * A larger stack for recursion that follows an input.
 */
#ifndef KILN_BASE_STACK_H
#define KILN_BASE_STACK_H

#include <stdbool.h>
#include <sys/resource.h>

/* The size up to which stack_raise() lets the main thread's stack grow, bytes. Linux keeps at least
 * 128 MiB free for it. */
#define STACK_RAISED ((rlim_t)96 << 20)

struct stack_limit {
	rlim_t former; /* to be restored; 0 if nothing was changed */
};

/* Let the stack of the main thread grow further (getrlimit(2), RLIMIT_STACK). Only to be called
 * there. False if the hard limit forbids that. Programs that are started meanwhile inherit the
 * limit: call stack_restore() before. */
bool stack_raise(struct stack_limit *ret);

void stack_restore(const struct stack_limit *limit);

#endif
