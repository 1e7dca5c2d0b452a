/*
 * Format: https://python-poetry.org/docs/pyproject/, of Poetry 2: what `include` names is only part
 * of a wheel if its `format` says so.
 */
#include "image/glob.h"
#include "ship/pyproject_files.h"

/* A pattern of paths that are part of the wheel. */
struct pattern {
	struct glob glob;
	const char *from; /* the directory that paths are relative to; "" is the project */
	const char *to;	  /* where they go; "" is the root */
	bool is_include;  /* wins over `exclude` */
	bool is_found;
	const char *text;
};

struct poetry {
	struct pyproject *project;
	struct pattern *patterns;
	size_t count;
	struct globs excludes;
};

/* Whether an item is for wheels. */
static bool is_for_wheels(const struct json *item, bool otherwise)
{
	const struct json *format = json_get(item, "format");

	if (json_is(format, JSON_STRING))
		return strcmp(format->string, "wheel") == 0;
	for (const struct json *each = json_first(format); each; each = each->next)
		if (json_is(each, JSON_STRING) && strcmp(each->string, "wheel") == 0)
			return true;
	return format ? false : otherwise;
}

static void add_glob(struct poetry *poetry, const char *text, struct pattern pattern)
{
	struct arena *arena = &poetry->project->arena;

	pattern.text = text;
	glob_init(&pattern.glob, arena,
	    arena_printf(arena, "/%s/%s", glob_escape(arena, pattern.from), text));
	poetry->patterns[poetry->count++] = pattern;
}

static int add_pattern(struct poetry *poetry, const char *text, const struct json *item,
    bool is_include, struct error **err)
{
	struct pyproject *project = poetry->project;
	const char *from = pyproject_path(project, json_text(item, "from", ""));
	const char *to = pyproject_path(project, json_text(item, "to", ""));

	text = pyproject_path(project, text);
	if ((*from && !path_is_confined(slice_c(from))) || !path_is_confined(slice_c(text)))
		return pyproject_fail_path(project, *from ? from : text, "project", err);
	if (*to && !path_is_confined(slice_c(to)))
		return pyproject_fail_path(project, to, "image", err);
	add_glob(poetry, text, (struct pattern){.from = from, .to = to, .is_include = is_include});
	return 0;
}

/* The package or module of the distribution's name. */
static int add_default(struct poetry *poetry, struct error **err)
{
	struct pyproject *project = poetry->project;
	const char *name = json_text(json_get(project->toml, "project"), "name",
	    json_text(PYPROJECT_VALUE(project, "tool", "poetry"), "name", NULL));
	const char *root, *place;

	if (!name)
		return 0;
	if (pyproject_find_module(project, pyproject_module(project, name), &root, &place, err) < 0)
		return -1;
	if (place)
		add_glob(poetry, glob_escape(&project->arena, place),
		    (struct pattern){.from = root, .to = ""});
	return 0;
}

static int add_packages(struct poetry *poetry, const struct json *packages, struct error **err)
{
	for (const struct json *item = json_first(packages); item; item = item->next) {
		const char *include = json_text(item, "include", NULL);

		if (!include)
			return pyproject_fail(
			    poetry->project, err, "'packages' of [tool.poetry] has no 'include'");
		if (is_for_wheels(item, true) && add_pattern(poetry, include, item, false, err) < 0)
			return -1;
	}
	return 0;
}

static int add_includes(struct poetry *poetry, const struct json *includes, struct error **err)
{
	for (const struct json *item = json_first(includes); item; item = item->next) {
		const char *path = json_is(item, JSON_STRING) ? item->string
							      : json_text(item, "path", NULL);

		if (!path)
			return pyproject_fail(
			    poetry->project, err, "'include' of [tool.poetry] has no path");
		if (is_for_wheels(item, false) && add_pattern(poetry, path, NULL, true, err) < 0)
			return -1;
	}
	return 0;
}

static void read_excludes(struct poetry *poetry, const struct json *excludes)
{
	struct arena *arena = &poetry->project->arena;
	const char **globs = arena_zalloc(arena, json_count(excludes) + 1, sizeof(*globs));
	size_t count = 0;

	for (const struct json *item = json_first(excludes); item; item = item->next)
		if (json_is(item, JSON_STRING))
			globs[count++] = arena_printf(arena, "/%s", item->string);
	globs_init(&poetry->excludes, arena, globs);
}

/* Whether a glob matches a path or a directory above it. */
static bool matches_from_above(const struct globs *globs, const char *path)
{
	autofree char *above = xstrdup(path);

	for (char *end = above + strlen(above); end; end = strrchr(above, '/')) {
		*end = 0;
		if (globs_match(globs, slice_c(above)))
			return true;
	}
	return false;
}

static int see_file(void *context, const char *path, struct error **err)
{
	struct poetry *poetry = context;
	struct pyproject *project = poetry->project;
	bool is_excluded = matches_from_above(&poetry->excludes, path);

	for (size_t i = 0; i < poetry->count; i++) {
		struct pattern *pattern = &poetry->patterns[i];
		const struct globs one = {&pattern->glob, 1};
		const char *place;

		if (!matches_from_above(&one, path))
			continue;
		pattern->is_found = true;
		if (is_excluded && !pattern->is_include)
			continue;
		place = pyproject_join(project, pattern->to, pyproject_rest(pattern->from, path));
		if (pyproject_take(project, path, place, err) < 0)
			return -1;
		if (pattern->is_include)
			pyproject_include(project, place);
	}
	return 0;
}

/* Scripts that are files: {reference = "tools/run.sh", type = "file"}. */
static int take_scripts(struct pyproject *project, struct error **err)
{
	const struct json *script = json_first(
	    PYPROJECT_VALUE(project, "tool", "poetry", "scripts"));

	for (; script; script = script->next) {
		const char *path = json_text(script, "reference", NULL);

		if (!path || strcmp(json_text(script, "type", ""), "file") != 0)
			continue;
		path = pyproject_path(project, path);
		if (pyproject_take_tree(project, path,
			arena_printf(&project->arena, "bin/%s", path_name(slice_c(path)).data),
			err) < 0)
			return -1;
	}
	return 0;
}

int pyproject_take_poetry(struct pyproject *project, struct error **err)
{
	const struct json *table = PYPROJECT_VALUE(project, "tool", "poetry");
	const struct json *packages = json_get(table, "packages"),
			  *includes = json_get(table, "include");
	struct poetry poetry = {.project = project};
	const struct pyproject_visitor visitor = {see_file, NULL, &poetry};

	poetry.patterns = arena_zalloc(&project->arena,
	    json_count(packages) + json_count(includes) + 1, sizeof(*poetry.patterns));
	read_excludes(&poetry, json_get(table, "exclude"));
	if ((json_first(packages) ? add_packages(&poetry, packages, err)
				  : add_default(&poetry, err)) < 0 ||
	    add_includes(&poetry, includes, err) < 0 ||
	    pyproject_walk(project, "", &visitor, err) < 0 || take_scripts(project, err) < 0)
		return -1;
	for (size_t i = 0; i < poetry.count; i++)
		if (!poetry.patterns[i].is_found && !poetry.patterns[i].is_include)
			return fail_at(err, project->file, 0, 0, NULL,
			    "names '%s', where no files are", poetry.patterns[i].text);
	return 0;
}
