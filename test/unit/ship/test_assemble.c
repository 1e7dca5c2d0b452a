#include <pthread.h>

#include "image/directory.h"
#include "jobs/signals.h"
#include "ship/assemble.h"

#include "image/fixture.h"
#include "jobs/printed.h"

static const char *const in[] = {"in", NULL};

/* A build of the directory `in` into the directory `out` by two workers. */
static const struct assemble_options usual = {
    .sources = in,
    .output = "out",
    .workers = 2,
    .shebang = "#!/usr/bin/env python3",
    .cache = {.is_off = true},
    .scan = {.bundle = "out"},
    .compile = {.levels = {true, false, false}, .check = CHECK_UNCHECKED_HASH, .constants = true},
};

/* Build; what is said is in the file "errors". */
static int build(
    const struct assemble_options *options, struct assemble_result *ret, struct error **err)
{
	struct assemble_options all = *options;
	struct reporter reporter;

	all.scan.bundle = all.output;
	keep_errors();
	reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
	return assemble(&all, &reporter, ret, err);
}

/* Fails the test unless the build ends with these counts and says `messages`. */
static void ck_build(const struct assemble_options *options, size_t compiled, size_t copied,
    size_t failed, const char *messages)
{
	autoerror struct error *error = NULL;
	struct assemble_result result;

	ck_ok(build(options, &result, &error), error);
	suite_expect("errors", messages);
	ck_assert_uint_eq(result.compiled, compiled);
	ck_assert_uint_eq(result.copied, copied);
	ck_assert_uint_eq(result.failed, failed);
}

/* Fails the test unless the build fails. */
static void ck_build_fails(
    const struct assemble_options *options, enum error_kind kind, const char *message)
{
	autoerror struct error *error = NULL;
	struct assemble_result result;

	ck_fails(build(options, &result, &error), error, message);
	ck_assert_int_eq(error->kind, kind);
	ck_output("ls -A | grep '^\\.' | wc -l", "0\n"); /* no stage is left */
}

/* Fails the test unless these are the files in the image, a line each. */
#define ck_files(expected) ck_output("cd out && find . ! -type d | sort", expected)

static void put_tree(void)
{
	put("in/m.py", "x = 1\n");
	put("in/pkg/__init__.py", "");
	put("in/pkg/data.txt", "text");
	put("in/pkg/tool.py", "#!/usr/bin/python3\n");
	ck_assert_int_eq(chmod("in/pkg/tool.py", 0700), 0);
	put_link("in/pkg/link", "data.txt");
	put_directory("in/empty");
}

START_TEST(sources_are_compiled_and_the_rest_is_copied)
{
	put_tree();
	ck_build(&usual, 3, 2, 0, "");
	ck_files("./.kiln\n"
		 "./__pycache__/m." PYTHON_TAG ".pyc\n"
		 "./m.py\n"
		 "./pkg/__init__.py\n"
		 "./pkg/__pycache__/__init__." PYTHON_TAG ".pyc\n"
		 "./pkg/__pycache__/tool." PYTHON_TAG ".pyc\n"
		 "./pkg/data.txt\n"
		 "./pkg/link\n"
		 "./pkg/tool.py\n");
	ck_output("readlink out/pkg/link", "data.txt\n");
	ck_output("cd out && find . -perm 755 ! -type l | sort",
	    ".\n./__pycache__\n./empty\n./pkg\n./pkg/__pycache__\n./pkg/tool.py\n");
	/* Whatever is there has one time. */
	ck_output("find out -printf '%T@\\n' | sort -u", "315532800.0000000000\n");
	ck_names(".", "errors\nin\nout\n");
}
END_TEST

START_TEST(the_image_runs)
{
	struct assemble_options options = usual;

	put_tree();
	options.compile.layout = LAYOUT_BYTECODE;
	ck_build(&options, 3, 2, 0, "");
	ck_files(
	    "./.kiln\n./m.pyc\n./pkg/__init__.pyc\n./pkg/data.txt\n./pkg/link\n./pkg/tool.pyc\n");
	ck_output("cd out && " PYTHON_PATH " -B -c "
		  "'import m, pkg.tool; print(m.x, m.__factor__, pkg.tool.__factor__)'",
	    "1 m pkg.tool\n");
}
END_TEST

START_TEST(workers_do_not_change_the_image)
{
	static const unsigned workers[] = {1, 2, 7};
	struct assemble_options options = usual;

	put_tree();
	for (int i = 0; i < 50; i++) {
		autofree char *path = xasprintf("in/more/m%d.py", i);
		autofree char *text = xasprintf("x = %d\nclass C%d: pass\n", i, i);

		put(path, text);
	}
	memset(options.compile.levels, true, sizeof(options.compile.levels));
	for (size_t i = 0; i < sizeof(workers) / sizeof(*workers); i++) {
		static const enum image_form forms[] = {FORM_DIRECTORY, FORM_TAR_GZ};

		options.workers = workers[i];
		for (size_t form = 0; form < 2; form++) {
			autofree char *output = xasprintf(
			    "%s%u", form ? "archive" : "directory", workers[i]);

			options.form = forms[form];
			options.output = output;
			ck_build(&options, 53, 2, 0, "");
		}
	}
	ck_output("cmp archive1 archive2 && cmp archive1 archive7", "");
	ck_output("diff -r directory1 directory2 && diff -r directory1 directory7", "");
}
END_TEST

START_TEST(a_wrong_source_is_reported_and_is_in_the_image_without_bytecode)
{
	put("in/bad/bad.py", "x = = 1\n");
	put("in/good.py", "x = 1\n");
	ck_build(&usual, 1, 0, 1,
	    "in/bad/bad.py:1:5: error: invalid syntax\n"
	    "  x = = 1\n"
	    "      ^\n");
	ck_output("cd out && find . | sort",
	    ".\n./.kiln\n./__pycache__\n./__pycache__/good." PYTHON_TAG
	    ".pyc\n./bad\n./bad/bad.py\n"
	    "./good.py\n");
}
END_TEST

START_TEST(a_wrong_source_is_not_in_an_image_of_bytecode)
{
	struct assemble_options options = usual;

	put("in/bad.py", "x = = 1\n");
	put("in/good.py", "x = 1\n");
	options.compile.layout = LAYOUT_BYTECODE;
	ck_build(&options, 1, 0, 1,
	    "in/bad.py:1:5: error: invalid syntax\n"
	    "  x = = 1\n"
	    "      ^\n");
	ck_files("./.kiln\n./good.pyc\n");
}
END_TEST

START_TEST(warnings_are_no_failures)
{
	put("in/m.py", "x is 1\n");
	ck_build(&usual, 1, 0, 0, "in/m.py:1: warning: " PYTHON_WARNING_OF_IS "\n");
}
END_TEST

START_TEST(problems_of_the_scan_are_failures)
{
	put_tree();
	ck_assert_int_eq(mkfifo("in/pipe.py", 0600), 0);
	ck_build(&usual, 3, 2, 1,
	    "in/pipe.py: error: cannot be part of an image: not a file, directory or link\n");
}
END_TEST

START_TEST(nothing_to_do_makes_an_empty_image)
{
	put_directory("in");
	ck_build(&usual, 0, 0, 0, "");
	ck_files("./.kiln\n");
}
END_TEST

START_TEST(a_directory_that_is_no_image_is_replaced_only_by_force)
{
	struct assemble_options options = usual;

	put_tree();
	put("out/precious", "text");
	ck_build_fails(&usual, ERROR_USAGE, "--force");
	suite_expect("errors", "");
	suite_expect("out/precious", "text");
	options.force = true;
	ck_build(&options, 3, 2, 0, "");
	ck_assert(!suite_exists("out/precious"));
	ck_build(&usual, 3, 2, 0, ""); /* now it is an image */
}
END_TEST

START_TEST(an_archive_does_not_replace_a_directory)
{
	struct assemble_options options = usual;

	put_tree();
	put("out/precious", "text");
	options.form = FORM_TAR;
	options.force = true;
	ck_build_fails(&options, ERROR_USAGE, "is a directory");
	suite_expect("out/precious", "text");
}
END_TEST

START_TEST(a_missing_source_is_an_error_before_anything_is_done)
{
	static const char *const sources[] = {"in", "missing", NULL};
	struct assemble_options options = usual;

	put_tree();
	options.sources = sources;
	ck_build_fails(&options, ERROR_USAGE, "'missing' does not exist");
	ck_assert(!suite_exists("out"));
}
END_TEST

START_TEST(a_wrong_time_is_an_error_before_anything_is_done)
{
	put_tree();
	ck_assert_int_eq(setenv("SOURCE_DATE_EPOCH", "yesterday", 1), 0);
	ck_build_fails(&usual, ERROR_USAGE, "SOURCE_DATE_EPOCH");
	ck_assert(!suite_exists("out"));
}
END_TEST

START_TEST(every_form_of_archive_holds_what_the_directory_would)
{
	static const struct {
		enum image_form form;
		const char *extract; /* from out.archive into the directory `to` */
	} cases[] = {{FORM_TAR, "tar -C to -xf out.archive"},
	    {FORM_TAR_GZ, "tar -C to -xzf out.archive"},
	    {FORM_TAR_XZ, "tar -C to -xJf out.archive"},
	    {FORM_TAR_ZST, "tar -C to --zstd -xf out.archive"},
	    {FORM_TAR_BZ2, "tar -C to -xjf out.archive"}};
	struct assemble_options options = usual;

	put_tree();
	ck_build(&usual, 3, 2, 0, "");
	ck_output("rm out/.kiln", "");
	options.output = "out.archive";
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		options.form = cases[i].form;
		ck_build(&options, 3, 2, 0, "");
		put_directory("to");
		ck_output(cases[i].extract, "");
		ck_output("diff -r --no-dereference out to && rm -r to", "");
	}
}
END_TEST

START_TEST(what_an_archive_cannot_take_is_not_counted_as_copied)
{
	struct assemble_options options = usual;

	suite_drop_privileges();
	put("in/m.py", "x = 1\n");
	put("in/closed.py", "x = 1\n");
	put("in/closed.txt", "text");
	put("in/open.txt", "text");
	ck_assert_int_eq(chmod("in/closed.py", 0), 0);
	ck_assert_int_eq(chmod("in/closed.txt", 0), 0);
	options.form = FORM_TAR;
	options.output = "out.tar";
	ck_build(&options, 1, 1, 2,
	    "in/closed.py: error: cannot open: Permission denied\n"
	    "in/closed.txt: error: cannot open: Permission denied\n");
	ck_output(
	    "tar tf out.tar", "__pycache__/\n__pycache__/m." PYTHON_TAG ".pyc\nm.py\nopen.txt\n");
}
END_TEST

START_TEST(bytecode_does_not_take_the_place_of_a_file)
{
	static const char *const sources[] = {"a", "b", NULL};

	put("a/m.py", "x = 1\n");
	put("a/n.py", "x = 1\n");
	put("b/m.pyc", "no bytecode");
	put("b/n.pyc/data", "in a directory");
	for (int archive = 0; archive < 2; archive++) {
		struct assemble_options options = usual;

		options.sources = sources;
		options.compile.layout = LAYOUT_BYTECODE;
		options.form = archive ? FORM_TAR : FORM_DIRECTORY;
		options.output = archive ? "out.tar" : "out";
		ck_build(&options, 0, 2, 2,
		    "a/m.py: error: cannot put its bytecode at 'm.pyc' in the image: 'b/m.pyc' is "
		    "in the "
		    "way\n"
		    "a/n.py: error: cannot put its bytecode at 'n.pyc' in the image: 'b/n.pyc' is "
		    "in the "
		    "way\n");
	}
	ck_files("./.kiln\n./m.pyc\n./n.pyc/data\n");
	suite_expect("out/m.pyc", "no bytecode");
	ck_output("tar tf out.tar", "m.pyc\nn.pyc/\nn.pyc/data\n");
}
END_TEST

START_TEST(bytecode_has_no_place_in_what_is_no_directory)
{
	static const char *const sources[] = {"in", "data=__pycache__", NULL};
	struct assemble_options options = usual;

	put("in/m.py", "x = 1\n");
	put("data", "text");
	options.sources = sources;
	ck_build(&options, 0, 1, 1,
	    "in/m.py: error: cannot put its bytecode at '__pycache__/m." PYTHON_TAG ".pyc' in the "
	    "image: "
	    "'data' is in the way\n");
	ck_files("./.kiln\n./__pycache__\n./m.py\n");
	suite_expect("out/__pycache__", "text");
}
END_TEST

START_TEST(two_sources_with_one_name_for_bytecode_do_not_race)
{
	for (unsigned workers = 1; workers <= 4; workers++) {
		struct assemble_options options = usual;
		autoerror struct error *error = NULL;
		struct assemble_result result;

		/* The name of the first one is nothing but a suffix. */
		put("in/.py", "x = 1\n");
		put("in/.py.py", "x = 2\n");
		put("in/py.py", "x = 3\n");
		options.workers = workers;
		ck_ok(build(&options, &result, &error), error);
		ck_assert_uint_eq(result.compiled, 2);
		ck_assert_uint_eq(result.failed, 1);
		ck_output("grep -c '.in/.py. is in the way' errors", "1\n");
		ck_output("test -d first || mv out first; test ! -d out || diff -r first out", "");
	}
}
END_TEST

START_TEST(a_source_of_which_one_level_fails_leaves_no_other)
{
	/* With ".opt-1" its name is too long. */
	autofree char *name = xcalloc(1, 241 + 1);
	autofree char *path = NULL;
	struct assemble_options options = usual;
	autoerror struct error *error = NULL;
	struct assemble_result result;

	memset(name, 'n', 238);
	memcpy(name + 238, ".py", 3);
	path = xasprintf("in/pkg/%s", name);
	put(path, "x = 1\n");
	options.compile.levels[1] = true;
	ck_ok(build(&options, &result, &error), error);
	ck_assert_uint_eq(result.failed, 1);
	ck_output("ls out/pkg | wc -l && find out -name '*.pyc' && "
		  "find out -printf '%T@\\n' | sort -u",
	    "1\n315532800.0000000000\n");
}
END_TEST

/* In a worker: what is larger than this ends it when it is written. */
static void limit_worker(void)
{
	const struct rlimit limit = {100000, 100000};

	ck_assert(signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A source: `line` so often. */
static char *repeat(const char *line, size_t count)
{
	struct str text = STR_INIT;

	for (size_t i = 0; i < count; i++)
		str_adds(&text, line);
	return str_take(&text);
}

START_TEST(a_worker_that_dies_leaves_no_part_of_a_file)
{
	static const char killed[] = "killed by signal 25 (File size limit exceeded)";
	autofree char *large = repeat("# twenty characters.\n", 10000);
	autofree char *calls = repeat("f()\n", 10000);
	autostr struct str errors = STR_INIT;
	autoerror struct error *error = NULL;
	struct assemble_result result;

	put("in/data", large);
	put("in/large.py", large);
	put("in/sub/calls.py", calls); /* has larger bytecode */
	put("in/m.py", "x = 1\n");
	ck_assert_int_eq(pthread_atfork(NULL, NULL, limit_worker), 0);
	ck_ok(build(&usual, &result, &error), error);
	ck_assert_uint_eq(result.compiled, 1);
	ck_assert_uint_eq(result.copied, 0);
	ck_assert_uint_eq(result.failed, 3);
	ck_ok(file_read("errors", FILE_READ_LIMIT, &errors, NULL, &error), error);
	ck_assert_ptr_nonnull(strstr(errors.data, "in/data: error: worker ended while copying: "));
	ck_assert_ptr_nonnull(
	    strstr(errors.data, "in/large.py: error: worker ended while compiling: "));
	ck_assert_ptr_nonnull(
	    strstr(errors.data, "in/sub/calls.py: error: worker ended while compiling: "));
	ck_assert_ptr_nonnull(strstr(errors.data, killed));
	ck_output("cd out && find . | sort", ".\n./.kiln\n./__pycache__\n./__pycache__/"
					     "m." PYTHON_TAG ".pyc\n./large.py\n./m.py\n./sub\n"
					     "./sub/calls.py\n");
	suite_expect("out/large.py", large);
	suite_expect("out/sub/calls.py", calls);
	ck_assert_uint_eq(suite_mode("out/large.py"), 0644);
	ck_output("find out -printf '%T@\\n' | sort -u", "315532800.0000000000\n");
}
END_TEST

START_TEST(a_worker_that_dies_leaves_nothing_in_an_image_of_bytecode)
{
	autofree char *calls = repeat("f()\n", 10000);
	struct assemble_options options = usual;
	autoerror struct error *error = NULL;
	struct assemble_result result;

	put("in/calls.py", calls);
	put("in/m.py", "x = 1\n");
	options.compile.layout = LAYOUT_BYTECODE;
	ck_assert_int_eq(pthread_atfork(NULL, NULL, limit_worker), 0);
	ck_ok(build(&options, &result, &error), error);
	ck_assert_uint_eq(result.failed, 1);
	ck_files("./.kiln\n./m.pyc\n");
}
END_TEST

START_TEST(an_image_that_cannot_be_written_leaves_nothing)
{
	static const enum image_form forms[] = {FORM_DIRECTORY, FORM_TAR};
	autofree char *large = repeat("# twenty characters.\n", 10000);
	struct assemble_options options = usual;

	put("in/large", large);
	put("in/m.py", "x = 1\n");
	limit_file_size(100000);
	for (size_t i = 0; i < 2; i++) {
		options.form = forms[i];
		ck_build_fails(&options, ERROR_SYSTEM, "File too large");
		ck_names(".", "errors\nin\n");
	}
}
END_TEST

START_TEST(an_interrupted_build_leaves_nothing_and_keeps_the_earlier_image)
{
	struct assemble_options options = usual;

	put_tree();
	ck_build(&usual, 3, 2, 0, "");
	put("in/m.py", "x = 2\n");
	signals_install();
	ck_assert_int_eq(raise(SIGTERM), 0);
	ck_build_fails(&options, ERROR_SYSTEM, "interrupted");
	suite_expect("out/m.py", "x = 1\n");
	options.form = FORM_TAR;
	options.output = "out.tar";
	ck_build_fails(&options, ERROR_SYSTEM, "interrupted");
	ck_names(".", "errors\nin\nout\n");
}
END_TEST

SUITE("ship/assemble", sources_are_compiled_and_the_rest_is_copied, the_image_runs,
    workers_do_not_change_the_image,
    a_wrong_source_is_reported_and_is_in_the_image_without_bytecode,
    a_wrong_source_is_not_in_an_image_of_bytecode, warnings_are_no_failures,
    problems_of_the_scan_are_failures, nothing_to_do_makes_an_empty_image,
    a_directory_that_is_no_image_is_replaced_only_by_force, an_archive_does_not_replace_a_directory,
    a_missing_source_is_an_error_before_anything_is_done,
    a_wrong_time_is_an_error_before_anything_is_done,
    every_form_of_archive_holds_what_the_directory_would,
    what_an_archive_cannot_take_is_not_counted_as_copied,
    bytecode_does_not_take_the_place_of_a_file, bytecode_has_no_place_in_what_is_no_directory,
    two_sources_with_one_name_for_bytecode_do_not_race,
    a_source_of_which_one_level_fails_leaves_no_other, a_worker_that_dies_leaves_no_part_of_a_file,
    a_worker_that_dies_leaves_nothing_in_an_image_of_bytecode,
    an_image_that_cannot_be_written_leaves_nothing,
    an_interrupted_build_leaves_nothing_and_keeps_the_earlier_image)
