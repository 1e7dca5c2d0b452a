#include "suite.h"

#include "base/path.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* What a function makes of a path, as a string. */
static const char *applied(struct slice (*function)(struct slice), const char *path)
{
	static char buffer[256];
	struct slice result = function(slice_c(path));

	ck_assert_uint_lt(result.len, sizeof(buffer));
	memcpy(buffer, result.data, result.len);
	buffer[result.len] = '\0';
	return buffer;
}

START_TEST(the_name_is_what_follows_the_last_slash)
{
	static const char *const cases[][2] = {{"a", "a"}, {"a/b", "b"}, {"a/b/", "b"},
	    {"a//", "a"}, {"/a", "a"}, {"/", ""}, {"//", ""}, {"", ""}, {".", "."}, {"a/..", ".."}};

	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_str_eq(applied(path_name, cases[i][0]), cases[i][1]);
}
END_TEST

START_TEST(the_parent_is_what_precedes_the_name)
{
	static const char *const cases[][2] = {{"a", "."}, {"a/b", "a"}, {"a/b/", "a"},
	    {"a//b", "a"}, {"/a", "/"}, {"//a", "/"}, {"/a/b", "/a"}, {"/", "/"}, {"", "."},
	    {"a/", "."}, {"../a", ".."}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *parent = cases[i][1];

		ck_assert_str_eq(applied(path_parent, cases[i][0]), parent);
		ck_assert_str_eq(
		    applied(path_above, cases[i][0]), strcmp(parent, ".") == 0 ? "" : parent);
	}
}
END_TEST

START_TEST(joining_puts_one_slash_between)
{
	static const char *const cases[][3] = {{"a", "b", "a/b"}, {"a/", "b", "a/b"},
	    {"a", "/b", "a/b"}, {"/", "b", "/b"}, {"", "b", "b"}, {"a", "", "a"}, {"", "", ""}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		autostr struct str path = STR_INIT;

		path_join(&path, slice_c(cases[i][0]), slice_c(cases[i][1]));
		ck_assert_str_eq(str_c(&path), cases[i][2]);
	}
}
END_TEST

START_TEST(normalizing_resolves_dots_lexically)
{
	static const char *const cases[][2] = {{"", "."}, {".", "."}, {"a", "a"}, {"a/", "a"},
	    {"a//b", "a/b"}, {"./a/./b", "a/b"}, {"a/..", "."}, {"a/../b", "b"},
	    {"a/b/../../c", "c"}, {"..", ".."}, {"../a", "../a"}, {"a/../../b", "../b"},
	    {"../../a/..", "../.."}, {"/", "/"}, {"//a", "/a"}, {"/..", "/"}, {"/../a", "/a"},
	    {"/a/..", "/"}, {"/a/../..", "/"}, {"...", "..."}, {"a/.../..", "a"}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		autostr struct str path = STR_INIT;

		path_normalize(&path, slice_c(cases[i][0]));
		ck_assert_str_eq(str_c(&path), cases[i][1]);
	}
}
END_TEST

START_TEST(normalizing_appends_to_what_is_there)
{
	autostr struct str path = STR_INIT;

	str_adds(&path, "x/y");
	path_normalize(&path, SLICE_LITERAL("a/../b/c/.."));
	ck_assert_str_eq(str_c(&path), "x/yb");
}
END_TEST

START_TEST(normalizing_twice_changes_nothing)
{
	static const char letters[] = "a/.";
	char text[8];

	/* All strings of up to seven of these characters. */
	for (unsigned long n = 0; n < 3 * 3 * 3 * 3 * 3 * 3 * 3; n++) {
		autostr struct str once = STR_INIT, twice = STR_INIT;
		unsigned long rest = n;

		for (size_t i = 0; i < sizeof(text) - 1; i++, rest /= 3)
			text[i] = letters[rest % 3];
		path_normalize(&once, slice_of(text, n % sizeof(text)));
		path_normalize(&twice, str_slice(&once));
		ck_assert_str_eq(str_c(&once), str_c(&twice));
	}
}
END_TEST

START_TEST(a_sibling_is_hidden_beside_its_path)
{
	static const char *const cases[][2] = {{"a", ".a.tmp"}, {"/a", "/.a.tmp"},
	    {"x/a", "x/.a.tmp"}, {"x/a/", "x/.a.tmp"}, {".a", "..a.tmp"}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		autostr struct str path = STR_INIT;

		path_sibling(&path, slice_c(cases[i][0]), ".tmp");
		ck_assert_str_eq(str_c(&path), cases[i][1]);
	}
}
END_TEST

START_TEST(a_sibling_of_a_long_name_is_cut_at_a_character)
{
	autostr struct str path = STR_INIT, sibling = STR_INIT;

	str_adds(&path, "dir/x");
	for (int i = 0; i < 127; i++)
		str_adds(&path, "\xc3\xa9");
	path_sibling(&sibling, str_slice(&path), ".12345");
	ck_assert_uint_le(sibling.len - strlen("dir/"), 255);
	ck_assert_uint_ge(sibling.len - strlen("dir/"), 254);
	ck_assert(slice_is_utf8(str_slice(&sibling)));
	ck_assert(slice_ends(str_slice(&sibling), SLICE_LITERAL("\xc3\xa9.12345")));
}
END_TEST

START_TEST(only_names_that_stay_inside_are_confined)
{
	static const char *const inside[] = {"a", "a/b", ".a", "..a", "...", "a b\n", "\xff"};
	static const char *const outside[] = {
	    "", "/", "/a", ".", "..", "a/..", "../a", "a/../b", "a//b", "a/", "./a", "a/."};

	for (size_t i = 0; i < COUNT(inside); i++)
		ck_assert_msg(path_is_confined(slice_c(inside[i])), "%s", inside[i]);
	for (size_t i = 0; i < COUNT(outside); i++)
		ck_assert_msg(!path_is_confined(slice_c(outside[i])), "%s", outside[i]);
	ck_assert(!path_is_confined(SLICE_LITERAL("..\0a")));
}
END_TEST

START_TEST(links_that_climb_above_the_root_are_not_confined)
{
	static const struct {
		const char *link, *target;
		bool confined;
	} cases[] = {
	    {"a", "b", true},
	    {"a", "b/c", true},
	    {"a", ".", true},
	    {"a/b", "..", true},
	    {"a/b", "../c/", true},
	    {"a/b/c", "../../d", true},
	    {"a", "b/..//../b", false},
	    {"a", "b/../c", true},
	    {"a", "..", false},
	    {"a", "../a", false},
	    {"a/b", "../../c", false},
	    {"a/b", "../../a/c", false},
	    {"a", "/b", false},
	    {"a", "/", false},
	    {"a", "", false},
	    {"../a", "b", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_msg(path_link_is_confined(slice_c(cases[i].link),
				  slice_c(cases[i].target)) == cases[i].confined,
		    "%s -> %s", cases[i].link, cases[i].target);
	ck_assert(!path_link_is_confined(SLICE_LITERAL("a"), SLICE_LITERAL("b\0c")));
}
END_TEST

START_TEST(below_is_decided_by_components)
{
	static const struct {
		const char *path, *prefix, *rest; /* NULL: not below */
	} cases[] = {
	    {"a/b", "a", "b"},
	    {"a/b", "a/", "b"},
	    {"a//b/c", "a", "b/c"},
	    {"a", "a", ""},
	    {"a/", "a", ""},
	    {"ab", "a", NULL},
	    {"a", "a/b", NULL},
	    {"b/a", "a", NULL},
	    {"a/b", "", "a/b"},
	    {"", "", ""},
	    {"/a", "", NULL},
	    {"/a", "a", NULL},
	    {"a", "/", NULL},
	    {"/a/b", "/", "a/b"},
	    {"/a/b", "/a", "b"},
	    {"/", "/", ""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct slice rest;
		bool below = path_below(slice_c(cases[i].path), slice_c(cases[i].prefix), &rest);

		ck_assert_msg(below == (cases[i].rest != NULL), "%s below %s", cases[i].path,
		    cases[i].prefix);
		if (below)
			ck_assert_msg(slice_is(rest, cases[i].rest), "%s below %s", cases[i].path,
			    cases[i].prefix);
	}
	ck_assert(path_below(SLICE_LITERAL("a/b"), SLICE_LITERAL("a"), NULL));
}
END_TEST

START_TEST(one_path_is_reached_from_another)
{
	static const char *const cases[][3] = {
	    {"/a/b", "/a/b", "."},
	    {"/a/b", "/a/b/c/d", "c/d"},
	    {"/a/b/c", "/a", "../.."},
	    {"/a/b", "/a/c", "../c"},
	    {"/a/bc", "/a/b", "../b"},
	    {"/", "/a", "a"},
	    {"/a", "/", ".."},
	    {"a/b", "c", "../../c"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str path = STR_INIT;

		path_relative(&path, slice_c(cases[i][0]), slice_c(cases[i][1]));
		ck_assert_str_eq(str_c(&path), cases[i][2]);
	}
}
END_TEST

START_TEST(a_name_that_is_too_long_is_cut_and_told_apart)
{
	autofree char *a = xasprintf("%0300d", 1);
	autofree char *b = xasprintf("%0300d", 2);
	autostr struct str first = STR_INIT, second = STR_INIT, again = STR_INIT;

	path_add_short(&first, slice_of(a, 255), 255);
	ck_assert_uint_eq(first.len, 255);
	ck_assert_int_eq(memcmp(first.data, a, 255), 0);
	str_truncate(&first, 0);
	path_add_short(&first, slice_c(a), 255);
	path_add_short(&second, slice_c(b), 255);
	path_add_short(&again, slice_c(a), 255);
	ck_assert_uint_eq(first.len, 255);
	ck_assert_str_eq(str_c(&first), str_c(&again));
	ck_assert_str_ne(str_c(&first), str_c(&second));
	ck_assert_int_eq(first.data[255 - 33], '~');
	/* Not within a character. */
	str_truncate(&first, 0);
	for (size_t i = 0; i < 300; i += 3)
		memcpy(a + i, "\xe2\x82\xac", 3);
	path_add_short(&first, slice_c(a), 255);
	ck_assert(slice_is_utf8(str_slice(&first)));
	ck_assert_uint_le(first.len, 255);
}
END_TEST

START_TEST(bytecode_names_its_source)
{
	static const struct {
		const char *path, *source, *tag;
	} cases[] = {
	    {"m.pyc", "m.py", ""},
	    {"a/b/m.pyc", "a/b/m.py", ""},
	    {"__pycache__/m.cpython-311.pyc", "m.py", "cpython-311"},
	    {"a/__pycache__/m.cpython-311.opt-1.pyc", "a/m.py", "cpython-311.opt-1"},
	    {"a/__pycache__/m.pyc", "a/m.py", ""},
	    {"a/m.py", NULL, ""},
	    {"a/__pycache__/m.cpython-311.pyo", NULL, ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str source = STR_INIT;
		struct slice tag = slice_of("", 0);

		ck_assert(path_add_source(&source, slice_c(cases[i].path), &tag) ==
			  (cases[i].source != NULL));
		ck_assert_str_eq(str_c(&source), cases[i].source ? cases[i].source : "");
		ck_assert(slice_is(tag, cases[i].tag));
	}
}
END_TEST

SUITE("base/path", one_path_is_reached_from_another, the_name_is_what_follows_the_last_slash,
    the_parent_is_what_precedes_the_name, joining_puts_one_slash_between,
    normalizing_resolves_dots_lexically, normalizing_appends_to_what_is_there,
    normalizing_twice_changes_nothing, a_sibling_is_hidden_beside_its_path,
    a_sibling_of_a_long_name_is_cut_at_a_character, only_names_that_stay_inside_are_confined,
    links_that_climb_above_the_root_are_not_confined, below_is_decided_by_components,
    a_name_that_is_too_long_is_cut_and_told_apart, bytecode_names_its_source)
