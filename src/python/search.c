#include "base/spawn.h"
#include "python/interpreter.h"

/* No search path has this many entries. */
#define OUTPUT_LIMIT ((size_t)16 << 20)

int interpreter_search_path(struct str *ret, struct error **err)
{
	/* Stands for `-m`, which puts the current directory's path where `-c` puts "". */
	static const char program[] =
	    "import os, sys\n"
	    "path = list(sys.path)\n"
	    "if not sys.flags.safe_path:\n"
	    "    path[0] = os.getcwd()\n"
	    "sys.stdout.buffer.write(b''.join(os.fsencode(item) + b'\\0' for item in path))\n";
	const char *arguments[] = {KILN_PYTHON, "-c", program, NULL};
	const struct spawn spawn = {.program = KILN_PYTHON, .arguments = arguments};
	autostr struct str messages = STR_INIT;
	autostr struct str how = STR_INIT;
	struct spawn_result result;

	if (spawn_run(&spawn, SLICE_LITERAL(""), OUTPUT_LIMIT, ret, &messages, &result, err) < 0)
		return fail_prefix(err, "without paths, sys.path of the installed CPython counts");
	if (result.status == 0)
		return 0;
	spawn_describe(result.status, &how);
	return fail(err, ERROR_SYSTEM, "cannot get the search path of '%s' (%s): %s", KILN_PYTHON,
	    str_c(&how), str_c(&messages));
}
