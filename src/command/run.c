#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/presence.h"
#include "base/spawn.h"
#include "cache/cache_session.h"
#include "command/common.h"
#include "command/pythons.h"
#include "jobs/cpu_count.h"
#include "python/instrument.h"
#include "python/interpreter.h"
#include "run/capture.h"
#include "run/described.h"
#include "run/program.h"
#include "run/session.h"

/* How many elements the table of times has. */
#define TOP "20"

struct settings {
	struct common common;
	bool coverage, profile;
	struct fields sources;
	const char *output;
	const char *module;
	const char *interpreter;
};

static const struct option options[] = {
    {0, "coverage", NULL, "Count which parts of sources run (the default without --profile)",
	TAKES_TRUE(struct settings, coverage)},
    {0, "profile", NULL, "Time the calls of functions", TAKES_TRUE(struct settings, profile)},
    {0, "source", "DIR",
	"Measure the sources below this directory, and report those that were never loaded, too "
	"(default: what is loaded below the current one, but not what is installed); repeatable",
	TAKES_PATHS(struct settings, sources, "the path of a directory")},
    {'o', "output", "CAPTURE",
	"Add captures to this directory (default: .kiln-capture, without those of the run before)",
	TAKES_PATH(struct settings, output, "the path of a directory")},
    {'m', "module", "MODULE", "Run this module; ARGs follow",
	TAKES_TEXT(struct settings, module, "the name of a module"), .is_last = true},
    {0, "interpreter", "PATH", "The python that runs the program (default: python3 in PATH)",
	TAKES_PATH(struct settings, interpreter, "the path of a python")},
    COMMON_JOBS,
    COMMON_COLOR,
    {'q', "quiet", NULL, "Print no report", TAKES_TRUE(struct settings, common.quiet)},
    COMMON_HELP,
    OPTIONS_END,
};

static void settings_release(struct settings *settings)
{
	fields_release(&settings->sources);
}

/* Become the executable that has the CPython of the program's interpreter. */
static int choose_python(const struct target *target, struct error **err)
{
	autoinstalled struct installed installed = INSTALLED_INIT;
	autofields struct fields versions = FIELDS_INIT;
	struct slice version = str_slice(&target->version);

	if (installed_read(&installed, err) < 0)
		return -1;
	if (!installed_program(&installed, version))
		return installed_fail(&installed, version, target->program, false, err);
	fields_add(&versions, version);
	return pythons_become(&installed, &versions, err);
}

/* Whether reports have sources that were never loaded: those that were asked for. */
static bool describes(const struct settings *settings)
{
	return settings->sources.count && (settings->coverage || !settings->profile);
}

/* Find the sources, and make the directory that programs load their code from. */
static int prepare(const struct settings *settings, const struct target *target,
    const char *capture, struct reporter *reporter, struct sources *sources,
    struct session *session, struct error **err)
{
	static const char *const here[] = {".", NULL};
	autofree const char **given = fields_arguments(&settings->sources);
	autofree char *counters = installed_extension(str_c(&target->suffix));
	autocache struct cache cache = {0};
	const struct sources_options of_sources = {
	    .directories = settings->sources.count ? given : here,
	    .target = target,
	    .capture = capture,
	    .features = (settings->coverage || !settings->profile ? INSTRUMENT_COVERAGE : 0) |
			(settings->profile ? INSTRUMENT_PROFILE : 0),
	    .describes = describes(settings),
	    .workers = settings->common.workers ? settings->common.workers : cpu_count(),
	    .cache = &cache,
	};
	int result;

	cache_session_begin(&cache, NULL, CACHE_LIMIT, reporter);
	result = sources_find(&of_sources, reporter, sources, err) < 0 ||
			 session_open(session, &of_sources, sources, counters, err) < 0 ||
			 sources_compile(sources, &of_sources, session->fd, reporter, err) < 0
		     ? -1
		     : 0;
	cache_session_end(&cache, reporter);
	return result;
}

static int run_program(const struct settings *settings, const struct target *target,
    const struct session *session, const char *capture, const struct arguments *arguments, int *ret,
    struct error **err)
{
	autofields struct fields environment = FIELDS_INIT;
	autofree const char **variables = NULL, **command = NULL;
	autofree char *script = NULL;

	session_environment(session, capture, &environment);
	variables = fields_arguments(&environment);
	command = session_arguments(
	    session, target->program, settings->module, arguments->items, &script);
	return program_run(command, variables, ret, err);
}

/* Print a report to standard error: standard output is the program's. *ret is 1 if less was
 * reached than the settings of coverage.py ask for. */
static int report(const char *capture, const char *format, int *ret, struct error **err)
{
	const char *arguments[] = {"--python", interpreter_short_version(), "--top", TOP,
	    "--format", format, capture, NULL};
	int count = sizeof(arguments) / sizeof(*arguments) - 1;
	struct spawn_result result;
	pid_t pid = fork(); /* it has the interpreter of this process, and this one its status */

	if (pid < 0)
		return fail_errno(err, errno, "cannot start a process");
	if (pid == 0)
		process_end(dup2(STDERR_FILENO, STDOUT_FILENO) < 0
				? ERROR_SYSTEM
				: command_metrics.run(&command_metrics, count, (char **)arguments));
	if (spawn_wait(pid, &result, err) < 0)
		return -1;
	*ret = WIFEXITED(result.status) ? WEXITSTATUS(result.status) : ERROR_SYSTEM;
	return 0;
}

/* Print a report of what has captures. */
static int report_all(const struct capture *capture, int *ret, struct error **err)
{
	const char *path = str_c(&capture->path);
	int of_times = 0;

	if (capture_has(capture, "coverage") && report(path, "text", ret, err) < 0)
		return -1;
	if (capture_has(capture, "profile") && report(path, "profile", &of_times, err) < 0)
		return -1;
	if (!*ret)
		*ret = of_times;
	return 0;
}

/* Say where the captures are. */
static void add_place(bool is_measured, bool is_restored, const char *capture, struct str *ret)
{
	if (is_measured)
		str_addf(ret, "kiln: captures are in '%s'\n", capture);
	else if (is_restored)
		str_addf(ret,
		    "kiln: nothing was measured: '%s' has the captures of the run before\n",
		    capture);
	else
		str_addf(ret, "kiln: nothing was measured: '%s' is empty\n", capture);
}

/* Report, and say which sources were loaded otherwise, and where captures are. */
static int finish(const struct settings *settings, const struct sources *sources,
    const struct session *session, struct capture *capture, struct reporter *reporter, int *ret,
    struct error **err)
{
	autofields struct fields others = FIELDS_INIT;
	autostr struct str text = STR_INIT;
	bool is_measured = capture_has(capture, NULL), is_restored = false;

	if (!is_measured)
		is_restored = capture_restore(capture);
	else if (capture_replace(capture, err) < 0)
		return -1;
	session_others(session, &others);
	if (is_measured && describes(settings) &&
	    described_write(session->fd, capture->fd, &sources->paths, &others, err) < 0)
		return -1;
	if (is_measured && !settings->common.quiet && report_all(capture, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < others.count; i++) {
		str_add_printable(&text, fields_at(&others, i));
		str_adds(&text, ": not measured, because something else compiled it\n");
	}
	if (!settings->common.quiet)
		add_place(is_measured, is_restored, str_c(&capture->path), &text);
	reporter_print(reporter, str_slice(&text));
	return 0;
}

/* Whether there is a program to run. A module is looked for by the interpreter. */
static int check_program(
    const struct settings *settings, const struct arguments *arguments, struct error **err)
{
	const char *file = arguments->count ? arguments->items[0] : NULL;
	int found;

	if (settings->module)
		return 0;
	if (!file)
		return fail(err, ERROR_USAGE, "no program given: see 'kiln help run'");
	if (strcmp(file, "-") == 0)
		return 0;
	found = presence_of(file, NULL, err);
	if (found == 0)
		return fail(
		    err, ERROR_USAGE, "there is no file '%s' (a module is run with -m)", file);
	return found < 0 ? -1 : 0;
}

static int run_measured(
    struct reporter *reporter, void *context, const struct arguments *arguments, struct error **err)
{
	struct settings *settings = context;
	autocapture struct capture capture = CAPTURE_INIT;
	autosession struct session session = SESSION_INIT;
	autotarget struct target target = {0};
	autosources struct sources sources = {0};
	int status, reported = 0;

	if (check_program(settings, arguments, err) < 0 ||
	    target_ask(settings->interpreter, &target, err) < 0 ||
	    choose_python(&target, err) < 0 || capture_open(&capture, settings->output, err) < 0 ||
	    prepare(settings, &target, str_c(&capture.path), reporter, &sources, &session, err) <
		0 ||
	    run_program(
		settings, &target, &session, str_c(&capture.path), arguments, &status, err) < 0)
		return -1;
	if (finish(settings, &sources, &session, &capture, reporter, &reported, err) < 0)
		return -1;
	return status ? status : reported;
}

static int run(const struct command *command, int argc, char **argv)
{
	CLEANUP(settings_release) struct settings settings = {0};

	return common_run(command, argc, argv, &settings, run_measured);
}

const struct command command_run = {
    .name = "run",
    .arguments = "[OPTION]... -m MODULE|FILE [ARG]...",
    .summary = "Run a program and measure what it executes",
    .details =
	"The program runs as python runs it, with code that counts: modules keep their\n"
	"paths, and nothing is copied or installed. So do the Pythons that it starts. Tests\n"
	"of pytest and unittest are told apart. What pytest compiles itself, such as test\n"
	"modules, is not measured.\n"
	"\n"
	"In the end it prints the report of kiln metrics to standard error. The exit status\n"
	"is the program's; after a signal, 128 and its number; or, if that is 0, that of the\n"
	"report, which is 1 if fail_under of coverage.py's settings is missed.\n"
	"\n"
	"Example: kiln run -m pytest\n"
	"         kiln run --profile --source lib -o captures tools/make.py --fast\n",
    .options = options,
    .runs_program = true,
    .run = run,
};
