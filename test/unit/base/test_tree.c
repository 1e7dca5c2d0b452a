#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/temporary.h"
#include "base/tree.h"

static void check_removed(const char *path)
{
	autoerror struct error *error = NULL;

	ck_ok(tree_remove(place_at(path), &error), error);
	ck_assert(!suite_exists(path));
}

START_TEST(directories_are_made_with_their_parents)
{
	umask(022);
	suite_make("a/b/c");
	suite_make("a/b/c");
	suite_make("a//d/");
	suite_make("a/./e");
	suite_make("new/../beside");
	ck_assert_int_eq(suite_mode("a/b/c"), 0755);
	ck_assert_int_eq(suite_mode("a/b"), 0755);
	ck_assert(suite_exists("a/d") && suite_exists("a/e") && suite_exists("new") &&
		  suite_exists("beside"));
	suite_make("/");
	suite_make(".");
}
END_TEST

START_TEST(links_to_directories_are_as_good)
{
	suite_make("real");
	ck_assert_int_eq(symlink("real", "link"), 0);
	suite_make("link");
	suite_make("link/below");
	ck_assert(suite_exists("real/below"));
}
END_TEST

START_TEST(what_is_in_the_way_of_a_directory_is_named)
{
	autoerror struct error *error = NULL;

	suite_put("file", "x");
	ck_assert_int_eq(symlink("nowhere", "dangling"), 0);
	ck_fails(tree_make(place_at("file"), &error), error,
	    "cannot create directory 'file': File exists");
	ck_fails(tree_make(place_at("file/a/b"), &error), error,
	    "cannot create directory 'file/a/b': Not a directory");
	ck_fails(tree_make(place_at("dangling/a"), &error), error,
	    "cannot create directory 'dangling': File exists");
	ck_fails(
	    tree_make(place_at(""), &error), error, "cannot create directory '': No such file");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
}
END_TEST

START_TEST(directories_cannot_be_made_in_closed_ones)
{
	autoerror struct error *error = NULL;

	suite_drop_privileges();
	suite_make("closed");
	ck_assert_int_eq(chmod("closed", 0555), 0);
	ck_fails(tree_make(place_at("closed/a/b"), &error), error,
	    "cannot create directory 'closed/a': Permission denied");
	ck_assert_int_eq(error->number, EACCES);
	suite_make("closed");
}
END_TEST

START_TEST(anything_is_removed)
{
	suite_put("file", "x");
	suite_make("tree/a/b/c");
	suite_put("tree/a/f", "x");
	suite_put("tree/a/b/\xff\n", "x");
	ck_assert_int_eq(mkfifo("tree/a/fifo", 0644), 0);
	suite_make("empty");
	check_removed("file");
	check_removed("tree/");
	check_removed("empty");
	ck_assert_uint_eq(suite_count("."), 0);
}
END_TEST

START_TEST(removing_what_does_not_exist_is_fine)
{
	suite_put("file", "x");
	check_removed("missing");
	check_removed("missing/below");
	check_removed("file/below");
	ck_assert(suite_exists("file"));
}
END_TEST

START_TEST(links_are_removed_and_not_followed)
{
	suite_make("kept/sub");
	suite_put("kept/f", "x");
	suite_make("tree");
	ck_assert_int_eq(symlink("../kept", "tree/link"), 0);
	ck_assert_int_eq(symlink("kept", "link"), 0);
	ck_assert_int_eq(symlink("kept", "slashed"), 0);
	check_removed("tree");
	check_removed("link");
	check_removed("slashed/");
	ck_assert_uint_eq(suite_count("kept"), 2);
}
END_TEST

START_TEST(paths_without_a_name_are_not_removed)
{
	static const char *const paths[] = {"", ".", "..", "/", "//", "a/.", "a/..", "./", "a/../"};

	suite_make("a");
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		autoerror struct error *error = NULL;

		ck_fails(tree_remove(place_at(paths[i]), &error), error, "Invalid argument");
	}
	ck_assert(suite_exists("a"));
}
END_TEST

START_TEST(own_directories_are_removed_whatever_their_mode)
{
	suite_drop_privileges();
	suite_make("tree/none/below");
	suite_make("tree/read/below");
	suite_make("tree/write/below");
	suite_make("tree/search/below");
	suite_put("tree/none/f", "x");
	suite_put("tree/read/f", "x");
	suite_put("tree/write/f", "x");
	suite_put("tree/search/f", "x");
	ck_assert_int_eq(chmod("tree/none", 0), 0);
	ck_assert_int_eq(chmod("tree/read", 0444), 0);
	ck_assert_int_eq(chmod("tree/write", 0222), 0);
	ck_assert_int_eq(chmod("tree/search", 0111), 0);
	ck_assert_int_eq(chmod("tree", 0), 0);
	check_removed("tree");
}
END_TEST

START_TEST(what_cannot_be_removed_is_named)
{
	autoerror struct error *error = NULL;

	if (geteuid() != 0)
		return; /* nobody else can make what is not one's own */
	suite_make("tree/foreign");
	suite_put("tree/foreign/f", "x");
	ck_assert_int_eq(chown("tree", 65534, 65534), 0);
	suite_drop_privileges();
	ck_fails(tree_remove(place_at("tree"), &error), error, "cannot remove '.tree.kiln-");
	ck_assert(strstr(error->message, "/foreign/f': Permission denied"));
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	/* No part of it has its name. */
	ck_assert(!suite_exists("tree"));
	ck_assert_uint_eq(suite_count("."), 1);
}
END_TEST

/* A deep tree with a file in each directory. */
static void make_chain(const char *root, size_t depth)
{
	close(suite_chain(root, depth, "e"));
}

START_TEST(trees_of_any_depth_are_removed_with_few_descriptors)
{
	suite_limit_descriptors(40);
	make_chain("tree", 600);
	check_removed("tree");
}
END_TEST

START_TEST(wide_directories_are_removed)
{
	suite_make("tree/a/b");
	for (int i = 0; i < 1200; i++) {
		autofree char *path = xasprintf("tree/a/%d", i);

		ck_assert_int_eq(symlink("x", path), 0);
	}
	check_removed("tree");
}
END_TEST

START_TEST(removers_of_the_same_tree_do_not_mind_each_other)
{
	for (int round = 0; round < 5; round++) {
		autoerror struct error *error = NULL;
		int status;
		pid_t pid;

		make_chain("tree", 60);
		make_chain("tree/d/d/d/side", 40);
		pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0)
			_exit(tree_remove(place_at("tree"), NULL) < 0);
		ck_ok(tree_remove(place_at("tree"), &error), error);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
		ck_assert(!suite_exists("tree"));
	}
}
END_TEST

/* Build "final" with the file "f" of this content. */
static void build(const char *text)
{
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	autoerror struct error *error = NULL;
	autofree char *path = NULL;

	ck_ok(tree_stage_open(&stage, place_at("final"), &error), error);
	path = xasprintf("%s/f", stage.path);
	suite_put(path, text);
	ck_ok(tree_stage_commit(&stage, 0755, &error), error);
}

static void check_replacing(void)
{
	build("first");
	suite_expect("final/f", "first");
	ck_assert_int_eq(suite_mode("final"), 0755);
	suite_put("final/old", "x");
	suite_make("final/sub");
	build("second");
	suite_expect("final/f", "second");
	ck_assert_uint_eq(suite_count("final"), 1);
	ck_assert_uint_eq(suite_count("."), 1);
}

static void check_replacing_others(void)
{
	suite_make("target");
	suite_put("target/kept", "x");
	ck_assert_int_eq(symlink("target", "final"), 0);
	build("instead of a link");
	suite_expect("final/f", "instead of a link");
	ck_assert_uint_eq(suite_count("target"), 1);
	check_removed("final");
	suite_put("final", "x");
	build("instead of a file");
	suite_expect("final/f", "instead of a file");
	ck_assert_uint_eq(suite_count("."), 2);
}

START_TEST(a_stage_takes_the_place_of_the_old_tree)
{
	check_replacing();
}
END_TEST

START_TEST(a_stage_takes_the_place_of_a_link_or_file)
{
	check_replacing_others();
}
END_TEST

START_TEST(all_that_works_where_nothing_can_be_exchanged)
{
	suite_refuse_rename_flags();
	check_replacing();
	check_removed("final");
	check_replacing_others();
}
END_TEST

START_TEST(a_stage_is_private_and_leaves_the_old_tree_alone)
{
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	autoerror struct error *error = NULL;

	build("old");
	ck_ok(tree_stage_open(&stage, place_at("final"), &error), error);
	ck_assert(slice_starts(slice_c(stage.path), SLICE_LITERAL(".final.kiln-")));
	ck_assert_int_eq(suite_mode(stage.path), 0700);
	ck_assert_uint_eq(suite_count(stage.path), 0);
	suite_expect("final/f", "old");
}
END_TEST

START_TEST(a_discarded_stage_leaves_nothing)
{
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	autoerror struct error *error = NULL;
	autofree char *below = NULL;

	tree_stage_discard(&stage);
	ck_ok(tree_stage_open(&stage, place_at("x/y/final"), &error), error);
	below = xasprintf("%s/a/b", stage.path);
	suite_make(below);
	ck_assert_uint_eq(suite_count("x/y"), 1);
	tree_stage_discard(&stage);
	tree_stage_discard(&stage);
	ck_assert_uint_eq(suite_count("x/y"), 0);
}
END_TEST

START_TEST(a_final_name_may_end_in_slashes_and_be_long)
{
	autostage struct tree_stage slashed = TREE_STAGE_INIT, longest = TREE_STAGE_INIT;
	autoerror struct error *error = NULL;
	char name[256];

	ck_ok(tree_stage_open(&slashed, place_at("a/b//"), &error), error);
	ck_ok(tree_stage_commit(&slashed, 0750, &error), error);
	ck_assert_int_eq(suite_mode("a/b"), 0750);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	suite_make(name);
	suite_refuse_rename_flags();
	ck_ok(tree_stage_open(&longest, place_at(name), &error), error);
	ck_ok(tree_stage_commit(&longest, 0700, &error), error);
	ck_assert_int_eq(suite_mode(name), 0700);
	ck_assert_uint_eq(suite_count("."), 2);
}
END_TEST

START_TEST(a_final_path_must_end_in_a_name)
{
	static const char *const paths[] = {"", ".", "..", "/", "a/..", "a/."};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		autostage struct tree_stage stage = TREE_STAGE_INIT;
		autoerror struct error *error = NULL;

		ck_fails(tree_stage_open(&stage, place_at(paths[i]), &error), error,
		    "does not end in a name");
	}
	ck_assert_uint_eq(suite_count("."), 0);
}
END_TEST

START_TEST(a_stage_does_not_depend_on_the_umask)
{
	suite_drop_privileges();
	umask(0777);
	build("x");
	ck_assert_int_eq(suite_mode("final"), 0755);
}
END_TEST

START_TEST(stages_of_the_same_name_leave_each_other_alone)
{
	autostage struct tree_stage first = TREE_STAGE_INIT, second = TREE_STAGE_INIT;
	autoerror struct error *error = NULL;

	ck_ok(tree_stage_open(&first, place_at("final"), &error), error);
	ck_ok(tree_stage_open(&second, place_at("final"), &error), error);
	ck_assert(suite_exists(first.path) && suite_exists(second.path));
	ck_ok(tree_stage_commit(&first, 0711, &error), error);
	ck_assert_int_eq(suite_mode("final"), 0711);
	ck_ok(tree_stage_commit(&second, 0755, &error), error);
	ck_assert_int_eq(suite_mode("final"), 0755);
	ck_assert_uint_eq(suite_count("."), 1);
}
END_TEST

/* A process that opens a stage, and is killed when it has put something in it. */
static void be_killed_while_building(void)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct tree_stage stage = TREE_STAGE_INIT;
		autofree char *below = NULL;

		if (tree_stage_open(&stage, place_at("final"), NULL) < 0)
			_exit(1);
		below = xasprintf("%s/a/b", stage.path);
		suite_make(below);
		kill(getpid(), SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
}

START_TEST(what_a_killed_run_left_is_removed_by_the_next)
{
	build("old");
	be_killed_while_building();
	be_killed_while_building();
	suite_expect("final/f", "old");
	build("new");
	ck_assert_uint_eq(suite_count("."), 1);
}
END_TEST

/* The name of a stage of `final`. */
static char *stage_name(const char *tail)
{
	struct str name = STR_INIT;

	temporary_path(&name, SLICE_LITERAL("final"), tail);
	return str_take(&name);
}

START_TEST(leftovers_of_any_kind_are_removed_but_nothing_else)
{
	static const char *const kept[] = {".final.kiln-abcdef", ".final.kiln-abcdef-abcdef",
	    ".other.kiln-abcdef", "final.kiln-abcdef", ".final.abcdef", ".final.kiln-abcdef~"};
	autofree char *one = stage_name("-abcdef"), *two = stage_name("-ABCDEF"),
		      *three = stage_name("-000000"), *longer = stage_name("-0000000");
	const char *const gone[] = {one, two, three};

	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		suite_make(kept[i]);
	suite_make(longer);
	suite_make(gone[0]);
	suite_put(gone[1], "x");
	ck_assert_int_eq(symlink(kept[0], gone[2]), 0);
	build("x");
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		ck_assert(suite_exists(kept[i]));
	ck_assert(suite_exists(longer));
	for (size_t i = 0; i < sizeof(gone) / sizeof(*gone); i++)
		ck_assert(!suite_exists(gone[i]));
}
END_TEST

START_TEST(a_leftover_that_somebody_holds_is_kept)
{
	autofree char *name = stage_name("-abcdef");
	autoclose int fd = -1;

	suite_make(name);
	fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(flock(fd, LOCK_SH), 0);
	build("x");
	ck_assert(suite_exists(name));
}
END_TEST

START_TEST(a_result_that_a_killed_run_had_set_aside_is_put_back)
{
	autofree char *name = stage_name("-abcdef~");
	autofree char *file = xasprintf("%s/f", name);
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	autoerror struct error *error = NULL;

	suite_make(name);
	suite_put(file, "old");
	ck_ok(tree_stage_open(&stage, place_at("final"), &error), error);
	suite_expect("final/f", "old");
	tree_stage_discard(&stage);
	suite_make(name);
	ck_ok(tree_stage_open(&stage, place_at("final"), &error), error);
	suite_expect("final/f", "old");
	tree_stage_discard(&stage);
	ck_assert_uint_eq(suite_count("."), 1);
}
END_TEST

/* Commit a stage that somebody has removed: the old tree must still be there. */
static void check_failing_commit(void)
{
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	autoerror struct error *error = NULL;

	build("old");
	ck_ok(tree_stage_open(&stage, place_at("final"), &error), error);
	check_removed(stage.path);
	ck_fails(tree_stage_commit(&stage, 0755, &error), error,
	    "cannot replace 'final': No such file or directory");
	suite_expect("final/f", "old");
	tree_stage_discard(&stage);
	ck_assert_uint_eq(suite_count("."), 1);
}

START_TEST(a_failing_commit_leaves_the_old_tree)
{
	check_failing_commit();
	suite_refuse_rename_flags();
	check_failing_commit();
}
END_TEST

START_TEST(a_parent_that_was_closed_is_an_error)
{
	autostage struct tree_stage stage = TREE_STAGE_INIT, none = TREE_STAGE_INIT;
	autoerror struct error *error = NULL;

	suite_drop_privileges();
	suite_make("parent/final");
	ck_ok(tree_stage_open(&stage, place_at("parent/final"), &error), error);
	ck_assert_int_eq(chmod("parent", 0555), 0);
	ck_fails(tree_stage_commit(&stage, 0755, &error), error,
	    "cannot replace 'parent/final': Permission denied");
	ck_fails(tree_stage_open(&none, place_at("parent/final"), &error), error,
	    "cannot create a directory beside 'parent/final': Permission denied");
	ck_assert(suite_exists("parent/final"));
	ck_assert_int_eq(chmod("parent", 0755), 0);
}
END_TEST

START_TEST(an_old_tree_that_cannot_be_removed_is_reported)
{
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	autoerror struct error *error = NULL;

	if (geteuid() != 0)
		return; /* nobody else can make what is not one's own */
	suite_make("final/sub");
	suite_drop_privileges();
	ck_ok(tree_stage_open(&stage, place_at("final"), &error), error);
	ck_fails(tree_stage_commit(&stage, 0711, &error), error,
	    "'final' is complete, but its old version remains: cannot remove '.final.kiln-");
	ck_assert_int_eq(suite_mode("final"), 0711);
}
END_TEST

/* Replace "final" some times by a tree of two equal files. Returns an exit status. */
static int build_pairs(int builder)
{
	for (int i = 0; i < 40; i++) {
		autostage struct tree_stage stage = TREE_STAGE_INIT;
		autofree char *text = xasprintf("%d of %d", i, builder);
		autofree char *a = NULL, *b = NULL;

		if (tree_stage_open(&stage, place_at("final"), NULL) < 0)
			return 1;
		a = xasprintf("%s/a", stage.path);
		b = xasprintf("%s/b", stage.path);
		if (file_replace(place_at(a), slice_c(text), 0644, 0, NULL) < 0 ||
		    file_replace(place_at(b), slice_c(text), 0644, 0, NULL) < 0)
			return 2;
		if (tree_stage_commit(&stage, 0755, NULL) < 0)
			return 3;
	}
	return 0;
}

/* Read the two files of one tree; false if they were removed meanwhile. */
static bool read_pair(int directory, struct str *a, struct str *b)
{
	autoclose int first = openat(directory, "a", O_RDONLY | O_CLOEXEC);
	autoclose int second = openat(directory, "b", O_RDONLY | O_CLOEXEC);

	return first >= 0 && second >= 0 && file_read_fd(first, "a", 100, a, NULL) == 0 &&
	       file_read_fd(second, "b", 100, b, NULL) == 0;
}

/* Open a stage for "final" with the file "entry" of this content beside another one. */
static void open_with_entry(struct tree_stage *stage, const char *text)
{
	autoerror struct error *error = NULL;
	autofree char *entry = NULL, *other = NULL;

	ck_ok(tree_stage_open(stage, place_at("final"), &error), error);
	entry = xasprintf("%s/entry", stage->path);
	other = xasprintf("%s/other", stage->path);
	suite_put(entry, text);
	suite_put(other, "not this one");
}

static void commit_entry(const char *text)
{
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	autoerror struct error *error = NULL;

	open_with_entry(&stage, text);
	ck_ok(tree_stage_commit_entry(&stage, "entry", &error), error);
	ck_assert_int_eq(stage.fd, -1);
	suite_expect("final", text);
	ck_assert_uint_eq(suite_count("."), 1);
}

/* A file in place of nothing, a file, a link, and a directory with something in it. */
static void check_entries(void)
{
	commit_entry("first");
	commit_entry("second");
	check_removed("final");
	ck_assert_int_eq(symlink("nowhere", "final"), 0);
	commit_entry("instead of a link");
	check_removed("final");
	suite_make("final/sub");
	suite_put("final/sub/file", "x");
	commit_entry("instead of a directory");
	check_removed("final");
}

START_TEST(an_entry_of_a_stage_takes_the_place_of_anything)
{
	check_entries();
	suite_refuse_rename_flags();
	check_entries();
}
END_TEST

START_TEST(an_entry_may_be_a_directory_and_keeps_its_mode)
{
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	autoerror struct error *error = NULL;
	autofree char *below = NULL, *entry = NULL;

	suite_put("final", "old");
	ck_ok(tree_stage_open(&stage, place_at("final"), &error), error);
	entry = xasprintf("%s/entry", stage.path);
	below = xasprintf("%s/a/b", entry);
	suite_make(below);
	ck_assert_int_eq(chmod(entry, 0711), 0);
	ck_ok(tree_stage_commit_entry(&stage, "entry", &error), error);
	ck_assert_int_eq(suite_mode("final"), 0711);
	ck_assert(suite_exists("final/a/b"));
	ck_assert_uint_eq(suite_count("."), 1);
}
END_TEST

START_TEST(without_the_entry_all_stays_as_it_is)
{
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	autoerror struct error *error = NULL;

	suite_put("final", "old");
	open_with_entry(&stage, "new");
	ck_fails(tree_stage_commit_entry(&stage, "nothing", &error), error,
	    "cannot replace 'final': No such file or directory");
	ck_assert_int_eq(error->number, ENOENT);
	suite_expect("final", "old");
	ck_ok(tree_stage_commit_entry(&stage, "entry", &error), error);
	suite_expect("final", "new");
}
END_TEST

/* An entry that cannot leave its stage: a directory that may not be written to. */
static void check_failing_entry(void)
{
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	autoerror struct error *error = NULL;
	autofree char *entry = NULL;

	suite_put("final", "old");
	ck_ok(tree_stage_open(&stage, place_at("final"), &error), error);
	entry = xasprintf("%s/entry", stage.path);
	suite_make(entry);
	ck_assert_int_eq(chmod(entry, 0555), 0);
	ck_fails(tree_stage_commit_entry(&stage, "entry", &error), error,
	    "cannot replace 'final': Permission denied");
	suite_expect("final", "old");
	tree_stage_discard(&stage);
	suite_expect("final", "old");
	ck_assert_uint_eq(suite_count("."), 1);
}

START_TEST(a_failing_entry_leaves_what_was_there)
{
	suite_drop_privileges();
	check_failing_entry();
	suite_refuse_rename_flags();
	check_failing_entry();
}
END_TEST

START_TEST(readers_never_see_a_mixture_while_many_build)
{
	pid_t builders[3];
	int status;

	ck_assert_int_eq(build_pairs(0), 0);
	for (int i = 0; i < 3; i++) {
		builders[i] = fork();
		ck_assert_int_ge(builders[i], 0);
		if (builders[i] == 0)
			_exit(build_pairs(i + 1));
	}
	for (int i = 0; i < 300; i++) {
		autoclose int directory = open("final", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		autostr struct str a = STR_INIT, b = STR_INIT;

		ck_assert_msg(directory >= 0, "the tree was missing for a moment");
		if (read_pair(directory, &a, &b))
			ck_assert_str_eq(str_c(&a), str_c(&b));
	}
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(waitpid(builders[i], &status, 0), builders[i]);
		ck_assert_int_eq(status, 0);
	}
	build("last");
	ck_assert_uint_eq(suite_count("."), 1);
}
END_TEST

START_TEST(paths_are_resolved_as_far_as_they_exist)
{
	static const struct {
		const char *path, *expected;
	} cases[] = {
	    {".", ""},
	    {"a", "/a"},
	    {"./a//b/", "/a/b"},
	    {"link", "/a"},
	    {"link/../new", "/new"},
	    {"link/new/../old", "/a/old"},
	    {"missing/../a/b", "/a/b"},
	    {"dangling", "/dangling"},
	};
	autofree char *here = realpath(".", NULL);

	suite_make("a/b");
	ck_assert_int_eq(symlink("a", "link"), 0);
	ck_assert_int_eq(symlink("nowhere", "dangling"), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autofree char *expected = xasprintf("%s%s", here, cases[i].expected);
		autofree char *absolute = xasprintf("%s/%s", here, cases[i].path);
		autostr struct str found = STR_INIT;
		autostr struct str again = STR_INIT;
		autoerror struct error *error = NULL;

		ck_ok(tree_resolve(cases[i].path, &found, &error), error);
		ck_assert_str_eq(str_c(&found), expected);
		ck_ok(tree_resolve(absolute, &again, &error), error);
		ck_assert_str_eq(str_c(&again), expected);
	}
}
END_TEST

SUITE("base/tree", paths_are_resolved_as_far_as_they_exist, directories_are_made_with_their_parents,
    links_to_directories_are_as_good, what_is_in_the_way_of_a_directory_is_named,
    directories_cannot_be_made_in_closed_ones, anything_is_removed,
    removing_what_does_not_exist_is_fine, links_are_removed_and_not_followed,
    paths_without_a_name_are_not_removed, own_directories_are_removed_whatever_their_mode,
    what_cannot_be_removed_is_named, trees_of_any_depth_are_removed_with_few_descriptors,
    wide_directories_are_removed, removers_of_the_same_tree_do_not_mind_each_other,
    a_stage_takes_the_place_of_the_old_tree, a_stage_takes_the_place_of_a_link_or_file,
    all_that_works_where_nothing_can_be_exchanged, a_stage_is_private_and_leaves_the_old_tree_alone,
    a_discarded_stage_leaves_nothing, a_final_name_may_end_in_slashes_and_be_long,
    a_final_path_must_end_in_a_name, a_stage_does_not_depend_on_the_umask,
    stages_of_the_same_name_leave_each_other_alone, what_a_killed_run_left_is_removed_by_the_next,
    leftovers_of_any_kind_are_removed_but_nothing_else, a_leftover_that_somebody_holds_is_kept,
    an_entry_of_a_stage_takes_the_place_of_anything, an_entry_may_be_a_directory_and_keeps_its_mode,
    without_the_entry_all_stays_as_it_is, a_failing_entry_leaves_what_was_there,
    a_result_that_a_killed_run_had_set_aside_is_put_back, a_failing_commit_leaves_the_old_tree,
    a_parent_that_was_closed_is_an_error, an_old_tree_that_cannot_be_removed_is_reported,
    readers_never_see_a_mixture_while_many_build)
