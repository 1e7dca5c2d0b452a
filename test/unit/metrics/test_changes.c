#include "metrics/changes.h"

#include "suite.h"

static int parse(
    const struct paths *paths, const char *text, struct changes *ret, struct error **err)
{
	return changes_parse(slice_c(text), paths, SLICE_LITERAL("/top"), "diff", ret, err);
}

START_TEST(added_lines_are_changed_lines)
{
	autopaths struct paths paths;
	autochanges struct changes changes = {.files = {NULL}};
	autoerror struct error *error = NULL;

	ck_ok(paths_init(&paths, &error), error);
	ck_ok(parse(&paths,
		  "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,4 @@ def f():\n a\n"
		  "-b\n+++ B\n+C\n c\n@@ -9,0 +11 @@\n+Z\n\\ No newline at end of file\n"
		  "--- a/gone.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
		  "--- a/q\n+++ \"b/s\\303\\244\\t.py\"\n@@ -0,0 +1,2 @@\n+1\n+2\n",
		  &changes, &error),
	    error);
	ck_assert(!changes_have(&changes, SLICE_LITERAL("/top/x.py"), 1, 1));
	ck_assert(changes_have(&changes, SLICE_LITERAL("/top/x.py"), 2, 2));
	ck_assert(changes_have(&changes, SLICE_LITERAL("/top/x.py"), 3, 9));
	ck_assert(!changes_have(&changes, SLICE_LITERAL("/top/x.py"), 4, 10));
	ck_assert(changes_have(&changes, SLICE_LITERAL("/top/x.py"), 11, 11));
	ck_assert(changes_have(&changes, SLICE_LITERAL("/top/s\xc3\xa4\t.py"), 1, 2));
	ck_assert(!changes_have(&changes, SLICE_LITERAL("/top/gone.py"), 1, 9));
	ck_assert(!changes_have(&changes, SLICE_LITERAL("/top/y.py"), 1, 9));
}
END_TEST

START_TEST(hunks_without_the_lines_that_they_announce_are_refused)
{
	static const char *const wrong[] = {"+++ b/x\n@@ -1 +1,9 @@\n+a\n", "@@ -x +1 @@\n",
	    "+++ b/x\n@@ -1 +1 @@\n*a\n", "+++ b/x\n@@ -1,0 +1 @@\n-a\n",
	    "+++ b/x\n@@ -1 +99999999999 @@\n+a\n"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		autopaths struct paths paths;
		autochanges struct changes changes = {.files = {NULL}};
		autoerror struct error *error = NULL;

		ck_ok(paths_init(&paths, &error), error);
		ck_fails(parse(&paths, wrong[i], &changes, &error), error, "no hunk");
		ck_assert_int_eq(error->kind, ERROR_INPUT);
	}
}
END_TEST

SUITE("metrics/changes", added_lines_are_changed_lines,
    hunks_without_the_lines_that_they_announce_are_refused)
