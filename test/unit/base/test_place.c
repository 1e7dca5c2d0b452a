#include "suite.h"

#include <errno.h>

#include "base/place.h"

/* How the way below a directory is gone: by the kernel, or step by step, where it refuses to in
 * either way. */
static const int ways[] = {0, ENOSYS, EPERM};

static void in_all_ways(void (*check)(void))
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		autofree char *directory = xasprintf("way-%zu", i);

		/* Of two filters the later one counts. */
		if (ways[i])
			suite_refuse_openat2(ways[i]);
		suite_make(directory);
		ck_assert_int_eq(chdir(directory), 0);
		check();
		ck_assert_int_eq(chdir(".."), 0);
	}
}

/* A test whose body runs once for each way. */
#define TEST_OF_WAYS(name)                \
	static void name##_body(void);    \
	START_TEST(name)                  \
	{                                 \
		in_all_ways(name##_body); \
	}                                 \
	END_TEST                          \
	static void name##_body(void)

static int open_root(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static bool is_directory(const char *path)
{
	struct stat found;

	return lstat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

static struct place below(int root, const char *path)
{
	return place_below(root, path, path);
}

/* Whether a file can be created at a path below a directory. */
static bool create(int root, const char *path)
{
	autoclose int fd = place_open(below(root, path), O_WRONLY | O_CREAT | O_EXCL, 0644);

	return fd >= 0;
}

/* The number with which nothing can be opened, made, looked at or created there. */
static void ck_refused(int root, const char *path, int number)
{
	struct stat found;

	errno = 0;
	ck_assert_int_lt(place_open(below(root, path), O_RDONLY, 0), 0);
	ck_assert_msg(errno == number, "'%s' opened: %s", path, strerror(errno));
	ck_assert_int_lt(place_make(below(root, path)), 0);
	ck_assert_msg(errno == number || errno == ENOTDIR, "'%s' made: %s", path, strerror(errno));
	ck_assert(!create(root, path));
	if (strchr(path, '/')) {
		ck_assert_int_lt(place_stat(below(root, path), &found), 0);
		ck_assert_msg(errno == number, "'%s' examined: %s", path, strerror(errno));
	}
}

TEST_OF_WAYS(directories_are_made_with_their_parents)
{
	autoclose int root = -1;

	suite_make("p");
	root = open_root("p");
	for (int i = 0; i < 2; i++) {
		autoclose int made = place_make(below(root, "a/b/c"));

		ck_assert_int_ge(made, 0);
		ck_assert(is_directory("p/a/b/c"));
		ck_assert(create(made, i ? "x" : "y"));
	}
	suite_expect("p/a/b/c/x", "");
	ck_assert_int_ge(place_make(below(root, "")), 0);
}

TEST_OF_WAYS(what_is_below_is_opened_and_examined)
{
	autoclose int root = -1, parent = -1, whole = -1;
	struct stat found, same;
	const char *name;

	suite_make("p/a");
	suite_put("p/a/file", "x");
	ck_assert_int_eq(symlink("file", "p/a/link"), 0);
	root = open_root("p");
	ck_assert(create(root, "a/new"));
	ck_assert(create(root, "new"));
	ck_assert_int_eq(place_stat(below(root, "a/file"), &found), 0);
	ck_assert_int_eq(found.st_size, 1);
	ck_assert_int_eq(place_stat(below(root, "a/link"), &found), 0);
	ck_assert(S_ISLNK(found.st_mode));
	ck_assert_int_lt(place_stat(below(root, "a/nothing"), &found), 0);
	ck_assert_int_eq(errno, ENOENT);
	parent = place_open_parent(below(root, "a/file"), &name);
	ck_assert_int_ge(parent, 0);
	ck_assert_str_eq(name, "file");
	ck_assert_int_eq(faccessat(parent, name, F_OK, 0), 0);
	whole = place_open(below(root, ""), O_RDONLY | O_DIRECTORY, 0);
	ck_assert_int_eq(fstat(whole, &found), 0);
	ck_assert_int_eq(stat("p", &same), 0);
	ck_assert_uint_eq(found.st_ino, same.st_ino);
}

TEST_OF_WAYS(nothing_is_reached_through_a_link)
{
	static const char *const paths[] = {
	    "link", "a/link", "a/link/x", "link/x/y", "a/absolute/x", "a/near/x", "a/file-link"};
	autoclose int root = -1;

	suite_make("p/a/here");
	suite_make("victim/x");
	suite_put("p/a/file", "x");
	ck_assert_int_eq(symlink("../victim", "p/link"), 0);
	ck_assert_int_eq(symlink("../../victim", "p/a/link"), 0);
	ck_assert_int_eq(symlink("/tmp", "p/a/absolute"), 0);
	ck_assert_int_eq(symlink("here", "p/a/near"), 0);
	ck_assert_int_eq(symlink("file", "p/a/file-link"), 0);
	root = open_root("p");
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		errno = 0;
		if (i == 0 || i == 1 || i == 6) {
			ck_assert_int_lt(place_open(below(root, paths[i]), O_RDONLY, 0), 0);
			ck_assert_int_eq(errno, ELOOP);
			ck_assert_int_lt(place_make(below(root, paths[i])), 0);
			ck_assert_int_eq(errno, ELOOP);
			ck_assert_int_lt(
			    place_open(below(root, paths[i]), O_RDONLY | O_DIRECTORY, 0), 0);
			ck_assert_int_eq(errno, ELOOP);
			continue;
		}
		ck_refused(root, paths[i], ELOOP);
	}
	ck_assert_uint_eq(suite_count("victim"), 1);
	ck_assert_uint_eq(suite_count("victim/x"), 0);
	ck_assert_uint_eq(suite_count("p/a/here"), 0);
}

TEST_OF_WAYS(nothing_is_reached_through_a_file)
{
	autoclose int root = -1;

	suite_make("p");
	suite_put("p/file", "x");
	root = open_root("p");
	ck_refused(root, "file/x", ENOTDIR);
	ck_assert_int_lt(place_make(below(root, "file")), 0);
	ck_assert_int_eq(errno, ENOTDIR);
}

TEST_OF_WAYS(paths_that_are_not_confined_are_refused)
{
	static const char *const paths[] = {
	    "..", "../victim", "/tmp", "a/../../victim", "a/..", "a//b", "a/", "./a", "."};
	autoclose int root = -1;

	suite_make("p/a/b");
	suite_make("victim");
	root = open_root("p");
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		errno = 0;
		ck_assert_int_lt(place_open(below(root, paths[i]), O_RDONLY, 0), 0);
		ck_assert_msg(errno == EXDEV, "'%s': %s", paths[i], strerror(errno));
		ck_assert_int_lt(place_make(below(root, paths[i])), 0);
		ck_assert_msg(errno == EXDEV, "'%s': %s", paths[i], strerror(errno));
	}
}

TEST_OF_WAYS(what_was_opened_stays_wherever_its_name_leads)
{
	autoclose int root = -1;

	suite_make("p/a");
	suite_make("victim/a");
	root = open_root("p");
	ck_assert_int_eq(rename("p", "moved"), 0);
	ck_assert_int_eq(symlink("victim", "p"), 0);
	ck_assert(create(root, "a/x"));
	ck_assert_int_ge(place_make(below(root, "a/b/c")), 0);
	suite_expect("moved/a/x", "");
	ck_assert(is_directory("moved/a/b/c"));
	ck_assert_uint_eq(suite_count("victim/a"), 0);
}

START_TEST(paths_of_the_user_may_lead_through_links)
{
	autoclose int parent = -1, file = -1;
	struct stat found;
	const char *name;

	suite_make("real");
	ck_assert_int_eq(symlink("real", "link"), 0);
	suite_put("real/file", "x");
	ck_assert_int_eq(symlink("file", "real/other"), 0);
	file = place_open(place_at("link/../link/other"), O_RDONLY, 0);
	ck_assert_int_ge(file, 0);
	parent = place_open_parent(place_at("link/file"), &name);
	ck_assert_int_ge(parent, 0);
	ck_assert_str_eq(name, "file");
	ck_assert_int_eq(faccessat(parent, name, F_OK, 0), 0);
	ck_assert_int_eq(place_stat(place_at("link/other"), &found), 0);
	ck_assert(S_ISLNK(found.st_mode));
	ck_assert_int_eq(place_look(place_at("link/other"), &found), 0);
	ck_assert(S_ISREG(found.st_mode));
	(void)close(parent);
	parent = place_open_parent(place_at("/tmp"), &name);
	ck_assert_int_ge(parent, 0);
	ck_assert_str_eq(name, "tmp");
}
END_TEST

START_TEST(what_stands_in_the_way_is_of_the_place)
{
	static const struct {
		int number;
		enum error_kind kind;
	} cases[] = {{ELOOP, ERROR_INPUT}, {ENOTDIR, ERROR_INPUT}, {ENAMETOOLONG, ERROR_INPUT},
	    {EACCES, ERROR_INPUT}, {ENOSPC, ERROR_SYSTEM}, {EIO, ERROR_SYSTEM},
	    {EMFILE, ERROR_SYSTEM}, {ENOENT, ERROR_SYSTEM}, {EFBIG, ERROR_SYSTEM},
	    {EILSEQ, ERROR_INPUT}, {EINVAL, ERROR_INPUT}, {ETXTBSY, ERROR_INPUT}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autoerror struct error *below = NULL;
		autoerror struct error *named = NULL;

		ck_fails(
		    place_fail(place_below(3, "a/b", "/p/a/b"), cases[i].number, "create", &below),
		    below, "cannot create");
		ck_assert_int_eq(below->kind, cases[i].kind);
		ck_assert_int_eq(below->number, cases[i].number);
		ck_fails(place_fail(place_at("a/b"), cases[i].number, "create", &named), named,
		    "cannot create 'a/b'");
		ck_assert_int_eq(named->kind, ERROR_SYSTEM);
	}
}
END_TEST

SUITE("base/place", directories_are_made_with_their_parents, what_is_below_is_opened_and_examined,
    nothing_is_reached_through_a_link, nothing_is_reached_through_a_file,
    paths_that_are_not_confined_are_refused, what_was_opened_stays_wherever_its_name_leads,
    paths_of_the_user_may_lead_through_links, what_stands_in_the_way_is_of_the_place)
