#include "ship/manifest_in.h"

/* The commands: where a pattern applies, and which operands come before patterns. */
static const struct {
	const char *name;
	bool includes;
	bool has_directory; /* the first operand is one, below which patterns match */
	bool is_everywhere;
	bool is_directory; /* operands are directories with all below them */
} commands[] = {
    {"include", true, false, false, false},
    {"exclude", false, false, false, false},
    {"recursive-include", true, true, false, false},
    {"recursive-exclude", false, true, false, false},
    {"global-include", true, false, true, false},
    {"global-exclude", false, false, true, false},
    {"graft", true, false, false, true},
    {"prune", false, false, false, true},
};

/* The next word, separated by white space; false at the end. */
static bool take_word(struct slice *rest, struct slice *ret)
{
	size_t begin = 0, end;

	while (begin < rest->len && char_is_space(rest->data[begin]))
		begin++;
	end = begin;
	while (end < rest->len && !char_is_space(rest->data[end]))
		end++;
	*ret = slice_of(rest->data + begin, end - begin);
	*rest = slice_from(*rest, end);
	return ret->len > 0;
}

static void add_rule(struct manifest_in *manifest, struct arena *arena, size_t command,
    struct slice directory, struct slice pattern)
{
	struct manifest_in_rule *rule = &manifest->rules[manifest->count++];
	const char *between = commands[command].has_directory || commands[command].is_everywhere
				  ? "/**/"
				  : "/";

	rule->includes = commands[command].includes;
	glob_init(&rule->glob, arena,
	    arena_printf(arena, "/%.*s%s%.*s%s", (int)directory.len, directory.data, between,
		(int)pattern.len, pattern.data, commands[command].is_directory ? "/**" : ""));
}

static void parse_line(struct manifest_in *manifest, struct arena *arena, struct slice line)
{
	struct slice word, directory = {"", 0};
	size_t command = 0;

	if (!take_word(&line, &word))
		return;
	while (command < sizeof(commands) / sizeof(*commands) &&
	       !slice_is(word, commands[command].name))
		command++;
	if (command == sizeof(commands) / sizeof(*commands))
		return;
	if (commands[command].has_directory && !take_word(&line, &directory))
		return;
	if (slice_is(directory, "."))
		directory.len = 0;
	while (take_word(&line, &word))
		if (!memchr(word.data, 0, word.len))
			add_rule(manifest, arena, command, directory,
			    slice_is(word, ".") ? slice_of("", 0) : word);
}

static size_t count_words(struct slice text)
{
	size_t count = 1;

	for (size_t i = 0; i < text.len; i++)
		count += char_is_space(text.data[i]);
	return count;
}

/* Append a line without its comment. A backslash at its end joins the next one; a line that is only
 * a comment is none, also between these. */
static void add_line(struct str *text, struct slice line)
{
	const char *comment = memchr(line.data, '#', line.len);
	bool goes_on;

	if (comment && (comment == line.data || comment[-1] != '\\')) {
		line.len = (size_t)(comment - line.data);
		if (slice_trim(line).len == 0)
			return;
	}
	line = slice_trim(line);
	goes_on = slice_ends(line, SLICE_LITERAL("\\"));
	str_add(text, line.data, line.len - goes_on);
	if (!goes_on)
		str_addc(text, '\n');
}

void manifest_in_parse(struct manifest_in *ret, struct arena *arena, struct slice text)
{
	autostr struct str joined = STR_INIT;
	struct slice line;

	while (slice_next(&text, '\n', &line))
		add_line(&joined, line);
	text = str_slice(&joined);
	*ret = (struct manifest_in){0};
	ret->rules = arena_zalloc(arena, count_words(text), sizeof(*ret->rules));
	while (slice_next(&text, '\n', &line))
		parse_line(ret, arena, line);
}

bool manifest_in_has(const struct manifest_in *manifest, struct slice path)
{
	for (size_t i = manifest->count; i > 0; i--)
		if (glob_matches(&manifest->rules[i - 1].glob, path))
			return manifest->rules[i - 1].includes;
	return false;
}
