#include <errno.h>

#include "base/presence.h"
#include "base/tree.h"
#include "python/source.h"
#include "ship/pyproject_files.h"

/* What setuptools does not take for packages of a project that has them at its top. */
static const char *const other_packages[] = {"ci", "bin", "debian", "doc", "docs", "documentation",
    "manpages", "news", "newsfragments", "changelog", "test", "tests", "unit_test", "unit_tests",
    "example", "examples", "scripts", "tools", "util", "utils", "python", "build", "benchmark",
    "benchmarks", "exercise", "exercises", "htmlcov", "tasks", "fabfile", "site_scons"};
static const char *const other_modules[] = {"setup", "conftest", "test", "tests", "example",
    "examples", "build", "toxfile", "noxfile", "pavement", "dodo", "tasks", "fabfile", "SConstruct",
    "conanfile", "manage", "benchmark", "benchmarks", "exercise", "exercises"};

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

static bool is_in(struct slice name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_is(name, list[i]))
			return true;
	return false;
}

/* What is looked for in a directory, and what was found. */
struct search {
	struct pyproject *project;
	const char *where; /* relative to the project; "" is its top */
	bool needs_init;   /* a directory without __init__.py is no package */
	bool takes_modules;
	struct pyproject_top *found;
};

/* Whether a word may be an identifier: which letters beyond ASCII are, does not matter here. */
static bool may_be_identifier(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];
		bool is_digit = c >= '0' && c <= '9';

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
			(unsigned char)c >= 0x80 || (is_digit && i > 0)))
			return false;
	}
	return name.len > 0;
}

/* Whether a directory is one that setuptools never takes, or, without __init__.py, one of results.
 */
static bool is_never_package(const struct search *search, struct slice name, bool has_init)
{
	if (slice_ends(name, SLICE_LITERAL("__pycache__")) || slice_is(name, "ez_setup"))
		return true;
	return !*search->where && !has_init && (slice_is(name, "build") || slice_is(name, "dist"));
}

/* An entry of the directory that may be a package or module of the project. */
static bool is_taken(const struct search *search, const struct walk_entry *entry, bool has_init)
{
	struct slice name = entry->name;
	bool is_module = S_ISREG(entry->stat.st_mode) && slice_ends(name, SLICE_LITERAL(".py"));

	if (is_module)
		name.len -= strlen(".py");
	if (!may_be_identifier(name) || (!is_module && !S_ISDIR(entry->stat.st_mode)) ||
	    (is_module && !search->takes_modules) ||
	    (!is_module && search->needs_init && !has_init) ||
	    (!is_module && is_never_package(search, name, has_init)))
		return false;
	if (*search->where)
		return true;
	return is_module ? !is_in(name, other_modules, COUNT(other_modules))
			 : !is_in(name, other_packages, COUNT(other_packages));
}

static void add_name(struct pyproject_top *found, struct arena *arena, struct slice name)
{
	const char **old = found->names;

	if (found->count == found->capacity) {
		found->capacity = found->capacity ? 2 * found->capacity : 16;
		found->names = arena_zalloc(arena, found->capacity, sizeof(*found->names));
		if (old)
			memcpy(found->names, old, found->count * sizeof(*old));
	}
	found->names[found->count++] = arena_copy(arena, name);
}

static enum walk_answer see_entry(void *context, const struct walk_entry *entry, struct error **err)
{
	struct search *search = context;
	struct pyproject_top *found = search->found;
	autofree char *init = xasprintf("%s/__init__.py", entry->name.data);
	int has_init = 0;

	if (S_ISDIR(entry->stat.st_mode))
		has_init = presence_at(entry->directory, init, 0, NULL, NULL, err);
	if (has_init < 0)
		return WALK_STOP;
	if (!is_taken(search, entry, has_init))
		return WALK_SKIP;
	add_name(found, &search->project->arena, entry->name);
	return WALK_SKIP;
}

static int run_search(struct search *search, struct error **err)
{
	const struct walk_visitor visitor = {see_entry, walk_fail, search};
	autofree char *path = xasprintf("%s/%s", search->project->directory, search->where);

	/* Links are not followed: they may lead out of the project. */
	return tree_walk(place_below(search->project->fd, search->where, path), &visitor, err);
}

/* Whether the project has the directory of sources: 1, 0; fails for a link. */
static int has_source_directory(
    const struct pyproject *project, const char *source, struct error **err)
{
	autofree char *path = xasprintf("%s/%s", project->directory, source);
	struct stat stat;
	int there = pyproject_stat(project, source, &stat, err);

	if (there > 0 && S_ISLNK(stat.st_mode))
		return fail_at(err, path, 0, 0, NULL,
		    "a link, which is not followed: name the packages as SOURCE");
	return there < 0 ? -1 : there && S_ISDIR(stat.st_mode);
}

int pyproject_find_module(struct pyproject *project, const char *module, const char **ret_root,
    const char **ret_place, struct error **err)
{
	static const char *const roots[] = {"", "src"};
	const char *const places[] = {module, arena_printf(&project->arena, "%s.py", module)};

	*ret_place = NULL;
	for (size_t i = 0; i < 4 && !*ret_place; i++) {
		const char *path = pyproject_join(project, roots[i / 2], places[i % 2]);
		int there = i % 2 ? pyproject_has_file(project, path, err)
				  : pyproject_has_directory(project, path, err);

		if (there < 0)
			return -1;
		*ret_root = roots[i / 2];
		*ret_place = there ? places[i % 2] : NULL;
	}
	return 0;
}

int pyproject_find_top(
    struct pyproject *project, const char *source, struct pyproject_top *ret, struct error **err)
{
	int has_source = *source ? has_source_directory(project, source, err) : 0;
	struct search search = {
	    .project = project, .where = source, .takes_modules = true, .found = ret};

	*ret = (struct pyproject_top){.where = source};
	if (has_source < 0 || (has_source && run_search(&search, err) < 0))
		return -1;
	if (ret->count > 0)
		return 0;
	ret->where = "";
	search = (struct search){.project = project, .where = "", .needs_init = true, .found = ret};
	if (run_search(&search, err) < 0 || ret->count > 0)
		return ret->count > 0 ? 0 : -1;
	search.takes_modules = true;
	return run_search(&search, err);
}
