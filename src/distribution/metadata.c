#include "distribution/metadata.h"

#include <stddef.h>
#include <strings.h>

#include "base/json.h"
#include "distribution/name.h"

struct header {
	struct slice name;
	/* Without white space at its ends. A value of several lines has their ends and indentation
	 * in it. */
	struct slice value;
};

static bool is_continued(struct slice rest)
{
	return rest.len > 0 && (rest.data[0] == ' ' || rest.data[0] == '\t');
}

/* The next line, with the lines that continue it. */
static struct slice next_lines(struct slice *rest)
{
	struct slice line;
	const char *begin = rest->data;

	(void)slice_next(rest, '\n', &line); /* there is one: the caller looked */
	while (rest->data && is_continued(*rest))
		(void)slice_next(rest, '\n', &line);
	return slice_of(begin, (size_t)(line.data + line.len - begin));
}

/* Whether an empty line is next, after which the body comes. */
static bool is_at_body(struct slice rest)
{
	struct slice line;

	return slice_next(&rest, '\n', &line) && slice_trim(line).len == 0;
}

/* The next header of *rest; false at the body or the end. */
static bool header_next(struct slice *rest, struct header *ret)
{
	while (rest->data && rest->len > 0 && !is_at_body(*rest)) {
		struct slice line = next_lines(rest);
		const char *colon = memchr(line.data, ':', line.len);

		if (!colon || colon == line.data || is_continued(line))
			continue;
		ret->name = slice_trim(slice_of(line.data, (size_t)(colon - line.data)));
		ret->value = slice_trim(
		    slice_of(colon + 1, (size_t)(line.data + line.len - colon - 1)));
		return true;
	}
	return false;
}

static bool header_is(const struct header *header, const char *name)
{
	return header->name.len == strlen(name) &&
	       strncasecmp(header->name.data, name, header->name.len) == 0;
}

/* Old arrays stay in the arena: all of them have fewer items than the last one. */
static void add_value(struct arena *arena, struct metadata_values *values, struct slice value)
{
	struct slice *items = values->items;

	if (values->count == values->capacity) {
		values->capacity = values->capacity ? 2 * values->capacity : 8;
		values->items = arena_zalloc(arena, values->capacity, sizeof(*items));
		for (size_t i = 0; i < values->count; i++)
			values->items[i] = items[i];
	}
	values->items[values->count++] = value;
}

static void take_header(struct arena *arena, const struct header *header, struct metadata *ret)
{
	const struct {
		const char *name;
		struct slice *one;
		struct metadata_values *several;
	} known[] = {
	    {"Name", &ret->name, NULL},
	    {"Version", &ret->version, NULL},
	    {"Summary", &ret->summary, NULL},
	    {"License-Expression", &ret->license_expression, NULL},
	    {"License", &ret->license, NULL},
	    {"Author", &ret->author, NULL},
	    {"Author-email", &ret->author_email, NULL},
	    {"Maintainer", &ret->maintainer, NULL},
	    {"Maintainer-email", &ret->maintainer_email, NULL},
	    {"Home-page", &ret->home_page, NULL},
	    {"Requires-Python", &ret->requires_python, NULL},
	    {"Classifier", NULL, &ret->classifiers},
	    {"Requires-Dist", NULL, &ret->requires},
	    {"Provides-Extra", NULL, &ret->extras},
	    {"License-File", NULL, &ret->license_files},
	    {"Project-URL", NULL, &ret->project_urls},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (!header_is(header, known[i].name))
			continue;
		if (known[i].several)
			add_value(arena, known[i].several, header->value);
		else if (known[i].one->len == 0)
			*known[i].one = header->value;
		return;
	}
}

static int check_size(struct slice text, const char *origin, struct error **err)
{
	if (text.len <= METADATA_LIMIT)
		return 0;
	return fail_at(err, origin, 0, 0, NULL, "more than %zu bytes", METADATA_LIMIT);
}

int metadata_parse(struct slice text, const char *origin, struct arena *arena, struct metadata *ret,
    struct error **err)
{
	struct header header;

	*ret = (struct metadata){0};
	if (check_size(text, origin, err) < 0)
		return -1;
	while (header_next(&text, &header))
		take_header(arena, &header, ret);
	if (!distribution_is_name(ret->name))
		return fail_at(
		    err, origin, 0, 0, NULL, "no header Name with a distribution's name");
	if (ret->version.len == 0)
		return fail_at(err, origin, 0, 0, NULL, "no header Version");
	return 0;
}

int wheel_info_parse(struct slice text, const char *origin, struct arena *arena,
    struct wheel_info *ret, struct error **err)
{
	struct header header;

	*ret = (struct wheel_info){0};
	if (check_size(text, origin, err) < 0)
		return -1;
	while (header_next(&text, &header)) {
		if (header_is(&header, "Wheel-Version"))
			ret->version = header.value;
		else if (header_is(&header, "Root-Is-Purelib"))
			ret->is_pure = header.value.len == 4 &&
				       strncasecmp(header.value.data, "true", 4) == 0;
		else if (header_is(&header, "Tag"))
			add_value(arena, &ret->tags, header.value);
	}
	if (slice_starts(ret->version, SLICE_LITERAL("1.")))
		return 0;
	return fail_at(err, origin, 0, 0, NULL,
	    "Wheel-Version is '%.*s': only versions 1.x are known", (int)ret->version.len,
	    ret->version.data ? ret->version.data : "");
}

int direct_url_parse(struct slice text, const char *origin, struct arena *arena, bool *ret_editable,
    const char **ret_url, struct error **err)
{
	autojson struct json *root = json_parse(text, origin, DIRECT_URL_LIMIT, err);
	const struct json *url = json_get(root, "url");

	if (!root)
		return -1;
	if (!json_is(url, JSON_STRING))
		return fail_at(err, origin, 0, 0, NULL, "no member 'url' with a URL");
	*ret_url = arena_strdup(arena, url->string);
	*ret_editable = json_is(json_get(json_get(root, "dir_info"), "editable"), JSON_TRUE);
	return 0;
}
