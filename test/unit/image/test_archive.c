#include <errno.h>
#include <locale.h>

#include "archives.h"

static const struct {
	enum image_form form;
	const char *name;
} forms[] = {{FORM_TAR, "out.tar"}, {FORM_TAR_GZ, "out.tar.gz"}, {FORM_TAR_XZ, "out.tar.xz"},
    {FORM_TAR_ZST, "out.tar.zst"}, {FORM_TAR_BZ2, "out.tar.bz2"}};

START_TEST(the_library_names_itself_and_its_version)
{
	ck_assert_int_eq(strncmp(archive_library(), "libarchive 3.", 13), 0);
}
END_TEST

/* A tree with one of everything. */
static void put_tree(const char *root)
{
	autofree char *old = getcwd(NULL, 0);

	put_directory(root);
	ck_assert_int_eq(chdir(root), 0);
	put("pkg/__init__.py", "");
	put("pkg/mod.py", "pass\n");
	put("pkg/data", "\x01\x02");
	put("bin/tool", "#!/bin/sh\n");
	ck_assert_int_eq(chmod("bin/tool", 0750), 0);
	put_directory("empty");
	put_link("pkg/link.py", "mod.py");
	put_link("pkg/up", "../bin");
	ck_assert_int_eq(chdir(old), 0);
}

START_TEST(every_form_has_what_the_plan_has)
{
	put_tree("src");
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		autofree char *listing = NULL;

		archive_source(forms[i].name, "src");
		listing = run("TZ=UTC tar --numeric-owner -tvf %s", forms[i].name);
		ck_assert_str_eq(listing,
		    "drwxr-xr-x 0/0               0 1980-01-01 00:00 bin/\n"
		    "-rwxr-xr-x 0/0              10 1980-01-01 00:00 bin/tool\n"
		    "drwxr-xr-x 0/0               0 1980-01-01 00:00 empty/\n"
		    "drwxr-xr-x 0/0               0 1980-01-01 00:00 pkg/\n"
		    "-rw-r--r-- 0/0               0 1980-01-01 00:00 pkg/__init__.py\n"
		    "-rw-r--r-- 0/0               2 1980-01-01 00:00 pkg/data\n"
		    "lrwxrwxrwx 0/0               0 1980-01-01 00:00 pkg/link.py -> mod.py\n"
		    "-rw-r--r-- 0/0               5 1980-01-01 00:00 pkg/mod.py\n"
		    "lrwxrwxrwx 0/0               0 1980-01-01 00:00 pkg/up -> ../bin\n");
	}
	ck_output("gzip -t out.tar.gz && zstd -qt out.tar.zst", "");
}
END_TEST

START_TEST(what_is_extracted_is_what_was_archived)
{
	put_tree("src");
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		autofree char *output = NULL;

		archive_source(forms[i].name, "src");
		output = run("mkdir to && tar -C to -xf %s && diff -r --no-dereference src to && "
			     "rm -r to",
		    forms[i].name);
		ck_assert_str_eq(output, "");
	}
}
END_TEST

START_TEST(the_archive_is_for_everybody)
{
	autoplan struct plan plan = {0};
	autoerror struct error *error = NULL;
	struct stat stat;
	WITH_PROBLEMS;

	put_tree("src");
	add_source(&plan, "src", NULL, &problems);
	plan_finish(&plan);
	umask(077);
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		ck_ok(write_plan(forms[i].name, &plan, -1, BUNDLE_EPOCH, &problems, NULL, &error),
		    error);
		ck_assert_int_eq(lstat(forms[i].name, &stat), 0);
		ck_assert_uint_eq(stat.st_mode, S_IFREG | 0644);
		if (forms[i].form == FORM_TAR)
			ck_assert_uint_eq(stat.st_size % 10240, 0);
	}
}
END_TEST

/* The same tree, made otherwise: order, permissions, times, allocation. */
static void put_tree_otherwise(const char *root)
{
	autofree char *output = NULL;

	umask(077);
	put_tree("first");
	output = run("mkdir -p %s && (cd first && find . -depth | sort -r | "
		     "tar --no-recursion -cf - -T - | tar -C ../%s -xf -) && rm -r first && "
		     "cd %s && touch -d 2001-01-01 pkg/mod.py && chmod 600 pkg/data && "
		     "chmod 700 bin/tool",
	    root, root, root);
}

START_TEST(the_bytes_depend_on_the_content_alone)
{
	put_tree("1/src");
	put_tree_otherwise("2/src");
	put("1/src/caf\xc3\xa9", "");
	put("2/src/caf\xc3\xa9", "");
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		autofree char *first = xasprintf("1/%s", forms[i].name);
		autofree char *second = xasprintf("2/%s", forms[i].name);
		autofree char *output = NULL;

		ck_assert_ptr_nonnull(setlocale(LC_ALL, "C"));
		archive_source(first, "1/src");
		ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
		setenv("TZ", "Asia/Tokyo", 1);
		archive_source(second, "2/src");
		output = run("cmp %s %s", first, second);
		ck_assert_str_eq(output, "");
	}
}
END_TEST

START_TEST(the_order_of_sources_does_not_change_the_bytes)
{
	static const char *const sources[][2] = {{"a", "b"}, {"b", "a"}};

	put("a/x/1.py", "1");
	put("a/both", "same");
	put("b/x/2.py", "2");
	put("b/both", "same");
	for (size_t i = 0; i < 2; i++) {
		autoplan struct plan plan = {0};
		autoerror struct error *error = NULL;
		autofree char *path = xasprintf("%zu.tar.zst", i);
		WITH_PROBLEMS;

		add_source(&plan, sources[i][0], NULL, &problems);
		add_source(&plan, sources[i][1], NULL, &problems);
		plan_finish(&plan);
		ck_ok(write_plan(path, &plan, -1, 5, &problems, NULL, &error), error);
	}
	ck_output("cmp 0.tar.zst 1.tar.zst", "");
}
END_TEST

/* More than one thread of zstd gets at a time. */
START_TEST(the_bytes_do_not_depend_on_the_number_of_threads)
{
	autoplan struct plan plan = {0};
	WITH_PROBLEMS;

	put_directory("src");
	ck_output("seq 5000000 > src/numbers", "");
	add_source(&plan, "src", NULL, &problems);
	plan_finish(&plan);
	for (unsigned threads = 1; threads <= 4; threads++) {
		autofree char *path = xasprintf("%u.tar.zst", threads);
		autoerror struct error *error = NULL;
		const struct archive_options options = {
		    .form = FORM_TAR_ZST,
		    .threads = threads,
		    .reader = {path, -1, &problems.listener, NULL},
		};

		ck_ok(archive_write(&options, &plan, &error), error);
	}
	ck_output(
	    "cmp 1.tar.zst 2.tar.zst && cmp 1.tar.zst 3.tar.zst && cmp 1.tar.zst 4.tar.zst", "");
}
END_TEST

START_TEST(a_gzip_header_has_no_name_and_no_time)
{
	autostr struct str content = STR_INIT;
	autoerror struct error *error = NULL;

	put_tree("src");
	archive_source("out.tgz", "src");
	ck_ok(file_read("out.tgz", FILE_READ_LIMIT, &content, NULL, &error), error);
	/* RFC 1952: magic, deflate, no flags, no time. */
	ck_assert_mem_eq(content.data, "\x1f\x8b\x08\0\0\0\0\0", 8);
}
END_TEST

START_TEST(times_of_34_bits_are_kept)
{
	static const int64_t times[] = {0, 1, 2147483648, 8589934591, 8589934592};
	autoplan struct plan plan = {0};
	WITH_PROBLEMS;

	put("src/m", "");
	add_source(&plan, "src", NULL, &problems);
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		autoerror struct error *error = NULL;
		struct stat stat;

		ck_ok(write_plan("out.tar", &plan, -1, times[i], &problems, NULL, &error), error);
		ck_output("tar --warning=no-timestamp -xf out.tar", "");
		ck_assert_int_eq(lstat("m", &stat), 0);
		ck_assert_int_eq(stat.st_mtim.tv_sec, times[i]);
	}
}
END_TEST

START_TEST(content_comes_from_the_stage_where_it_has_it)
{
	autoplan struct plan plan = {0};
	autoerror struct error *error = NULL;
	autoclose int stage = -1;
	WITH_PROBLEMS;

	put("src/a/1", "origin");
	put("src/a/2", "origin");
	put("stage/a/1", "stage");
	put("stage/a/new", "made");
	stage = open("stage", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	add_source(&plan, "src", NULL, &problems);
	plan_add(&plan, ITEM_FILE, SLICE_LITERAL("a/new"));
	plan_finish(&plan);
	ck_ok(write_plan("out.tar", &plan, stage, 0, &problems, NULL, &error), error);
	ck_output("tar -xOf out.tar a/1 a/2 a/new", "stageoriginmade");
}
END_TEST

START_TEST(what_has_no_content_is_a_problem_and_left_out)
{
	autoplan struct plan plan = {0};
	autoerror struct error *error = NULL;
	WITH_PROBLEMS;

	plan_add(&plan, ITEM_FILE, SLICE_LITERAL("a/b"));
	plan_finish(&plan);
	ck_ok(write_plan("out.tar", &plan, -1, 0, &problems, NULL, &error), error);
	ck_problem(&problems, "no content for 'a/b'");
	ck_output("tar -tf out.tar", "a/\n");
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_a_problem_and_left_out)
{
	autoplan struct plan plan = {0};
	autoerror struct error *error = NULL;
	WITH_PROBLEMS;

	put("src/1", "");
	put("src/2", "");
	put("src/3", "");
	put("src/4", "");
	put("src/5", "5");
	add_source(&plan, "src", NULL, &problems);
	plan_finish(&plan);
	ck_assert_int_eq(chmod("src/1", 0), 0);
	ck_assert(unlink("src/2") == 0 && unlink("src/3") == 0 && unlink("src/4") == 0);
	ck_assert_int_eq(mkfifo("src/3", 0666), 0);
	put_directory("src/4");
	suite_drop_privileges();
	ck_ok(write_plan("out.tar", &plan, -1, 0, &problems, NULL, &error), error);
	ck_assert_str_eq(str_c(&problems.text),
	    "src/1: cannot open: Permission denied\nsrc/2: cannot open: No such file or directory\n"
	    "src/3: not a regular file\nsrc/4: not a regular file\n");
	ck_output("tar -tf out.tar", "5\n");
}
END_TEST

/* More than is read into memory, with an end that is not zero. */
static void put_large(const char *path)
{
	int fd;

	put_sparse(path, 20 << 20);
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	ck_assert_int_eq(write(fd, "end", 3), 3);
	close(fd);
}

START_TEST(a_large_file_has_all_its_content)
{
	put_large("src/large");
	put_large("src/larger");
	put("src/small", "x");
	ck_round_trip("C");
	ck_names(".", "1\n2\nout.tar\nsrc\n");
}
END_TEST

static bool change_the_file(void)
{
	ck_assert_int_eq(truncate("src/large", 17 << 20), 0);
	return false;
}

START_TEST(a_file_that_changes_while_it_is_read_is_a_problem_and_left_out)
{
	autoerror struct error *error = NULL;
	WITH_PROBLEMS;

	put_large("src/large");
	put("src/small", "x");
	ck_ok(write_source("out.tar", "src", &problems, change_the_file, &error), error);
	ck_problem(&problems, "src/large: changed while being read");
	ck_output("tar -tf out.tar", "small\n");
}
END_TEST

static int questions;

static bool answer_at_last(void)
{
	return --questions < 0;
}

START_TEST(an_interrupted_archive_fails_and_leaves_nothing)
{
	put_large("src/large");
	put("src/small", "x");
	put("out.tar", "old");
	for (questions = 0;;) {
		autoerror struct error *error = NULL;
		int patience = questions;
		WITH_PROBLEMS;

		if (write_source("out.tar", "src", &problems, answer_at_last, &error) == 0)
			break;
		ck_assert_int_eq(error->kind, ERROR_SYSTEM);
		ck_assert_str_eq(error->message, "cannot write 'out.tar': interrupted");
		ck_assert_uint_eq(problems.count, 0);
		ck_names(".", "out.tar\nsrc\n");
		ck_assert_uint_eq(count_in_file("out.tar", "old"), 1);
		questions = patience < 5 ? patience + 1 : 2 * patience;
	}
	ck_output("tar -tf out.tar", "large\nsmall\n");
}
END_TEST

START_TEST(an_archive_that_cannot_be_written_leaves_the_old_one)
{
	put_directory("src");
	ck_output(
	    "head -c 5000000 /dev/urandom > src/data && head -c 18000000 /dev/urandom > src/large",
	    "");
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		put(forms[i].name, "old");
	limit_file_size(1000000);
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		autofree char *expected = xasprintf("cannot write '%s'", forms[i].name);
		autoerror struct error *error = NULL;
		WITH_PROBLEMS;

		ck_fails(
		    write_source(forms[i].name, "src", &problems, NULL, &error), error, expected);
		ck_assert_int_eq(error->kind, ERROR_SYSTEM);
		ck_assert_int_eq(error->number, EFBIG);
		ck_assert_uint_eq(problems.count, 0);
		ck_assert_uint_eq(count_in_file(forms[i].name, "old"), 1);
	}
	ck_names(".", "out.tar\nout.tar.bz2\nout.tar.gz\nout.tar.xz\nout.tar.zst\nsrc\n");
}
END_TEST

START_TEST(a_full_disk_leaves_no_archive)
{
	put_directory("src");
	ck_output("head -c 5000000 /dev/urandom > src/data", "");
	put_large("large/data");
	if (!mount_small("small", "1m"))
		return;
	for (size_t i = 0; i < 2; i++) {
		autoerror struct error *error = NULL;
		WITH_PROBLEMS;

		/* In the archive itself, and in the copy of a large file. */
		ck_fails(
		    write_source("small/out.tar.zst", i ? "large" : "src", &problems, NULL, &error),
		    error, "cannot write 'small/out.tar.zst': No space left");
		ck_assert_int_eq(error->kind, ERROR_SYSTEM);
		ck_assert_int_eq(error->number, ENOSPC);
		ck_assert_uint_eq(problems.count, 0);
		ck_names("small", "");
	}
}
END_TEST

/* What is written last: the end of the archive, when it is closed. */
START_TEST(an_error_at_the_very_end_counts)
{
	put_directory("src");
	ck_output("head -c 100500 /dev/urandom > src/data", "");
	limit_file_size(100000);
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		autoerror struct error *error = NULL;
		WITH_PROBLEMS;

		ck_fails(write_source(forms[i].name, "src", &problems, NULL, &error), error,
		    "File too large");
	}
	ck_names(".", "src\n");
}
END_TEST

START_TEST(an_archive_in_a_directory_that_is_not_there_is_a_system_error)
{
	autoerror struct error *error = NULL;
	WITH_PROBLEMS;

	put("src/m", "");
	ck_fails(write_source("no/out.tar", "src", &problems, NULL, &error), error, "'no/out.tar'");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	put_directory("out.tar");
	ck_fails(write_source("out.tar", "src", &problems, NULL, &error), error, "'out.tar'");
}
END_TEST

START_TEST(an_empty_plan_is_an_empty_archive)
{
	put_directory("src");
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		autofree char *listing = NULL;

		archive_source(forms[i].name, "src");
		listing = run("tar -tf %s", forms[i].name);
		ck_assert_str_eq(listing, "");
	}
}
END_TEST

SUITE("image/archive", the_library_names_itself_and_its_version, every_form_has_what_the_plan_has,
    what_is_extracted_is_what_was_archived, the_archive_is_for_everybody,
    the_bytes_depend_on_the_content_alone, the_order_of_sources_does_not_change_the_bytes,
    the_bytes_do_not_depend_on_the_number_of_threads, a_gzip_header_has_no_name_and_no_time,
    times_of_34_bits_are_kept, content_comes_from_the_stage_where_it_has_it,
    what_has_no_content_is_a_problem_and_left_out,
    a_file_that_cannot_be_read_is_a_problem_and_left_out, a_large_file_has_all_its_content,
    a_file_that_changes_while_it_is_read_is_a_problem_and_left_out,
    an_interrupted_archive_fails_and_leaves_nothing,
    an_archive_that_cannot_be_written_leaves_the_old_one, a_full_disk_leaves_no_archive,
    an_error_at_the_very_end_counts, an_archive_in_a_directory_that_is_not_there_is_a_system_error,
    an_empty_plan_is_an_empty_archive)
