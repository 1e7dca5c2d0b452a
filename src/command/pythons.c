#include "command/pythons.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/spawn.h"
#include "python/environment.h"
#include "python/interpreter.h"
#include "python/requires.h"

/* What another executable of kiln tells the one that it runs: the version that it must embed, then
 * all versions to use, with commas between. So the choice is made once. */
#define CHOSEN "KILN_PYTHON_CHOSEN"

static struct {
	char **argv;
	char *chosen; /* NULL: nobody has chosen for this process */
} process;

void pythons_init(char **argv)
{
	const char *chosen = getenv(CHOSEN);

	process.argv = argv;
	process.chosen = chosen ? xstrdup(chosen) : NULL;
	(void)unsetenv(CHOSEN); /* the choice is not for programs that this one runs */
}

/* Tell the executable that is started next which version it must embed, and which to use. */
static int tell_choice(const char *version, const struct fields *versions, struct error **err)
{
	autostr struct str text = STR_INIT;

	str_adds(&text, version);
	for (size_t i = 0; i < versions->count; i++)
		str_addf(&text, ",%s", fields_at(versions, i).data);
	if (setenv(CHOSEN, str_c(&text), 1) < 0)
		return fail_errno(err, errno, "cannot set the environment");
	return 0;
}

/* The most that another executable says of itself. */
#define VERSION_LIMIT 4096

/* Append the line with which another executable says what it embeds. */
static int add_other(const char *program, const char *version, struct str *ret, struct error **err)
{
	static const char own[] = "kiln " KILN_VERSION "\n";
	const char *arguments[] = {"kiln", "--version", NULL};
	const struct spawn spawn = {.program = program, .arguments = arguments};
	autofields struct fields versions = FIELDS_INIT;
	autostr struct str output = STR_INIT;
	struct spawn_result result;
	struct slice rest, line;
	int status;

	/* The other one lists itself alone. */
	fields_adds(&versions, version);
	if (tell_choice(version, &versions, err) < 0)
		return -1;
	status = spawn_run(&spawn, SLICE_LITERAL(""), VERSION_LIMIT, &output, NULL, &result, err);
	(void)unsetenv(CHOSEN);
	if (status < 0)
		return -1;
	rest = str_slice(&output);
	if (result.status != 0 || !slice_starts(rest, SLICE_LITERAL(own)))
		return fail(err, ERROR_SYSTEM,
		    "'%s' does not run, or is not kiln " KILN_VERSION ": install it again",
		    program);
	while (slice_next(&rest, '\n', &line)) {
		if (!slice_starts(line, SLICE_LITERAL("CPython ")))
			continue;
		str_add_printable(ret, line);
		str_addc(ret, '\n');
		return 0;
	}
	return fail(err, ERROR_SYSTEM, "'%s' does not say which CPython it embeds", program);
}

int pythons_add_others(struct str *ret, struct error **err)
{
	autoinstalled struct installed installed = INSTALLED_INIT;
	int result = 0;

	if (process.chosen)
		return 0;
	if (installed_read(&installed, err) < 0)
		return -1;
	for (size_t i = 0; i < installed.programs.count; i++) {
		const char *program = fields_at(&installed.programs, i).data;
		const char *version = fields_at(&installed.versions, i).data;
		autoerror struct error *error = NULL;

		if (!*program || add_other(program, version, ret, &error) == 0)
			continue;
		result = result < 0 ? result : fail_with(err, steal(&error));
	}
	return result;
}

/* Add the versions of a list with commas. */
static int add_versions(const char *name, const char *value, struct fields *ret, struct error **err)
{
	struct slice rest = slice_c(value), version;

	while (slice_next(&rest, ',', &version)) {
		if (!installed_is_version(version))
			return fail_bad_value(name, value, "versions such as 3.13", err);
		fields_add(ret, version);
	}
	return 0;
}

/* Add what the sources say. All that say something must say the same. A guess that kiln cannot
 * follow says nothing: whoever needs the modules warns of them. */
static int add_told(const char *const *sources, bool is_deep, const struct installed *installed,
    struct fields *ret, struct str *ret_reason, struct error **err)
{
	for (; sources && *sources; sources++) {
		autoenvironment struct environment environment = ENVIRONMENT_INIT;

		if (environment_of(*sources, is_deep, &environment, err) < 0)
			return -1;
		if (!environment.version.len ||
		    (environment.is_guess &&
			!installed_program(installed, str_slice(&environment.version))))
			continue;
		if (ret->count && !slice_equal(fields_at(ret, 0), str_slice(&environment.version)))
			return fail(err, ERROR_USAGE, "%s, but %s: choose with --python",
			    str_c(ret_reason), str_c(&environment.reason));
		if (ret->count)
			continue;
		fields_add(ret, str_slice(&environment.version));
		str_add_slice(ret_reason, str_slice(&environment.reason));
	}
	return 0;
}

int pythons_check(const struct fields *given, const char *const *sources,
    const struct fields *versions, struct error **err)
{
	if (given->count || process.chosen)
		return 0;
	for (; sources && *sources; sources++) {
		autostr struct str specifiers = STR_INIT;

		if (requires_python(*sources, &specifiers, err) < 0)
			return -1;
		for (size_t i = 0; i < versions->count; i++) {
			struct slice version = fields_at(versions, i);

			if (!requires_allows(str_slice(&specifiers), version))
				return fail(err, ERROR_USAGE,
				    "'%s/pyproject.toml' requires Python %s, not %s: choose with "
				    "--python",
				    *sources, str_c(&specifiers), version.data);
		}
	}
	return 0;
}

static int collect(const struct fields *given, const char *const *sources, bool is_deep,
    const struct installed *installed, struct fields *ret, struct str *ret_reason, bool *ret_told,
    struct error **err)
{
	const char *environment = getenv("KILN_PYTHON");

	*ret_told = false;
	for (size_t i = 0; i < given->count; i++) {
		if (add_versions("--python", fields_at(given, i).data, ret, err) < 0)
			return -1;
	}
	str_adds(ret_reason, "--python");
	if (ret->count)
		return 0;
	str_truncate(ret_reason, 0);
	str_adds(ret_reason, "KILN_PYTHON");
	if (environment && *environment)
		return add_versions("KILN_PYTHON", environment, ret, err);
	str_truncate(ret_reason, 0);
	*ret_told = true;
	if (add_told(sources, is_deep, installed, ret, ret_reason, err) < 0)
		return -1;
	if (!ret->count)
		fields_adds(ret, interpreter_short_version());
	return 0;
}

/* Take the versions that were chosen before this process was started, of which the first must be
 * this executable's. */
static int take_chosen(struct fields *ret, struct error **err)
{
	struct slice rest = slice_c(process.chosen), version;

	(void)slice_next(&rest, ',', &version); /* always a first part */
	if (!slice_is(version, interpreter_short_version()))
		return fail(err, ERROR_SYSTEM,
		    "this executable embeds CPython %s, but its name says %.*s: install kiln again",
		    interpreter_short_version(), (int)version.len, version.data);
	while (rest.data && slice_next(&rest, ',', &version))
		fields_add(ret, version);
	return 0;
}

int pythons_choose(const struct fields *given, const char *const *sources, bool is_deep,
    const struct installed *installed, struct fields *ret, struct error **err)
{
	autofields struct fields wanted = FIELDS_INIT;
	autostr struct str reason = STR_INIT;
	bool is_told;

	if (process.chosen)
		return take_chosen(ret, err);
	if (collect(given, sources, is_deep, installed, &wanted, &reason, &is_told, err) < 0)
		return -1;
	for (size_t i = 0; i < wanted.count; i++) {
		if (!installed_program(installed, fields_at(&wanted, i)))
			return installed_fail(
			    installed, fields_at(&wanted, i), str_c(&reason), is_told, err);
	}
	for (size_t i = 0; i < installed->versions.count; i++) {
		if (fields_have(&wanted, fields_at(&installed->versions, i)))
			fields_add(ret, fields_at(&installed->versions, i));
	}
	return 0;
}

int pythons_become(
    const struct installed *installed, const struct fields *versions, struct error **err)
{
	struct slice first = fields_at(versions, 0);
	const char *program = installed_program(installed, first);

	if (process.chosen || fields_have(versions, slice_c(interpreter_short_version())))
		return 0;
	if (tell_choice(first.data, versions, err) < 0)
		return -1;
	(void)execv(program, process.argv); /* does not return when it succeeds */
	return fail_errno(err, errno, "cannot run '%s'", program);
}

/* Find what is installed, and choose and check the versions. */
static int choose_checked(const struct fields *given, const char *const *sources, bool is_deep,
    struct installed *installed, struct fields *ret, struct error **err)
{
	if (installed_read(installed, err) < 0 ||
	    pythons_choose(given, sources, is_deep, installed, ret, err) < 0)
		return -1;
	return pythons_check(given, sources, ret, err);
}

int pythons_become_one(
    const struct fields *given, const char *const *sources, bool is_deep, struct error **err)
{
	autoinstalled struct installed installed = INSTALLED_INIT;
	autofields struct fields versions = FIELDS_INIT;

	if (choose_checked(given, sources, is_deep, &installed, &versions, err) < 0)
		return -1;
	if (versions.count > 1)
		return fail(err, ERROR_USAGE, "several versions of CPython are given: give one");
	return pythons_become(&installed, &versions, err);
}

/* Run this command line by another executable, with the same standard streams. */
static int run_other(const char *program, const char *version, int *ret, struct error **err)
{
	const struct spawn spawn = {.program = program,
	    .arguments = (const char *const *)process.argv,
	    .input = STDIN_FILENO,
	    .output = STDOUT_FILENO,
	    .error = STDERR_FILENO};
	struct spawn_result result;
	autofields struct fields versions = FIELDS_INIT;
	int status;
	pid_t pid;

	fields_adds(&versions, version);
	if (tell_choice(version, &versions, err) < 0)
		return -1;
	status = spawn_start(&spawn, &pid, err);
	(void)unsetenv(CHOSEN);
	if (status < 0 || spawn_wait(pid, &result, err) < 0)
		return -1;
	status = WIFEXITED(result.status) ? WEXITSTATUS(result.status)
					  : 128 + WTERMSIG(result.status);
	if (status > *ret)
		*ret = status;
	return 0;
}

int pythons_run_others(const struct fields *given, const char *const *sources, bool reads,
    bool *ret_own, int *ret, struct error **err)
{
	autoinstalled struct installed installed = INSTALLED_INIT;
	autofields struct fields versions = FIELDS_INIT;

	*ret = 0;
	*ret_own = true;
	if (process.chosen)
		return take_chosen(&versions, err);
	if (choose_checked(given, sources, false, &installed, &versions, err) < 0)
		return -1;
	if (versions.count == 1)
		return pythons_become(&installed, &versions, err);
	if (reads)
		return fail(err, ERROR_USAGE,
		    "names are read from standard input, so only one version can be given");
	*ret_own = false;
	for (size_t i = 0; i < versions.count; i++) {
		struct slice version = fields_at(&versions, i);
		const char *program = installed_program(&installed, version);

		if (!*program)
			*ret_own = true;
		else if (run_other(program, version.data, ret, err) < 0)
			return -1;
	}
	return 0;
}
