#include "image/glob.h"

#include <fnmatch.h>

#include "base/path.h"

static size_t count_parts(const char *pattern)
{
	struct slice rest = slice_c(pattern), part;
	size_t count = 0;

	while (slice_next(&rest, '/', &part))
		count += part.len > 0;
	return count;
}

void glob_init(struct glob *glob, struct arena *arena, const char *pattern)
{
	struct slice rest = slice_c(pattern), part;

	*glob = (struct glob){0};
	if (!strchr(pattern, '/')) {
		glob->name = pattern;
		return;
	}
	glob->parts = arena_zalloc(arena, count_parts(pattern), sizeof(*glob->parts));
	while (slice_next(&rest, '/', &part))
		if (part.len > 0)
			glob->parts[glob->count++] = arena_copy(arena, part);
}

/* The rest of a path after its first component. */
static const char *next_component(const char *path)
{
	const char *slash = strchrnul(path, '/');

	return *slash ? slash + 1 : slash;
}

/* Whether the pattern's part matches the first component of `path` as a whole. */
static bool part_matches(const char *part, const char *path)
{
	return fnmatch(part, path, FNM_PATHNAME | FNM_LEADING_DIR) == 0;
}

static bool is_any(const struct glob *glob, size_t part)
{
	return part < glob->count && strcmp(glob->parts[part], "**") == 0;
}

/* If a part does not match, the last "**" before it takes one more component. Earlier ones need not
 * be tried again: whatever parts they could leave to match, the last "**" can leave, too. */
static bool parts_match(const struct glob *glob, const char *path)
{
	const char *retry = NULL; /* the path where the parts after the last "**" were last tried */
	size_t part = 0, after = 0;

	while (*path) {
		if (is_any(glob, part)) {
			after = ++part;
			retry = path;
		} else if (part < glob->count && part_matches(glob->parts[part], path)) {
			part++;
			path = next_component(path);
		} else if (retry) {
			part = after;
			path = retry = next_component(retry);
		} else {
			return false;
		}
	}
	while (is_any(glob, part))
		part++;
	return part == glob->count && part > 0;
}

bool glob_matches(const struct glob *glob, struct slice path)
{
	if (glob->name)
		return fnmatch(glob->name, path_name(path).data, 0) == 0;
	return parts_match(glob, path.data);
}

bool glob_may_match_below(const struct glob *glob, struct slice directory)
{
	const char *path = directory.data;
	size_t part = 0;

	for (; *path && part < glob->count && !is_any(glob, part); part++) {
		if (!part_matches(glob->parts[part], path))
			return false;
		path = next_component(path);
	}
	return part < glob->count;
}

const char *glob_escape(struct arena *arena, const char *text)
{
	autostr struct str escaped = STR_INIT;

	for (; *text; text++) {
		if (strchr("*?[\\", *text))
			str_addc(&escaped, '\\');
		str_addc(&escaped, *text);
	}
	return arena_copy(arena, str_slice(&escaped));
}

void globs_init(struct globs *globs, struct arena *arena, const char *const *patterns)
{
	*globs = (struct globs){0};
	if (!patterns)
		return;
	while (patterns[globs->count])
		globs->count++;
	globs->list = arena_zalloc(arena, globs->count, sizeof(*globs->list));
	for (size_t i = 0; i < globs->count; i++)
		glob_init(&globs->list[i], arena, patterns[i]);
}

bool globs_match(const struct globs *globs, struct slice path)
{
	for (size_t i = 0; i < globs->count; i++)
		if (glob_matches(&globs->list[i], path))
			return true;
	return false;
}
