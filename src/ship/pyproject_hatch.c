/*
 * Format: https://hatch.pypa.io/latest/config/build/ and
 * https://hatch.pypa.io/latest/plugins/builder/wheel/.
 */

#include "base/array.h"
#include "image/ignore.h"
#include "ship/pyproject_files.h"

/* A beginning of paths, and what is there instead in the wheel. */
struct rewrite {
	const char *source; /* "src/"; "" is of all */
	const char *target; /* "lib/", or "" */
};

struct hatch {
	struct pyproject *project;
	const struct json *target, *build; /* the tables */
	struct rewrite *rewrites;	   /* sorted */
	size_t rewrite_count;
	struct ignore_list includes, excludes, artifacts;
	bool has_includes, only_packages;
	/* Of the walk that runs: */
	bool is_explicit;      /* includes do not matter */
	const char *from, *to; /* what is forced in: the directory, and its place */
};

/* A setting of the wheel, else of all targets. */
static const struct json *setting(const struct hatch *hatch, const char *key)
{
	const struct json *own = json_get(hatch->target, key);

	return own ? own : json_get(hatch->build, key);
}

static void read_patterns(
    struct hatch *hatch, const char *key, const char *more, struct ignore_list *ret)
{
	autostr struct str text = STR_INIT;

	str_adds(&text, more);
	for (const struct json *item = json_first(setting(hatch, key)); item; item = item->next)
		if (json_is(item, JSON_STRING))
			str_addf(&text, "%s\n", item->string);
	ignore_parse(ret, &hatch->project->arena,
	    arena_slice(&hatch->project->arena, str_slice(&text)), IGNORE_GIT, key);
}

static const char *with_slash(struct hatch *hatch, const char *path)
{
	path = pyproject_path(hatch->project, path);
	return *path ? arena_printf(&hatch->project->arena, "%s/", path) : "";
}

/* Whether there is a rule for these paths. */
static bool has_rewrite(const struct hatch *hatch, const char *source)
{
	for (size_t i = 0; i < hatch->rewrite_count; i++)
		if (strcmp(hatch->rewrites[i].source, source) == 0)
			return true;
	return false;
}

/* Add a rule unless there is one for the same paths. */
static void add_rewrite(struct hatch *hatch, const char *source, const char *target)
{
	if (!has_rewrite(hatch, source))
		hatch->rewrites[hatch->rewrite_count++] = (struct rewrite){source, target};
}

static int compare_rewrites(const void *a, const void *b)
{
	const struct rewrite *first = a, *second = b;

	return strcmp(first->source, second->source);
}

/* Read `sources`, a list or a table. A package below a directory moves to the root by itself. */
static void read_sources(struct hatch *hatch, const char *const *packages, size_t package_count)
{
	const struct json *sources = setting(hatch, "sources"), *item = json_first(sources);

	hatch->rewrites = arena_zalloc(&hatch->project->arena,
	    json_count(sources) + package_count + 1, sizeof(*hatch->rewrites));
	for (; item; item = item->next) {
		bool is_table = json_is(sources, JSON_OBJECT);

		if (json_is(item, JSON_STRING))
			add_rewrite(hatch, with_slash(hatch, is_table ? item->key : item->string),
			    is_table ? with_slash(hatch, item->string) : "");
	}
	for (size_t i = 0; i < package_count; i++) {
		struct slice parent = path_above(slice_c(packages[i]));
		const char *source = arena_printf(
		    &hatch->project->arena, "%.*s/", (int)parent.len, parent.data);

		if (parent.len > 0 && !has_rewrite(hatch, with_slash(hatch, packages[i])))
			add_rewrite(hatch, source, "");
	}
	array_sort(
	    hatch->rewrites, hatch->rewrite_count, sizeof(*hatch->rewrites), compare_rewrites);
}

/* Where a path goes. */
static const char *place_of(const struct hatch *hatch, const char *path)
{
	for (size_t i = 0; i < hatch->rewrite_count; i++) {
		const struct rewrite *rule = &hatch->rewrites[i];

		if (slice_starts(slice_c(path), slice_c(rule->source)))
			return arena_printf(&hatch->project->arena, "%s%s", rule->target,
			    path + strlen(rule->source));
	}
	return path;
}

/* Whether the directory of a file is a package: 1, 0, -1. */
static int is_in_package(const struct hatch *hatch, const char *path, struct error **err)
{
	autostr struct str init = STR_INIT;

	path_join(&init, path_above(slice_c(path)), SLICE_LITERAL("__init__.py"));
	return pyproject_has_file(hatch->project, str_c(&init), err);
}

static int see_file(void *context, const char *path, struct error **err)
{
	const struct hatch *hatch = context;
	const char *place = place_of(hatch, path);
	int in_package = 1;

	if (slice_is(path_name(slice_c(path)), ".DS_Store"))
		return 0;
	if (ignore_names_file(&hatch->artifacts, slice_c(path))) {
		pyproject_include(hatch->project, place);
		return pyproject_take(hatch->project, path, place, err);
	}
	if (hatch->only_packages)
		in_package = is_in_package(hatch, path, err);
	if (in_package <= 0)
		return in_package;
	if (ignore_names_file(&hatch->excludes, slice_c(path)) ||
	    (!hatch->is_explicit && hatch->has_includes &&
		!ignore_names_file(&hatch->includes, slice_c(path))))
		return 0;
	return pyproject_take(hatch->project, path, place, err);
}

/* Take what is selected in a directory, or a file. */
static int take_selected(struct hatch *hatch, const char *path, struct error **err)
{
	const struct pyproject_visitor visitor = {see_file, NULL, hatch};
	struct stat stat;

	hatch->is_explicit = true;
	if (pyproject_examine(hatch->project, path, &stat, err) < 0)
		return -1;
	return S_ISDIR(stat.st_mode)
		   ? pyproject_walk(hatch->project, path, &visitor, err)
		   : pyproject_take(hatch->project, path, place_of(hatch, path), err);
}

static int see_forced(void *context, const char *path, struct error **err)
{
	const struct hatch *hatch = context;
	const char *place = place_of(
	    hatch, pyproject_join(hatch->project, hatch->to, pyproject_rest(hatch->from, path)));

	pyproject_include(hatch->project, place);
	return pyproject_take(hatch->project, path, place, err);
}

/* Take what `force-include` names: files and directories, and where they go. */
static int take_forced(struct hatch *hatch, struct error **err)
{
	const struct json *item = json_first(setting(hatch, "force-include"));
	const struct pyproject_visitor visitor = {see_forced, NULL, hatch};

	for (; item; item = item->next) {
		const char *path = pyproject_path(hatch->project, item->key), *target;
		struct stat stat;
		int result;

		if (!json_is(item, JSON_STRING))
			return pyproject_fail(
			    hatch->project, err, "'force-include' is not a table of paths");
		target = item->string + strspn(item->string, "/");
		hatch->from = path;
		hatch->to = pyproject_path(hatch->project, target);
		if (pyproject_examine(hatch->project, path, &stat, err) < 0)
			return -1;
		if (S_ISDIR(stat.st_mode)) {
			result = pyproject_walk(hatch->project, path, &visitor, err);
		} else {
			pyproject_include(hatch->project, place_of(hatch, hatch->to));
			result = pyproject_take(
			    hatch->project, path, place_of(hatch, hatch->to), err);
		}
		if (result < 0)
			return -1;
	}
	return 0;
}

/* Take what is installed beside packages: `shared-data` where a prefix is, `shared-scripts`. */
static int take_shared(
    struct hatch *hatch, const char *key, const char *directory, struct error **err)
{
	const struct json *item = json_first(json_get(hatch->target, key));

	for (; item; item = item->next) {
		const char *to = json_is(item, JSON_STRING)
				     ? pyproject_path(hatch->project, item->string)
				     : "";

		if (pyproject_take_tree(hatch->project, pyproject_path(hatch->project, item->key),
			pyproject_join(hatch->project, directory, to), err) < 0)
			return -1;
	}
	return 0;
}

/* The directories at the top that have a package of the name. */
struct namespaces {
	struct hatch *hatch;
	const char *name, *found;
	size_t count;
};

static int see_directory(void *context, const char *path, struct error **err)
{
	struct namespaces *namespaces = context;
	autofree char *init = xasprintf("%s/%s/__init__.py", path, namespaces->name);
	int there = pyproject_has_file(namespaces->hatch->project, init, err);

	if (there < 0)
		return -1;
	if (there)
		namespaces->found = path;
	namespaces->count += (size_t)there;
	return 0;
}

/* The only directory at the top that has a package of the name; NULL if there is none. */
static int find_namespace(
    struct hatch *hatch, const char *name, const char **ret, struct error **err)
{
	struct namespaces namespaces = {.hatch = hatch, .name = name};
	const struct pyproject_visitor visitor = {NULL, see_directory, &namespaces};

	if (pyproject_walk(hatch->project, "", &visitor, err) < 0)
		return -1;
	*ret = namespaces.count == 1 ? namespaces.found : NULL;
	return 0;
}

/* What is a wheel's where nothing selects it, by the project's name: *ret is a path, or NULL. */
static int find_by_name(struct hatch *hatch, const char *name, const char **ret, struct error **err)
{
	struct arena *arena = &hatch->project->arena;
	const char *const paths[] = {arena_strdup(arena, name), arena_printf(arena, "src/%s", name),
	    arena_printf(arena, "%s.py", name)};

	*ret = NULL;
	for (size_t i = 0; i < 3 && !*ret; i++) {
		const char *file = i == 2 ? paths[i]
					  : arena_printf(arena, "%s/__init__.py", paths[i]);
		int there = pyproject_has_file(hatch->project, file, err);

		if (there < 0)
			return -1;
		if (there)
			*ret = paths[i];
	}
	return *ret ? 0 : find_namespace(hatch, name, ret, err);
}

struct selection {
	const char **paths;
	size_t count;
};

static int select_default(struct hatch *hatch, struct selection *ret, struct error **err)
{
	struct arena *arena = &hatch->project->arena;
	const char *name = json_text(json_get(hatch->project->toml, "project"), "name", NULL);
	struct pyproject_top top;
	const char *found = NULL;

	if (name) {
		char *raw = arena_strdup(arena, name);

		for (char *c = raw; *c; c++)
			*c = strchr("-.", *c) ? '_' : *c;
		if (find_by_name(hatch, raw, &found, err) < 0 ||
		    (!found && find_by_name(
				   hatch, pyproject_module(hatch->project, name), &found, err) < 0))
			return -1;
	}
	if (found) {
		ret->paths = arena_zalloc(arena, 1, sizeof(*ret->paths));
		ret->paths[ret->count++] = found;
		return 0;
	}
	if (json_first(setting(hatch, "force-include")))
		return 0;
	/* Hatch fails here. */
	if (pyproject_find_top(hatch->project, "src", &top, err) < 0)
		return -1;
	ret->paths = arena_zalloc(arena, top.count, sizeof(*ret->paths));
	for (size_t i = 0; i < top.count; i++)
		ret->paths[ret->count++] = pyproject_join(hatch->project, top.where, top.names[i]);
	return 0;
}

static int read_paths(
    struct hatch *hatch, const char *key, struct selection *ret, struct error **err)
{
	const struct json *list = setting(hatch, key), *item = json_first(list);

	ret->paths = arena_zalloc(
	    &hatch->project->arena, json_count(list) + 1, sizeof(*ret->paths));
	for (; item; item = item->next) {
		if (!json_is(item, JSON_STRING))
			return pyproject_fail(
			    hatch->project, err, "a path of [tool.hatch.build] is not a string");
		ret->paths[ret->count++] = pyproject_path(hatch->project, item->string);
	}
	return 0;
}

int pyproject_take_hatch(struct pyproject *project, struct error **err)
{
	const struct json *build = PYPROJECT_VALUE(project, "tool", "hatch", "build");
	struct hatch hatch = {.project = project,
	    .build = build,
	    .target = json_get(json_get(build, "targets"), "wheel")};
	const struct pyproject_visitor visitor = {see_file, NULL, &hatch};
	struct selection packages = {0}, only = {0};
	const struct selection *selected = &packages;

	hatch.has_includes = json_first(setting(&hatch, "include"));
	hatch.only_packages = json_is(setting(&hatch, "only-packages"), JSON_TRUE);
	read_patterns(&hatch, "include", "", &hatch.includes);
	read_patterns(&hatch, "exclude", "*.py[cdo]\n/dist\n", &hatch.excludes);
	read_patterns(&hatch, "artifacts", "", &hatch.artifacts);
	if (read_paths(&hatch, "packages", &packages, err) < 0 ||
	    read_paths(&hatch, "only-include", &only, err) < 0)
		return -1;
	if (!hatch.has_includes && !packages.count && !only.count &&
	    select_default(&hatch, &packages, err) < 0)
		return -1;
	read_sources(&hatch, packages.paths, packages.count);
	if (only.count)
		selected = &only;
	for (size_t i = 0; i < selected->count; i++)
		if (take_selected(&hatch, selected->paths[i], err) < 0)
			return -1;
	hatch.is_explicit = false;
	if (hatch.has_includes && !selected->count &&
	    pyproject_walk(project, "", &visitor, err) < 0)
		return -1;
	if (take_forced(&hatch, err) < 0 || take_shared(&hatch, "shared-data", "", err) < 0)
		return -1;
	return take_shared(&hatch, "shared-scripts", "bin", err);
}
