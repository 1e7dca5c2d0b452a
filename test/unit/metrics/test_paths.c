#include "metrics/paths.h"

#include "suite.h"

static void expect(const struct paths *paths, const char *path, const char *expected)
{
	autostr struct str resolved = STR_INIT;

	paths_resolve(paths, slice_c(path), &resolved);
	ck_assert_str_eq(str_c(&resolved), expected);
}

START_TEST(the_first_prefix_that_matches_is_replaced)
{
	autopaths struct paths paths;
	autoerror struct error *error = NULL;

	ck_ok(paths_init(&paths, &error), error);
	paths_map(&paths, SLICE_LITERAL("/build/1/"), SLICE_LITERAL("/here"));
	paths_map(&paths, SLICE_LITERAL("*/site-packages"), SLICE_LITERAL("/src"));
	expect(&paths, "/build/1/a.py", "/here/a.py");
	expect(&paths, "/build/10/a.py", "/build/10/a.py");
	expect(&paths, "/venv/lib/site-packages/x/../b.py", "/src/b.py");
	expect(&paths, "/other/./c.py", "/other/c.py");
	ck_ok(paths_map_text(&paths, "/a=b=/c", &error), error);
	ck_fails(paths_map_text(&paths, "/a", &error), error, "expected OLD=NEW");
	ck_fails(paths_map_text(&paths, "=/a", &error), error, "expected OLD=NEW");
}
END_TEST

START_TEST(sources_are_selected_by_directory_package_and_globs)
{
	autopaths struct paths paths;
	autoerror struct error *error = NULL;

	suite_make("src/shop");
	ck_ok(paths_init(&paths, &error), error);
	ck_assert(paths_select(&paths, SLICE_LITERAL("/any/file.py")));
	ck_ok(paths_source(&paths, "/usr", &error), error);
	ck_ok(paths_source(&paths, "acme.press", &error), error);
	ck_assert(paths_select(&paths, SLICE_LITERAL("/usr/lib/a.py")));
	ck_assert(!paths_select(&paths, SLICE_LITERAL("/usrs/a.py")));
	ck_assert(paths_select(&paths, SLICE_LITERAL("/x/acme/press/feed.py")));
	ck_assert(paths_select(&paths, SLICE_LITERAL("/x/acme/press.py")));
	ck_assert(!paths_select(&paths, SLICE_LITERAL("/x/acme/presses.py")));
	paths_omit(&paths, SLICE_LITERAL("*/test_*.py"));
	ck_assert(!paths_select(&paths, SLICE_LITERAL("/usr/lib/test_a.py")));
	paths_include(&paths, SLICE_LITERAL("*feed*"));
	ck_assert(paths_select(&paths, SLICE_LITERAL("/x/acme/press/feed.py")));
	ck_assert(!paths_select(&paths, SLICE_LITERAL("/usr/lib/a.py")));
}
END_TEST

START_TEST(paths_below_the_current_directory_are_shown_relative_to_it)
{
	autopaths struct paths paths;
	autoerror struct error *error = NULL;
	autostr struct str path = STR_INIT;

	ck_ok(paths_init(&paths, &error), error);
	paths_resolve(&paths, SLICE_LITERAL("shop/tea.py"), &path);
	ck_assert(slice_is(paths_shown(&paths, str_slice(&path)), "shop/tea.py"));
	ck_assert(slice_is(paths_shown(&paths, SLICE_LITERAL("/a/b.py")), "/a/b.py"));
}
END_TEST

SUITE("metrics/paths", the_first_prefix_that_matches_is_replaced,
    sources_are_selected_by_directory_package_and_globs,
    paths_below_the_current_directory_are_shown_relative_to_it)
