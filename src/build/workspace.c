#include "build/workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/temporary.h"
#include "base/tree.h"
#include "build/mark.h"
#include "jobs/signals.h"

#define WAIT_NANOSECONDS 20000000L

static void print_waiting(const struct workspace *workspace, struct reporter *reporter)
{
	autostr struct str text = STR_INIT;

	if (reporter->json)
		return;
	str_adds(&text, "kiln: waiting for another build of '");
	str_add_printable(&text, workspace->product->path);
	str_adds(&text, "'\n");
	reporter_print(reporter, str_slice(&text));
}

/* Poll for the lock. A blocking call could miss a signal that arrives right before it. */
static int wait_lock(const struct workspace *workspace, int fd, const char *path,
    struct reporter *reporter, struct error **err)
{
	const struct timespec pause = {0, WAIT_NANOSECONDS};
	bool is_printed = false;

	while (!interrupted()) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return fail_errno(err, errno, "cannot lock '%s'", path);
		if (!is_printed)
			print_waiting(workspace, reporter);
		is_printed = true;
		(void)nanosleep(&pause, NULL);
	}
	return fail(err, ERROR_SYSTEM, "interrupted");
}

/* Whether an open file still has its name: the process that held the lock may have removed it. */
static bool is_named(int fd, struct place place)
{
	struct stat locked, named;

	return fstat(fd, &locked) == 0 && place_stat(place, &named) == 0 &&
	       locked.st_dev == named.st_dev && locked.st_ino == named.st_ino;
}

static int make_directory(const struct workspace *workspace, struct error **err)
{
	struct error *error = NULL;

	if (tree_make(workspace_place(workspace, workspace->directory), &error) == 0)
		return 0;
	error->kind = ERROR_SYSTEM; /* nothing can be built */
	return fail_with(err, error);
}

int workspace_lock(struct workspace *workspace, struct reporter *reporter, struct error **err)
{
	autofree char *path = xasprintf("%s/lock", workspace->directory);
	const struct place place = workspace_place(workspace, path);

	while (!interrupted()) {
		autoerror struct error *error = NULL;
		autoclose int fd = -1;

		if (make_directory(workspace, err) < 0)
			return -1;
		fd = lock_open(place, &error);
		if (fd < 0 && error->number == ENOENT)
			continue; /* somebody removed the directory just now */
		/* Whatever is no file cannot be locked by anybody: remove it. */
		if (fd < 0 &&
		    (!error->number || error->number == EISDIR || error->number == ELOOP) &&
		    tree_remove(place, NULL) == 0)
			continue;
		if (fd < 0)
			return fail_with(err, steal(&error));
		if (wait_lock(workspace, fd, path, reporter, err) < 0)
			return -1;
		if (is_named(fd, place)) {
			workspace->lock = steal_fd(&fd);
			return 0;
		}
	}
	return fail(err, ERROR_SYSTEM, "interrupted");
}

static char *busy_path(const struct workspace *workspace)
{
	return xasprintf("%s/busy", workspace->directory);
}

static char *build_state_path(const struct workspace *workspace)
{
	return xasprintf("%s/state", workspace->directory);
}

void workspace_prefetch(struct workspace *workspace)
{
	autofree char *path = build_state_path(workspace);

	if (!workspace->prefetch)
		workspace->prefetch = prefetch_begin(
		    workspace->fd, workspace_place(workspace, path));
}

static void forget_prefetch(struct workspace *workspace)
{
	prefetch_free(steal(&workspace->prefetch));
}

/* Move the prefetched state to the workspace, unless it is out of date. */
static bool use_prefetch(struct workspace *workspace)
{
	if (workspace->prefetch && prefetch_take(workspace->prefetch, &workspace->state))
		return true;
	forget_prefetch(workspace);
	return false;
}

int workspace_read_state(
    struct workspace *workspace, struct reporter *reporter, bool warns, struct error **err)
{
	autofree char *path = build_state_path(workspace);
	autofree char *busy = busy_path(workspace);
	autoerror struct error *warning = NULL, *error = NULL;
	struct stat found;

	if (!use_prefetch(workspace) &&
	    build_state_read(&workspace->state, workspace_place(workspace, path),
		&workspace->is_state_damaged, &error) < 0) {
		/* A build replaces a state that may not be read. */
		if (workspace->lock < 0 || errno_kind(error->number) != ERROR_INPUT)
			return fail_with(err, steal(&error));
		workspace->is_state_damaged = true;
	}
	workspace->was_killed = !workspace->state.by_image.count ||
				place_stat(workspace_place(workspace, busy), &found) == 0 ||
				errno != ENOENT;
	/* Images may have changed between the prefetch and the lock. */
	if (workspace->was_killed)
		forget_prefetch(workspace);
	if (!workspace->is_state_damaged || !warns)
		return 0;
	(void)fail_at(&warning, path, 0, 0, NULL,
	    "build state is damaged or from another version; rescanning");
	reporter_warning(reporter, warning);
	return 0;
}

/* Write a file of the directory, replacing whatever stands there. */
static int write_own(
    const struct workspace *workspace, const char *path, struct slice text, struct error **err)
{
	const struct place place = workspace_place(workspace, path);
	autoerror struct error *error = NULL;

	if (file_replace(place, text, file_default_mode(), FILE_OVER, &error) == 0)
		return 0;
	if (error->number == EISDIR && tree_remove(place, NULL) == 0 &&
	    file_replace(place, text, file_default_mode(), FILE_OVER, &error) == 0)
		return 0;
	error->kind = ERROR_SYSTEM; /* nothing can be built */
	return fail_with(err, steal(&error));
}

int workspace_write_state(const struct workspace *workspace, struct build_state_item *items,
    size_t count, struct error **err)
{
	autofree char *path = build_state_path(workspace);
	autostr struct str text = STR_INIT;

	if (build_state_write(&workspace->state, items, count, &text, err) < 0)
		return -1;
	return write_own(workspace, path, str_slice(&text), err);
}

static enum walk_answer collect_name(
    void *context, const struct walk_entry *entry, struct error **err)
{
	(void)err; /* cannot fail */
	fields_add(context, entry->name);
	return WALK_SKIP;
}

static enum walk_answer refuse(
    void *context, struct slice path, struct error *problem, struct error **err)
{
	(void)context;
	(void)path; /* the problem names it */
	problem->kind = ERROR_SYSTEM;
	(void)fail_with(err, problem); /* always -1 */
	return WALK_STOP;
}

static enum walk_answer collect_temporary(
    void *context, const struct walk_entry *entry, struct error **err)
{
	(void)err; /* cannot fail */
	if (!temporary_is(entry->name))
		return WALK_GO;
	fields_add(context, entry->path);
	return WALK_SKIP;
}

void workspace_sweep(const struct workspace *workspace, struct slice directory)
{
	autofields struct fields paths = FIELDS_INIT;
	const struct walk_visitor visitor = {collect_temporary, walk_pass_over, &paths};
	autostr struct str path = STR_INIT;
	size_t len;

	str_addf(&path, "%s/%s", workspace->product->path.data, directory.data);
	if (tree_walk(workspace_place(workspace, str_c(&path)), &visitor, NULL) < 0)
		return;
	len = path.len;
	for (size_t i = 0; i < paths.count; i++) {
		str_truncate(&path, len);
		str_addc(&path, '/');
		str_add_slice(&path, fields_at(&paths, i));
		(void)tree_remove(workspace_place(workspace, str_c(&path)), NULL);
	}
}

/* The directory to sweep for an image: the first component of its path, which has all images of the
 * form, or if images stand beside sources the image's own directory. */
static struct slice sweep_directory(const struct graph *graph, const struct node *node)
{
	const char *slash = memchr(node->image.data, '/', node->image.len);

	if (graph->layout == LAYOUT_FINT || !slash)
		return path_parent(node->image);
	return slice_of(node->image.data, (size_t)(slash - node->image.data));
}

static void sweep_workspace(const struct graph *graph, const struct workspace *workspace)
{
	automap struct map swept = {0};

	workspace_sweep(workspace, SLICE_LITERAL(BUILD_DIRECTORY));
	for (size_t i = 0; i < graph->node_count; i++) {
		const struct node *node = graph->nodes[i];
		struct slice place = sweep_directory(graph, node);
		autofree char *copy = NULL;

		if (node->workspace != workspace || map_find(&swept, place))
			continue;
		(void)map_at(&swept, place);
		copy = xmemdup0(place.data, place.len);
		workspace_sweep(workspace, slice_c(copy));
	}
}

int workspace_mark_busy(struct workspace *workspace, struct error **err)
{
	autofree char *path = busy_path(workspace);

	if (!workspace->is_busy && write_own(workspace, path, SLICE_LITERAL(""), err) < 0)
		return -1;
	workspace->is_busy = true;
	return 0;
}

void workspace_clear_busy(struct workspace *workspace)
{
	autofree char *path = busy_path(workspace);

	workspace->is_busy = false;
	/* If the note stays, the next build looks for images without a record, and finds none. */
	(void)tree_remove(workspace_place(workspace, path), NULL);
}

/* What builds keep there is for no repository: Git is told so, unless somebody told it else. */
static int write_ignore(const struct workspace *workspace, struct error **err)
{
	autofree char *path = xasprintf("%s/.gitignore", workspace->directory);
	struct stat found;

	if (place_stat(workspace_place(workspace, path), &found) == 0)
		return 0;
	return write_own(workspace, path, SLICE_LITERAL("*\n"), err);
}

void workspaces_sweep(const struct graph *graph)
{
	for (size_t i = 0; i < graph->workspace_count; i++) {
		if (graph->workspaces[i]->was_killed)
			sweep_workspace(graph, graph->workspaces[i]);
	}
}

int workspaces_begin(const struct graph *graph, struct error **err)
{
	for (size_t i = 0; i < graph->workspace_count; i++) {
		if (workspace_mark_busy(graph->workspaces[i], err) < 0 ||
		    write_ignore(graph->workspaces[i], err) < 0 ||
		    mark_directories(graph, graph->workspaces[i], err) < 0)
			return -1;
	}
	return 0;
}

void workspaces_end(const struct graph *graph, bool dirty)
{
	for (size_t i = 0; i < graph->workspace_count; i++) {
		if (dirty)
			sweep_workspace(graph, graph->workspaces[i]);
		else
			workspace_clear_busy(graph->workspaces[i]);
	}
}

int workspace_remove(const struct workspace *workspace, struct error **err)
{
	autofree char *lock = xasprintf("%s/lock", workspace->directory);
	autofields struct fields names = FIELDS_INIT;
	const struct walk_visitor visitor = {collect_name, refuse, &names};

	if (tree_walk(workspace_place(workspace, workspace->directory), &visitor, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		autofree char *path = xasprintf(
		    "%s/%s", workspace->directory, fields_at(&names, i).data);

		if (strcmp(path, lock) != 0 &&
		    tree_remove(workspace_place(workspace, path), err) < 0)
			return -1;
	}
	/* From here on another build may start. */
	if (tree_remove(workspace_place(workspace, lock), err) < 0)
		return -1;
	if (unlinkat(workspace->fd, BUILD_DIRECTORY, AT_REMOVEDIR) < 0 && errno != ENOTEMPTY &&
	    errno != EEXIST && errno != ENOENT && errno != ENOTDIR)
		return fail_errno(err, errno, "cannot remove '%s'", workspace->directory);
	return 0;
}
