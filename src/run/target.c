#include "run/target.h"

#include "base/spawn.h"
#include "run/files.h"

/* The most that the interpreter may write. */
#define OUTPUT_LIMIT ((size_t)1 << 20)

/* Run the script. False if the program cannot be started or ends otherwise than with 0. */
static int ask(const char *program, struct str *ret, struct error **err)
{
	const char *arguments[] = {program, "-I", "-S", "-c", run_ask, NULL};
	const struct spawn spawn = {.program = program, .arguments = arguments};
	autostr struct str messages = STR_INIT;
	struct spawn_result result;

	if (spawn_run(&spawn, SLICE_LITERAL(""), OUTPUT_LIMIT, ret, &messages, &result, err) < 0)
		return -1;
	if (result.status) {
		struct slice text = slice_trim(str_slice(&messages));

		return fail(err, ERROR_USAGE, "'%s' cannot be used: %.*s", program, (int)text.len,
		    text.data);
	}
	return 0;
}

/* Ask the first that PATH has. */
static int ask_any(const char **ret_program, struct str *ret, struct error **err)
{
	static const char *const names[] = {"python3", "python"};
	autoerror struct error *error = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		*ret_program = names[i];
		if (ask(names[i], ret, &error) == 0)
			return 0;
		if (!errno_is_absence(error->number))
			return fail_with(err, steal(&error));
		error_free(steal(&error));
	}
	return fail(err, ERROR_USAGE,
	    "there is no python3 in PATH: name an interpreter with --interpreter");
}

int target_ask(const char *program, struct target *ret, struct error **err)
{
	autostr struct str output = STR_INIT;
	struct slice rest, word;

	*ret = (struct target){0};
	if ((program ? ask(program, &output, err) : ask_any(&program, &output, err)) < 0)
		return -1;
	ret->program = xstrdup(program);
	rest = str_slice(&output);
	if (rest.len)
		rest.len--; /* the NUL at the end */
	for (size_t i = 0; slice_next(&rest, '\0', &word); i++) {
		if (i < 2)
			str_add_slice(i ? &ret->suffix : &ret->version, word);
		else
			fields_add(&ret->others_own, word);
	}
	if (!ret->others_own.count)
		return fail(
		    err, ERROR_USAGE, "'%s' says nothing of itself: is it CPython?", program);
	return 0;
}

void target_release(struct target *target)
{
	free(target->program);
	str_release(&target->version);
	str_release(&target->suffix);
	fields_release(&target->others_own);
}
