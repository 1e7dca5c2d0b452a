#include "suite.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "process/place.h"

static int open_root(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static bool is_directory(const char *path)
{
	struct stat found;

	return lstat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

START_TEST(directories_are_made_with_their_parents)
{
	autoerror struct error *error = NULL;
	autoclose int root = -1;

	suite_make("p");
	root = open_root("p");
	ck_ok(place_make(root, SLICE_LITERAL("p"), SLICE_LITERAL("a/b/c"), &error), error);
	ck_assert(is_directory("p/a/b/c"));
	ck_ok(place_make(root, SLICE_LITERAL("p"), SLICE_LITERAL("a/b/c"), &error), error);
	ck_ok(place_make(root, SLICE_LITERAL("p"), SLICE_LITERAL(""), &error), error);
	ck_assert(place_is_ours(root, SLICE_LITERAL("a/b/c")));
	ck_assert(place_is_ours(root, SLICE_LITERAL("")));
	ck_assert(!place_is_ours(root, SLICE_LITERAL("a/x")));
}
END_TEST

START_TEST(nothing_is_made_through_a_link)
{
	autoclose int root = -1;

	suite_make("p/a");
	suite_make("victim");
	ck_assert_int_eq(symlink("../../victim", "p/a/link"), 0);
	root = open_root("p");
	for (int i = 0; i < 2; i++) {
		autoerror struct error *error = NULL;
		struct slice path = i ? SLICE_LITERAL("a/link/x") : SLICE_LITERAL("a/link");

		ck_fails(place_make(root, SLICE_LITERAL("p"), path, &error), error, "a/link");
		ck_assert_int_eq(error->kind, ERROR_INPUT);
		ck_assert(!place_is_ours(root, path));
	}
	ck_assert(!is_directory("victim/x"));
}
END_TEST

START_TEST(a_file_in_the_way_is_an_error)
{
	autoerror struct error *error = NULL;
	autoclose int root = -1;

	suite_make("p");
	suite_put("p/file", "x");
	root = open_root("p");
	ck_fails(place_make(root, SLICE_LITERAL("p"), SLICE_LITERAL("file/x"), &error), error,
	    "no directory");
	ck_assert(!place_is_ours(root, SLICE_LITERAL("file")));
}
END_TEST

SUITE("process/place", directories_are_made_with_their_parents, nothing_is_made_through_a_link,
    a_file_in_the_way_is_an_error)
