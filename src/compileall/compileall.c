#include "compileall/compileall.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/message.h"
#include "base/path.h"
#include "base/walk.h"
#include "compileall/tasks.h"
#include "python/interpreter.h"
#include "python/text.h"

/* A walk through a directory. */
struct listing {
	struct tasks *tasks;
	struct descent descent;
	const char *root;
	const char *stripdir;
	const char *prependdir;
	struct str path; /* of the current entry */
};

static void listing_release(struct listing *listing)
{
	descent_release(&listing->descent);
	str_release(&listing->path);
}

static int list(
    struct listing *listing, const char *path, int (*enter)(struct listing *), struct error **err)
{
	const struct compileall *all = listing->tasks->all;

	if (!all->quiet && tasks_print_about(listing->tasks, _("Listing %s...\n"), path, err) < 0)
		return -1;
	if (enter(listing) == 0)
		return 0;
	/* A directory without permission counts as empty, as in CPython; other errors are failures.
	 */
	if (all->strict || errno_kind(errno) != ERROR_INPUT)
		listing->tasks->success = false;
	if (all->quiet >= 2)
		return 0;
	return tasks_print_about(listing->tasks, _("Can't list %s\n"), path, err);
}

static int enter_root(struct listing *listing)
{
	return descent_begin(
	    &listing->descent, TEMP_FAILURE_RETRY(open(listing->root, DESCENT_FLAGS)));
}

static int enter_entry(struct listing *listing)
{
	return descent_enter(&listing->descent);
}

/* The type of the current entry. Links are followed; DT_UNKNOWN for one that leads nowhere. */
static unsigned char type_of(const struct listing *listing, bool *ret_link)
{
	unsigned char type = descent_type(&listing->descent);
	struct stat found;

	*ret_link = type == DT_LNK;
	if (type == DT_UNKNOWN && lstat(str_c(&listing->path), &found) == 0) {
		type = IFTODT(found.st_mode);
		*ret_link = type == DT_LNK;
	}
	if (type == DT_LNK)
		type = stat(str_c(&listing->path), &found) == 0 ? IFTODT(found.st_mode)
								: DT_UNKNOWN;
	return type;
}

static int process_entry(struct listing *listing, struct error **err)
{
	struct descent *descent = &listing->descent;
	unsigned char type;
	bool link;

	str_truncate(&listing->path, 0);
	path_join(&listing->path, slice_c(listing->root), str_slice(&descent->path));
	type = type_of(listing, &link);
	if (type != DT_DIR)
		return tasks_add(listing->tasks,
		    &(struct compile_file){.path = str_c(&listing->path),
			.stripdir = listing->stripdir,
			.prependdir = listing->prependdir},
		    err);
	if (link || (long)descent->depth > listing->tasks->all->maxlevels)
		return 0;
	return list(listing, str_c(&listing->path), enter_entry, err);
}

static int walk(struct listing *listing, struct error **err)
{
	struct descent *descent = &listing->descent;

	if (list(listing, listing->root, enter_root, err) < 0)
		return -1;
	while (descent->depth > 0) {
		const char *name = descent_next(descent);

		if (name && strcmp(name, "__pycache__") != 0) {
			if (process_entry(listing, err) < 0)
				return -1;
		} else if (!name && descent_leave(descent) < 0) {
			return fail_errno(err, errno, "cannot return from '%s/%s'", listing->root,
			    str_c(&descent->path));
		}
	}
	return 0;
}

static int process_directory(struct tasks *tasks, const char *path, struct error **err)
{
	const struct compileall *all = tasks->all;
	CLEANUP(listing_release)
	struct listing listing = {
	    .tasks = tasks,
	    .descent = {.compare = python_compare_names},
	    .root = path,
	    .stripdir = all->ddir ? path : all->stripdir,
	    .prependdir = all->ddir ? all->ddir : all->prependdir,
	};

	autoerror struct error *error = NULL;

	if (all->workers < 0 && all->workers != COMPILEALL_WORKERS_ANY)
		return fail(err, ERROR_INPUT, "ValueError: workers must be greater or equal to 0");
	tasks->deferred = tasks_are_parallel(all);
	if (walk(&listing, &error) < 0)
		return tasks_run_and_fail(tasks, steal(&error), err);
	if (tasks->failure)
		return tasks_run_and_fail(tasks, steal(&tasks->failure), err);
	return all->strict ? 0 : tasks_run(tasks, err);
}

static int process_path(struct tasks *tasks, const char *path, struct error **err)
{
	const struct compileall *all = tasks->all;
	struct stat found;
	int missing = stat(path, &found);

	if (missing || !S_ISREG(found.st_mode)) {
		if (missing && all->strict)
			tasks->success = false;
		return process_directory(tasks, path, err);
	}
	tasks->deferred = all->strict && tasks_are_parallel(all);
	return tasks_add(
	    tasks, &(struct compile_file){path, all->ddir, all->stripdir, all->prependdir}, err);
}

int compileall_paths(const struct compileall *all, const char *const *paths, size_t count,
    bool *ret_success, struct error **err)
{
	CLEANUP(tasks_release) struct tasks tasks = {.all = all, .success = true};

	for (size_t i = 0; i < count; i++) {
		autoerror struct error *error = NULL;

		if (process_path(&tasks, paths[i], &error) < 0)
			return tasks_run_and_fail(&tasks, steal(&error), err);
	}
	if (tasks_run(&tasks, err) < 0)
		return -1;
	*ret_success = tasks.success;
	return 0;
}

int compileall_search_path(const struct compileall *all, bool *ret_success, struct error **err)
{
	static const int interpreter_level[] = {-1};
	struct compileall plain = *all;
	CLEANUP(tasks_release) struct tasks tasks = {.all = &plain, .success = true};
	autostr struct str path = STR_INIT;

	plain.maxlevels = 0;
	plain.ddir = plain.stripdir = plain.prependdir = plain.limit = NULL;
	plain.skip = NULL;
	plain.skip_broken = plain.hardlink = false;
	plain.levels = interpreter_level;
	plain.level_count = 1;
	plain.workers = 1;
	if (interpreter_search_path(&path, err) < 0)
		return -1;
	/* Like compileall, stop after a directory with a failure. */
	for (size_t at = 0; at < path.len && tasks.success; at += strlen(path.data + at) + 1) {
		const char *directory = path.data + at;

		if (*directory && strcmp(directory, ".") != 0) {
			if (process_directory(&tasks, directory, err) < 0)
				return -1;
		} else if (all->quiet < 2) {
			all->print(all->context, false, slice_c(_("Skipping current directory\n")));
		}
	}
	*ret_success = tasks.success;
	return 0;
}
