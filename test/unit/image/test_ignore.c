#include "base/error.h"
#include "base/locale.h"
#include "image/ignore.h"

#include "suite.h"

/* Whether the list leaves the path out; a slash at its end says that it is a directory. */
static bool leaves_out(
    enum ignore_syntax syntax, const char *text, const char *path, bool *ret_descends)
{
	autoarena struct arena arena = {0};
	struct ignore_list list;
	struct slice asked = slice_c(path);
	bool is_directory = slice_ends(asked, SLICE_LITERAL("/"));
	autofree char *name = NULL;

	ignore_parse(&list, &arena, slice_c(text), syntax, "reason");
	asked.len -= is_directory;
	name = xmemdup0(asked.data, asked.len);
	return ignore_matches(&list, slice_c(name), is_directory, ret_descends);
}

static bool git(const char *text, const char *path)
{
	bool descends;

	return leaves_out(IGNORE_GIT, text, path, &descends);
}

static bool docker(const char *text, const char *path)
{
	bool descends;

	return leaves_out(IGNORE_DOCKER, text, path, &descends);
}

START_TEST(the_last_pattern_that_matches_counts)
{
	ck_assert(git("*.o\n", "a/b.o"));
	ck_assert(!git("*.o\n!b.o\n", "a/b.o"));
	ck_assert(git("!b.o\n*.o\n", "a/b.o"));
	ck_assert(!git("", "a"));
}
END_TEST

START_TEST(a_slash_makes_a_pattern_of_the_path)
{
	ck_assert(git("/a", "a"));
	ck_assert(!git("/a", "b/a"));
	ck_assert(git("a/b", "a/b"));
	ck_assert(!git("a/b", "c/a/b"));
	ck_assert(git("**/b", "c/a/b"));
	ck_assert(git("a/**", "a/b/c"));
	ck_assert(!git("a/**", "a/"));
	ck_assert(!git("a/*", "a/b/c"));
}
END_TEST

START_TEST(a_slash_at_the_end_makes_a_pattern_of_directories)
{
	ck_assert(git("a/", "b/a/"));
	ck_assert(!git("a/", "b/a"));
}
END_TEST

START_TEST(comments_and_white_space_mean_nothing_unless_escaped)
{
	ck_assert(!git("#a\n", "#a"));
	ck_assert(git("\\#a\n", "#a"));
	ck_assert(git("\\!a\n", "!a"));
	ck_assert(git("a  \t\r\n", "a"));
	ck_assert(git("a\\ \n", "a "));
	ck_assert(git("\xef\xbb\xbf"
		      "a\n",
	    "a"));
	ck_assert(!git("\n/\n//\n!\n", "a"));
}
END_TEST

START_TEST(patterns_of_docker_are_of_paths_and_all_below)
{
	ck_assert(docker("a", "a"));
	ck_assert(docker("a", "a/b/c"));
	ck_assert(!docker("a", "b/a"));
	ck_assert(docker("./a/../b/ ", "b/c"));
	ck_assert(docker("**/x", "a/x"));
	ck_assert(!docker("../a\n.\n/\n!", "a"));
	ck_assert(!docker("a\n!a/b\n", "a/b/c"));
	ck_assert(docker("a\n!a/b\na/b/c", "a/b/c"));
}
END_TEST

START_TEST(a_list_of_docker_with_a_negation_is_followed_into_directories)
{
	bool descends;

	ck_assert(leaves_out(IGNORE_DOCKER, "a\n!a/b\n", "a/", &descends));
	ck_assert(descends);
	ck_assert(leaves_out(IGNORE_DOCKER, "a\n", "a/", &descends));
	ck_assert(!descends);
	ck_assert(leaves_out(IGNORE_GIT, "a\n!a/b\n", "a/", &descends));
	ck_assert(!descends);
}
END_TEST

SUITE("image/ignore", the_last_pattern_that_matches_counts, a_slash_makes_a_pattern_of_the_path,
    a_slash_at_the_end_makes_a_pattern_of_directories,
    comments_and_white_space_mean_nothing_unless_escaped,
    patterns_of_docker_are_of_paths_and_all_below,
    a_list_of_docker_with_a_negation_is_followed_into_directories)
