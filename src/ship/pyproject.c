#include "ship/pyproject.h"

#include <errno.h>
#include <fnmatch.h>

#include "base/file.h"
#include "base/path.h"
#include "base/presence.h"
#include "base/tree.h"
#include "image/glob.h"
#include "python/toml.h"

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

/* The value at a path of keys, ended by NULL; NULL if there is none. */
static const struct json *look_up(const struct json *value, const char *const *keys)
{
	for (; value && *keys; keys++)
		value = json_get(value, *keys);
	return value;
}

#define LOOK_UP(project, ...) look_up((project)->toml, (const char *const[]){__VA_ARGS__, NULL})

static int fail_project(const struct pyproject *project, struct error **err, const char *what)
{
	return fail_at(err, project->file, 0, 0, NULL, "%s", what);
}

int pyproject_read(struct pyproject *project, const char *directory, struct error **err)
{
	static const char *const backends[] = {"setuptools", "hatch", "poetry", "flit", "pdm"};
	autostr struct str text = STR_INIT;
	const struct json *tools;
	int there;

	project->directory = directory;
	project->file = arena_printf(&project->arena, "%s/pyproject.toml", directory);
	project->fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (project->fd < 0)
		return fail_errno(err, errno, "cannot open '%s'", directory);
	there = presence_of_file(project->file, err);
	if (there <= 0)
		return there;
	if (file_read(project->file, TOML_LIMIT, &text, NULL, err) < 0 ||
	    toml_parse(str_slice(&text), project->file, &project->toml, err) < 0)
		return -1;
	if (json_is(json_get(project->toml, "project"), JSON_OBJECT))
		return 1;
	tools = json_get(project->toml, "tool");
	for (size_t i = 0; i < COUNT(backends); i++)
		if (json_get(tools, backends[i]))
			return 1;
	return 0;
}

static void add_part(struct pyproject *project, const char *path, const char *place)
{
	project->parts = xreallocarray(project->parts, project->count + 1, sizeof(*project->parts));
	project->parts[project->count++] = (struct pyproject_part){path, place};
}

/* Fail with a path that leads out of the project, or out of the image. */
static int fail_path(
    const struct pyproject *project, const char *path, const char *tree, struct error **err)
{
	return fail_at(
	    err, project->file, 0, 0, NULL, "'%s' is not a path inside the %s", path, tree);
}

/* A path as the file has it, without slashes at its end. */
static const char *without_slashes(struct pyproject *project, const char *path)
{
	struct slice slice = slice_c(path);

	while (slice.len > 1 && slice.data[slice.len - 1] == '/')
		slice.len--;
	return arena_copy(&project->arena, slice);
}

/* Add a part that the file names. */
static int add_named(
    struct pyproject *project, const char *path, const char *place, struct error **err)
{
	struct stat stat;

	if (!path_is_confined(slice_c(path)))
		return fail_path(project, path, "project", err);
	if (*place && !path_is_confined(slice_c(place)))
		return fail_path(project, place, "image", err);
	/* Links are not followed: they may lead out of the project. */
	if (place_stat(place_below(project->fd, path, path), &stat) < 0) {
		if (errno_is_absence(errno))
			return fail_at(err, project->file, 0, 0, NULL,
			    "names '%s', which does not exist", path);
		return fail_input(err, errno, project->file, "cannot examine '%s'", path);
	}
	if (!S_ISDIR(stat.st_mode) && !S_ISREG(stat.st_mode))
		return fail_at(err, project->file, 0, 0, NULL,
		    "names '%s', which is neither a directory nor a file", path);
	add_part(project, path, place);
	return 0;
}

/* Leave out a path of the image. */
static void exclude(struct pyproject *project, const char *path)
{
	project->excludes = xreallocarray(
	    project->excludes, project->exclude_count + 2, sizeof(*project->excludes));
	project->excludes[project->exclude_count++] = arena_printf(
	    &project->arena, "/%s", glob_escape(&project->arena, path));
	project->excludes[project->exclude_count] = NULL;
}

/* A dotted name as a path. */
static const char *path_of_name(struct pyproject *project, const char *name)
{
	char *path = arena_strdup(&project->arena, name);

	for (char *dot = path; (dot = strchr(dot, '.'));)
		*dot = '/';
	return path;
}

/* What is looked for in a directory, and what was found. */
struct search {
	struct pyproject *project;
	const char *where;			/* relative to the project; "" is its top */
	const struct json *includes, *excludes; /* arrays of patterns of dotted names, or NULL */
	bool needs_init;			/* a directory without __init__.py is no package */
	bool is_top;				/* leave out what setuptools does */
	bool takes_modules;
	size_t found;
};

static bool matches_any(const struct json *patterns, const char *name)
{
	for (const struct json *pattern = json_first(patterns); pattern; pattern = pattern->next)
		if (json_is(pattern, JSON_STRING) && fnmatch(pattern->string, name, 0) == 0)
			return true;
	return false;
}

/* Whether a pattern is of a package in this one: "app.sub*". */
static bool includes_below(const struct json *patterns, struct slice name)
{
	for (const struct json *pattern = json_first(patterns); pattern; pattern = pattern->next)
		if (json_is(pattern, JSON_STRING) && slice_starts(slice_c(pattern->string), name) &&
		    pattern->string[name.len] == '.')
			return true;
	return false;
}

static bool is_identifier(struct slice name)
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

/* A directory in a package: leave it out if its dotted name is excluded. */
static enum walk_answer see_nested(struct search *search, const struct walk_entry *entry)
{
	autofree char *name = xmemdup0(entry->path.data, entry->path.len);

	for (char *slash = name; (slash = strchr(slash, '/'));)
		*slash = '.';
	if (!matches_any(search->excludes, name))
		return WALK_GO;
	exclude(search->project, arena_copy(&search->project->arena, entry->path));
	return WALK_SKIP;
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
static bool is_taken(struct search *search, const struct walk_entry *entry, bool has_init)
{
	struct slice name = entry->name;
	bool is_module = S_ISREG(entry->stat.st_mode) && slice_ends(name, SLICE_LITERAL(".py"));
	const char *dotted;

	if (is_module)
		name.len -= strlen(".py");
	if (!is_identifier(name) || (!is_module && !S_ISDIR(entry->stat.st_mode)) ||
	    (is_module && !search->takes_modules) ||
	    (!is_module && search->needs_init && !has_init) ||
	    (!is_module && is_never_package(search, name, has_init)))
		return false;
	if (search->is_top && (is_module ? is_in(name, other_modules, COUNT(other_modules))
					 : is_in(name, other_packages, COUNT(other_packages))))
		return false;
	dotted = arena_copy(&search->project->arena, name);
	return (!search->includes || matches_any(search->includes, dotted) ||
		   includes_below(search->includes, name)) &&
	       !matches_any(search->excludes, dotted);
}

static enum walk_answer see_entry(void *context, const struct walk_entry *entry, struct error **err)
{
	struct search *search = context;
	struct pyproject *project = search->project;
	autofree char *init = NULL;
	const char *name;
	int has_init = 0;

	if (entry->depth > 0)
		return S_ISDIR(entry->stat.st_mode) ? see_nested(search, entry) : WALK_GO;
	name = arena_copy(&project->arena, entry->name);
	init = xasprintf("%s/__init__.py", name);
	if (S_ISDIR(entry->stat.st_mode))
		has_init = presence_at(entry->directory, init, 0, NULL, NULL, err);
	if (has_init < 0)
		return WALK_STOP;
	if (!is_taken(search, entry, has_init))
		return WALK_SKIP;
	search->found++;
	add_part(project,
	    *search->where ? arena_printf(&project->arena, "%s/%s", search->where, name) : name,
	    name);
	return json_first(search->excludes) ? WALK_GO : WALK_SKIP;
}

static int run_search(struct search *search, struct error **err)
{
	const struct walk_visitor visitor = {see_entry, walk_fail, search};
	autofree char *path = xasprintf("%s/%s", search->project->directory, search->where);

	/* Links are not followed: they may lead out of the project. */
	return tree_walk(place_below(search->project->fd, search->where, path), &visitor, err);
}

/* Search a directory that the file names. */
static int search_named(struct search *search, const char *where, struct error **err)
{
	struct pyproject *project = search->project;
	struct stat stat;
	int looked;

	search->where = strcmp(where, ".") == 0 ? "" : without_slashes(project, where);
	if (!*search->where)
		return run_search(search, err);
	if (!path_is_confined(slice_c(search->where)))
		return fail_at(err, project->file, 0, 0, NULL,
		    "'where' is not a path inside the project: '%s'", where);
	looked = place_stat(place_below(project->fd, search->where, where), &stat);
	if (looked == 0 && S_ISDIR(stat.st_mode))
		return run_search(search, err);
	if (looked < 0 && errno != ELOOP && !errno_is_absence(errno))
		return fail_input(err, errno, project->file, "cannot examine '%s'", where);
	return fail_at(err, project->file, 0, 0, NULL,
	    "'where' names '%s', which is not a directory of the project", where);
}

/* Packages of [tool.setuptools.packages.find]. */
static int find_setuptools(struct pyproject *project, const struct json *find, struct error **err)
{
	const struct json *where = json_first(json_get(find, "where"));
	const struct json *namespaces = json_get(find, "namespaces");
	struct search search = {.project = project,
	    .includes = json_get(find, "include"),
	    .excludes = json_get(find, "exclude"),
	    .needs_init = json_is(namespaces, JSON_FALSE)};

	if (!where) {
		search.where = "";
		return run_search(&search, err);
	}
	for (; where; where = where->next) {
		if (!json_is(where, JSON_STRING))
			return fail_project(
			    project, err, "'where' is not a list of paths inside the project");
		if (search_named(&search, where->string, err) < 0)
			return -1;
	}
	return 0;
}

/* Where [tool.setuptools.package-dir] has a package: that of the longest name above it counts. */
static const char *setuptools_path(struct pyproject *project, const char *name)
{
	const struct json *directories = LOOK_UP(project, "tool", "setuptools", "package-dir");
	autofree char *above = xstrdup(name);
	const char *rest = "";

	for (;;) {
		const struct json *directory = json_get(directories, above);
		char *dot = strrchr(above, '.');

		if (json_is(directory, JSON_STRING) && (*directory->string || !*above))
			return arena_printf(&project->arena, "%s%s%s", directory->string,
			    *directory->string && *rest ? "/" : "", path_of_name(project, rest));
		if (!*above)
			return path_of_name(project, name);
		rest = dot ? name + (dot + 1 - above) : name;
		above[dot ? dot - above : 0] = 0;
	}
}

/* What lists of names say: packages, or modules with the suffix ".py". */
static int add_setuptools_names(
    struct pyproject *project, const struct json *names, const char *suffix, struct error **err)
{
	for (const struct json *name = json_first(names); name; name = name->next) {
		const char *path, *place;

		if (!json_is(name, JSON_STRING))
			return fail_project(project, err, "a package's name is not a string");
		path = arena_printf(
		    &project->arena, "%s%s", setuptools_path(project, name->string), suffix);
		place = arena_printf(
		    &project->arena, "%s%s", path_of_name(project, name->string), suffix);
		if (add_named(project, path, place, err) < 0)
			return -1;
	}
	return 0;
}

static int add_setuptools(struct pyproject *project, struct error **err)
{
	const struct json *packages = LOOK_UP(project, "tool", "setuptools", "packages");
	const struct json *modules = LOOK_UP(project, "tool", "setuptools", "py-modules");
	const struct json *find = json_get(packages, "find");

	if (json_is(packages, JSON_ARRAY) && add_setuptools_names(project, packages, "", err) < 0)
		return -1;
	if (find && find_setuptools(project, find, err) < 0)
		return -1;
	return add_setuptools_names(project, modules, ".py", err);
}

static int add_hatch(struct pyproject *project, struct error **err)
{
	static const char *const others[] = {"force-include", "only-include", "include", "sources"};
	const struct json *wheel = LOOK_UP(project, "tool", "hatch", "build", "targets", "wheel");
	const struct json *package = json_first(json_get(wheel, "packages"));

	for (size_t i = 0; i < COUNT(others); i++)
		if (json_get(wheel, others[i]))
			return fail_at(err, project->file, 0, 0, NULL,
			    "'%s' of [tool.hatch.build.targets.wheel] is not followed: use "
			    "'packages', or name the packages as SOURCE",
			    others[i]);
	for (; package; package = package->next) {
		const char *path, *name;

		if (!json_is(package, JSON_STRING))
			return fail_project(project, err, "a package's path is not a string");
		path = without_slashes(project, package->string);
		name = arena_copy(&project->arena, path_name(slice_c(path)));
		if (add_named(project, path, name, err) < 0)
			return -1;
	}
	return 0;
}

static int add_poetry(struct pyproject *project, struct error **err)
{
	const struct json *package = json_first(LOOK_UP(project, "tool", "poetry", "packages"));

	for (; package; package = package->next) {
		const struct json *include = json_get(package, "include");
		const struct json *from = json_get(package, "from");
		const struct json *to = json_get(package, "to");
		const struct json *format = json_get(package, "format");
		const char *path, *place;

		if (!json_is(include, JSON_STRING) || strpbrk(include->string, "*?["))
			return fail_project(project, err,
			    "'include' of [tool.poetry] packages is not a path: patterns are not "
			    "followed");
		if (json_is(format, JSON_STRING) && strcmp(format->string, "wheel") != 0)
			continue;
		if (json_is(to, JSON_STRING) && !path_is_confined(slice_c(to->string)))
			return fail_path(project, to->string, "image", err);
		path = json_is(from, JSON_STRING)
			   ? arena_printf(&project->arena, "%s/%s", from->string, include->string)
			   : include->string;
		place = json_is(to, JSON_STRING)
			    ? arena_printf(&project->arena, "%s/%s", to->string, include->string)
			    : include->string;
		if (add_named(project, path, place, err) < 0)
			return -1;
	}
	return 0;
}

/* Whether the project has a directory src: 1, 0; fails for a link. */
static int has_source_directory(const struct pyproject *project, struct error **err)
{
	autofree char *source = xasprintf("%s/src", project->directory);
	struct stat stat;
	int there = presence_at(project->fd, "src", AT_SYMLINK_NOFOLLOW, &stat, source, err);

	if (there > 0 && S_ISLNK(stat.st_mode))
		return fail_at(err, source, 0, 0, NULL,
		    "a link, which is not followed: name the packages as SOURCE");
	return there < 0 ? -1 : there && S_ISDIR(stat.st_mode);
}

/* What is found where no table says more. */
static int find_by_layout(struct pyproject *project, struct error **err)
{
	int has_source = has_source_directory(project, err);
	struct search search = {.project = project, .where = "src", .takes_modules = true};

	if (has_source < 0 || (has_source && run_search(&search, err) < 0))
		return -1;
	if (search.found > 0)
		return 0;
	search = (struct search){
	    .project = project, .where = "", .needs_init = true, .is_top = true};
	if (run_search(&search, err) < 0 || search.found > 0)
		return search.found > 0 ? 0 : -1;
	search.takes_modules = true;
	return run_search(&search, err);
}

int pyproject_find(struct pyproject *project, struct error **err)
{
	if (add_setuptools(project, err) < 0 || add_hatch(project, err) < 0 ||
	    add_poetry(project, err) < 0)
		return -1;
	if (project->count == 0 && find_by_layout(project, err) < 0)
		return -1;
	if (project->count > 0)
		return 0;
	return fail_project(project, err,
	    "no packages found in src/ or beside this file: name them in [tool.setuptools] "
	    "packages, or as SOURCE");
}

void pyproject_release(struct pyproject *project)
{
	cleanup_close(&project->fd);
	json_free(project->toml);
	free(project->parts);
	free(project->excludes);
	arena_release(&project->arena);
}
