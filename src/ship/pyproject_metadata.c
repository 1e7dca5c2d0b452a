#include "ship/pyproject_metadata.h"

#include "base/path.h"
#include "base/tree.h"
#include "distribution/metadata.h"
#include "image/glob.h"
#include "ship/poetry_requires.h"
#include "ship/pyproject_files.h"

struct writing {
	struct pyproject *project;
	const struct json *table;   /* [project] or [tool.poetry] */
	const struct json *poetry;  /* [tool.poetry] */
	const struct json *dynamic; /* [tool.setuptools.dynamic] */
	struct pyproject_info *info;
	struct str *text; /* METADATA after its first line */
	bool is_new;	  /* it has what only 2.4 has */
};

/* Note what METADATA lacks. */
static void note(struct writing *writing, const char *what, const char *why)
{
	struct error *note = NULL;

	(void)fail_at(&note, writing->project->file, 0, 0, NULL, "'%s' is not in the dist-info: %s",
	    what, why); /* always -1 */
	notes_add(&writing->info->notes, note);
}

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

/* Write a header of several lines, each of which but the first begins with spaces. */
static void add_folded(struct str *text, const char *name, struct slice value)
{
	struct slice rest = slice_trim(value), line;
	bool is_first = true;

	if (rest.len == 0)
		return;
	str_addf(text, "%s: ", name);
	while (slice_next(&rest, '\n', &line)) {
		str_adds(text, is_first ? "" : "        ");
		for (size_t i = 0; i < line.len; i++)
			if (line.data[i] != '\r')
				str_addc(text, line.data[i]);
		str_addc(text, '\n');
		is_first = false;
	}
}

static void add_headers(struct str *text, const char *name, const struct json *values)
{
	for (const struct json *value = json_first(values); value; value = value->next)
		if (json_is(value, JSON_STRING))
			add_header(text, name, value->string);
}

static void add_keywords(struct str *text, const struct json *values)
{
	autostr struct str joined = STR_INIT;

	for (const struct json *value = json_first(values); value; value = value->next)
		if (json_is(value, JSON_STRING))
			str_addf(&joined, "%s%s", joined.len ? "," : "", value->string);
	add_header(text, "Keywords", str_c(&joined));
}

/* A requirement, of an extra if that is not NULL: then with its name in the marker. */
static void add_requirement(struct str *text, const char *requirement, const char *extra)
{
	const char *marker = strchr(requirement, ';');
	autofree char *value = NULL;

	if (!extra)
		value = xstrdup(requirement);
	else if (marker)
		value = xasprintf("%.*s; (%s) and extra == '%s'", (int)(marker - requirement),
		    requirement, marker + 1 + strspn(marker + 1, " "), extra);
	else
		value = xasprintf("%s; extra == '%s'", requirement, extra);
	add_header(text, "Requires-Dist", value);
}

static void add_requirements(struct str *text, const struct json *list, const char *extra)
{
	for (const struct json *item = json_first(list); item; item = item->next)
		if (json_is(item, JSON_STRING))
			add_requirement(text, item->string, extra);
}

static void add_extras(struct str *text, const struct json *extras)
{
	for (const struct json *extra = json_first(extras); extra; extra = extra->next) {
		add_header(text, "Provides-Extra", extra->key);
		add_requirements(text, extra, extra->key);
	}
}

/* A name before an address: in quotes where it has what is special there (RFC 5322). */
static void add_display_name(struct str *text, const char *name)
{
	if (!strpbrk(name, "()<>@,:;\".[]\\")) {
		str_adds(text, name);
		return;
	}
	str_addc(text, '"');
	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			str_addc(text, '\\');
		str_addc(text, *name);
	}
	str_addc(text, '"');
}

/* Authors or maintainers: names in one header, those with an address in another. Poetry's are
 * strings, as they stand in the second one. */
static void add_people(struct str *text, const struct json *people, const char *name_header,
    const char *address_header)
{
	autostr struct str names = STR_INIT;
	autostr struct str addresses = STR_INIT;

	for (const struct json *person = json_first(people); person; person = person->next) {
		const char *string = json_is(person, JSON_STRING) ? person->string : NULL;
		bool has_address = string && strchr(string, '<');
		const char *name = string && !has_address ? string
							  : json_text(person, "name", NULL),
			   *address = has_address ? string : json_text(person, "email", NULL);

		if (!address && !name)
			continue;
		if (!address) {
			str_addf(&names, "%s%s", names.len ? ", " : "", name);
			continue;
		}
		str_adds(&addresses, addresses.len ? ", " : "");
		if (name)
			add_display_name(&addresses, name);
		str_addf(&addresses, name ? " <%s>" : "%s", address);
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

/* Fail if METADATA, with `more` bytes, is larger than what reads it takes. Many keys can name one
 * file.
 */
static int check_size(const struct writing *writing, size_t more, struct error **err)
{
	if (writing->text->len + more <= METADATA_LIMIT)
		return 0;
	return fail_at(err, writing->project->file, 0, 0, NULL,
	    "METADATA would have more than %zu bytes", METADATA_LIMIT);
}

/* Append a text file that the project names; 0 and a note if it is not there. */
static int read_named(
    struct writing *writing, const char *key, const char *path, struct str *ret, struct error **err)
{
	size_t before = ret->len;
	int there = pyproject_read_text(writing->project, path, ret, err);

	if (there < 0 || check_size(writing, ret->len, err) < 0)
		return -1;
	if (!there) {
		autofree char *why = xasprintf(
		    "'%s' is not a file of the project (links are not followed)", path);

		note(writing, key, why);
		return 0;
	}
	if (slice_is_utf8(slice_from(str_slice(ret), before)))
		return 1;
	return fail_at(err, writing->project->file, 0, 0, NULL, "%s: '%s' is not UTF-8", key, path);
}

/* The same for a path, or a list of paths, whose texts are joined. */
static int read_all(struct writing *writing, const char *key, const struct json *paths,
    struct str *ret, struct error **err)
{
	const struct json *path = json_is(paths, JSON_ARRAY) ? json_first(paths) : paths;

	for (; path; path = json_is(paths, JSON_ARRAY) ? path->next : NULL) {
		if (!json_is(path, JSON_STRING))
			continue;
		if (ret->len > 0)
			str_addc(ret, '\n');
		if (read_named(writing, key, path->string, ret, err) < 0)
			return -1;
	}
	return 0;
}

/* What setuptools takes from files: the value of a key of [tool.setuptools.dynamic]. */
static const struct json *dynamic_files(const struct writing *writing, const char *key)
{
	return json_get(json_get(writing->dynamic, key), "file");
}

/* Requirements in files, one a line: those of setuptools' `dependencies`. */
static int add_listed(struct writing *writing, const struct json *files, const char *key,
    const char *extra, struct error **err)
{
	autostr struct str text = STR_INIT;
	struct slice rest, line;

	if (!files)
		return 0;
	if (read_all(writing, key, files, &text, err) < 0)
		return -1;
	rest = str_slice(&text);
	while (slice_next(&rest, '\n', &line)) {
		autofree char *copy = NULL;
		const char *comment = memmem(line.data, line.len, " #", 2);

		if (comment)
			line.len = (size_t)(comment - line.data);
		line = slice_trim(line);
		copy = xmemdup0(line.data, line.len);
		if (*copy && *copy != '#')
			add_requirement(writing->text, copy, extra);
	}
	return 0;
}

static int add_dependencies(struct writing *writing, struct error **err)
{
	const struct json *extras = json_get(writing->dynamic, "optional-dependencies");

	add_requirements(writing->text, json_get(writing->table, "dependencies"), NULL);
	add_extras(writing->text, json_get(writing->table, "optional-dependencies"));
	if (add_listed(writing, dynamic_files(writing, "dependencies"), "dependencies", NULL, err) <
	    0)
		return -1;
	for (const struct json *extra = json_first(extras); extra; extra = extra->next) {
		add_header(writing->text, "Provides-Extra", extra->key);
		if (add_listed(writing, json_get(extra, "file"), "optional-dependencies",
			extra->key, err) < 0)
			return -1;
	}
	return 0;
}

static int add_summary(struct writing *writing, struct error **err)
{
	const struct json *files = dynamic_files(writing, "description");
	autostr struct str text = STR_INIT;

	add_header(writing->text, "Summary", json_text(writing->table, "description", NULL));
	if (!files)
		return 0;
	if (read_all(writing, "description", files, &text, err) < 0)
		return -1;
	str_truncate(&text, slice_trim(str_slice(&text)).len);
	add_header(writing->text, "Summary", str_c(&text));
	return 0;
}

static int add_license(struct writing *writing, struct error **err)
{
	const struct json *license = json_get(writing->table, "license");
	const char *expression = json_is(license, JSON_STRING) ? license->string : NULL;
	const char *file = json_text(license, "file", NULL);
	autostr struct str text = STR_INIT;

	if (expression) {
		bool is_spdx = writing->table != writing->poetry;

		writing->is_new = is_spdx;
		add_header(writing->text, is_spdx ? "License-Expression" : "License", expression);
		return 0;
	}
	if (file && read_named(writing, "license", file, &text, err) < 0)
		return -1;
	add_folded(writing->text, "License",
	    file ? str_slice(&text) : slice_c(json_text(license, "text", "")));
	return 0;
}

/* The type of a text whose type nobody says. */
static const char *type_of_file(const struct json *path)
{
	struct slice name = slice_c(json_is(path, JSON_STRING) ? path->string : "");

	if (slice_ends(name, SLICE_LITERAL(".md")))
		return "text/markdown";
	return slice_ends(name, SLICE_LITERAL(".rst")) ? "text/x-rst" : "text/plain";
}

/* The description: its type is a header, its text the body. Without one the type says that nothing
 * is no reStructuredText, which twine would have checked. */
static int add_readme(struct writing *writing, struct str *body, struct error **err)
{
	const struct json *given = json_get(writing->table, "readme");
	const struct json *readme = given ? given : json_get(writing->dynamic, "readme");
	const struct json *files = json_is(readme, JSON_OBJECT) ? json_get(readme, "file") : readme;
	const struct json *first = json_is(files, JSON_ARRAY) ? json_first(files) : files;
	const char *text = json_text(readme, "text", NULL), *otherwise = "text/plain";

	if (text)
		str_adds(body, text);
	else if (read_all(writing, "readme", files, body, err) < 0)
		return -1;
	if (body->len > 0 && !text)
		otherwise = type_of_file(first);
	add_header(writing->text, "Description-Content-Type",
	    json_text(readme, "content-type", otherwise));
	return 0;
}

/* Name what the backend computes and this program does not. */
static void note_dynamic(struct writing *writing)
{
	static const char *const read[] = {
	    "description", "readme", "dependencies", "optional-dependencies"};
	const struct json *item = json_first(json_get(writing->table, "dynamic"));

	for (; item; item = item->next) {
		bool is_read = false;

		if (!json_is(item, JSON_STRING) || strcmp(item->string, "version") == 0)
			continue;
		for (size_t i = 0; i < sizeof(read) / sizeof(*read); i++)
			is_read = is_read || (strcmp(item->string, read[i]) == 0 &&
						 json_get(writing->dynamic, read[i]));
		if (!is_read)
			note(writing, item->string, "only the build backend computes it");
	}
}

/* The search for the files of the licence. */
struct license_search {
	struct writing *writing;
	struct glob *globs;
	size_t count;
	const char *place; /* "licenses/" or "" */
	bool is_listed;	   /* in METADATA */
};

/* Whether a glob is of this entry; one without a slash is of the top alone. */
static bool is_license(const struct license_search *search, const struct walk_entry *entry)
{
	for (size_t i = 0; i < search->count; i++)
		if ((entry->depth == 0 || !search->globs[i].name) &&
		    glob_matches(&search->globs[i], entry->path))
			return true;
	return false;
}

static bool may_be_below(const struct license_search *search, const struct walk_entry *entry)
{
	for (size_t i = 0; i < search->count; i++)
		if (!search->globs[i].name && glob_may_match_below(&search->globs[i], entry->path))
			return true;
	return false;
}

static enum walk_answer see_file(void *context, const struct walk_entry *entry, struct error **err)
{
	struct license_search *search = context;
	struct writing *writing = search->writing;
	struct pyproject *project = writing->project;
	struct pyproject_text *file;
	const char *path;

	if (S_ISDIR(entry->stat.st_mode))
		return may_be_below(search, entry) ? WALK_GO : WALK_SKIP;
	if (!is_license(search, entry))
		return WALK_GO;
	path = arena_copy(&project->arena, entry->path);
	if (!S_ISREG(entry->stat.st_mode)) {
		note(writing, path, "a link or special file, which is not followed");
		return WALK_GO;
	}
	file = pyproject_add_text(
	    writing->info, arena_printf(&project->arena, "%s%s", search->place, path));
	if (pyproject_read_text(project, path, &file->content, err) < 0)
		return WALK_STOP;
	if (search->is_listed)
		add_header(writing->text, "License-File", path);
	return WALK_GO;
}

/* The patterns of files of the licence, ended by NULL. */
static const char *const *license_patterns(struct writing *writing, bool *ret_named)
{
	static const char *const found[] = {"LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*", NULL};
	const struct json *own = json_get(writing->table, "license-files");
	const struct json *tool = json_get(
	    json_get(json_get(writing->project->toml, "tool"), "setuptools"), "license-files");
	const struct json *lists[] = {json_is(own, JSON_ARRAY) ? own : NULL, json_get(own, "paths"),
	    json_get(own, "globs"), own ? NULL : tool};
	const char **patterns;
	size_t count = 0;

	*ret_named = own || tool;
	if (!*ret_named)
		return found;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		count += json_count(lists[i]);
	patterns = arena_zalloc(&writing->project->arena, count + 1, sizeof(*patterns));
	count = 0;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (const struct json *item = json_first(lists[i]); item; item = item->next)
			if (json_is(item, JSON_STRING))
				patterns[count++] = item->string;
	return patterns;
}

static int add_license_files(struct writing *writing, struct error **err)
{
	struct pyproject *project = writing->project;
	struct license_search search = {.writing = writing};
	const struct walk_visitor visitor = {see_file, walk_pass_over, &search};
	bool is_named;
	const char *const *patterns = license_patterns(writing, &is_named);

	while (patterns[search.count])
		search.count++;
	search.globs = arena_zalloc(&project->arena, search.count + 1, sizeof(*search.globs));
	for (size_t i = 0; i < search.count; i++)
		glob_init(&search.globs[i], &project->arena, patterns[i]);
	writing->is_new = writing->is_new ||
			  json_is(json_get(writing->table, "license-files"), JSON_ARRAY);
	search.is_listed = writing->is_new;
	search.place = is_named || search.is_listed || pyproject_has_backend(project, "hatchling")
			   ? "licenses/"
			   : "";
	return tree_walk(place_below(project->fd, "", project->directory), &visitor, err);
}

/* A URL that Poetry's table has by a key of its own. */
static void add_own_url(struct writing *writing, const char *key, const char *label)
{
	const char *url = json_text(writing->table, key, NULL);
	autofree char *value = url ? xasprintf("%s, %s", label, url) : NULL;

	add_header(writing->text, "Project-URL", value);
}

static void add_poetry(struct writing *writing)
{
	add_header(writing->text, "Home-page", json_text(writing->table, "homepage", NULL));
	add_own_url(writing, "repository", "Repository");
	add_own_url(writing, "documentation", "Documentation");
}

static int write_headers(struct writing *writing, struct error **err)
{
	const struct json *table = writing->table;
	struct str *text = writing->text;

	if (add_summary(writing, err) < 0)
		return -1;
	add_people(text, json_get(table, "authors"), "Author", "Author-email");
	add_people(text, json_get(table, "maintainers"), "Maintainer", "Maintainer-email");
	if (add_license(writing, err) < 0 || add_license_files(writing, err) < 0)
		return -1;
	add_keywords(text, json_get(table, "keywords"));
	add_headers(text, "Classifier", json_get(table, "classifiers"));
	add_urls(text, json_get(table, "urls"));
	if (table == writing->poetry) {
		add_poetry(writing);
		return poetry_requires_add(table, writing->project->file, text, err);
	}
	add_header(text, "Requires-Python", json_text(table, "requires-python", NULL));
	note_dynamic(writing);
	return add_dependencies(writing, err);
}

int pyproject_write_metadata(struct pyproject *project, const struct json *table, const char *name,
    const char *version, struct pyproject_info *ret, struct error **err)
{
	const struct json *tools = json_get(project->toml, "tool");
	autostr struct str text = STR_INIT, body = STR_INIT;
	struct writing writing = {.project = project,
	    .table = table,
	    .poetry = json_get(tools, "poetry"),
	    .dynamic = json_get(json_get(tools, "setuptools"), "dynamic"),
	    .info = ret,
	    .text = &text};
	struct pyproject_text *file;

	if (write_headers(&writing, err) < 0 || add_readme(&writing, &body, err) < 0 ||
	    check_size(&writing, body.len, err) < 0)
		return -1;
	file = pyproject_add_text(ret, "METADATA");
	str_addf(&file->content, "Metadata-Version: %s\nName: %s\nVersion: %s\n",
	    writing.is_new ? "2.4" : "2.1", name, version);
	str_add_slice(&file->content, str_slice(&text));
	if (body.len > 0) {
		str_addc(&file->content, '\n');
		str_add_slice(&file->content, str_slice(&body));
		if (body.data[body.len - 1] != '\n')
			str_addc(&file->content, '\n');
	}
	return 0;
}
