#include <limits.h>

#include "base/file.h"
#include "base/path.h"
#include "base/place.h"
#include "distribution/name.h"
#include "ship/poetry_requires.h"
#include "ship/pyproject_files.h"

/* The largest file that a version is looked for in. */
#define VERSION_FILE_LIMIT ((size_t)1 << 20)

/* Write a header; line ends in the value become spaces, so that it stays one. */
static void add_header(struct str *text, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	str_addf(text, "%s: ", name);
	for (; *value; value++)
		str_addc(text, *value == '\n' || *value == '\r' ? ' ' : *value);
	str_addc(text, '\n');
}

static void add_headers(struct str *text, const char *name, const struct json *values)
{
	for (const struct json *value = json_first(values); value; value = value->next)
		if (json_is(value, JSON_STRING))
			add_header(text, name, value->string);
}

/* The requirements of an extra: with its name in their markers. */
static void add_extras(struct str *text, const struct json *extras)
{
	for (const struct json *extra = json_first(extras); extra; extra = extra->next) {
		add_header(text, "Provides-Extra", extra->key);
		for (const struct json *item = json_first(extra); item; item = item->next) {
			const char *marker = json_is(item, JSON_STRING) ? strchr(item->string, ';')
									: NULL;
			autofree char *value = NULL;

			if (!json_is(item, JSON_STRING))
				continue;
			if (marker)
				value = xasprintf("%.*s; (%s) and extra == '%s'",
				    (int)(marker - item->string), item->string,
				    marker + 1 + strspn(marker + 1, " "), extra->key);
			else
				value = xasprintf("%s; extra == '%s'", item->string, extra->key);
			add_header(text, "Requires-Dist", value);
		}
	}
}

/* Authors or maintainers: names in one header, those with an address in another. */
static void add_people(struct str *text, const struct json *people, const char *name_header,
    const char *address_header)
{
	autostr struct str names = STR_INIT;
	autostr struct str addresses = STR_INIT;

	for (const struct json *person = json_first(people); person; person = person->next) {
		const char *name = json_text(person, "name", NULL),
			   *address = json_text(person, "email", NULL);

		if (address && name)
			str_addf(
			    &addresses, "%s\"%s\" <%s>", addresses.len ? ", " : "", name, address);
		else if (address)
			str_addf(&addresses, "%s%s", addresses.len ? ", " : "", address);
		else if (name)
			str_addf(&names, "%s%s", names.len ? ", " : "", name);
	}
	add_header(text, name_header, str_c(&names));
	add_header(text, address_header, str_c(&addresses));
}

static void add_urls(struct str *text, const struct json *urls)
{
	for (const struct json *url = json_first(urls); url; url = url->next) {
		autofree char *value = json_is(url, JSON_STRING)
					   ? xasprintf("%s, %s", url->key, url->string)
					   : NULL;

		add_header(text, "Project-URL", value);
	}
}

static void add_license(struct str *text, const struct json *table)
{
	const char *expression = json_text(table, "license", NULL);

	add_header(text, expression ? "License-Expression" : "License",
	    expression ? expression : json_text(json_get(table, "license"), "text", NULL));
}

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

/* Read a file of the project, not by way of links; "" if it is not there. */
static int read_file(
    struct pyproject *project, const char *path, struct str *ret, struct error **err)
{
	struct place place = place_below(project->fd, path, path);
	struct stat stat;

	if (!path_is_confined(slice_c(path)) || place_stat(place, &stat) < 0 ||
	    !S_ISREG(stat.st_mode))
		return 0;
	return file_read_place(place, VERSION_FILE_LIMIT, ret, NULL, err);
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

	if (read_file(project, path, &text, err) < 0)
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

		if (read_file(project, file->string, &text, err) < 0)
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

static int write_metadata(struct pyproject *project, const char *name, const char *version,
    const struct json *table, struct str *ret, struct error **err)
{
	const struct json *poetry = json_get(json_get(project->toml, "tool"), "poetry");

	str_addf(ret, "Metadata-Version: 2.4\nName: %s\nVersion: %s\n", name, version);
	add_header(ret, "Summary", json_text(table, "description", NULL));
	add_people(ret, json_get(table, "authors"), "Author", "Author-email");
	add_people(ret, json_get(table, "maintainers"), "Maintainer", "Maintainer-email");
	add_license(ret, table);
	add_headers(ret, "Classifier", json_get(table, "classifiers"));
	add_urls(ret, json_get(table, "urls"));
	if (table == poetry)
		return poetry_requires_add(poetry, project->file, ret, err);
	add_header(ret, "Requires-Python", json_text(table, "requires-python", NULL));
	add_headers(ret, "Requires-Dist", json_get(table, "dependencies"));
	add_extras(ret, json_get(table, "optional-dependencies"));
	return 0;
}

int pyproject_describe(struct pyproject *project, struct pyproject_info *ret,
    const char **ret_reason, struct error **err)
{
	const struct json *poetry = json_get(json_get(project->toml, "tool"), "poetry");
	const struct json *own = json_get(project->toml, "project");
	const struct json *table = json_text(own, "name", NULL) ? own : poetry;
	const char *name = json_text(table, "name", NULL),
		   *version = json_text(own, "version", NULL);

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
	if (write_metadata(project, name, version, table, &ret->metadata, err) < 0)
		return -1;
	if (add_entry_points(project, &ret->entry_points, own, poetry, err) < 0)
		return -1;
	return 1;
}

void pyproject_info_release(struct pyproject_info *info)
{
	str_release(&info->name);
	str_release(&info->metadata);
	str_release(&info->entry_points);
}
