/*
 * Sources of the standard library, changed: as a whole, with other line ends and blanks, and pieces
 * of them with words that are removed, put in, replaced or moved. What the parser accepts must be
 * what CPython makes of it.
 *
 *	edits SEED COUNT [FILE...]
 *
 * Without files, each source in the library's folder is one. COUNT pieces of them are edited.
 */
#include <glob.h>
#include <stdio.h>

#include "base/file.h"
#include "compare.h"

#define PIECES 20 /* for each source that is changed as a whole */
#define PIECE_LIMIT 2000
#define EDITS_MOST 3
#define FAULTS_SHOWN 10

static uint64_t state;

/* https://prng.di.unimi.it/splitmix64.c */
static size_t below(size_t count)
{
	uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31)) % count;
}

struct counts {
	unsigned long sources, accepted, faults;
};

static void check(struct str *text, struct counts *counts)
{
	enum comparison comparison;
	const char *fault;

	str_reserve(text, 1);
	(void)str_c(text);
	comparison = compare_parsers(str_slice(text));
	fault = comparison_fault(comparison);
	counts->sources++;
	counts->accepted += comparison != COMPARED_REFUSED;
	if (fault && counts->faults++ < FAULTS_SHOWN)
		compare_print(
		    slice_of(text->data, text->len < PIECE_LIMIT ? text->len : PIECE_LIMIT), fault);
}

/* What a text is replaced by everywhere, with its first characters as well if `at_begin`. */
static const struct change {
	const char *from, *to;
} changes[] = {
    {"\n", "\n"},
    {"\n", "\r\n"},
    {"\n", "\r"},
    {"\n", " \n"},
    {"\n", "\n\f"},
    {"\n", "\n \f"},
    {"\n", " # c\n"},
    {"\n\n", "\n   \n\t\n"},
    {"    ", "\t"},
    {"    ", " "},
    {" ", "  "},
    {" ", " \\\n"},
    {"(", "(\n"},
    {",", " ,\\\n\\\n"},
    {"\n", ";\n"},
    {"'", "\""},
    {"\"", "f\""},
    {"'", "'''"},
    {" f\"", " rf\""},
    {"{", "{ "},
    {"}", "=}"},
    {"}", "!r:x}"},
    {"self", "(self)"},
    {" = ", " : int = "},
    {"_", "\xc3\xa4"},
    {"e", "\xc3\xa9\\n"},
    {"if ", "async "},
    {"return", "yield"},
    {"def ", "class "},
    {"with ", "with ("},
};

static void change_all(struct slice source, const struct change *change, struct counts *counts)
{
	autostr struct str text = STR_INIT;
	size_t len = strlen(change->from);

	for (size_t i = 0; i < source.len;) {
		if (source.len - i >= len && memcmp(source.data + i, change->from, len) == 0) {
			str_adds(&text, change->to);
			i += len;
		} else {
			str_addc(&text, source.data[i++]);
		}
	}
	check(&text, counts);
}

static void remove_line_end(struct slice source, struct counts *counts)
{
	autostr struct str text = STR_INIT;

	while (source.len && source.data[source.len - 1] == '\n')
		source.len--;
	str_add_slice(&text, source);
	check(&text, counts);
	str_adds(&text, "\n#");
	check(&text, counts);
}

static const char *const words[] = {" ", "\n", "\n ", "\t", "(", ")", "[", "]", "{", "}", ",", ":",
    "=", ".", "*", "**", ":=", "+=", "->", ";", "@", "!", "-", "|", "/", "<", "lambda ", " if ",
    " else ", " for ", " in ", "async ", "await ", "not ", " and ", " is ", " as ", "with ", "def ",
    "class ", "match ", "case ", "type ", "_", "yield ", "return ", "import ", "from ", "global ",
    "del ", "try:", "except ", "finally:", "elif ", "while ", "raise ", "None", "0", "1.", "2j",
    "'a'", "f'{a}'", "b'b'", "f'", "\"", "'''", "\\", "\\\n", "#", "x", "\xc3\xa4"};

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_';
}

/* Where a word begins, from a random place on. */
static size_t find_word(struct slice text)
{
	size_t at = below(text.len + 1);

	while (at < text.len && at && is_word(text.data[at]) && is_word(text.data[at - 1]))
		at++;
	return at;
}

static size_t word_end(struct slice text, size_t at)
{
	if (at == text.len)
		return at;
	for (at++; at < text.len && is_word(text.data[at]) && is_word(text.data[at - 1]);)
		at++;
	return at;
}

/* Change one word: remove it, put another there, or both. */
static void edit(struct str *text)
{
	struct slice old = str_slice(text);
	size_t at = find_word(old), end = at;
	autostr struct str result = STR_INIT;

	if (below(3))
		end = word_end(old, at);
	str_add(&result, old.data, at);
	if (below(4) == 0) {
		size_t other = find_word(old);

		str_add(&result, old.data + other, word_end(old, other) - other);
	} else if (end == at || below(2)) {
		str_adds(&result, words[below(sizeof(words) / sizeof(*words))]);
	}
	str_add(&result, old.data + end, old.len - end);
	str_truncate(text, 0);
	str_add_slice(text, str_slice(&result));
}

/* A piece from one line at the margin to another. */
static struct slice cut(struct slice source)
{
	size_t begin = below(source.len + 1), end;

	while (begin && begin < source.len &&
	       !(source.data[begin - 1] == '\n' && is_word(source.data[begin])))
		begin++;
	end = begin + below(PIECE_LIMIT);
	while (end < source.len && !(source.data[end - 1] == '\n' && is_word(source.data[end])))
		end++;
	if (end > source.len)
		end = source.len;
	return slice_of(source.data + begin, end - begin);
}

static void edit_piece(struct slice source, struct counts *counts)
{
	autostr struct str text = STR_INIT;
	struct slice piece = cut(source);

	if (piece.len > 2 * PIECE_LIMIT)
		return;
	str_add_slice(&text, piece);
	for (size_t i = 1 + below(EDITS_MOST); i > 0; i--)
		edit(&text);
	if (slice_is_utf8(str_slice(&text)))
		check(&text, counts);
}

static bool report(int number, const char *name, const struct counts *counts)
{
	bool passed = !counts->faults && counts->accepted;

	printf("%s %d - %s: %lu of %lu sources accepted\n", passed ? "ok" : "not ok", number, name,
	    counts->accepted, counts->sources);
	return passed;
}

static bool run(char *const *paths, size_t path_count, unsigned long edits)
{
	struct counts changed = {0, 0, 0}, edited = {0, 0, 0};
	bool passed;

	for (size_t i = 0; i < path_count; i++) {
		autostr struct str source = STR_INIT;

		if (file_read(paths[i], FILE_READ_LIMIT, &source, NULL, NULL) < 0 ||
		    !slice_is_utf8(str_slice(&source)) || memchr(source.data, '\0', source.len))
			continue;
		remove_line_end(str_slice(&source), &changed);
		for (unsigned long j = 0; j < edits / path_count; j++) {
			edit_piece(str_slice(&source), &edited);
			if (j % PIECES == 0)
				change_all(str_slice(&source),
				    &changes[below(sizeof(changes) / sizeof(*changes))], &changed);
		}
	}
	printf("1..2\n");
	passed = report(1, "changed", &changed);
	return report(2, "edited", &edited) && passed;
}

int main(int argc, char **argv)
{
	glob_t found;
	bool passed;

	if (argc < 3 || !compare_start())
		return 3;
	state = strtoull(argv[1], NULL, 0);
	if (argc > 3)
		return run(argv + 3, (size_t)argc - 3, strtoul(argv[2], NULL, 0)) ? 0 : 1;
	if (glob(KILN_PYTHON_STDLIB "/*.py", 0, NULL, &found) != 0) {
		printf("1..0 # SKIP no library\n");
		return 0;
	}
	passed = run(found.gl_pathv, found.gl_pathc, strtoul(argv[2], NULL, 0));
	globfree(&found);
	return passed ? 0 : 1;
}
