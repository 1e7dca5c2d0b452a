/*
 * How deep a recursive walk is in a syntax tree.
 */
#ifndef KILN_PYTHON_DEPTH_H
#define KILN_PYTHON_DEPTH_H

#include "base/stack.h"
#include "python/version/version.h"

/* Deeper than this, more than the usual 8 MiB of stack may be needed. */
#define DEPTH_USUAL 3000

/* All zero at first. After the walk, call stack_restore(). */
struct depth {
	unsigned now;
	bool is_raised;
	struct stack_limit stack;
};

/* Enter a node in which others of its kind can be. False if it is deeper than what CPython
 * compiles; else decrement `now` behind it. */
static inline bool depth_enter(struct depth *depth)
{
	if (depth->now >= VERSION_DEPTH_LIMIT)
		return false;
	if (depth->now >= DEPTH_USUAL && !depth->is_raised) {
		if (!stack_raise(&depth->stack))
			return false;
		depth->is_raised = true;
	}
	depth->now++;
	return true;
}

#endif
