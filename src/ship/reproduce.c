#include "ship/reproduce.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/content.h"
#include "base/path.h"
#include "base/presence.h"
#include "base/spawn.h"
#include "base/tree.h"
#include "jobs/signals.h"
#include "ship/scratch.h"

/* As many differences are reported. */
#define REPORT_LIMIT 20

/* How often an interruption is looked for, milliseconds. */
#define PATIENCE 100

/* Half an hour is in no whole number of hours. */
#define OTHER_ZONE "XXX-5:30"

struct comparison {
	const char *image, *other; /* paths */
	bool has_times;		   /* times are a part of what is compared */
	bool is_shared;		   /* the image may have more than this build put there */
	struct reporter *reporter;
	size_t found; /* differences */
};

static void differ(struct comparison *comparison, struct slice path)
{
	autoerror struct error *problem = NULL;
	autofree char *what = path.len ? xasprintf("'%.*s'", (int)path.len, path.data)
				       : xstrdup("the file");

	if (comparison->found++ >= REPORT_LIMIT)
		return;
	(void)fail_at(&problem, comparison->image, 0, 0, NULL,
	    "not reproducible: %s differs in a second build", what); /* always -1 */
	reporter_error(comparison->reporter, problem);
}

static bool is_link_to(const char *path, const char *target)
{
	char text[PATH_MAX];
	ssize_t len = readlink(path, text, sizeof(text));

	return len >= 0 && slice_is(slice_of(text, (size_t)len), target);
}

/* Whether the image has at `path` what the other build has; `target` is the text of a link. */
static int is_equal(const struct comparison *comparison, const char *path, const char *other,
    const struct stat *other_stat, const char *target, bool *ret, struct error **err)
{
	struct stat stat;
	int there = presence_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &stat, NULL, err);

	*ret = false;
	if (there <= 0)
		return there;
	*ret = stat.st_mode == other_stat->st_mode &&
	       (!comparison->has_times || stat.st_mtime == other_stat->st_mtime);
	if (*ret && S_ISREG(stat.st_mode))
		return content_equal(path, other, ret, err);
	*ret = *ret && (!target || is_link_to(path, target));
	return 0;
}

static enum walk_answer visit(void *context, const struct walk_entry *entry, struct error **err)
{
	struct comparison *comparison = context;
	autostr struct str path = STR_INIT, other = STR_INIT;
	bool equal;

	/* A layout's index has other images, too. */
	if (comparison->is_shared && slice_is(entry->path, "index.json"))
		return WALK_GO;
	path_join(&path, slice_c(comparison->image), entry->path);
	path_join(&other, slice_c(comparison->other), entry->path);
	if (is_equal(comparison, str_c(&path), str_c(&other), &entry->stat, entry->target, &equal,
		err) < 0)
		return WALK_STOP;
	if (!equal)
		differ(comparison, entry->path);
	return WALK_GO;
}

/* Find what only the image has. */
static enum walk_answer visit_back(
    void *context, const struct walk_entry *entry, struct error **err)
{
	struct comparison *comparison = context;
	autostr struct str other = STR_INIT;
	int there;

	path_join(&other, slice_c(comparison->other), entry->path);
	there = presence_at(AT_FDCWD, str_c(&other), AT_SYMLINK_NOFOLLOW, NULL, NULL, err);
	if (there < 0)
		return WALK_STOP;
	if (!there)
		differ(comparison, entry->path);
	return WALK_GO;
}

static int compare(struct comparison *comparison, struct error **err)
{
	const struct walk_visitor visitor = {visit, walk_fail, comparison};
	const struct walk_visitor back = {visit_back, walk_fail, comparison};
	struct stat stat;
	bool equal;

	if (lstat(comparison->other, &stat) < 0)
		return fail_errno(err, errno, "cannot examine '%s'", comparison->other);
	if (is_equal(comparison, comparison->image, comparison->other, &stat, NULL, &equal, err) <
	    0)
		return -1;
	if (!S_ISDIR(stat.st_mode)) {
		if (!equal)
			differ(comparison, slice_of("", 0));
		return 0;
	}
	if (tree_walk(place_at(comparison->other), &visitor, err) < 0)
		return -1;
	return comparison->is_shared ? 0 : tree_walk(place_at(comparison->image), &back, err);
}

/* In the process of the other build. */
static int build_other(const struct assemble_options *options, const char *output)
{
	struct assemble_options other = *options;
	autoerror struct error *error = NULL;
	struct assemble_result result;
	struct reporter reporter;
	int null = TEMP_FAILURE_RETRY(open("/dev/null", O_RDWR | O_CLOEXEC));

	/* Whatever is wrong, the build that is wanted says so as well. */
	if (null < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || setenv("TZ", OTHER_ZONE, 1) < 0)
		return ERROR_SYSTEM;
	(void)umask(umask(0) ^ 077);
	reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
	other.output = output;
	other.descriptions = other.manifest = other.bill = NULL;
	other.workers = options->workers > 1 ? 1 : 2;
	other.jobserver = NULL;
	other.cache.is_off = true;
	other.is_reversed = true;
	if (assemble(&other, &reporter, &result, &error) < 0)
		return error->kind;
	return 0;
}

/* Wait for the end of the other build, which ends itself when it is asked to. */
static int await_other(pid_t process, int *ret_status, struct error **err)
{
	while (!interrupted() && !spawn_await(process, PATIENCE))
		continue;
	do {
		if (interrupted())
			(void)kill(
			    process, SIGTERM); /* the process exists until it is waited for */
		if (waitpid(process, ret_status, 0) == process)
			return interrupted() ? fail(err, ERROR_SYSTEM, "interrupted") : 0;
	} while (errno == EINTR);
	return fail_errno(err, errno, "cannot wait for a process");
}

static int run_other(
    const struct assemble_options *options, const char *output, int *ret_status, struct error **err)
{
	pid_t process = fork();

	if (process < 0)
		return fail_errno(err, errno, "cannot start a process");
	if (process == 0)
		process_end(build_other(options, output));
	return await_other(process, ret_status, err);
}

int assemble_twice(const struct assemble_options *options, struct reporter *reporter,
    struct assemble_result *ret, struct error **err)
{
	autostage struct tree_stage scratch = TREE_STAGE_INIT;
	autostr struct str output = STR_INIT;
	struct comparison comparison = {.image = options->output,
	    .has_times = options->form == FORM_DIRECTORY,
	    .is_shared = options->form == FORM_OCI,
	    .reporter = reporter};
	int status;

	if (scratch_open(&scratch, err) < 0)
		return -1;
	path_join(&output, slice_c(scratch.path), path_name(slice_c(options->output)));
	comparison.other = str_c(&output);
	if (run_other(options, str_c(&output), &status, err) < 0 ||
	    assemble(options, reporter, ret, err) < 0)
		return -1;
	if (status)
		return fail(err, ERROR_SYSTEM,
		    "cannot check whether '%s' is reproducible: the second build failed",
		    options->output);
	if (compare(&comparison, err) < 0)
		return -1;
	ret->failed += comparison.found;
	return 0;
}
