#include "image/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/content.h"
#include "base/locale.h"
#include "base/path.h"
#include "base/presence.h"
#include "base/tree.h"
#include "image/directory.h"
#include "image/glob.h"
#include "image/link.h"

/* The scan of one SOURCE. */
struct scan {
	struct plan *plan;
	const struct plan_options *options;
	const struct plan_listener *listener;
	struct globs globs;
	const char *root;   /* the SOURCE's path */
	struct slice place; /* empty: the root */
	/* The files at the places of the image and of the other result; st_ino is 0 if there is no
	 * file. */
	struct stat bundle, beside[PLAN_BESIDE];
	struct str path;       /* path, in the image, of the entry that is visited */
	struct error *refusal; /* ends the scan */
};

/* Directories that caches, version control and processors of factors keep beside sources. Returns
 * why the directory is no source, or NULL. */
static const char *why_ignored(struct slice name)
{
	static const struct {
		const char *name;
		const char *reason;
	} ignored[] = {
	    {"__pycache__", "bytecode, which the build compiles itself"},
	    {"__f-int__", "built files beside sources"},
	    {".f-int", "built files beside sources"},
	    {".git", "version control"},
	    {".svn", "version control"},
	    {".hg", "version control"},
	    {".darcs", "version control"},
	    {".pijul", "version control"},
	};

	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		if (slice_is(name, ignored[i].name))
			return ignored[i].reason;
	return NULL;
}

static bool is_python(struct slice path)
{
	return slice_ends(path, SLICE_LITERAL(".py"));
}

/* Report a problem of one entry; the scan goes on. */
static void report(struct scan *scan, struct error *problem)
{
	if (!error_is_local(problem)) {
		(void)fail_with(&scan->refusal, problem); /* always -1 */
		return;
	}
	scan->plan->problems++;
	scan->listener->problem(scan->listener->context, problem);
}

/* Whether a X.pyc will be made of the X.py beside `origin`: 1, 0, or -1 if the system does not
 * tell. */
static int is_replaced(
    const struct scan *scan, struct slice name, const char *origin, struct error **err)
{
	autofree char *source = NULL, *path = NULL;

	if (!scan->options->makes_legacy || !slice_ends(name, SLICE_LITERAL(".pyc")))
		return 0;
	source = xmemdup0(origin, strlen(origin) - 1);
	path = xmemdup0(scan->path.data, scan->path.len - 1);
	return globs_match(&scan->globs, slice_c(path)) ? 0 : presence_of_file(source, err);
}

static void leave_out(const struct scan *scan, const char *origin, const char *reason)
{
	if (scan->listener->left_out)
		scan->listener->left_out(scan->listener->context, origin, reason);
}

static bool is_at(const struct stat *result, const struct stat *stat)
{
	return result->st_ino && stat->st_ino == result->st_ino && stat->st_dev == result->st_dev;
}

/* Whether a result will replace the entry. */
static bool is_image(const struct scan *scan, const struct stat *stat)
{
	for (size_t i = 0; i < PLAN_BESIDE; i++) {
		if (is_at(&scan->beside[i], stat))
			return true;
	}
	return is_at(&scan->bundle, stat);
}

/* Whether an entry is the marker of an image, which now serves as a source. */
static int is_marker(struct slice name, const char *origin, bool *ret, struct error **err)
{
	*ret = slice_is(name, BUNDLE_MARKER) || slice_is(name, BUNDLE_MARKER_OTHER);
	return *ret ? bundle_is_marker(AT_FDCWD, origin, ret, err) : 0;
}

/* A file .git, as work trees and submodules of git have it: "gitdir: PATH". */
static int leads_to_git(struct slice name, const char *origin, bool *ret, struct error **err)
{
	static const char beginning[] = "gitdir: ";
	char bytes[sizeof(beginning) - 1];
	autoclose int fd = -1;
	struct stat stat;
	ssize_t count;

	*ret = false;
	if (!slice_is(name, ".git"))
		return 0;
	fd = content_open(place_at(origin), &stat, err);
	if (fd < 0)
		return -1;
	count = content_read(fd, bytes, sizeof(bytes));
	if (count < 0)
		return fail_input(err, errno, origin, "cannot read");
	*ret = slice_is(slice_of(bytes, (size_t)count), beginning);
	return 0;
}

static int why_file_is_left_out(const struct scan *scan, struct slice name, const char *origin,
    const char **ret, struct error **err)
{
	int replaced = is_replaced(scan, name, origin, err);
	bool is;

	if (replaced < 0)
		return -1;
	*ret = replaced ? "the bytecode of the source beside it takes its place" : NULL;
	if (is_marker(name, origin, &is, err) < 0)
		return -1;
	if (is)
		*ret = "the marker file of an image";
	if (leads_to_git(name, origin, &is, err) < 0)
		return -1;
	if (is)
		*ret = why_ignored(name);
	return 0;
}

/* Why an entry is left out; NULL if it is taken. */
static int why_left_out(const struct scan *scan, const struct walk_entry *entry, const char *origin,
    const char **ret, struct error **err)
{
	const struct plan_recognizer *results = scan->options->results;

	*ret = NULL;
	if (is_image(scan, &entry->stat))
		*ret = "written by this build";
	else if (globs_match(&scan->globs, str_slice(&scan->path)))
		*ret = "excluded";
	else if (S_ISDIR(entry->stat.st_mode) || S_ISLNK(entry->stat.st_mode))
		*ret = why_ignored(entry->name);
	else if (S_ISREG(entry->stat.st_mode) &&
		 why_file_is_left_out(scan, entry->name, origin, ret, err) < 0)
		return -1;
	return *ret || !results
		   ? 0
		   : results->why_not(results->context, origin, &entry->stat, ret, err);
}

/* The name of an item's origin, for a message about another item. */
static const char *origin_of(const struct item *item)
{
	return item->origin ? item->origin : "an entry of the image itself";
}

/* Whether two entries for one path are equal. */
static int compare(const struct item *a, const struct item *b, bool *ret, struct error **err)
{
	*ret = false;
	if (a->kind == ITEM_DIRECTORY || b->kind == ITEM_DIRECTORY) {
		*ret = a->kind == b->kind;
		return 0;
	}
	if (a->target || b->target) {
		*ret = a->target && b->target && strcmp(a->target, b->target) == 0;
		return 0;
	}
	if (!a->origin || !b->origin || a->executable != b->executable || a->size != b->size)
		return 0;
	return content_equal(a->origin, b->origin, ret, err);
}

/* Handle an entry for a path that has an item. False if the new entry is dropped. */
static bool meet(struct scan *scan, struct item *item, const struct item *new)
{
	struct error *problem = NULL;
	bool same;

	if (compare(item, new, &same, &problem) < 0) {
		report(scan, problem);
		return false;
	}
	if (!same) {
		fail_at(&problem, new->origin, 0, 0, NULL,
		    "'%.*s' in the image is already taken by '%s', which is different",
		    (int)new->path.len, new->path.data, origin_of(item));
		report(scan, problem);
		return false;
	}
	/* The links are equal, but only the later one's leads to an existing source. */
	if (item->kind == ITEM_LINK && new->kind == ITEM_PYTHON) {
		struct slice path = item->path;

		*item = *new;
		item->path = path;
	}
	return true;
}

/* Make an entry an item. The item takes over the entry's strings, except the path. False if the
 * entry was refused. */
static bool enter(struct scan *scan, const struct item *new)
{
	struct item *item = map_get(&scan->plan->by_path, new->path);
	struct slice path;

	if (item)
		return meet(scan, item, new);
	item = plan_add(scan->plan, new->kind, new->path);
	path = item->path;
	*item = *new;
	item->path = path;
	return true;
}

/* A link stays a link. A link to a source is a source as well. */
static int describe_link(
    struct scan *scan, const struct walk_entry *entry, struct item *item, struct error **err)
{
	autostr struct str end_path = STR_INIT;
	struct stat end_stat;
	enum link_end end;

	item->kind = ITEM_LINK;
	item->target = arena_strdup(&scan->plan->arena, entry->target);
	end = link_resolve(scan->root, entry->path, slice_c(entry->target), &end_path, &end_stat);
	if (end == LINK_UNSEEN)
		return fail_input(
		    err, errno, item->origin, "cannot examine the target of the link");
	if (end == LINK_OUTSIDE && !scan->options->external_links)
		return fail_at(err, item->origin, 0, 0, NULL, "link leads out of '%s': '%s'",
		    scan->root, entry->target);
	if (!is_python(entry->name))
		return 0;
	if (end == LINK_ENDLESS) {
		struct error *problem = NULL;

		fail_input(&problem, ELOOP, item->origin, "cannot follow the link");
		report(scan, problem);
	}
	if (end == LINK_REGULAR && is_python(str_slice(&end_path))) {
		item->kind = ITEM_PYTHON;
		item->executable = end_stat.st_mode & S_IXUSR;
		item->size = (uint64_t)end_stat.st_size;
	}
	return 0;
}

static void describe_file(const struct stat *stat, struct item *item)
{
	item->kind = is_python(item->path) ? ITEM_PYTHON : ITEM_FILE;
	item->executable = stat->st_mode & S_IXUSR;
	item->size = (uint64_t)stat->st_size;
}

/* The item that an entry becomes. */
static int describe(
    struct scan *scan, const struct walk_entry *entry, struct item *item, struct error **err)
{
	if (item->path.len >= PATH_MAX || strlen(item->origin) >= PATH_MAX)
		return fail_input(err, ENAMETOOLONG, item->origin, "cannot be part of an image");
	if (S_ISLNK(entry->stat.st_mode))
		return describe_link(scan, entry, item, err);
	if (S_ISREG(entry->stat.st_mode))
		describe_file(&entry->stat, item);
	else if (S_ISDIR(entry->stat.st_mode))
		item->kind = ITEM_DIRECTORY;
	else
		return fail_at(err, item->origin, 0, 0, NULL,
		    "cannot be part of an image: not a file, directory or link");
	return 0;
}

static enum walk_answer visit_entry(struct scan *scan, const struct walk_entry *entry)
{
	autostr struct str origin = STR_INIT;
	struct error *problem = NULL;
	struct item item = {0};
	const char *reason;

	str_truncate(&scan->path, 0);
	path_join(&scan->path, scan->place, entry->path);
	path_join(&origin, slice_c(scan->root), entry->path);
	if (why_left_out(scan, entry, str_c(&origin), &reason, &problem) < 0) {
		report(scan, problem);
		return WALK_SKIP;
	}
	if (reason) {
		leave_out(scan, str_c(&origin), reason);
		return WALK_SKIP;
	}
	item.path = str_slice(&scan->path);
	item.origin = arena_copy(&scan->plan->arena, str_slice(&origin));
	if (describe(scan, entry, &item, &problem) < 0) {
		report(scan, problem);
		return WALK_SKIP;
	}
	return enter(scan, &item) ? WALK_GO : WALK_SKIP;
}

/* Go on, unless the system has refused something. */
static enum walk_answer go_on(struct scan *scan, enum walk_answer answer, struct error **err)
{
	if (!scan->refusal)
		return answer;
	(void)fail_with(err, steal(&scan->refusal)); /* always -1 */
	return WALK_STOP;
}

static enum walk_answer visit(void *context, const struct walk_entry *entry, struct error **err)
{
	return go_on(context, visit_entry(context, entry), err);
}

static enum walk_answer trouble(
    void *context, struct slice path, struct error *problem, struct error **err)
{
	(void)path; /* the problem names it */
	report(context, problem);
	return go_on(context, WALK_GO, err);
}

/* Add `path` and the paths above it as directories, on behalf of the SOURCE. False if one is
 * refused. */
static bool enter_directories(struct scan *scan, struct slice path)
{
	for (size_t len = 1; len <= path.len; len++) {
		struct item item = {.kind = ITEM_DIRECTORY, .path = slice_of(path.data, len)};

		if (len < path.len && path.data[len] != '/')
			continue;
		item.origin = arena_strdup(&scan->plan->arena, scan->root);
		if (!enter(scan, &item))
			return false;
	}
	return true;
}

static int scan_file(struct scan *scan, const struct stat *stat)
{
	struct item item = {.path = scan->place};
	struct slice parent = path_parent(scan->place);

	if (globs_match(&scan->globs, scan->place)) {
		leave_out(scan, scan->root, "excluded");
		return 0;
	}
	if (!slice_is(parent, ".") && !enter_directories(scan, parent))
		return 0;
	item.origin = arena_strdup(&scan->plan->arena, scan->root);
	describe_file(stat, &item);
	(void)enter(scan, &item); /* the refusal was reported */
	return 0;
}

static int scan_directory(struct scan *scan, struct error **err)
{
	const struct walk_visitor visitor = {visit, trouble, scan};

	if (scan->place.len > 0 && globs_match(&scan->globs, scan->place)) {
		leave_out(scan, scan->root, "excluded");
		return 0;
	}
	if (!enter_directories(scan, scan->place))
		return 0;
	return tree_walk(place_at(scan->root), &visitor, err);
}

static int fail_place(struct error **err, const char *source, const char *reason)
{
	return fail(err, ERROR_USAGE, "'%s' %s", source, reason);
}

/* Split PATH=PLACE; *ret_place is NULL if there is no place. */
static int split_source(struct arena *arena, const char *source, const char **ret_path,
    const char **ret_place, struct error **err)
{
	const char *equals = strrchr(source, '=');
	int there = equals ? presence_at(AT_FDCWD, source, AT_SYMLINK_NOFOLLOW, NULL, NULL, err)
			   : 1;

	*ret_path = source;
	*ret_place = NULL;
	if (there)
		return there < 0 ? -1 : 0;
	*ret_path = arena_copy(arena, slice_of(source, (size_t)(equals - source)));
	*ret_place = equals + 1;
	return 0;
}

/* The given path in the image; "." is the image's root. */
static int parse_place(const char *text, const char *source, struct slice *ret, struct error **err)
{
	struct slice place = slice_c(text);

	while (place.len > 1 && place.data[place.len - 1] == '/')
		place.len--;
	*ret = slice_is(place, ".") ? slice_of("", 0) : place;
	if (ret->len > 0 && !path_is_confined(*ret))
		return fail_place(err, source,
		    "places a source outside of the image: give a relative path without '..'");
	return place.len > 0 ? 0
			     : fail_place(err, source, "names no place: give one after the '='");
}

/* The name of a package or file: the given path's name, or, if that is "." or "..", the name in the
 * file system. */
static int name_of(struct arena *arena, const char *path, struct slice *ret, struct error **err)
{
	autofree char *real = NULL;
	struct slice rest = slice_c(path);

	while (slice_is(path_name(rest), ".") && rest.len > 1)
		rest = path_parent(rest);
	*ret = path_name(rest);
	if (path_is_confined(*ret))
		return 0;
	real = realpath(path, NULL);
	if (!real)
		return fail_errno(err, errno, "cannot find the name of '%s'", path);
	*ret = path_name(slice_c(real));
	if (ret->len == 0)
		return fail_place(err, path, "has no name of its own: give it a place, PATH=PLACE");
	*ret = slice_of(arena_copy(arena, *ret), ret->len);
	return 0;
}

/* The place of the SOURCE; for a directory that is no package, of its content. */
static int find_place(struct arena *arena, const char *source, const char *path, const char *given,
    bool is_directory, struct slice *ret, struct error **err)
{
	int has_name = 1;

	*ret = slice_of("", 0);
	if (given && parse_place(given, source, ret, err) < 0)
		return -1;
	if (!given && is_directory) /* a package keeps its name */
		has_name = presence_of_file(arena_printf(arena, "%s/__init__.py", path), NULL);
	if (has_name < 0)
		return fail_errno(err, errno, "cannot examine '%s'", path);
	if (!given && has_name && name_of(arena, path, ret, err) < 0)
		return -1;
	if (!is_directory && ret->len == 0)
		return fail_place(err, source,
		    "places a file at the root of the image: give the file a name, PATH=PLACE");
	return 0;
}

static int examine(const char *path, struct stat *ret, struct error **err)
{
	if (stat(path, ret) < 0) {
		if (errno_is_absence(errno))
			return fail(err, ERROR_USAGE, "'%s' does not exist", path);
		return fail_errno(err, errno, "cannot examine '%s'", path);
	}
	if (!S_ISREG(ret->st_mode) && !S_ISDIR(ret->st_mode))
		return fail(err, ERROR_USAGE, "'%s' is neither a directory nor a file", path);
	return 0;
}

/* Examine the place of a result; st_ino is 0 if there is nothing. */
static int look_at_result(const char *path, struct stat *ret, struct error **err)
{
	int there = path ? presence_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, ret, NULL, err) : 0;

	if (!there)
		ret->st_ino = 0;
	return there < 0 ? -1 : 0;
}

/* Parse the argument: the path to read, and the place in the image. Strings are the arena's. */
static int read_argument(struct arena *arena, const char *source, const char **ret_path,
    struct slice *ret_place, struct stat *ret, struct error **err)
{
	const char *given;

	if (split_source(arena, source, ret_path, &given, err) < 0 ||
	    examine(*ret_path, ret, err) < 0)
		return -1;
	return find_place(arena, source, *ret_path, given, S_ISDIR(ret->st_mode), ret_place, err);
}

int plan_check_output(const char *source, const char *output, struct error **err)
{
	autoarena struct arena arena = {0};
	autostr struct str from = STR_INIT;
	autostr struct str to = STR_INIT;
	struct slice place;
	struct stat stat;
	const char *path;

	if (read_argument(&arena, source, &path, &place, &stat, err) < 0 ||
	    tree_resolve(path, &from, err) < 0 || tree_resolve(output, &to, err) < 0)
		return -1;
	if (path_below(str_slice(&from), str_slice(&to), NULL))
		return fail(err, ERROR_USAGE,
		    "'%s' is the source '%s' or contains it: name another output", output, path);
	return 0;
}

int plan_add_source(struct plan *plan, const char *source, const struct plan_options *options,
    const struct plan_listener *listener, struct error **err)
{
	struct scan scan = {.plan = plan, .options = options, .listener = listener};
	autolocale struct locale_scope locale = LOCALE_SCOPE_INIT;
	autoarena struct arena arena = {0};
	struct stat stat;
	int result;

	if (locale_enter(&locale, err) < 0)
		return -1;
	if (read_argument(&arena, source, &scan.root, &scan.place, &stat, err) < 0)
		return -1;
	/* A copy with a NUL at its end, where the text may have had a slash. */
	scan.place.data = arena_copy(&arena, scan.place);
	if (look_at_result(options->bundle, &scan.bundle, err) < 0)
		return -1;
	for (size_t i = 0; i < PLAN_BESIDE; i++) {
		if (look_at_result(options->beside[i], &scan.beside[i], err) < 0)
			return -1;
	}
	globs_init(&scan.globs, &arena, options->excludes);
	result = S_ISDIR(stat.st_mode) ? scan_directory(&scan, err) : scan_file(&scan, &stat);
	if (scan.refusal)
		result = fail_with(err, steal(&scan.refusal));
	str_release(&scan.path);
	return result;
}
