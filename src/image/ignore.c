#include "image/ignore.h"

#include "base/path.h"

/* Without the white space at the end, unless a backslash is before it. */
static struct slice without_trailing_space(struct slice line)
{
	while (line.len > 0 && (line.data[line.len - 1] == ' ' || line.data[line.len - 1] == '\t' ||
				   line.data[line.len - 1] == '\r')) {
		if (line.len > 1 && line.data[line.len - 2] == '\\')
			break;
		line.len--;
	}
	return line;
}

/* "**" at the end matches what is below, at least one component. */
static bool ends_with_any(struct slice pattern)
{
	return slice_is(pattern, "**") || slice_ends(pattern, SLICE_LITERAL("/**"));
}

/* A pattern of git; a backslash is the matter of fnmatch(3). */
static void add_git_rule(struct ignore_list *list, struct arena *arena, struct slice pattern)
{
	struct ignore_rule *rule = &list->rules[list->count];

	*rule = (struct ignore_rule){0};
	if (slice_starts(pattern, SLICE_LITERAL("!"))) {
		rule->is_negated = true;
		pattern = slice_from(pattern, 1);
	}
	while (pattern.len > 0 && pattern.data[pattern.len - 1] == '/') {
		rule->is_of_directories = true;
		pattern.len--;
	}
	if (pattern.len == 0)
		return;
	glob_init(&rule->glob, arena,
	    arena_printf(arena, "%.*s%s", (int)pattern.len, pattern.data,
		ends_with_any(pattern) ? "/*" : ""));
	list->has_negation = list->has_negation || rule->is_negated;
	list->count++;
}

/* A pattern of Docker: without "." and "..", always of a path. */
static void add_docker_rule(struct ignore_list *list, struct arena *arena, struct slice pattern)
{
	struct ignore_rule *rule = &list->rules[list->count];
	autostr struct str path = STR_INIT;

	*rule = (struct ignore_rule){0};
	pattern = slice_trim(pattern);
	if (slice_starts(pattern, SLICE_LITERAL("!"))) {
		rule->is_negated = true;
		pattern = slice_trim(slice_from(pattern, 1));
	}
	path_normalize(&path, pattern);
	while (path.len > 0 && path.data[0] == '/')
		str_drop(&path, 1);
	if (path.len == 0 || !path_is_confined(str_slice(&path)))
		return;
	glob_init(&rule->glob, arena,
	    arena_printf(arena, "/%s%s", path.data, ends_with_any(str_slice(&path)) ? "/*" : ""));
	list->has_negation = list->has_negation || rule->is_negated;
	list->count++;
}

static size_t count_lines(struct slice text)
{
	struct slice line;
	size_t count = 0;

	while (slice_next(&text, '\n', &line))
		count++;
	return count;
}

void ignore_parse(struct ignore_list *list, struct arena *arena, struct slice text,
    enum ignore_syntax syntax, const char *reason)
{
	struct slice line;

	*list = (struct ignore_list){.syntax = syntax, .reason = reason};
	list->rules = arena_zalloc(arena, count_lines(text), sizeof(*list->rules));
	if (slice_starts(text, SLICE_LITERAL("\xef\xbb\xbf")))
		text = slice_from(text, 3);
	while (slice_next(&text, '\n', &line)) {
		line = without_trailing_space(line);
		if (line.len == 0 || line.data[0] == '#' || memchr(line.data, 0, line.len))
			continue;
		if (syntax == IGNORE_GIT)
			add_git_rule(list, arena, line);
		else
			add_docker_rule(list, arena, line);
	}
}

static bool git_matches(const struct ignore_list *list, struct slice path, bool is_directory)
{
	for (size_t i = list->count; i > 0; i--) {
		const struct ignore_rule *rule = &list->rules[i - 1];

		if ((is_directory || !rule->is_of_directories) && glob_matches(&rule->glob, path))
			return !rule->is_negated;
	}
	return false;
}

/* Whether a rule matches the path or a directory above it. */
static bool matches_from_above(const struct ignore_rule *rule, struct slice path, bool is_directory)
{
	autofree char *above = xmemdup0(path.data, path.len);

	for (size_t len = 1; len <= path.len; len++) {
		bool matches;

		if (len < path.len && path.data[len] != '/')
			continue;
		if (len == path.len && rule->is_of_directories && !is_directory)
			continue;
		above[len] = 0;
		matches = glob_matches(&rule->glob, slice_of(above, len));
		above[len] = '/';
		if (matches)
			return true;
	}
	return false;
}

static bool names_from_above(const struct ignore_list *list, struct slice path, bool is_directory)
{
	for (size_t i = list->count; i > 0; i--) {
		const struct ignore_rule *rule = &list->rules[i - 1];

		if (matches_from_above(rule, path, is_directory))
			return !rule->is_negated;
	}
	return false;
}

bool ignore_names_file(const struct ignore_list *list, struct slice path)
{
	return names_from_above(list, path, false);
}

bool ignore_matches(
    const struct ignore_list *list, struct slice path, bool is_directory, bool *ret_descends)
{
	*ret_descends = false;
	if (list->syntax == IGNORE_GIT)
		return git_matches(list, path, is_directory);
	*ret_descends = is_directory && list->has_negation;
	return names_from_above(list, path, is_directory);
}
