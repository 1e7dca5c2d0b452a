#include "compileall/compileall.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "base/array.h"
#include "base/file.h"
#include "base/message.h"
#include "command/argparse.h"
#include "command/command.h"
#include "command/file_list.h"
#include "command/pythons.h"
#include "command/python_stdout.h"
#include "jobs/signals.h"
#include "python/library.h"
#include "python/text.h"

/* How deep to descend into directories without -l and -r: sys.getrecursionlimit(). */
#define MAXLEVELS 1000

struct settings {
	struct compileall all;
	bool flat; /* -l */
	bool has_recursion;
	long recursion; /* -r */
	const char *skip;
	const char *list; /* -i */
	const char *mode;
	int *levels; /* -o, in the order given */
	size_t level_count;
	int optimize;
	bool nul; /* names in the list end with NUL */
	bool cached;
	struct fields pythons;
};

static void settings_release(struct settings *settings)
{
	free(settings->levels);
	fields_release(&settings->pythons);
}

static void add_level(void *context, long level)
{
	struct settings *settings = context;

	level = level < INT_MIN ? INT_MIN : level > INT_MAX ? INT_MAX : level;
	settings->levels = xreallocarray(
	    settings->levels, settings->level_count + 1, sizeof(*settings->levels));
	settings->levels[settings->level_count++] = (int)level;
}

static void take_recursion(void *settings, long number)
{
	((struct settings *)settings)->has_recursion = true;
	((struct settings *)settings)->recursion = number;
}

/* Any negative number is equally wrong; -1 keeps it apart from COMPILEALL_WORKERS_ANY. */
static void take_workers(void *settings, long number)
{
	((struct settings *)settings)->all.workers = number < 0 ? -1 : number;
}

static const char *const modes[] = {"checked-hash", "timestamp", "unchecked-hash", NULL};

static const struct argparse_option options[] = {
    {"-h", "--help", ARGPARSE_HELP, .help = N_("show this help message and exit")},
    {"-l", NULL, ARGPARSE_FLAG, .offset = offsetof(struct settings, flat),
	.help = N_("don't recurse into subdirectories")},
    {"-r", NULL, ARGPARSE_INTEGER, "RECURSION", .take = take_recursion,
	.help = N_("control the maximum recursion level. if `-l` and `-r` options are specified, "
		   "then `-r` takes precedence.")},
    {"-f", NULL, ARGPARSE_FLAG, .offset = offsetof(struct settings, all.force),
	.help = N_("force rebuild even if timestamps are up to date")},
    {"-q", NULL, ARGPARSE_COUNT, .offset = offsetof(struct settings, all.quiet),
	.help = N_("output only error messages; -qq will suppress the error messages as well.")},
    {"-b", NULL, ARGPARSE_FLAG, .offset = offsetof(struct settings, all.legacy),
	.help = N_("use legacy (pre-PEP3147) compiled file locations")},
    {"-d", NULL, ARGPARSE_STRING, "DESTDIR", .offset = offsetof(struct settings, all.ddir),
	.help = N_("directory to prepend to file paths for use in compile-time tracebacks and in "
		   "runtime tracebacks in cases where the source file is unavailable")},
    {"-s", NULL, ARGPARSE_STRING, "STRIPDIR", .offset = offsetof(struct settings, all.stripdir),
	.help = N_("part of path to left-strip from path to source file - for example buildroot. "
		   "`-d` and `-s` options cannot be specified together.")},
    {"-p", NULL, ARGPARSE_STRING, "PREPENDDIR", .offset = offsetof(struct settings, all.prependdir),
	.help = N_("path to add as prefix to path to source file - for example / to make it "
		   "absolute when some part is removed by `-s` option. `-d` and `-p` options "
		   "cannot be specified together.")},
    {"-x", NULL, ARGPARSE_STRING, "REGEXP", .offset = offsetof(struct settings, skip),
	.help = N_("skip files matching the regular expression; the regexp is searched for in the "
		   "full path of each file considered for compilation")},
    {"-i", NULL, ARGPARSE_STRING, "FILE", .offset = offsetof(struct settings, list),
	.help = N_("add all the files and directories listed in FILE to the list considered for "
		   "compilation; if \"-\", names are read from stdin")},
    {"-j", "--workers", ARGPARSE_INTEGER, "WORKERS", .take = take_workers,
	.help = N_("Run compileall concurrently")},
    {NULL, "--invalidation-mode", ARGPARSE_CHOICE, .choices = modes,
	.offset = offsetof(struct settings, mode),
	.help = N_("set .pyc invalidation mode; defaults to \"checked-hash\" if the "
		   "SOURCE_DATE_EPOCH environment variable is set, and \"timestamp\" otherwise.")},
    {"-o", NULL, ARGPARSE_INTEGER, "OPT_LEVELS", .take = add_level,
	.help = N_("Optimization levels to run compilation with. Default is -1 which uses the "
		   "optimization level of the Python interpreter itself (see -O).")},
    {"-e", NULL, ARGPARSE_STRING, "DIR", .offset = offsetof(struct settings, all.limit),
	.help = N_("Ignore symlinks pointing outsite of the DIR")},
    {NULL, "--hardlink-dupes", ARGPARSE_FLAG, .offset = offsetof(struct settings, all.hardlink),
	.help = N_("Hardlink duplicated pyc files")},
    {"-0", NULL, ARGPARSE_FLAG, .own = true, .offset = offsetof(struct settings, nul),
	.help = N_(
	    "names in the list of -i are separated by NUL characters and taken as they are")},
    {"-O", NULL, ARGPARSE_COUNT, .own = true, .offset = offsetof(struct settings, optimize),
	.help = N_("optimize as the option of the Python interpreter does; -OO will remove "
		   "docstrings as well")},
    {NULL, "--cache", ARGPARSE_FLAG, .own = true, .offset = offsetof(struct settings, cached),
	.help = N_("take what was compiled before from the cache of kiln, and store there what is "
		   "compiled now")},
    {NULL, "--python", ARGPARSE_LIST, "VERSION", .own = true,
	.offset = offsetof(struct settings, pythons),
	.help = N_("be the module of this version of CPython, such as 3.13; repeatable")},
    {NULL, "--pyo", ARGPARSE_FLAG, .own = true, .offset = offsetof(struct settings, all.pyo),
	.help = N_("use the compiled file names before PEP 488: .pyo when optimizing")},
    {NULL, "--strict", ARGPARSE_FLAG, .own = true, .offset = offsetof(struct settings, all.strict),
	.help = N_("be right where compileall is known to be wrong: compare sizes, hashes and "
		   "invalidation modes, compile again what is incomplete, fail for missing paths, "
		   "use -j for files, too")},
    {NULL, NULL},
};

static const struct argparse parser = {
    .module = "compileall",
    .description = N_("Utilities to support installing Python libraries."),
    .options = options,
    .positional = "FILE|DIR",
    .positional_help = N_("zero or more file and directory names to compile; if no arguments "
			  "given, defaults to the equivalent of -l sys.path"),
};

/* parser.error() */
static int fail_usage(struct output *output, const char *message)
{
	autostr struct str text = STR_INIT;

	argparse_error(&parser, message, &text);
	output_print(output, true, str_slice(&text));
	return 2;
}

static int compare_levels(const void *a, const void *b)
{
	int first = *(const int *)a, second = *(const int *)b;

	return (first > second) - (first < second);
}

/* Sort the levels and drop repeated ones. */
static void sort_levels(struct settings *settings)
{
	size_t kept = 0;

	array_sort(
	    settings->levels, settings->level_count, sizeof(*settings->levels), compare_levels);
	for (size_t i = 0; i < settings->level_count; i++) {
		if (!kept || settings->levels[i] != settings->levels[kept - 1])
			settings->levels[kept++] = settings->levels[i];
	}
	settings->all.levels = settings->levels;
	settings->all.level_count = kept;
}

/* Fill in what follows from several options. Returns a message if they contradict each other. */
static const char *settle(struct settings *settings)
{
	struct compileall *all = &settings->all;

	if (!settings->level_count)
		add_level(settings, -1);
	if (settings->level_count == 1 && all->hardlink)
		return _("Hardlinking of duplicated bytecode makes sense only for more than one "
			 "optimization level.");
	if (all->ddir && (all->stripdir || all->prependdir))
		return _("-d cannot be used in combination with -s or -p");
	sort_levels(settings);
	all->maxlevels = settings->has_recursion ? settings->recursion
			 : settings->flat	 ? 0
						 : MAXLEVELS;
	if (all->limit && !*all->limit)
		all->limit = NULL;
	if (settings->mode)
		(void)pyc_invalidation_of_name(slice_c(settings->mode), &all->mode);
	return NULL;
}

/* Read the list. A file must be UTF-8, as for Python; standard input may have any bytes. */
static int read_list(const struct settings *settings, struct str *ret, struct error **err)
{
	autoclose int fd = -1;

	if (strcmp(settings->list, "-") == 0)
		return file_read_fd(STDIN_FILENO, "standard input", FILE_READ_LIMIT, ret, err);
	fd = TEMP_FAILURE_RETRY(open(settings->list, O_RDONLY | O_CLOEXEC));
	if (fd < 0)
		return fail_input(err, errno, settings->list, "cannot open");
	return file_read_fd(fd, settings->list, FILE_READ_LIMIT, ret, err);
}

static int parse_list(
    const struct settings *settings, struct slice text, struct names *names, struct error **err)
{
	enum names_form form = settings->nul			  ? NAMES_NUL
			       : strcmp(settings->list, "-") == 0 ? NAMES_STRIPPED
								  : NAMES_UNIVERSAL;

	if (form == NAMES_UNIVERSAL && python_check_utf8(text, err) < 0)
		return -1;
	return names_split(names, text, form, err);
}

/* Add the names of the list, if there is one. Returns an exit status, 0 if all is well. */
static int add_list(const struct settings *settings, struct output *output, struct names *names)
{
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;

	if (!settings->list || !*settings->list)
		return 0;
	if (read_list(settings, &text, &error) < 0) {
		autofree char *message = xasprintf(
		    _("Error reading file list %s\n"), settings->list);

		if (settings->all.quiet < 2)
			output_print(output, false, slice_c(message));
		return 1;
	}
	if (parse_list(settings, str_slice(&text), names, &error) < 0)
		return output_uncaught(output, error->message);
	return 0;
}

/* End after a signal as CPython does: SIGINT is caught as KeyboardInterrupt, SIGTERM kills. */
static int end_interrupted(const struct settings *settings, struct output *output)
{
	if (signals_received() != SIGINT)
		return 128 + signals_received();
	if (settings->all.quiet < 2)
		output_print(output, false, slice_c(_("\n[interrupted]\n")));
	return 1;
}

static void close_cache(struct code_cache *cache)
{
	code_cache_end(cache);
	code_cache_release(cache);
}

static int compile_names(
    struct settings *settings, struct output *output, const struct names *names)
{
	CLEANUP(close_cache) struct code_cache cache = {.reporter = NULL};
	struct compileall *all = &settings->all;
	struct reporter reporter;
	autoerror struct error *error = NULL;
	bool success = false;
	int result;

	signals_install();
	if (settings->cached) {
		reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
		code_cache_open(&cache, &reporter);
		all->cache = &cache;
	}
	result = names->count ? compileall_paths(all, (const char *const *)names->items,
				    names->count, &success, &error)
			      : compileall_search_path(all, &success, &error);
	if (interrupted())
		return end_interrupted(settings, output);
	if (result < 0)
		return error->kind == ERROR_INPUT ? output_uncaught(output, error->message)
						  : command_fail(error);
	return success ? 0 : 1;
}

/* Print an error about a pattern. CPython prints the class of the exception with its module. */
static int fail_pattern(struct output *output, const struct error *error)
{
	if (slice_starts(slice_c(error->message), slice_c(library.pattern_error)))
		output_print(output, true, SLICE_LITERAL("re."));
	return output_uncaught(output, error->message);
}

static int compile_here(
    struct output *output, struct settings *settings, const struct argparse_result *arguments)
{
	autonames struct names names = {NULL, 0};
	autoregex struct regex *skip = NULL;
	autoerror struct error *error = NULL;
	const char *wrong;
	int status;

	settings->all.context = output;
	command_set_level(settings->optimize);
	if (settings->skip && *settings->skip && regex_new(settings->skip, &skip, &error) < 0)
		return fail_pattern(output, error);
	settings->all.skip = skip;
	settings->all.skip_broken = settings->skip && !*settings->skip;
	wrong = settle(settings);
	if (wrong)
		return fail_usage(output, wrong);
	for (size_t i = 0; i < arguments->count; i++)
		names_add(&names, slice_c(arguments->items[i]));
	status = add_list(settings, output, &names);
	if (status)
		return status;
	return compile_names(settings, output, &names);
}

static int compile_arguments(
    struct output *output, void *context, const struct argparse_result *arguments)
{
	struct settings *settings = context;
	autoerror struct error *error = NULL;
	bool reads = settings->list && strcmp(settings->list, "-") == 0, is_own;
	int others, status;

	if (pythons_run_others(
		&settings->pythons, arguments->items, reads, &is_own, &others, &error) < 0)
		return command_fail(error);
	status = is_own ? compile_here(output, settings, arguments) : 0;
	return status > others ? status : others;
}

static int run(const struct command *command, int argc, char **argv)
{
	CLEANUP(settings_release)
	struct settings settings = {
	    .all = {.workers = COMPILEALL_WORKERS_ANY, .print = output_print}};

	return output_run(command->parser, argc, argv, &settings, compile_arguments);
}

const struct command command_compileall = {
    .name = "compileall",
    .summary = "Compile trees of sources as python -m compileall does",
    .parser = &parser,
    .run = run,
};
