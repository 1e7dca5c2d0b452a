#include <fnmatch.h>
#include <locale.h>

#include "base/error.h"
#include "base/locale.h"
#include "image/glob.h"

#include "suite.h"

static bool matches(const char *pattern, const char *path)
{
	const char *const patterns[] = {pattern, NULL};
	autoarena struct arena arena = {0};
	struct globs globs;

	globs_init(&globs, &arena, patterns);
	return globs_match(&globs, slice_c(path));
}

START_TEST(a_glob_without_a_slash_matches_names_at_every_depth)
{
	ck_assert(matches("*.txt", "notes.txt"));
	ck_assert(matches("*.txt", "a/b/notes.txt"));
	ck_assert(!matches("a", "a/b"));
	ck_assert(matches("*", ".hidden"));
	ck_assert(matches("[ab]?", "x/b1"));
	ck_assert(!matches("notes", "notes.txt"));
	ck_assert(matches("\\*", "a/*"));
	ck_assert(!matches("\\*", "a/b"));
}
END_TEST

START_TEST(a_glob_with_a_slash_matches_whole_paths)
{
	ck_assert(matches("a/*.txt", "a/notes.txt"));
	ck_assert(!matches("a/*.txt", "b/a/notes.txt"));
	ck_assert(!matches("a/*.txt", "a/b/notes.txt"));
	ck_assert(!matches("a/b", "a"));
	ck_assert(!matches("a/b", "a/b/c"));
	ck_assert(!matches("a/b", "a/bc"));
	ck_assert(!matches("a/b?c", "a/b/c"));
	ck_assert(!matches("a[/]b/c", "a/b/c"));
}
END_TEST

START_TEST(slashes_around_a_glob_only_make_it_one_of_paths)
{
	ck_assert(matches("/a", "a"));
	ck_assert(!matches("/a", "b/a"));
	ck_assert(matches("a/", "a"));
	ck_assert(!matches("a/", "b/a"));
	ck_assert(matches("//a//b//", "a/b"));
	ck_assert(!matches("/", "a"));
	ck_assert(!matches("//", "a"));
}
END_TEST

START_TEST(two_stars_match_any_number_of_components)
{
	ck_assert(matches("**/x", "x"));
	ck_assert(matches("**/x", "a/b/c/x"));
	ck_assert(!matches("**/x", "a/x/b"));
	ck_assert(matches("a/**", "a"));
	ck_assert(matches("a/**", "a/b/c"));
	ck_assert(matches("a/**/z", "a/z"));
	ck_assert(matches("a/**/z", "a/z/y/z"));
	ck_assert(matches("**/b/**/d", "a/b/c/b/x/d"));
	ck_assert(!matches("**/b/**/d", "a/c/d"));
	ck_assert(!matches("a/b**/z", "a/b/c/z"));
	ck_assert(matches("a/b**/z", "a/bcd/z"));
}
END_TEST

START_TEST(any_of_several_globs_matches_and_none_matches_nothing)
{
	const char *const patterns[] = {"*.o", "build/*", NULL};
	const char *const none[] = {NULL};
	autoarena struct arena arena = {0};
	struct globs globs;

	globs_init(&globs, &arena, patterns);
	ck_assert(globs_match(&globs, SLICE_LITERAL("a/x.o")));
	ck_assert(globs_match(&globs, SLICE_LITERAL("build/x")));
	ck_assert(!globs_match(&globs, SLICE_LITERAL("src/x")));
	globs_init(&globs, &arena, none);
	ck_assert(!globs_match(&globs, SLICE_LITERAL("a")));
	globs_init(&globs, &arena, NULL);
	ck_assert(!globs_match(&globs, SLICE_LITERAL("a")));
}
END_TEST

START_TEST(a_question_mark_is_a_character_in_the_locale_scope_only)
{
	autolocale struct locale_scope scope = LOCALE_SCOPE_INIT;

	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C"));
	ck_assert(!matches("?", "\xc3\xa9"));
	ck_assert_int_eq(locale_enter(&scope, NULL), 0);
	ck_assert(matches("?", "\xc3\xa9"));
	ck_assert(matches("a/?", "a/\xc3\xa9"));
	locale_leave(&scope);
	locale_leave(&scope);
	ck_assert(!matches("?", "\xc3\xa9"));
}
END_TEST

START_TEST(names_that_are_not_utf8_are_matched_by_bytes)
{
	autolocale struct locale_scope scope = LOCALE_SCOPE_INIT;

	ck_assert_int_eq(locale_enter(&scope, NULL), 0);
	ck_assert(matches("*.txt", "caf\xe9.txt"));
	ck_assert(matches("caf\xe9.*", "caf\xe9.txt"));
	ck_assert(!matches("caf\xe8.*", "caf\xe9.txt"));
	ck_assert(matches("a/**/*.txt", "a/\xff/caf\xe9.txt"));
}
END_TEST

/* The reference: each part against each component, all ways. */
struct parts {
	char text[16][64];
	size_t count;
};

static struct parts split(const char *text)
{
	struct parts parts = {.count = 0};
	struct slice rest = slice_c(text), part;

	while (slice_next(&rest, '/', &part))
		if (part.len > 0) {
			memcpy(parts.text[parts.count], part.data, part.len);
			parts.text[parts.count++][part.len] = '\0';
		}
	return parts;
}

static bool reference(const struct parts *pattern, size_t p, const struct parts *path, size_t c)
{
	if (p == pattern->count)
		return c == path->count;
	if (strcmp(pattern->text[p], "**") == 0)
		return reference(pattern, p + 1, path, c) ||
		       (c < path->count && reference(pattern, p, path, c + 1));
	return c < path->count && fnmatch(pattern->text[p], path->text[c], 0) == 0 &&
	       reference(pattern, p + 1, path, c + 1);
}

/* Components joined by slashes. */
static void random_text(
    unsigned *seed, const char *const *pieces, size_t count, unsigned least, char *ret)
{
	size_t components = least + (size_t)rand_r(seed) % 6;

	*ret = '\0';
	for (size_t i = 0; i < components; i++) {
		if (i > 0)
			strcat(ret, "/");
		strcat(ret, pieces[(size_t)rand_r(seed) % count]);
	}
}

START_TEST(random_globs_agree_with_a_search_of_all_ways)
{
	static const char *const globs[] = {
	    "**", "**", "a", "b", "*", "?", "a*", "*b", "[ab]", "[!a]", "a?b", "\\a", ""};
	static const char *const names[] = {"a", "b", "ab", "aab", "ba", ".a", "**"};
	unsigned seed = 20240229;
	size_t hits = 0;

	for (size_t i = 0; i < 100000; i++) {
		char pattern[64], path[64];
		struct parts pattern_parts, path_parts;
		bool expected;

		random_text(&seed, globs, sizeof(globs) / sizeof(*globs), 2, pattern);
		random_text(&seed, names, sizeof(names) / sizeof(*names), 1, path);
		pattern_parts = split(pattern);
		path_parts = split(path);
		expected = pattern_parts.count > 0 && reference(&pattern_parts, 0, &path_parts, 0);
		ck_assert_msg(matches(pattern, path) == expected, "'%s' and '%s'", pattern, path);
		hits += expected;
	}
	/* Both answers were tried often enough to mean something. */
	ck_assert_uint_gt(hits, 2000);
	ck_assert_uint_lt(hits, 98000);
}
END_TEST

SUITE("image/glob", a_glob_without_a_slash_matches_names_at_every_depth,
    a_glob_with_a_slash_matches_whole_paths, slashes_around_a_glob_only_make_it_one_of_paths,
    two_stars_match_any_number_of_components, any_of_several_globs_matches_and_none_matches_nothing,
    a_question_mark_is_a_character_in_the_locale_scope_only,
    names_that_are_not_utf8_are_matched_by_bytes, random_globs_agree_with_a_search_of_all_ways)
