#include "distribution/entry_points.h"

/* Letters beyond ASCII count as such: which ones are letters only Python knows. */
static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '_' || (unsigned char)c >= 0x80;
}

/* Cut off identifiers with dots between them. False if none is there. */
static bool take_dotted(struct slice *rest, struct slice *ret)
{
	size_t len = 0;
	bool after_dot = true;

	while (len < rest->len && (is_word(rest->data[len]) || rest->data[len] == '.')) {
		bool is_digit = rest->data[len] >= '0' && rest->data[len] <= '9';

		if (after_dot && (is_digit || rest->data[len] == '.'))
			return false;
		after_dot = rest->data[len++] == '.';
	}
	*ret = slice_of(rest->data, len);
	*rest = slice_trim(slice_from(*rest, len));
	return !after_dot && slice_is_utf8(*ret);
}

bool entry_point_parse(struct slice value, struct entry_point *ret)
{
	struct slice rest = slice_trim(value);

	ret->attr = ret->extras = slice_of("", 0);
	if (!take_dotted(&rest, &ret->module))
		return false;
	if (rest.len > 0 && rest.data[0] == ':') {
		rest = slice_trim(slice_from(rest, 1));
		if (!take_dotted(&rest, &ret->attr))
			return false;
	}
	if (rest.len == 0)
		return true;
	ret->extras = rest;
	return rest.data[0] == '[' && rest.data[rest.len - 1] == ']';
}

/* The larger array replaces the one before, which stays in the arena. */
void entry_points_add(
    struct entry_points *points, struct arena *arena, const struct entry_point *entry)
{
	struct entry_point *items = points->items;

	if (points->count == points->capacity) {
		points->capacity = points->capacity ? 2 * points->capacity : 8;
		points->items = arena_zalloc(arena, points->capacity, sizeof(*items));
		for (size_t i = 0; i < points->count; i++)
			points->items[i] = items[i];
	}
	points->items[points->count++] = *entry;
}

static bool parse_line(struct slice line, struct slice group, struct entry_point *ret)
{
	const char *equals = memchr(line.data, '=', line.len);

	if (!equals || !group.data)
		return false;
	ret->group = group;
	ret->name = slice_trim(slice_of(line.data, (size_t)(equals - line.data)));
	return ret->name.len > 0 &&
	       entry_point_parse(
		   slice_of(equals + 1, (size_t)(line.data + line.len - equals - 1)), ret);
}

int entry_points_parse(struct slice text, const char *origin, struct arena *arena,
    struct entry_points *ret, struct notes *notes, struct error **err)
{
	struct slice line, group = {NULL, 0};
	long number = 0;

	*ret = (struct entry_points){0};
	if (text.len > ENTRY_POINTS_LIMIT)
		return fail_at(err, origin, 0, 0, NULL, "more than %zu bytes", ENTRY_POINTS_LIMIT);
	while (slice_next(&text, '\n', &line)) {
		struct entry_point entry;
		struct error *note = NULL;

		number++;
		line = slice_trim(line);
		if (line.len == 0 || line.data[0] == '#')
			continue;
		if (line.data[0] == '[' && line.data[line.len - 1] == ']') {
			group = slice_trim(slice_of(line.data + 1, line.len - 2));
		} else if (parse_line(line, group, &entry)) {
			entry_points_add(ret, arena, &entry);
		} else if (notes) {
			(void)fail_at(&note, origin, number, 0, NULL,
			    "not an entry point, and no script is made of it: '%.*s': expected "
			    "NAME = MODULE:ATTRIBUTE",
			    (int)line.len, line.data); /* always -1 */
			notes_add(notes, note);
		}
	}
	return 0;
}

bool entry_point_group_is_scripts(struct slice group)
{
	return slice_is(group, "console_scripts") || slice_is(group, "gui_scripts");
}

bool entry_point_is_script(const struct entry_point *entry)
{
	return entry->attr.len > 0 && entry_point_group_is_scripts(entry->group);
}
