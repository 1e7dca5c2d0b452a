/*
 * Format: https://setuptools.pypa.io/en/latest/userguide/pyproject_config.html, .../datafiles.html
 * and .../package_discovery.html.
 *
 * Modules are the *.py of each package's directory. Data files are those that `package-data` names
 * and, unless `include-package-data` is false, those of MANIFEST.in, where the nearest package
 * above counts. Where neither says anything, all files below packages are taken, as a plugin of
 * version control would let setuptools do: without one it would install no data.
 */
#include <fnmatch.h>

#include "base/file.h"
#include "base/map.h"
#include "ship/manifest_in.h"
#include "ship/pyproject_files.h"

struct package {
	const char *directory; /* in the project; "" is its root */
	const char *place;     /* "app/sub" */
	const char *name;      /* "app.sub" */
};

struct setuptools {
	struct pyproject *project;
	const struct json *table;
	struct map packages; /* directory -> struct package */
	const struct json *find_excludes;
	const struct json *data, *data_excludes;
	struct manifest_in manifest;
	bool takes_all; /* data that no rule names */
};

/* Whether a name matches one of the patterns. */
static bool matches_any(const struct json *patterns, const char *name)
{
	for (const struct json *pattern = json_first(patterns); pattern; pattern = pattern->next)
		if (json_is(pattern, JSON_STRING) && fnmatch(pattern->string, name, 0) == 0)
			return true;
	return false;
}

/* Where [tool.setuptools.package-dir] has a package: that of the longest name above it counts. */
static const char *setuptools_path(struct pyproject *project, const char *name)
{
	const struct json *directories = PYPROJECT_VALUE(
	    project, "tool", "setuptools", "package-dir");
	autofree char *above = xstrdup(name);
	const char *rest = "";

	for (;;) {
		const struct json *directory = json_get(directories, above);
		char *dot = strrchr(above, '.');

		if (json_is(directory, JSON_STRING) && (*directory->string || !*above))
			return pyproject_join(project, pyproject_path(project, directory->string),
			    pyproject_dotted(project, rest));
		if (!*above)
			return pyproject_dotted(project, name);
		rest = dot ? name + (dot + 1 - above) : name;
		above[dot ? dot - above : 0] = 0;
	}
}

static void add_package(struct setuptools *setuptools, const char *directory, const char *name)
{
	struct pyproject *project = setuptools->project;
	struct package *package = arena_alloc(&project->arena, sizeof(*package));

	*package = (struct package){directory, pyproject_dotted(project, name), name};
	*map_at(&setuptools->packages, slice_c(directory)) = package;
}

static int add_named(struct setuptools *setuptools, const struct json *names, struct error **err)
{
	struct pyproject *project = setuptools->project;

	for (const struct json *name = json_first(names); name; name = name->next) {
		const char *directory;
		struct stat stat;

		if (!json_is(name, JSON_STRING))
			return pyproject_fail(project, err, "a package's name is not a string");
		directory = setuptools_path(project, name->string);
		if (pyproject_examine(project, directory, &stat, err) < 0)
			return -1;
		if (!S_ISDIR(stat.st_mode))
			return fail_at(err, project->file, 0, 0, NULL,
			    "names '%s', which is not the directory of a package", directory);
		add_package(setuptools, directory, name->string);
	}
	return 0;
}

static int add_modules(struct setuptools *setuptools, const struct json *names, struct error **err)
{
	struct pyproject *project = setuptools->project;

	for (const struct json *name = json_first(names); name; name = name->next) {
		const char *path, *place;

		if (!json_is(name, JSON_STRING))
			return pyproject_fail(project, err, "a module's name is not a string");
		path = arena_printf(
		    &project->arena, "%s.py", setuptools_path(project, name->string));
		place = arena_printf(
		    &project->arena, "%s.py", pyproject_dotted(project, name->string));
		if (pyproject_take_tree(project, path, place, err) < 0)
			return -1;
	}
	return 0;
}

/* What packages are searched in. */
struct search {
	struct setuptools *setuptools;
	const char *where;			/* "" is the project */
	const char *prefix;			/* the dotted name of `where`: "app." or "" */
	const struct json *includes, *excludes; /* patterns of names, or NULL */
	bool needs_init;
};

/* Whether nothing below a package can be one. */
static bool is_pruned(const struct json *excludes, const char *name)
{
	for (const struct json *item = json_first(excludes); item; item = item->next) {
		size_t len = strlen(name);
		const char *rest = json_is(item, JSON_STRING) &&
					   strncmp(item->string, name, len) == 0
				       ? item->string + len
				       : "";

		if (strcmp(rest, "*") == 0 || strcmp(rest, ".*") == 0)
			return true;
	}
	return false;
}

static int see_directory(void *context, const char *path, struct error **err)
{
	struct search *search = context;
	struct pyproject *project = search->setuptools->project;
	const char *rest = pyproject_rest(search->where, path);
	struct slice last = path_name(slice_c(rest));
	char *name = arena_printf(&project->arena, "%s%s", search->prefix, rest);
	int has_init = 1;

	if (strchr(path_name(slice_c(rest)).data, '.') || slice_is(last, "ez_setup"))
		return 0;
	for (char *slash = name; (slash = strchr(slash, '/'));)
		*slash = '.';
	/* Results of builds, which setuptools takes for packages: a wheel made of the same tree
	 * would have them. */
	if (search->needs_init || strcmp(path, "build") == 0 || strcmp(path, "dist") == 0)
		has_init = pyproject_has_file(
		    project, pyproject_join(project, path, "__init__.py"), err);
	if (has_init <= 0)
		return has_init;
	if ((!json_first(search->includes) || matches_any(search->includes, name)) &&
	    !matches_any(search->excludes, name))
		add_package(search->setuptools, path, name);
	return !is_pruned(search->excludes, name);
}

static int run_search(struct search *search, struct error **err)
{
	const struct pyproject_visitor visitor = {NULL, see_directory, search};

	return pyproject_walk(search->setuptools->project, search->where, &visitor, err);
}

/* Packages of [tool.setuptools.packages.find] in one directory. */
static int find_in(
    struct setuptools *setuptools, const struct json *find, const char *where, struct error **err)
{
	struct pyproject *project = setuptools->project;
	struct search search = {.setuptools = setuptools,
	    .where = pyproject_path(project, where),
	    .prefix = "",
	    .includes = json_get(find, "include"),
	    .excludes = json_get(find, "exclude"),
	    .needs_init = json_is(json_get(find, "namespaces"), JSON_FALSE)};
	int there;

	if (*search.where && !path_is_confined(slice_c(search.where)))
		return fail_at(err, project->file, 0, 0, NULL,
		    "'where' is not a path inside the project: '%s'", where);
	there = pyproject_has_directory(project, search.where, err);
	if (there == 0)
		return fail_at(err, project->file, 0, 0, NULL,
		    "'where' names '%s', which is not a directory of the project", where);
	return there < 0 ? -1 : run_search(&search, err);
}

static int find_packages(struct setuptools *setuptools, const struct json *find, struct error **err)
{
	const struct json *where = json_first(json_get(find, "where"));

	setuptools->find_excludes = json_get(find, "exclude");
	if (!where)
		return find_in(setuptools, find, ".", err);
	for (; where; where = where->next) {
		if (!json_is(where, JSON_STRING))
			return pyproject_fail(setuptools->project, err,
			    "'where' is not a list of paths inside the project");
		if (find_in(setuptools, find, where->string, err) < 0)
			return -1;
	}
	return 0;
}

/* Add a package, and what is below its directory. */
static int add_whole(
    struct setuptools *setuptools, const char *directory, const char *name, struct error **err)
{
	struct search search = {.setuptools = setuptools,
	    .where = directory,
	    .prefix = arena_printf(&setuptools->project->arena, "%s.", name)};
	struct stat stat;

	if (pyproject_examine(setuptools->project, directory, &stat, err) < 0)
		return -1;
	add_package(setuptools, directory, name);
	return run_search(&search, err);
}

/* Packages and modules that nothing names. */
static int discover(struct setuptools *setuptools, struct error **err)
{
	struct pyproject *project = setuptools->project;
	const struct json *directories = json_get(setuptools->table, "package-dir");
	const char *source = pyproject_path(project, json_text(directories, "", "src"));
	struct pyproject_top top;
	bool is_explicit = false;

	for (const struct json *item = json_first(directories); item; item = item->next) {
		if (!*item->key || !json_is(item, JSON_STRING))
			continue;
		is_explicit = true;
		if (add_whole(setuptools, pyproject_path(project, item->string), item->key, err) <
		    0)
			return -1;
	}
	if (is_explicit)
		return 0;
	if (pyproject_find_top(project, source, &top, err) < 0)
		return -1;
	for (size_t i = 0; i < top.count; i++) {
		const char *path = pyproject_join(project, top.where, top.names[i]);
		int is_package = pyproject_has_directory(project, path, err);

		if (is_package < 0 ||
		    (is_package ? add_whole(setuptools, path, top.names[i], err)
				: pyproject_take(project, path, top.names[i], err)) < 0)
			return -1;
	}
	return 0;
}

/* Whether a pattern of package-data matches: as Python's glob, names with a dot before them only
 * where the pattern has it. */
static bool data_matches(const char *pattern, const char *rest)
{
	autoarena struct arena arena = {NULL};
	bool is_hidden = rest[0] == '.' || strstr(rest, "/.");
	struct glob glob;

	if (is_hidden && pattern[0] != '.' && !strstr(pattern, "/."))
		return false;
	glob_init(&glob, &arena, arena_printf(&arena, "/%s", pattern));
	return glob_matches(&glob, slice_c(rest));
}

/* Whether package-data, or exclude-package-data, names a file of a package. */
static bool is_named(
    const struct json *table, const struct package *package, const char *rest, bool excludes)
{
	const char *const keys[] = {"", "*", package->name};

	for (size_t i = 0; i < 3; i++) {
		const struct json *item = json_first(json_get(table, keys[i]));

		for (; item; item = item->next)
			if (json_is(item, JSON_STRING) &&
			    (excludes ? fnmatch(item->string, rest, 0) == 0
				      : data_matches(item->string, rest)))
				return true;
	}
	return false;
}

/* Whether a directory between a package and a file of it is one that `exclude` names. */
static bool is_left_out(
    const struct setuptools *setuptools, const struct package *package, const char *rest)
{
	autofree char *name = xasprintf("%s.%s", package->name, rest);
	size_t least = strlen(package->name);

	for (char *slash = name + least; (slash = strchr(slash, '/'));) {
		*slash = 0;
		if (matches_any(setuptools->find_excludes, name))
			return true;
		*slash = '.';
	}
	return false;
}

/* What is installed in any case: modules, and what is made or known as part of a package. */
static bool is_part(const char *rest, const char *directory)
{
	struct slice name = slice_c(rest);

	if (strchr(rest, '/'))
		return false;
	return (slice_ends(name, SLICE_LITERAL(".py")) &&
		   (*directory || strcmp(rest, "setup.py") != 0)) ||
	       slice_ends(name, SLICE_LITERAL(".so")) || slice_ends(name, SLICE_LITERAL(".pyi")) ||
	       slice_is(name, "py.typed");
}

static bool is_module(const char *path)
{
	return slice_ends(slice_c(path), SLICE_LITERAL(".py"));
}

static bool is_taken(const struct setuptools *setuptools, const struct package *package,
    const char *path, bool is_nearest)
{
	const char *rest = pyproject_rest(package->directory, path);

	if (is_nearest && is_part(rest, package->directory))
		return true;
	if (is_named(setuptools->data_excludes, package, rest, true))
		return false;
	if (is_named(setuptools->data, package, rest, false))
		return true;
	if (!is_nearest || (is_module(path) && !strchr(rest, '/')))
		return false;
	if (manifest_in_has(&setuptools->manifest, slice_c(path)))
		return true;
	return setuptools->takes_all && *package->directory && !is_module(path) &&
	       !is_left_out(setuptools, package, rest);
}

static int see_file(void *context, const char *path, struct error **err)
{
	const struct setuptools *setuptools = context;
	struct pyproject *project = setuptools->project;
	struct slice above = slice_c(path);
	bool is_nearest = true;

	while (above.len > 0) {
		const struct package *package;

		above = path_above(above);
		package = map_get(&setuptools->packages, above);
		if (package && is_taken(setuptools, package, path, is_nearest))
			return pyproject_take(project, path,
			    pyproject_join(
				project, package->place, pyproject_rest(package->directory, path)),
			    err);
		is_nearest = is_nearest && !package;
	}
	return 0;
}

/* Whether a package's directory is below that of another one. */
static bool is_below_another(const struct setuptools *setuptools, const struct package *package)
{
	struct slice above = slice_c(package->directory);

	while (above.len > 0) {
		above = path_above(above);
		if (map_find(&setuptools->packages, above))
			return true;
	}
	return false;
}

static int take_packages(struct setuptools *setuptools, struct error **err)
{
	const struct pyproject_visitor visitor = {see_file, NULL, setuptools};

	for (size_t i = 0; i < setuptools->packages.count; i++) {
		const struct package *package = setuptools->packages.entries[i].value;

		if (!is_below_another(setuptools, package) &&
		    pyproject_walk(setuptools->project, package->directory, &visitor, err) < 0)
			return -1;
	}
	return 0;
}

/* The patterns of data-files. */
struct data_pattern {
	struct glob glob;
	const char *to;
};

struct data_files {
	struct pyproject *project;
	struct data_pattern *patterns;
	size_t count;
};

static int see_data(void *context, const char *path, struct error **err)
{
	const struct data_files *files = context;
	struct pyproject *project = files->project;

	for (size_t i = 0; i < files->count; i++) {
		const struct data_pattern *pattern = &files->patterns[i];

		if (glob_matches(&pattern->glob, slice_c(path)) &&
		    pyproject_take(project, path,
			pyproject_join(project, pattern->to, path_name(slice_c(path)).data),
			err) < 0)
			return -1;
	}
	return 0;
}

/* Read the patterns of a directory below the prefix. */
static int add_data_patterns(
    struct data_files *files, const struct json *directory, struct error **err)
{
	struct pyproject *project = files->project;
	const char *to = pyproject_path(project, directory->key);

	for (const struct json *item = json_first(directory); item; item = item->next) {
		struct data_pattern *pattern = &files->patterns[files->count++];

		if (!json_is(item, JSON_STRING))
			return pyproject_fail(
			    project, err, "'data-files' is not a table of lists of paths");
		pattern->to = to;
		glob_init(&pattern->glob, &project->arena,
		    arena_printf(&project->arena, "/%s", item->string));
	}
	return 0;
}

/* Take data-files: directories below the prefix, and patterns of files that go there. */
static int take_data_files(struct setuptools *setuptools, struct error **err)
{
	const struct json *first = json_first(json_get(setuptools->table, "data-files"));
	struct data_files files = {.project = setuptools->project};
	const struct pyproject_visitor visitor = {see_data, NULL, &files};
	size_t count = 0;

	for (const struct json *directory = first; directory; directory = directory->next)
		count += json_count(directory);
	if (count == 0)
		return 0;
	files.patterns = arena_zalloc(&files.project->arena, count, sizeof(*files.patterns));
	for (const struct json *directory = first; directory; directory = directory->next)
		if (add_data_patterns(&files, directory, err) < 0)
			return -1;
	return pyproject_walk(files.project, "", &visitor, err);
}

/* Take script-files, which come to bin/. */
static int take_scripts(struct setuptools *setuptools, struct error **err)
{
	struct pyproject *project = setuptools->project;
	const struct json *item = json_first(json_get(setuptools->table, "script-files"));

	for (; item; item = item->next) {
		const char *path = json_is(item, JSON_STRING)
				       ? pyproject_path(project, item->string)
				       : "";

		if (pyproject_take_tree(project, path,
			pyproject_join(project, "bin", path_name(slice_c(path)).data), err) < 0)
			return -1;
	}
	return 0;
}

/* Whether a plugin lets setuptools include what version control has. */
static bool has_plugin(const struct pyproject *project)
{
	static const char *const plugins[] = {
	    "setuptools_scm", "setuptools-scm", "setuptools-git", "setuptools_git"};
	const struct json *item = json_first(PYPROJECT_VALUE(project, "build-system", "requires"));

	for (; item; item = item->next)
		for (size_t i = 0; i < sizeof(plugins) / sizeof(*plugins); i++)
			if (json_is(item, JSON_STRING) &&
			    slice_starts(slice_c(item->string), slice_c(plugins[i])))
				return true;
	return false;
}

/* Read which data files are taken. */
static int read_rules(struct setuptools *setuptools, struct error **err)
{
	struct pyproject *project = setuptools->project;
	bool includes = !json_is(json_get(setuptools->table, "include-package-data"), JSON_FALSE);
	autostr struct str text = STR_INIT;
	int has_manifest = pyproject_has_file(project, "MANIFEST.in", err);

	setuptools->data = json_get(setuptools->table, "package-data");
	setuptools->data_excludes = json_get(setuptools->table, "exclude-package-data");
	setuptools->takes_all = includes && (has_plugin(project) ||
						(!has_manifest && !json_first(setuptools->data)));
	if (has_manifest <= 0 || !includes)
		return has_manifest < 0 ? -1 : 0;
	if (file_read_place(
		place_below(project->fd, "MANIFEST.in",
		    arena_printf(&project->arena, "%s/MANIFEST.in", project->directory)),
		MANIFEST_IN_LIMIT, &text, NULL, err) < 0)
		return -1;
	manifest_in_parse(&setuptools->manifest, &project->arena, str_slice(&text));
	return 0;
}

static int take_all(struct setuptools *setuptools, struct error **err)
{
	const struct json *packages = json_get(setuptools->table, "packages"),
			  *modules = json_get(setuptools->table, "py-modules");
	const struct json *find = json_get(packages, "find");

	if (read_rules(setuptools, err) < 0)
		return -1;
	if (!packages && !modules && discover(setuptools, err) < 0)
		return -1;
	if (json_is(packages, JSON_ARRAY) && add_named(setuptools, packages, err) < 0)
		return -1;
	if (find && find_packages(setuptools, find, err) < 0)
		return -1;
	if (add_modules(setuptools, modules, err) < 0 || take_packages(setuptools, err) < 0 ||
	    take_data_files(setuptools, err) < 0)
		return -1;
	return take_scripts(setuptools, err);
}

int pyproject_take_setuptools(struct pyproject *project, struct error **err)
{
	struct setuptools setuptools = {
	    .project = project, .table = PYPROJECT_VALUE(project, "tool", "setuptools")};
	int result = take_all(&setuptools, err);

	map_release(&setuptools.packages);
	return result;
}
