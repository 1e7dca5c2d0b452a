#include "compileall/compileall.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "suite.h"

static const int plain_level[] = {-1};
static const int all_levels[] = {0, 1, 2};

/* A run, and what it printed. */
struct run {
	struct compileall all;
	struct str out;
	struct str error;
	bool success;
};

static void print(void *context, bool error, struct slice text)
{
	struct run *run = context;

	str_add_slice(error ? &run->error : &run->out, text);
}

static void run_init(struct run *run)
{
	*run = (struct run){
	    .all = {.maxlevels = 1000,
		.levels = plain_level,
		.level_count = 1,
		.workers = 1,
		.context = run,
		.print = print},
	};
}

static void run_release(struct run *run)
{
	str_release(&run->out);
	str_release(&run->error);
}

static void compile(struct run *run, const char *path)
{
	autoerror struct error *error = NULL;

	run_release(run);
	ck_ok(compileall_paths(&run->all, &path, 1, &run->success, &error), error);
}

#define autorun CLEANUP(run_release)

static bool file_has(const char *path, const char *text)
{
	autostr struct str bytes = STR_INIT;
	autoerror struct error *error = NULL;

	ck_ok(file_read(path, 1 << 20, &bytes, NULL, &error), error);
	return memmem(bytes.data, bytes.len, text, strlen(text)) != NULL;
}

static ino_t inode_of(const char *path)
{
	struct stat found;

	ck_assert_int_eq(stat(path, &found), 0);
	return found.st_ino;
}

START_TEST(a_tree_is_listed_and_compiled_in_the_order_of_its_names)
{
	autorun struct run run;

	run_init(&run);
	suite_make("t/b");
	suite_make("t/__pycache__");
	suite_put("t/c.py", "x = (\n");
	suite_put("t/b/d.py", "x = 1\n");
	suite_put("t/a.py", "x is 1\n");
	suite_put("t/no.txt", "");
	compile(&run, "t");
	ck_assert_str_eq(str_c(&run.out),
	    "Listing 't'...\nCompiling 't/a.py'...\nListing 't/b'...\nCompiling 't/b/d.py'...\n"
	    "Compiling 't/c.py'...\n***   File \"t/c.py\", line 1\n    x = (\n        ^\n"
	    "SyntaxError: '(' was never closed\n\n");
	ck_assert_str_eq(
	    str_c(&run.error), "t/a.py:1: SyntaxWarning: " PYTHON_WARNING_OF_IS "\n  x is 1\n");
	ck_assert(!run.success);
	ck_assert_uint_eq(suite_count("t/__pycache__"), 1);
}
END_TEST

START_TEST(workers_change_nothing_of_what_is_printed)
{
	autostr struct str expected = STR_INIT;
	autorun struct run run;

	run_init(&run);
	for (int i = 0; i < 60; i++) {
		autofree char *path = xasprintf("t/%d/m%d.py", i / 10, i);
		autofree char *directory = xasprintf("t/%d", i / 10);

		suite_make(directory);
		suite_put(path, i % 7 ? "x = 1\n" : "x = (\n");
	}
	run.all.force = true;
	compile(&run, "t");
	str_add_slice(&expected, str_slice(&run.out));
	for (long workers = 0; workers < 9; workers++) {
		run.all.workers = workers == 1 ? COMPILEALL_WORKERS_ANY : workers;
		compile(&run, "t");
		ck_assert_str_eq(str_c(&run.out), str_c(&expected));
		ck_assert(!run.success);
	}
}
END_TEST

START_TEST(many_files_are_looked_at_by_threads)
{
	autorun struct run run;

	run_init(&run);
	suite_make("t");
	for (int i = 0; i < 1500; i++) {
		autofree char *path = xasprintf("t/m%d.py", i);

		suite_put(path, "");
	}
	run.all.workers = 4;
	compile(&run, "t");
	ck_assert(run.success);
	ck_assert_uint_eq(suite_count("t/__pycache__"), 1500);
	ck_assert_int_eq(unlink("t/__pycache__/m77." PYTHON_TAG ".pyc"), 0);
	ck_assert_int_eq(unlink("t/__pycache__/m1401." PYTHON_TAG ".pyc"), 0);
	compile(&run, "t");
	ck_assert_str_eq(str_c(&run.out),
	    "Listing 't'...\nCompiling 't/m1401.py'...\nCompiling 't/m77.py'...\n");
}
END_TEST

START_TEST(what_is_up_to_date_is_not_compiled_again)
{
	autorun struct run run;
	ino_t before;

	run_init(&run);
	suite_make("t");
	suite_put("t/a.py", "x = 1\n");
	compile(&run, "t");
	before = inode_of("t/__pycache__/a." PYTHON_TAG ".pyc");
	compile(&run, "t");
	ck_assert_str_eq(str_c(&run.out), "Listing 't'...\n");
	ck_assert_uint_eq(inode_of("t/__pycache__/a." PYTHON_TAG ".pyc"), before);
	run.all.force = true;
	compile(&run, "t");
	ck_assert_str_eq(str_c(&run.out), "Listing 't'...\nCompiling 't/a.py'...\n");
}
END_TEST

/* Gives the source another size in the same second. */
static void change_unnoticed(const char *path)
{
	struct stat before;

	ck_assert_int_eq(stat(path, &before), 0);
	suite_put(path, "longer = 'than it was'\n");
	ck_assert_int_eq(
	    utimensat(AT_FDCWD, path, (struct timespec[]){before.st_atim, before.st_mtim}, 0), 0);
}

START_TEST(strict_notices_another_size)
{
	for (int strict = 0; strict < 2; strict++) {
		autorun struct run run;

		run_init(&run);
		run.all.strict = strict;
		suite_put("a.py", "x = 1\n");
		compile(&run, "a.py");
		change_unnoticed("a.py");
		compile(&run, "a.py");
		ck_assert_int_eq(run.out.len > 0, strict);
		ck_assert_int_eq(unlink("__pycache__/a." PYTHON_TAG ".pyc"), 0);
	}
}
END_TEST

START_TEST(strict_compiles_hash_based_files_only_when_their_hash_changed)
{
	autorun struct run run;

	run_init(&run);
	run.all.strict = true;
	for (int mode = PYC_CHECKED_HASH; mode <= PYC_UNCHECKED_HASH; mode++) {
		run.all.mode = mode;
		suite_put("a.py", "x = 1\n");
		compile(&run, "a.py"); /* the mode is another one, too */
		ck_assert_str_eq(str_c(&run.out), "Compiling 'a.py'...\n");
		compile(&run, "a.py");
		ck_assert_uint_eq(run.out.len, 0);
		suite_put("a.py", "x = 2\n");
		compile(&run, "a.py");
		ck_assert_str_eq(str_c(&run.out), "Compiling 'a.py'...\n");
	}
}
END_TEST

START_TEST(a_missing_path_is_a_failure_only_when_strict)
{
	for (int strict = 0; strict < 2; strict++) {
		autorun struct run run;

		run_init(&run);
		run.all.strict = strict;
		compile(&run, "nothing");
		ck_assert_str_eq(str_c(&run.out), "Listing 'nothing'...\nCan't list 'nothing'\n");
		ck_assert_int_eq(run.success, !strict);
	}
}
END_TEST

START_TEST(parts_of_paths_are_stripped_and_prepended)
{
	static const struct {
		const char *ddir, *stripdir, *prependdir, *recorded;
	} cases[] = {PYTHON_PLACES};

	suite_make("a/b");
	suite_put("a/b/c.py", "x = 1\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autofree char *expected = xasprintf(
		    "%c%s", (int)strlen(cases[i].recorded), cases[i].recorded);
		autorun struct run run;

		run_init(&run);
		run.all.force = true;
		run.all.ddir = cases[i].ddir;
		run.all.stripdir = cases[i].stripdir;
		run.all.prependdir = cases[i].prependdir;
		compile(&run, "a");
		ck_assert_msg(file_has("a/b/__pycache__/c." PYTHON_TAG ".pyc", expected), "%s",
		    cases[i].recorded);
	}
}
END_TEST

START_TEST(a_destination_for_a_file_is_its_directory)
{
	autorun struct run run;

	run_init(&run);
	run.all.ddir = "/dest";
	suite_make("a");
	suite_put("a/c.py", "x = 1\n");
	compile(&run, "a/c.py");
	ck_assert(file_has("a/__pycache__/c." PYTHON_TAG ".pyc", "\x0a/dest/c.py"));
}
END_TEST

START_TEST(equal_levels_share_a_file)
{
	autorun struct run run;

	run_init(&run);
	run.all.levels = all_levels;
	run.all.level_count = 3;
	run.all.hardlink = true;
	suite_put("a.py", "assert x\n");
	for (int round = 0; round < 2; round++) {
		run.all.force = round;
		compile(&run, "a.py");
		ck_assert(inode_of("__pycache__/a." PYTHON_TAG ".opt-1.pyc") ==
			  inode_of("__pycache__/a." PYTHON_TAG ".opt-2.pyc"));
		ck_assert(inode_of("__pycache__/a." PYTHON_TAG ".opt-1.pyc") !=
			  inode_of("__pycache__/a." PYTHON_TAG ".pyc"));
		ck_assert_uint_eq(suite_count("__pycache__"), 3);
	}
}
END_TEST

START_TEST(links_that_lead_out_of_the_limit_are_skipped)
{
	autorun struct run run;

	run_init(&run);
	run.all.limit = "t";
	suite_make("t");
	suite_make("other");
	suite_put("other/out.py", "x = 1\n");
	suite_put("t/in.py", "x = 1\n");
	ck_assert_int_eq(symlink("../other/out.py", "t/a.py"), 0);
	ck_assert_int_eq(symlink("in.py", "t/b.py"), 0);
	ck_assert_int_eq(symlink("../other", "t/directory"), 0);
	ck_assert_int_eq(symlink("nowhere", "t/c.py"), 0);
	compile(&run, "t");
	ck_assert_str_eq(
	    str_c(&run.out), "Listing 't'...\nCompiling 't/b.py'...\nCompiling 't/in.py'...\n");
}
END_TEST

START_TEST(what_was_found_before_a_failure_is_done)
{
	const char *const paths[] = {"t", "s"};
	autoerror struct error *error = NULL;
	autorun struct run run;

	run_init(&run);
	run.all.workers = 2;
	run.all.stripdir = "t/z.py"; /* nothing is left of this one */
	suite_make("t");
	suite_put("t/a.py", "x = 1\n");
	suite_put("t/z.py", "x = 1\n");
	ck_fails(compileall_paths(&run.all, paths, 2, &run.success, &error), error, "TypeError");
	ck_assert_str_eq(
	    str_c(&run.out), "Listing 't'...\n" PYTHON_NO_PREFIX "Compiling 't/a.py'...\n");
	ck_assert_uint_eq(suite_count("t/__pycache__"), 1);
}
END_TEST

START_TEST(quiet_says_only_what_fails_or_nothing)
{
	static const char *const expected[] = {
	    "*** Error compiling 'a.py'...\nSorry: IndentationError: unexpected indent (a.py, "
	    "line 1)\n",
	    ""};

	suite_put("a.py", " x\n");
	for (int quiet = 1; quiet < 3; quiet++) {
		autorun struct run run;

		run_init(&run);
		run.all.quiet = quiet;
		compile(&run, "a.py");
		ck_assert_str_eq(str_c(&run.out), expected[quiet - 1]);
		ck_assert(!run.success);
	}
}
END_TEST

START_TEST(old_names_have_their_suffix_by_level)
{
	autorun struct run run;

	run_init(&run);
	run.all.levels = all_levels;
	run.all.level_count = 2;
	run.all.pyo = true;
	suite_put("a.py", "x = 1\n");
	compile(&run, "a.py");
	ck_assert(suite_exists("__pycache__/a." PYTHON_TAG ".pyc"));
	ck_assert(suite_exists("__pycache__/a." PYTHON_TAG ".pyo"));
	run.all.legacy = true;
	compile(&run, "a.py");
	ck_assert(suite_exists("a.pyc"));
	ck_assert(suite_exists("a.pyo"));
}
END_TEST

SUITE("compileall/compileall", a_tree_is_listed_and_compiled_in_the_order_of_its_names,
    workers_change_nothing_of_what_is_printed, many_files_are_looked_at_by_threads,
    what_is_up_to_date_is_not_compiled_again, strict_notices_another_size,
    strict_compiles_hash_based_files_only_when_their_hash_changed,
    a_missing_path_is_a_failure_only_when_strict, parts_of_paths_are_stripped_and_prepended,
    a_destination_for_a_file_is_its_directory, equal_levels_share_a_file,
    links_that_lead_out_of_the_limit_are_skipped, what_was_found_before_a_failure_is_done,
    quiet_says_only_what_fails_or_nothing, old_names_have_their_suffix_by_level)
