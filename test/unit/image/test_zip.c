#include "archives.h"

/* The answer of Python's zipfile module. */
static char *ask(const char *expression)
{
	return run("python3 -I -c 'import zipfile; z = zipfile.ZipFile(\"out.zip\"); print(%s)'",
	    expression);
}

#define ck_zip(expression, expected)                     \
	do {                                             \
		autofree char *answer = ask(expression); \
		ck_assert_str_eq(answer, expected "\n"); \
	} while (0)

START_TEST(an_entry_says_what_it_is)
{
	put("src/pkg/mod.py", "pass\n");
	put("src/tool", "#!/bin/sh\n");
	ck_assert_int_eq(chmod("src/tool", 0700), 0);
	put_link("src/link", "pkg/mod.py");
	put_directory("src/empty");
	archive_source("out.zip", "src");
	ck_zip("[(i.filename, oct(i.external_attr >> 16), i.date_time, i.create_system, i.extra, "
	       "i.flag_bits) for i in z.infolist()]",
	    "[('empty/', '0o40755', (1980, 1, 1, 0, 0, 0), 3, b'', 2048), "
	    "('link', '0o120777', (1980, 1, 1, 0, 0, 0), 3, b'', 2048), "
	    "('pkg/', '0o40755', (1980, 1, 1, 0, 0, 0), 3, b'', 2048), "
	    "('pkg/mod.py', '0o100644', (1980, 1, 1, 0, 0, 0), 3, b'', 2048), "
	    "('tool', '0o100755', (1980, 1, 1, 0, 0, 0), 3, b'', 2048)]");
	ck_output("mkdir to && cd to && unzip -q ../out.zip && cd .. && "
		  "diff -r --no-dereference src to && test -x to/tool && test -L to/link",
	    "");
}
END_TEST

START_TEST(what_does_not_become_smaller_is_stored)
{
	put_directory("src");
	ck_output(
	    "head -c 100000 /dev/urandom > src/noise && head -c 100000 /dev/zero > src/zeros", "");
	put("src/empty", "");
	archive_source("out.zip", "src");
	ck_zip("[(i.filename, i.compress_type, i.file_size) for i in z.infolist()]",
	    "[('empty', 0, 0), ('noise', 0, 100000), ('zeros', 8, 100000)]");
	ck_zip("z.testzip()", "None");
}
END_TEST

/* More than is read into memory. */
START_TEST(large_files_are_whole)
{
	put_directory("src");
	ck_output("seq 4000000 > src/numbers && head -c 20000000 /dev/urandom > src/noise", "");
	archive_source("out.zip", "src");
	ck_output("unzip -tqq out.zip && mkdir to && cd to && unzip -q ../out.zip && cd .. && "
		  "diff -r src to",
	    "");
	ck_zip("[i.compress_type for i in z.infolist()]", "[0, 8]");
}
END_TEST

START_TEST(times_are_those_that_the_format_has)
{
	static const struct {
		int64_t time;
		const char *expected;
	} cases[] = {{0, "(1980, 1, 1, 0, 0, 0)\n"}, {315532799, "(1980, 1, 1, 0, 0, 0)\n"},
	    {315532801, "(1980, 1, 1, 0, 0, 0)\n"}, {315532802, "(1980, 1, 1, 0, 0, 2)\n"},
	    {1709251199, "(2024, 2, 29, 23, 59, 58)\n"},
	    {4354819199, "(2107, 12, 31, 23, 59, 58)\n"},
	    {8589934592, "(2107, 12, 31, 23, 59, 58)\n"}};
	autoplan struct plan plan = {0};
	WITH_PROBLEMS;

	put("src/m", "");
	add_source(&plan, "src", NULL, &problems);
	plan_finish(&plan);
	ck_assert_int_eq(setenv("TZ", "America/New_York", 1), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autoerror struct error *error = NULL;
		autofree char *answer = NULL;

		ck_ok(write_plan("out.zip", &plan, -1, cases[i].time, &problems, NULL, &error),
		    error);
		answer = ask("z.infolist()[0].date_time");
		ck_assert_str_eq(answer, cases[i].expected);
	}
}
END_TEST

START_TEST(names_are_utf8_or_a_problem)
{
	WITH_PROBLEMS;
	autoerror struct error *error = NULL;

	put("src/\xc3\xa4/\xe6\x97\xa5", "");
	put("src/z\xff", "");
	ck_ok(write_source("out.zip", "src", &problems, NULL, &error), error);
	ck_problem(&problems, "src/z\xff: cannot be stored in this archive: its name is not UTF-8");
	ck_zip("[ascii(i.filename) for i in z.infolist()]",
	    "[\"'\\\\xe4/'\", \"'\\\\xe4/\\\\u65e5'\"]");
}
END_TEST

START_TEST(more_entries_than_16_bits_count_are_zip64)
{
	autoplan struct plan plan = {0};
	autoerror struct error *error = NULL;
	WITH_PROBLEMS;
	struct archive_options options = {
	    .form = FORM_ZIP, .threads = 1, .reader = {"out.zip", -1, &problems.listener, NULL}};

	for (int i = 0; i < 65536; i++) {
		autofree char *name = xasprintf("%05d", i);

		plan_add(&plan, ITEM_DIRECTORY, slice_c(name));
	}
	plan_finish(&plan);
	ck_ok(archive_write(&options, &plan, &error), error);
	ck_zip("len(z.infolist()), z.infolist()[-1].filename", "65536 65535/");
	ck_output("zipinfo -h out.zip | grep -o 'entries: .*'", "entries: 65536\n");
	options.no_zip64 = "there is a reason";
	ck_fails(archive_write(&options, &plan, &error), error,
	    "'out.zip' would have 65536 entries and 5767168 bytes: there is a reason");
	options.warns_of_zip64 = true;
	problems.listener.warning = problems.listener.problem;
	ck_ok(archive_write(&options, &plan, &error), error);
	ck_problem(&problems, "out.zip: has 65536 entries and 5767168 bytes: there is a reason");
	options.warns_of_zip64 = false;
	plan.count--;
	ck_ok(archive_write(&options, &plan, &error), error);
}
END_TEST

START_TEST(a_prefix_stands_before_the_first_entry)
{
	autoplan struct plan plan = {0};
	autoerror struct error *error = NULL;
	struct stat stat;
	WITH_PROBLEMS;
	const struct archive_options options = {.form = FORM_PYZ,
	    .threads = 1,
	    .reader = {"out.zip", -1, &problems.listener, NULL},
	    .prefix = SLICE_LITERAL("#!/bin/true\n"),
	    .is_executable = true};

	put("src/__main__.py", "print('it runs')\n");
	add_source(&plan, "src", NULL, &problems);
	plan_finish(&plan);
	ck_ok(archive_write(&options, &plan, &error), error);
	ck_output("./out.zip && unzip -tqq out.zip && python3 -I out.zip", "it runs\n");
	ck_assert_int_eq(lstat("out.zip", &stat), 0);
	ck_assert_uint_eq(stat.st_mode, S_IFREG | 0755);
}
END_TEST

START_TEST(links_become_copies_of_files_in_the_plan)
{
	autoplan struct plan plan = {0};
	autoerror struct error *error = NULL;
	WITH_PROBLEMS;

	put("src/a/b/file", "content");
	ck_assert_int_eq(chmod("src/a/b/file", 0755), 0);
	put_link("src/to-file", "a/b/file");
	put_link("src/to-link", "./to-file");
	put_link("src/to-directory", "a/b");
	put_link("src/a/through", "../to-directory/../b/file");
	put_link("src/nowhere", "a/none");
	put_link("src/round", "round");
	add_source(&plan, "src", NULL, &problems);
	plan_finish(&plan);
	ck_assert_str_eq(str_c(&problems.text), "");
	plan_copy_links(&plan, &problems.listener);
	ck_assert_str_eq(str_c(&problems.text),
	    "src/nowhere: a link to 'a/none', which is not a file in the image\n"
	    "src/round: a link to 'round', which is not a file in the image\n"
	    "src/to-directory: a link to 'a/b', which is not a file in the image\n");
	ck_ok(write_plan("out.zip", &plan, -1, 0, &problems, NULL, &error), error);
	ck_zip("sorted(n for n in z.namelist() if n[-1] != \"/\")",
	    "['a/b/file', 'a/through', 'to-file', 'to-link']");
	ck_zip("[(n, z.read(n), oct(z.getinfo(n).external_attr >> 16)) "
	       "for n in (\"to-file\", \"to-link\", \"a/through\")]",
	    "[('to-file', b'content', '0o100755'), ('to-link', b'content', '0o100755'), "
	    "('a/through', b'content', '0o100755')]");
}
END_TEST

START_TEST(a_full_disk_leaves_no_zip)
{
	autoerror struct error *error = NULL;
	WITH_PROBLEMS;

	put_directory("src");
	ck_output("head -c 2000000 /dev/urandom > src/data && head -c 18000000 /dev/urandom > "
		  "src/large",
	    "");
	limit_file_size(1000000);
	ck_fails(write_source("out.zip", "src", &problems, NULL, &error), error,
	    "cannot write 'out.zip'");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_names(".", "src\n");
}
END_TEST

SUITE("image/zip", an_entry_says_what_it_is, what_does_not_become_smaller_is_stored,
    large_files_are_whole, times_are_those_that_the_format_has, names_are_utf8_or_a_problem,
    more_entries_than_16_bits_count_are_zip64, a_prefix_stands_before_the_first_entry,
    links_become_copies_of_files_in_the_plan, a_full_disk_leaves_no_zip)
