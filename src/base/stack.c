#include "base/stack.h"

bool stack_raise(struct stack_limit *ret)
{
	struct rlimit limit;

	ret->former = 0;
	if (getrlimit(RLIMIT_STACK, &limit) < 0)
		return false;
	if (limit.rlim_cur >= STACK_RAISED) /* RLIM_INFINITY is the largest number */
		return true;
	ret->former = limit.rlim_cur;
	limit.rlim_cur = STACK_RAISED;
	if (setrlimit(RLIMIT_STACK, &limit) == 0)
		return true;
	ret->former = 0;
	return false;
}

void stack_restore(const struct stack_limit *limit)
{
	struct rlimit now;

	if (!limit->former || getrlimit(RLIMIT_STACK, &now) < 0)
		return;
	now.rlim_cur = limit->former;
	(void)setrlimit(RLIMIT_STACK, &now); /* lowering cannot fail */
}
