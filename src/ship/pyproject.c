#include "ship/pyproject.h"

#include <errno.h>

#include "base/file.h"
#include "base/path.h"
#include "base/presence.h"
#include "python/toml.h"
#include "ship/pyproject_files.h"

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

int pyproject_read(struct pyproject *project, const char *directory, struct error **err)
{
	static const char *const backends[] = {"setuptools", "hatch", "poetry", "flit", "pdm"};
	autostr struct str text = STR_INIT;
	const struct json *tools;
	int there;

	project->directory = directory;
	project->file = arena_printf(&project->arena, "%s/pyproject.toml", directory);
	project->fd = TEMP_FAILURE_RETRY(open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC));
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

bool pyproject_has_backend(const struct pyproject *project, const char *package)
{
	const struct json *backend = PYPROJECT_VALUE(project, "build-system", "build-backend");
	struct slice name = json_is(backend, JSON_STRING) ? slice_c(backend->string)
							  : slice_of("", 0);
	struct slice first;

	return slice_next(&name, '.', &first) &&
	       slice_is(slice_next(&first, ':', &name) ? name : first, package);
}

/* The backends whose rules are known: by the name of what builds, or by their table. */
static const struct {
	const char *packages[2];
	const char *table;
	int (*take)(struct pyproject *project, struct error **err);
} rules[] = {
    {{"setuptools"}, "setuptools", pyproject_take_setuptools},
    {{"hatchling"}, "hatch", pyproject_take_hatch},
    {{"poetry"}, "poetry", pyproject_take_poetry},
    {{"flit_core", "flit"}, "flit", pyproject_take_flit},
};

/* Take all of the packages and modules that the layout shows. */
static int take_by_layout(struct pyproject *project, struct error **err)
{
	struct pyproject_top top;

	if (pyproject_find_top(project, "src", &top, err) < 0)
		return -1;
	for (size_t i = 0; i < top.count; i++) {
		if (pyproject_take_tree(project, pyproject_join(project, top.where, top.names[i]),
			top.names[i], err) < 0)
			return -1;
	}
	return 0;
}

/* Fail if the file selects files in a way that is not followed. */
static int check_others(const struct pyproject *project, struct error **err)
{
	static const char *const settings[] = {
	    "includes", "excludes", "package-dir", "source-includes", "run-setuptools"};
	const struct json *pdm = PYPROJECT_VALUE(project, "tool", "pdm", "build");

	for (size_t i = 0; i < COUNT(settings); i++)
		if (json_get(pdm, settings[i]))
			return fail_at(err, project->file, 0, 0, NULL,
			    "'%s' of [tool.pdm.build] is not followed: build a wheel and give that "
			    "as SOURCE, or name the packages",
			    settings[i]);
	return 0;
}

static int take(struct pyproject *project, struct error **err)
{
	const struct json *tools = json_get(project->toml, "tool");
	bool has_backend = PYPROJECT_VALUE(project, "build-system", "build-backend");

	for (size_t i = 0; i < COUNT(rules); i++)
		if (pyproject_has_backend(project, rules[i].packages[0]) ||
		    (rules[i].packages[1] && pyproject_has_backend(project, rules[i].packages[1])))
			return rules[i].take(project, err);
	for (size_t i = 0; !has_backend && i < COUNT(rules); i++)
		if (json_get(tools, rules[i].table))
			return rules[i].take(project, err);
	if (check_others(project, err) < 0)
		return -1;
	return has_backend ? take_by_layout(project, err) : pyproject_take_setuptools(project, err);
}

int pyproject_find(struct pyproject *project, struct error **err)
{
	if (take(project, err) < 0)
		return -1;
	pyproject_group(project);
	if (project->count > 0)
		return 0;
	return pyproject_fail(project, err,
	    "no packages found in src/ or beside this file: name them in [tool.setuptools] "
	    "packages, or as SOURCE");
}

void pyproject_release(struct pyproject *project)
{
	cleanup_close(&project->fd);
	json_free(project->toml);
	for (size_t i = 0; i < project->count; i++) {
		if (project->parts[i].taken)
			map_release(project->parts[i].taken);
		free(project->parts[i].taken);
	}
	free(project->parts);
	free(project->files);
	free(project->includes);
	arena_release(&project->arena);
}
