#include "factor/reference.h"

#include "factor/lines.h"

/* Make room in an arena's array for one more element of `size` bytes after the `count` existing
 * ones. */
static void *grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
	void *larger;

	if (count < *capacity)
		return items;
	*capacity = *capacity ? 2 * *capacity : 4;
	larger = arena_zalloc(arena, *capacity, size);
	if (count)
		memcpy(larger, items, count * size);
	return larger;
}

static bool has_space(struct slice slice)
{
	return slice.len && memchr(slice.data, ' ', slice.len);
}

/* Split PROJECT-IRI/FACTOR.PATH#ISOLATION; false if the text does not have that form. */
static bool parse_reference(struct slice text, struct reference *ret)
{
	const char *slash = text.len ? memrchr(text.data, '/', text.len) : NULL;
	struct slice rest;

	*ret = (struct reference){.isolation = {"", 0}};
	if (!slash)
		return false;
	ret->project = slice_of(text.data, (size_t)(slash - text.data));
	rest = slice_of(slash + 1, text.len - ret->project.len - 1);
	(void)slice_next(&rest, '#', &ret->factor);
	if (rest.data) {
		ret->isolation = rest;
		if (!factor_path_is_valid(rest))
			return false;
	}
	return ret->project.len && slice_is_plain(ret->project) && !has_space(ret->project) &&
	       factor_path_is_valid(ret->factor);
}

int references_parse(struct slice text, const char *name, struct arena *arena,
    struct reference **ret, size_t *ret_count, struct error **err)
{
	struct lines lines = {.rest = text};
	size_t capacity = 0;
	struct slice line;

	*ret = NULL;
	*ret_count = 0;
	while (lines_next(&lines, &line)) {
		struct reference *reference;

		*ret = grow(arena, *ret, *ret_count, &capacity, sizeof(**ret));
		reference = &(*ret)[(*ret_count)++];
		if (!parse_reference(line, reference))
			return fail_at(err, name, lines.number, 0, NULL,
			    "expected PROJECT-IRI/FACTOR.PATH#ISOLATION, found '%.*s'",
			    (int)line.len, line.data);
		reference->line = lines.number;
	}
	return 0;
}

/* The last "//" of a line, NULL if there is none. */
static const char *find_kind(struct slice line)
{
	for (size_t i = line.len; i >= 2; i--)
		if (line.data[i - 1] == '/' && line.data[i - 2] == '/')
			return line.data + i - 2;
	return NULL;
}

/* The line that begins a set: /DIR//KIND. Without "//KIND" the kind stays unchanged. */
static bool parse_set(struct slice line, enum system_kind *kind, struct slice *ret_directory)
{
	static const char *const kinds[] = {
	    [SYSTEM_LIBRARY] = "library",
	    [SYSTEM_INTERFACES] = "interfaces",
	    [SYSTEM_FRAMEWORK] = "framework",
	};
	const char *separator = find_kind(line);
	struct slice name;

	*ret_directory = line;
	if (!separator)
		return true;
	ret_directory->len = (size_t)(separator - line.data);
	name = slice_of(separator + 2, line.len - ret_directory->len - 2);
	*kind = SYSTEM_LIBRARY;
	if (name.len == 0)
		return true;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (slice_is(name, kinds[i])) {
			*kind = (enum system_kind)i;
			return true;
		}
	return false;
}

int system_sets_parse(struct slice text, const char *name, struct arena *arena,
    struct system_set **ret, size_t *ret_count, struct error **err)
{
	struct lines lines = {.rest = text};
	enum system_kind kind = SYSTEM_LIBRARY;
	size_t capacity = 0, name_capacity = 0;
	struct system_set *set = NULL;
	struct slice line;

	*ret = NULL;
	*ret_count = 0;
	while (lines_next(&lines, &line)) {
		if (line.data[0] != '/') {
			if (!set)
				continue;
			set->names = grow(
			    arena, set->names, set->count, &name_capacity, sizeof(*set->names));
			set->names[set->count++] = line;
			continue;
		}
		*ret = grow(arena, *ret, *ret_count, &capacity, sizeof(**ret));
		set = &(*ret)[(*ret_count)++];
		name_capacity = 0;
		if (!parse_set(line, &kind, &set->directory))
			return fail_at(err, name, lines.number, 0, NULL,
			    "expected /DIR//KIND, with KIND library, interfaces or framework");
		set->kind = kind;
	}
	return 0;
}
