/*
 * Any execution plan: refused, or a program with its arguments.
 */
#include "context/execution.h"
#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static void check(const struct execution *plan)
{
	fuzz_assert(plan->executable.len > 0);
	for (size_t i = 0; i < plan->arguments.count; i++)
		fuzz_assert(!memchr(
		    fields_at(&plan->arguments, i).data, 0, fields_at(&plan->arguments, i).len));
	for (size_t i = 0; i < plan->environment.count; i++)
		fuzz_assert(fields_at(&plan->environment, i).len > 0 &&
			    fields_at(&plan->environment, i).data[0] != '=');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoexecution struct execution plan = {0};
	autoerror struct error *error = NULL;

	if (execution_parse(slice_of((const char *)data, size), "input", &plan, &error) < 0)
		fuzz_assert(error && error->kind == ERROR_USAGE);
	else
		check(&plan);
	return 0;
}
