#include "suite.h"

#include <dirent.h>

#include "base/file.h"
#include "record/chapter.h"
#include "same.h"

#define CASE_LIMIT ((size_t)1 << 20)

static struct json *read_json(const char *directory, const char *name)
{
	autoerror struct error *error = NULL;
	autofree char *path = xasprintf("%s/%s", directory, name);
	autostr struct str text = STR_INIT;
	struct json *json;

	ck_ok(file_read(path, CASE_LIMIT, &text, NULL, &error), error);
	json = json_parse(str_slice(&text), path, CASE_LIMIT, &error);
	ck_assert_msg(json, "%s: %s", path, error ? error->message : "");
	return json;
}

static void expect_file(const char *directory, const char *name)
{
	autojson struct json *made = read_json("out", name), *expected = read_json(directory, name);

	ck_assert_msg(same_json(made, expected), "%s/%s is different", directory, name);
}

static void run_case(const char *directory)
{
	autoerror struct error *error = NULL;
	autofree char *source = xasprintf("%s/source.txt", directory);
	autofree char *context = xasprintf("%s/context.json", directory);

	ck_ok(chapter(place_at("out"), source, NULL, &error), error);
	expect_file(directory, "elements.json");
	ck_assert_int_eq(suite_exists("out/context.json"), suite_exists(context));
	if (suite_exists(context))
		expect_file(directory, "context.json");
	ck_assert_uint_eq(suite_count("out"), suite_exists(context) ? 2 : 1);
}

START_TEST(chapters_give_the_files_of_the_conformance_data)
{
	autoclosedir DIR *dir = opendir(KILN_CONFORMANCE "/chapters");
	const struct dirent *entry;
	size_t count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir))) {
		autofree char *path = xasprintf(KILN_CONFORMANCE "/chapters/%s", entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		run_case(path);
		count++;
	}
	ck_assert_uint_ge(count, 6);
}
END_TEST

static void expect_context(const char *text, const char *expected)
{
	autoerror struct error *error = NULL;

	suite_put("in.txt", text);
	ck_ok(chapter(place_at("out"), "in.txt", NULL, &error), error);
	if (expected)
		suite_expect("out/context.json", expected);
	else
		ck_assert(!suite_exists("out/context.json"));
}

START_TEST(the_context_has_what_is_one_inline_element)
{
	expect_context("! CONTEXT:\n\t/title/\n\t\t&<[a]b>\n\t/icon/\n\t\t&[c]\n",
	    "{\"icon\":\"c\",\"title\":\"b\"}\n");
	expect_context("! CONTEXT:\n\t/title/\n\t\ta\n\n\t\tb\n\t/icon/\n\t\t- a\n", "{}\n");
	expect_context(
	    "! CONTEXT:\n\t/title/\n\t\t**a**\n\t/icon/\n\t\t`a``b`\n", "{\"title\":\"a\"}\n");
}
END_TEST

START_TEST(the_last_of_equal_keys_counts)
{
	expect_context("! CONTEXT:\n\t/title/\n\t\ta\n\t/title/\n\t\tb\n", "{\"title\":\"b\"}\n");
	expect_context("! CONTEXT:\n\t/title/\n\t\ta\n\t/title/\n", "{}\n");
}
END_TEST

START_TEST(the_context_is_the_first_one_with_a_directory)
{
	expect_context(
	    "! CONTEXT:\n\ta\n! context:\n\t/title/\n\t\tb\n! CONTEXT:\n\t/title/\n\t\tc\n",
	    "{\"title\":\"c\"}\n");
	expect_context("! NOTE:\n\t! CONTEXT:\n\t\t/title/\n\t\t\ta\n", NULL);
	expect_context("", NULL);
}
END_TEST

START_TEST(a_bad_source_leaves_the_output)
{
	autoerror struct error *error = NULL;

	expect_context("! CONTEXT:\n\t/title/\n\t\ta\n", "{\"title\":\"a\"}\n");
	suite_put("in.txt", "a\n\xff\n");
	ck_fails(chapter(place_at("out"), "in.txt", NULL, &error), error, "UTF-8");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	ck_assert_int_eq(error->line, 2);
	suite_expect("out/context.json", "{\"title\":\"a\"}\n");
	ck_fails(chapter(place_at("out"), "absent.txt", NULL, &error), error, "cannot open");
	ck_assert_str_eq(error->path, "absent.txt");
	suite_expect("out/context.json", "{\"title\":\"a\"}\n");
	ck_assert_uint_eq(suite_count("."), 2);
}
END_TEST

START_TEST(the_output_is_replaced_whole)
{
	expect_context("! CONTEXT:\n\t/title/\n\t\ta\n", "{\"title\":\"a\"}\n");
	suite_put("out/other", "x");
	expect_context("a", NULL);
	suite_expect("out/elements.json", "[\"factor\",[[\"chapter\",[[\"paragraph\",[\"a\"],{"
					  "\"indentation\":null}]],{}]],{}]\n");
	ck_assert_uint_eq(suite_count("out"), 1);
	ck_assert_uint_eq(suite_mode("out"), 0755);
	ck_assert_uint_eq(suite_mode("out/elements.json"), 0644);
}
END_TEST

SUITE("record/chapter", chapters_give_the_files_of_the_conformance_data,
    the_context_has_what_is_one_inline_element, the_last_of_equal_keys_counts,
    the_context_is_the_first_one_with_a_directory, a_bad_source_leaves_the_output,
    the_output_is_replaced_whole)
