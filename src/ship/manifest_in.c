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

	while (begin < rest->len && strchr(" \t\r", rest->data[begin]))
		begin++;
	end = begin;
	while (end < rest->len && !strchr(" \t\r", rest->data[end]))
		end++;
	*ret = slice_of(rest->data + begin, end - begin);
	*rest = slice_of(rest->data + end, rest->len - end);
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

	if (!take_word(&line, &word) || word.data[0] == '#')
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
		count += strchr(" \t\r\n", text.data[i]) != NULL;
	return count;
}

void manifest_in_parse(struct manifest_in *ret, struct arena *arena, struct slice text)
{
	char *copy = arena_copy(arena, text);
	struct slice line;

	/* A backslash at the end of a line continues it. */
	for (size_t i = 0; i + 1 < text.len; i++)
		if (copy[i] == '\\' && copy[i + 1] == '\n')
			copy[i] = copy[i + 1] = ' ';
	text = slice_of(copy, text.len);
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
