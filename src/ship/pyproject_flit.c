/*
 * Format: https://flit.pypa.io/en/stable/pyproject_toml.html.
 */
#include "ship/pyproject_files.h"

/* The module that is installed. */
static const char *find_module(struct pyproject *project)
{
	const struct json *flit = PYPROJECT_VALUE(project, "tool", "flit");
	const char *name = json_text(json_get(flit, "module"), "name", NULL);
	char *module;

	if (!name)
		name = json_text(json_get(flit, "metadata"), "module", NULL);
	if (name)
		return name;
	name = json_text(json_get(project->toml, "project"), "name", NULL);
	if (!name)
		return NULL;
	module = arena_strdup(&project->arena, name);
	for (char *dash = module; (dash = strchr(dash, '-'));)
		*dash = '_';
	return module;
}

int pyproject_find_flit(
    struct pyproject *project, const char **ret_path, const char **ret_place, struct error **err)
{
	const char *name = find_module(project);
	const char *root;

	*ret_path = NULL;
	if (!name)
		return pyproject_fail(project, err, "has no name of a module");
	if (pyproject_find_module(project, pyproject_dotted(project, name), &root, ret_place, err) <
	    0)
		return -1;
	if (*ret_place)
		*ret_path = pyproject_join(project, root, *ret_place);
	return 0;
}

int pyproject_take_flit(struct pyproject *project, struct error **err)
{
	const struct json *data = PYPROJECT_VALUE(
	    project, "tool", "flit", "external-data", "directory");
	const char *path, *place;

	if (pyproject_find_flit(project, &path, &place, err) < 0)
		return -1;
	if (!path)
		return fail_at(err, project->file, 0, 0, NULL,
		    "there is no module '%s', neither beside this file nor in src/",
		    find_module(project));
	if (pyproject_take_tree(project, path, place, err) < 0)
		return -1;
	if (!json_is(data, JSON_STRING))
		return 0;
	return pyproject_take_tree(project, pyproject_path(project, data->string), "", err);
}
