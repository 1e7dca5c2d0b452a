#include "factor/declare.h"

#include "base/path.h"
#include "base/presence.h"
#include "factor/lines.h"

/* Cut `slice` before its last separator; *ret_rest is the text after the separator. Returns false
 * if `slice` has no separator. */
static bool cut_last(struct slice *slice, char separator, struct slice *ret_rest)
{
	const char *at = slice->len ? memrchr(slice->data, separator, slice->len) : NULL;
	size_t before;

	if (!at)
		return false;
	before = (size_t)(at - slice->data);
	*ret_rest = slice_of(at + 1, slice->len - before - 1);
	slice->len = before;
	return true;
}

int index_parse(struct slice text, const char *name, struct arena *arena, struct index_entry **ret,
    size_t *ret_count, struct error **err)
{
	struct lines lines = {.rest = text};
	size_t capacity = 0;
	struct slice line;

	*ret = NULL;
	*ret_count = 0;
	while (lines_next(&lines, &line)) {
		struct index_entry entry = {.line = lines.number};
		struct slice path;

		/* The text between the two is the path: directory names may contain spaces. */
		entry.identifier = arena_slice(arena, slice_field(&line));
		path = line;
		if (!cut_last(&path, ' ', &entry.protocol))
			return fail_declaration(
			    err, name, lines.number, "expected IDENTIFIER FACTOR-PATH PROTOCOL");
		if (!factor_path_is_valid(path))
			return fail_declaration(err, name, lines.number,
			    "'%.*s' is not a factor path", (int)path.len, path.data);
		entry.path = arena_slice(arena, path);
		entry.protocol = arena_slice(arena, entry.protocol);
		if (*ret_count == capacity) {
			struct index_entry *entries = *ret;

			capacity = capacity ? 2 * capacity : 8;
			*ret = arena_zalloc(arena, capacity, sizeof(**ret));
			if (*ret_count)
				memcpy(*ret, entries, *ret_count * sizeof(**ret));
		}
		(*ret)[(*ret_count)++] = entry;
	}
	return 0;
}

/* AUTHORITY <CONTACT> */
static void parse_authority(struct slice line, struct arena *arena, struct project *ret)
{
	struct slice contact;

	if (line.len && line.data[line.len - 1] == '>' && cut_last(&line, '<', &contact)) {
		contact = slice_trim(slice_of(contact.data, contact.len - 1));
		if (!slice_is(contact, "-"))
			ret->contact = arena_slice(arena, contact);
	}
	line = slice_trim(line);
	if (!slice_is(line, "-"))
		ret->authority = arena_slice(arena, line);
}

int identity_parse(struct slice text, const char *name, struct arena *arena, struct project *ret,
    struct error **err)
{
	struct slice first, second, rest = text;

	if (!slice_next(&rest, '\n', &first))
		first = slice_of("", 0);
	first = slice_trim(first);
	ret->name = arena_slice(arena, slice_field(&first));
	ret->identifier = arena_slice(arena, slice_field(&first));
	ret->protocol = arena_slice(arena, slice_field(&first));
	if (ret->protocol.len == 0 || first.len > 0)
		return fail_declaration(err, name, 1, "expected NAME IDENTIFIER PROTOCOL");
	if (!factor_path_is_valid(ret->name))
		return fail_declaration(err, name, 1, "'%s' is not a valid name", ret->name.data);
	if (!slice_is(ret->protocol, PROJECT_PROTOCOL))
		return fail_declaration(err, name, 1, "unknown protocol '%s': expected '%s'",
		    ret->protocol.data, PROJECT_PROTOCOL);
	ret->authority = ret->contact = slice_of("", 0);
	if (slice_next(&rest, '\n', &second))
		parse_authority(slice_trim(second), arena, ret);
	return 0;
}

/* A type context: its language is the last segment of the path. */
static int parse_type_context(struct slice line, long number, const char *name,
    struct slice *ret_language, struct error **err)
{
	if (!cut_last(&line, '/', ret_language) || ret_language->len == 0)
		return fail_declaration(
		    err, name, number, "expected a type context: an IRI with a last segment");
	return 0;
}

/* TYPE.EXTENSION DIALECT [LANGUAGE], with one space between the fields. */
static int parse_format(struct slice line, long number, const char *name, struct arena *arena,
    struct slice context, struct format *ret, struct error **err)
{
	struct slice fields[3] = {{"", 0}, {"", 0}, {"", 0}}, rest = line, type;
	size_t count = 0;

	while (count < 3 && slice_next(&rest, ' ', &fields[count]))
		count++;
	if (count < 2 || rest.data)
		return fail_declaration(
		    err, name, number, "expected TYPE.EXTENSION DIALECT [LANGUAGE]");
	rest = fields[0];
	if (!slice_next(&rest, '.', &type) || type.len == 0 || !rest.data || rest.len == 0 ||
	    !slice_is_plain(line))
		return fail_declaration(err, name, number,
		    "'%.*s' is not of the form TYPE.EXTENSION", (int)fields[0].len, fields[0].data);
	ret->extension = arena_slice(arena, rest);
	ret->type = slice_c(arena_printf(
	    arena, "%.*s.%.*s", (int)context.len, context.data, (int)type.len, type.data));
	ret->dialect = arena_slice(arena, fields[1]);
	if (fields[2].len)
		ret->language = arena_slice(arena, fields[2]);
	return 0;
}

int formats_parse(
    struct slice text, const char *name, struct arena *arena, struct map *ret, struct error **err)
{
	struct slice line, context = {NULL, 0}, language = {"", 0};
	struct lines lines = {.rest = text};

	while (lines_next(&lines, &line)) {
		struct format *format;

		if (line.data[0] == '#')
			continue;
		if (!lines.is_indented) {
			context = line;
			if (parse_type_context(line, lines.number, name, &language, err) < 0)
				return -1;
			language = arena_slice(arena, language);
			continue;
		}
		if (!context.data)
			return fail_declaration(
			    err, name, lines.number, "a format needs a type context above it");
		format = arena_zalloc(arena, 1, sizeof(*format));
		format->language = language;
		if (parse_format(line, lines.number, name, arena, context, format, err) < 0)
			return -1;
		*map_at(ret, format->extension) = format;
	}
	return 0;
}

/* The first line of .factor: an IRI whose last segment is the type's factor path. */
static int take_type(
    struct factor *factor, struct slice line, long number, const char *name, struct error **err)
{
	struct slice segment, type = line;

	factor->isolation = slice_of("", 0);
	(void)slice_next(&line, '#', &type);
	if (line.data)
		factor->isolation = line;
	segment = path_name(type);
	if (!memchr(type.data, '/', type.len) || type.data[type.len - 1] == '/' ||
	    !slice_is_plain(type) || memchr(type.data, ' ', type.len) ||
	    !factor_path_is_valid(segment) || (line.data && !factor_path_is_valid(line)))
		return fail_at(err, name, number, 0, NULL,
		    "expected the type of the factor: an IRI that ends in a factor path");
	factor->type = type;
	return 0;
}

/* Whether a line of .factor is a factor path; leading dots are allowed. */
static bool is_requirement(struct slice line)
{
	struct slice path;

	(void)slice_next(&line, '#', &path);
	while (path.len && path.data[0] == '.')
		path = slice_from(path, 1);
	return factor_path_is_valid(path) && (!line.data || factor_path_is_valid(line));
}

int factor_parse(struct slice text, const char *name, struct arena *arena, struct factor *ret,
    struct error **err)
{
	struct lines lines = {.rest = text};
	struct slice line;

	if (!lines_next(&lines, &line))
		return fail_at(
		    err, name, 0, 0, NULL, "empty file: expected the type of the factor");
	if (take_type(ret, line, lines.number, name, err) < 0)
		return -1;
	ret->type = arena_slice(arena, ret->type);
	ret->isolation = arena_slice(arena, ret->isolation);
	for (struct lines count = lines; lines_next(&count, &line);)
		ret->requirement_count++;
	ret->requirements = arena_zalloc(arena, ret->requirement_count, sizeof(*ret->requirements));
	for (size_t i = 0; lines_next(&lines, &line); i++) {
		if (!is_requirement(line))
			return fail_at(err, name, lines.number, 0, NULL,
			    "not a factor path: '%.*s'", (int)line.len, line.data);
		ret->requirements[i] = arena_slice(arena, line);
	}
	return 0;
}

/* The path of a file of a project's declaration. */
static const char *declaration(
    const struct product *product, struct slice directory, const char *name, struct str *ret)
{
	path_join(ret, product->path, directory);
	str_adds(ret, "/.project/");
	str_adds(ret, name);
	return str_c(ret);
}

int is_project(const char *directory, struct error **err)
{
	autofree char *path = xasprintf("%s/.project/f-identity", directory);

	return presence_of_file(path, err);
}

/* An optional text of one field, stripped of white space. */
static int read_text(
    struct project *project, const char *name, struct slice *ret, struct error **err)
{
	struct arena *arena = &project->product->set->arena;
	autostr struct str path = STR_INIT;
	bool exists;

	(void)declaration(project->product, project->directory, name, &path);
	if (declaration_read(str_c(&path), arena, ret, &exists, err) < 0)
		return -1;
	*ret = arena_slice(arena, slice_trim(*ret));
	return 0;
}

static int read_formats(struct project *project, struct error **err)
{
	struct arena *arena = &project->product->set->arena;
	autostr struct str path = STR_INIT;
	struct slice text;
	bool exists;

	(void)declaration(project->product, project->directory, "polynomial-1", &path);
	if (declaration_read(str_c(&path), arena, &text, &exists, err) < 0)
		return -1;
	return formats_parse(text, str_c(&path), arena, &project->formats, err);
}

static struct project *project_new(struct product *product)
{
	struct products *set = product->set;
	struct project *project = arena_zalloc(&set->arena, 1, sizeof(*project));

	project->product = product;
	project->next = set->projects;
	set->projects = project;
	return project;
}

struct project *project_read(
    struct product *product, struct slice directory, struct slice path, struct error **err)
{
	struct arena *arena = &product->set->arena;
	struct project *project = project_new(product);
	autostr struct str file = STR_INIT;
	struct slice text;

	project->directory = arena_slice(arena, directory);
	(void)declaration(product, directory, "f-identity", &file);
	if (declaration_read(str_c(&file), arena, &text, NULL, err) < 0 ||
	    identity_parse(text, str_c(&file), arena, project, err) < 0)
		return NULL;
	project->path = arena_slice(arena, path.len ? path : project->name);
	if (read_text(project, "icon", &project->icon, err) < 0 ||
	    read_text(project, "synopsis", &project->synopsis, err) < 0 ||
	    read_formats(project, err) < 0)
		return NULL;
	return project;
}

/* Turn a directory's name into an identifier of a factor path: each character that an identifier
 * cannot have becomes "_". */
static struct slice identifier_of(struct arena *arena, struct slice name)
{
	char *identifier = arena_copy(arena, name.len ? name : SLICE_LITERAL("_"));
	struct slice rest = slice_c(identifier);

	while (rest.len) {
		size_t len = slice_character(rest);

		if (len == 0 || rest.data[0] == '.' || !slice_is_plain(slice_of(rest.data, len))) {
			identifier[rest.data - identifier] = '_';
			len = 1;
		}
		rest = slice_from(rest, len);
	}
	return slice_c(identifier);
}

struct project *project_plain(struct product *product)
{
	static const struct {
		const char *extension, *type, *language, *dialect;
	} formats[] = {
	    {"py", FACTOR_TYPE_CONTEXT "python.module", "python", "psf-v3"},
	    {"pyi", FACTOR_TYPE_CONTEXT "python.interface", "python", "psf-v3"},
	    {"txt", FACTOR_TYPE_CONTEXT "meta.chapter", "text", "kleptic"},
	};
	struct arena *arena = &product->set->arena;
	struct project *project = project_new(product);

	project->implicit = true;
	project->name = identifier_of(arena, path_name(product->path));
	project->path = project->identifier = project->name;
	project->protocol = SLICE_LITERAL(PROJECT_PROTOCOL);
	project->directory = project->authority = project->contact = slice_of("", 0);
	project->icon = project->synopsis = slice_of("", 0);
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		struct format *format = arena_zalloc(arena, 1, sizeof(*format));

		format->extension = slice_c(formats[i].extension);
		format->type = slice_c(formats[i].type);
		format->language = slice_c(formats[i].language);
		format->dialect = slice_c(formats[i].dialect);
		*map_at(&project->formats, format->extension) = format;
	}
	return project;
}
