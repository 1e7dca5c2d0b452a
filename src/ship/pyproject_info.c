#include <limits.h>

#include "distribution/name.h"
#include "ship/pyproject_files.h"
#include "ship/pyproject_metadata.h"

/* Whether a text stays within its line, for str.splitlines() too. */
static bool is_line(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return !strstr(text, "\xc2\x85") && !strstr(text, "\xe2\x80\xa8") &&
	       !strstr(text, "\xe2\x80\xa9");
}

/* Whether a group's name is what the specification of entry points says: words with dots. */
static bool is_group(const char *name)
{
	struct slice rest = slice_c(name), word;

	while (slice_next(&rest, '.', &word)) {
		for (size_t i = 0; i < word.len; i++) {
			unsigned char c = (unsigned char)word.data[i];

			if (c < 0x80 && c != '_' && !(c >= '0' && c <= '9') &&
			    !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z'))
				return false;
		}
		if (word.len == 0)
			return false;
	}
	return *name && is_line(name);
}

static int check_entry(const struct pyproject *project, const char *group, const char *name,
    const char *value, struct error **err)
{
	if (*name && !strchr("[#", *name) && !strchr(name, '=') && is_line(name) && is_line(value))
		return 0;
	return fail_at(err, project->file, 0, 0, NULL,
	    "not an entry point of the group '%s': '%s' = '%s'", group, name, value);
}

/* A section of entry_points.txt, from a table of strings, or of tables with `reference`. */
static int add_section(const struct pyproject *project, struct str *text, const char *group,
    const struct json *table, struct error **err)
{
	bool has_title = false;

	if (!is_group(group))
		return fail_at(err, project->file, 0, 0, NULL,
		    "not a name of a group of entry points: '%s'", group);

	for (const struct json *entry = json_first(table); entry; entry = entry->next) {
		const char *value = json_is(entry, JSON_STRING)
					? entry->string
					: json_text(entry, "reference", NULL);

		if (!value || strcmp(json_text(entry, "type", ""), "file") == 0)
			continue;
		if (check_entry(project, group, entry->key, value, err) < 0)
			return -1;
		if (!has_title)
			str_addf(text, "%s[%s]\n", text->len ? "\n" : "", group);
		has_title = true;
		str_addf(text, "%s = %s\n", entry->key, value);
	}
	return 0;
}

static int add_groups(const struct pyproject *project, struct str *text, const struct json *groups,
    struct error **err)
{
	for (const struct json *group = json_first(groups); group; group = group->next)
		if (add_section(project, text, group->key, group, err) < 0)
			return -1;
	return 0;
}

static int add_entry_points(const struct pyproject *project, struct str *text,
    const struct json *own, const struct json *poetry, struct error **err)
{
	const struct json *scripts = json_get(own, "scripts"), *gui = json_get(own, "gui-scripts");
	const struct json *more = json_get(poetry, "scripts");

	if (add_section(project, text, "console_scripts", scripts, err) < 0 ||
	    add_section(project, text, "gui_scripts", gui, err) < 0 ||
	    add_section(project, text, "console_scripts", more, err) < 0 ||
	    add_groups(project, text, json_get(own, "entry-points"), err) < 0)
		return -1;
	return add_groups(project, text, json_get(poetry, "plugins"), err);
}

/* The string literal that a line `NAME = "..."` of a source assigns; NULL if there is none. Names
 * in objects, escapes and strings over several lines are none. */
static const char *find_literal(struct arena *arena, struct slice source, struct slice name)
{
	struct slice line;

	while (slice_next(&source, '\n', &line)) {
		struct slice rest = line, left, target;
		const char *end;

		if (!slice_starts(line, name) || !slice_next(&rest, '=', &left) || !rest.data)
			continue;
		(void)slice_next(&left, ':', &target); /* without an annotation */
		rest = slice_trim(rest);
		if (!slice_equal(slice_trim(target), name) || rest.len < 2 ||
		    (rest.data[0] != '"' && rest.data[0] != '\''))
			continue;
		end = memchr(rest.data + 1, rest.data[0], rest.len - 1);
		left = slice_of(rest.data + 1, end ? (size_t)(end - rest.data - 1) : 0);
		target = end ? slice_trim(
				   slice_of(end + 1, (size_t)(rest.data + rest.len - end - 1)))
			     : left;
		if (end && left.len > 0 && !memchr(left.data, '\\', left.len) &&
		    (target.len == 0 || target.data[0] == '#'))
			return arena_copy(arena, left);
	}
	return NULL;
}

/* The literal that a source of the project assigns. */
static int find_in_file(struct pyproject *project, const char *path, const char *name,
    const char **ret, struct error **err)
{
	autostr struct str text = STR_INIT;

	if (pyproject_read_text(project, path, &text, err) < 0)
		return -1;
	*ret = find_literal(&project->arena, str_slice(&text), slice_c(name));
	return 0;
}

/* The version of setuptools' `attr`, "package.module.NAME". */
static int find_attribute(
    struct pyproject *project, const char *attribute, const char **ret, struct error **err)
{
	static const char *const roots[] = {"", "src/"};
	static const char *const ends[] = {"/__init__.py", ".py"};
	const char *dot = strrchr(attribute, '.');
	char *module;

	if (!dot)
		return 0;
	module = arena_copy(&project->arena, slice_of(attribute, (size_t)(dot - attribute)));
	for (char *at = module; (at = strchr(at, '.'));)
		*at = '/';
	for (size_t i = 0; i < 4 && !*ret; i++) {
		autofree char *path = xasprintf("%s%s%s", roots[i / 2], module, ends[i % 2]);

		if (find_in_file(project, path, dot + 1, ret, err) < 0)
			return -1;
	}
	return 0;
}

/* The version of Flit: __version__ of the module. */
static int find_in_module(struct pyproject *project, const char **ret, struct error **err)
{
	const char *path, *place;

	if (pyproject_find_flit(project, &path, &place, err) < 0)
		return -1;
	if (!path)
		return 0;
	if (!slice_ends(slice_c(path), SLICE_LITERAL(".py")))
		path = arena_printf(&project->arena, "%s/__init__.py", path);
	return find_in_file(project, path, "__version__", ret, err);
}

/* The version that setuptools, Hatch or Flit would find in a file. */
static int find_version(struct pyproject *project, const char **ret, struct error **err)
{
	const struct json *tools = json_get(project->toml, "tool");
	const struct json *dynamic = json_get(
	    json_get(json_get(tools, "setuptools"), "dynamic"), "version");
	const struct json *hatch = json_get(json_get(tools, "hatch"), "version");
	const struct json *file = json_get(dynamic, "file");
	const char *attribute = json_text(dynamic, "attr", NULL),
		   *path = json_text(hatch, "path", NULL);

	if (json_is(file, JSON_ARRAY) && json_count(file) == 1)
		file = json_first(file);
	if (attribute)
		return find_attribute(project, attribute, ret, err);
	if (json_is(file, JSON_STRING)) {
		autostr struct str text = STR_INIT;

		if (pyproject_read_text(project, file->string, &text, err) < 0)
			return -1;
		if (slice_trim(str_slice(&text)).len > 0)
			*ret = arena_copy(&project->arena, slice_trim(str_slice(&text)));
		return 0;
	}
	if (!path && pyproject_has_backend(project, "flit_core"))
		return find_in_module(project, ret, err);
	if (!path || json_get(hatch, "pattern") || json_get(hatch, "source"))
		return 0;
	if (find_in_file(project, path, "__version__", ret, err) < 0)
		return -1;
	return *ret ? 0 : find_in_file(project, path, "VERSION", ret, err);
}

/* Whether a version can be part of a file's name and a header. */
static bool is_version(const char *version)
{
	return *version && strspn(version, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789.+!_-") == strlen(version);
}

int pyproject_describe(struct pyproject *project, struct pyproject_info *ret,
    const char **ret_reason, struct error **err)
{
	const struct json *poetry = json_get(json_get(project->toml, "tool"), "poetry");
	const struct json *own = json_get(project->toml, "project");
	const struct json *table = json_text(own, "name", NULL) ? own : poetry;
	const char *name = json_text(table, "name", NULL),
		   *version = json_text(own, "version", NULL);
	struct str *entry_points;

	if (!version)
		version = json_text(poetry, "version", NULL);
	if (!version && find_version(project, &version, err) < 0)
		return -1;
	*ret_reason = name ? "the version is not in the file, nor a literal in one that it names"
			   : "the file has no name of a distribution";
	if (!name || !version)
		return 0;
	if (!distribution_is_name(slice_c(name)))
		return fail_at(
		    err, project->file, 0, 0, NULL, "not a name of a distribution: '%s'", name);
	if (!is_version(version))
		return fail_at(err, project->file, 0, 0, NULL, "not a version: '%s'", version);
	distribution_add_stem(&ret->name, slice_c(name), slice_c(version));
	str_adds(&ret->name, ".dist-info");
	if (ret->name.len > NAME_MAX)
		return fail_at(err, project->file, 0, 0, NULL,
		    "name and version are too long: '%s' would be no file's name",
		    str_c(&ret->name));
	if (pyproject_write_metadata(project, table, name, version, ret, err) < 0)
		return -1;
	entry_points = &pyproject_add_text(ret, "entry_points.txt")->content;
	return add_entry_points(project, entry_points, own, poetry, err) < 0 ? -1 : 1;
}
