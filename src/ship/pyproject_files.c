#include "ship/pyproject_files.h"

#include <errno.h>

#include "base/presence.h"
#include "base/tree.h"
#include "distribution/name.h"
#include "image/glob.h"

const struct json *pyproject_look_up(const struct pyproject *project, const char *const *keys)
{
	const struct json *value = project->toml;

	for (; value && *keys; keys++)
		value = json_get(value, *keys);
	return value;
}

int pyproject_fail(const struct pyproject *project, struct error **err, const char *what)
{
	return fail_at(err, project->file, 0, 0, NULL, "%s", what);
}

int pyproject_fail_path(
    const struct pyproject *project, const char *path, const char *tree, struct error **err)
{
	return fail_at(
	    err, project->file, 0, 0, NULL, "'%s' is not a path inside the %s", path, tree);
}

const char *pyproject_path(struct pyproject *project, const char *path)
{
	struct slice slice = slice_c(path);

	while (slice_starts(slice, SLICE_LITERAL("./")))
		slice = slice_from(slice, 2);
	while (slice.len > 1 && slice.data[slice.len - 1] == '/')
		slice.len--;
	return slice_is(slice, ".") ? "" : arena_copy(&project->arena, slice);
}

const char *pyproject_join(struct pyproject *project, const char *a, const char *b)
{
	autostr struct str path = STR_INIT;

	path_join(&path, slice_c(a), slice_c(b));
	return arena_copy(&project->arena, str_slice(&path));
}

const char *pyproject_rest(const char *directory, const char *path)
{
	return path + strlen(directory) + (*directory != 0);
}

const char *pyproject_dotted(struct pyproject *project, const char *name)
{
	char *path = arena_strdup(&project->arena, name);

	for (char *dot = path; (dot = strchr(dot, '.'));)
		*dot = '/';
	return path;
}

const char *pyproject_module(struct pyproject *project, const char *name)
{
	autostr struct str module = STR_INIT;

	distribution_add_normalized(&module, slice_c(name));
	for (size_t i = 0; i < module.len; i++)
		if (module.data[i] == '-')
			module.data[i] = '_';
	return arena_copy(&project->arena, str_slice(&module));
}

int pyproject_stat(
    const struct pyproject *project, const char *path, struct stat *ret, struct error **err)
{
	if (*path && !path_is_confined(slice_c(path)))
		return 0;
	if (place_stat(place_below(project->fd, path, path), ret) == 0)
		return 1;
	if (errno == ELOOP || errno_is_absence(errno))
		return 0;
	return fail_input(err, errno, project->file, "cannot examine '%s'", path);
}

int pyproject_has_file(const struct pyproject *project, const char *path, struct error **err)
{
	struct stat stat;
	int there = pyproject_stat(project, path, &stat, err);

	return there < 0 ? -1 : there && S_ISREG(stat.st_mode);
}

int pyproject_has_directory(const struct pyproject *project, const char *path, struct error **err)
{
	struct stat stat;
	int there = pyproject_stat(project, path, &stat, err);

	return there < 0 ? -1 : there && S_ISDIR(stat.st_mode);
}

int pyproject_examine(
    const struct pyproject *project, const char *path, struct stat *ret, struct error **err)
{
	int there;

	if (*path && !path_is_confined(slice_c(path)))
		return pyproject_fail_path(project, path, "project", err);
	there = pyproject_stat(project, path, ret, err);
	if (there == 0)
		return fail_at(err, project->file, 0, 0, NULL,
		    "names '%s', which does not exist, or is behind a link", path);
	if (there > 0 && !S_ISDIR(ret->st_mode) && !S_ISREG(ret->st_mode))
		return fail_at(err, project->file, 0, 0, NULL,
		    "names '%s', which is neither a directory nor a file", path);
	return there < 0 ? -1 : 0;
}

/* Directories of bytecode, version control and tools. */
static bool is_passed_over(struct slice name)
{
	static const char *const names[] = {"__pycache__", ".git", ".hg", ".svn", ".hatch", ".tox",
	    ".nox", ".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".pixi"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (slice_is(name, names[i]))
			return true;
	return false;
}

struct walking {
	struct pyproject *project;
	const char *where;
	const struct pyproject_visitor *visitor;
};

static enum walk_answer see_entry(void *context, const struct walk_entry *entry, struct error **err)
{
	struct walking *walking = context;
	const struct pyproject_visitor *visitor = walking->visitor;
	const char *path;
	int entered;

	if (S_ISDIR(entry->stat.st_mode) ? is_passed_over(entry->name)
					 : slice_ends(entry->name, SLICE_LITERAL(".pyc")))
		return WALK_SKIP;
	if (!S_ISDIR(entry->stat.st_mode) && !visitor->see)
		return WALK_GO;
	path = pyproject_join(walking->project, walking->where, entry->path.data);
	if (!S_ISDIR(entry->stat.st_mode))
		return visitor->see(visitor->context, path, err) < 0 ? WALK_STOP : WALK_GO;
	entered = visitor->enter ? visitor->enter(visitor->context, path, err) : 1;
	if (entered < 0)
		return WALK_STOP;
	return entered ? WALK_GO : WALK_SKIP;
}

int pyproject_walk(struct pyproject *project, const char *where,
    const struct pyproject_visitor *visitor, struct error **err)
{
	struct walking walking = {project, where, visitor};
	const struct walk_visitor walk = {see_entry, walk_fail, &walking};
	autofree char *shown = xasprintf("%s/%s", project->directory, where);

	/* Links are not followed: they may lead out of the project. */
	return tree_walk(place_below(project->fd, where, shown), &walk, err);
}

int pyproject_take(
    struct pyproject *project, const char *path, const char *place, struct error **err)
{
	if (!path_is_confined(slice_c(place)))
		return pyproject_fail_path(project, place, "image", err);
	if (project->file_count == project->file_capacity) {
		project->file_capacity = project->file_capacity ? 2 * project->file_capacity : 64;
		project->files = xreallocarray(
		    project->files, project->file_capacity, sizeof(*project->files));
	}
	project->files[project->file_count++] = (struct pyproject_file){path, place};
	return 0;
}

/* A directory whose content is taken. */
struct tree {
	struct pyproject *project;
	const char *path, *place;
};

static int take_below(void *context, const char *path, struct error **err)
{
	const struct tree *tree = context;

	return pyproject_take(tree->project, path,
	    pyproject_join(tree->project, tree->place, pyproject_rest(tree->path, path)), err);
}

int pyproject_take_tree(
    struct pyproject *project, const char *path, const char *place, struct error **err)
{
	struct tree tree = {project, path, place};
	const struct pyproject_visitor visitor = {take_below, NULL, &tree};
	struct stat stat;

	if (pyproject_examine(project, path, &stat, err) < 0)
		return -1;
	return S_ISDIR(stat.st_mode) ? pyproject_walk(project, path, &visitor, err)
				     : pyproject_take(project, path, place, err);
}

void pyproject_include(struct pyproject *project, const char *place)
{
	project->includes = xreallocarray(
	    project->includes, project->include_count + 2, sizeof(*project->includes));
	project->includes[project->include_count++] = arena_printf(
	    &project->arena, "/%s", glob_escape(&project->arena, place));
	project->includes[project->include_count] = NULL;
}

/* The length of the longest end of both paths that is of whole components. */
static size_t common_end(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b), best = 0;

	for (size_t len = 1; len <= a_len && len <= b_len && a[a_len - len] == b[b_len - len];
	     len++)
		if ((len == a_len || a[a_len - len - 1] == '/') &&
		    (len == b_len || b[b_len - len - 1] == '/'))
			best = len;
	return best;
}

/* Note that a path, and each directory above it down to the part's, is taken. */
static void note_taken(struct pyproject_part *part, const char *path)
{
	size_t len = strlen(path), least = strlen(part->path);

	for (; len > least; len--)
		if (!path[len] || path[len] == '/')
			*map_at(part->taken, slice_of(path, len)) = part;
}

/* The part that has a directory at a place. */
static struct pyproject_part *part_of(
    struct pyproject *project, struct map *numbers, struct slice path, struct slice place)
{
	const char *key = arena_printf(
	    &project->arena, "%.*s//%.*s", (int)path.len, path.data, (int)place.len, place.data);
	size_t *number = map_get(numbers, slice_c(key));

	if (number)
		return &project->parts[*number];
	number = arena_alloc(&project->arena, sizeof(*number));
	*number = project->count;
	*map_at(numbers, slice_c(key)) = number;
	project->parts = xreallocarray(project->parts, project->count + 1, sizeof(*project->parts));
	project->parts[project->count] = (struct pyproject_part){
	    arena_copy(&project->arena, path), arena_copy(&project->arena, place), NULL};
	return &project->parts[project->count++];
}

void pyproject_group(struct pyproject *project)
{
	automap struct map numbers = {0};

	for (size_t i = 0; i < project->file_count; i++) {
		const char *path = project->files[i].path, *place = project->files[i].place;
		size_t end = common_end(path, place), path_len = strlen(path) - end,
		       place_len = strlen(place) - end;
		const char *slash = end ? strchr(path + path_len, '/') : NULL;
		size_t first = slash ? (size_t)(slash - path) - path_len : 0;
		struct pyproject_part *part;

		if (!slash) {
			(void)part_of(project, &numbers, slice_c(path), slice_c(place));
			continue;
		}
		part = part_of(project, &numbers, slice_of(path, path_len + first),
		    slice_of(place, place_len + first));
		if (!part->taken)
			part->taken = xcalloc(1, sizeof(*part->taken));
		note_taken(part, path);
	}
}
