#include "python/interpreter.h"
#include "support.h"

static const struct delineate_options plain = {.regions = false};

static int describe(const char *output, const char *origin, struct error **err)
{
	autonotes struct notes notes = {NULL, 0};

	if (interpreter_need(err) < 0)
		return -1;
	return delineate(place_at(output), origin, &plain, &notes, err);
}

START_TEST(a_directory_has_the_files_of_its_source)
{
	autoerror struct error *error = NULL;

	suite_put("tea.py", "'''About.'''\nx = [1, 'a']\n");
	ck_ok(describe("deep/out", "tea.py", &error), error);
	ck_assert_uint_eq(suite_count("deep/out"), 9);
	suite_expect("deep/out/elements.json",
	    "[\"module\",[[\"data\",[],{\"identifier\":\"x\",\"area\":[[2,1],[2,12]]}]],"
	    "{\"identifier\":\"tea\",\"area\":[[1,1],[2,0]],\"documented\":[[1,1],[1,12]],"
	    "\"source-encoding\":\"utf-8\"}]\n");
	suite_expect("deep/out/documented.json", "[[]]\n");
	suite_expect("deep/out/documentation.json", "[[\"About.\"]]\n");
	suite_expect("deep/out/data.json", "[[[\"x\"]],[[1,\"a\"]]]\n");
	suite_expect("deep/out/system-path", "tea.py");
	suite_expect("deep/out/areas", "2 1 2 12\n");
	suite_expect("deep/out/types", "+");
	suite_expect("deep/out/sources", "1 tea.py\n");
	ck_assert_int_eq(suite_mode("deep/out"), 0755);
	ck_assert_int_eq(suite_mode("deep/out/data.json"), 0644);
	ck_assert(description_is_at("deep/out"));
}
END_TEST

START_TEST(an_empty_source_has_a_description)
{
	autoerror struct error *error = NULL;

	suite_put("empty.pyi", "");
	ck_ok(describe("out", "empty.pyi", &error), error);
	suite_expect("out/elements.json",
	    "[\"module\",[],{\"identifier\":\"empty\",\"area\":[[1,1],[1,0]],"
	    "\"source-encoding\":\"utf-8\"}]\n");
	suite_expect("out/documented.json", "[]\n");
	suite_expect("out/documentation.json", "[]\n");
	suite_expect("out/data.json", "[[],[]]\n");
}
END_TEST

START_TEST(a_bad_source_leaves_what_was_there)
{
	autoerror struct error *error = NULL;

	suite_put("bad.py", "x = (\n");
	suite_make("out");
	suite_put("out/elements.json", "old");
	ck_fails(describe("out", "bad.py", &error), error, "'(' was never closed");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	suite_expect("out/elements.json", "old");
	ck_assert_uint_eq(suite_count("."), 2);
}
END_TEST

START_TEST(a_missing_source_makes_no_directory)
{
	autoerror struct error *error = NULL;

	ck_fails(describe("out", "missing.py", &error), error, "No such file");
	ck_assert(!suite_exists("out"));
}
END_TEST

START_TEST(a_former_description_is_replaced_whole)
{
	autoerror struct error *error = NULL;

	suite_put("a.py", "x = 1\n");
	suite_make("out");
	suite_put("out/areas", "old");
	ck_ok(describe("out", "a.py", &error), error);
	ck_assert_uint_eq(suite_count("out"), 9);
}
END_TEST

START_TEST(only_descriptions_are_taken_for_one)
{
	suite_make("empty");
	suite_make("other");
	suite_make("part");
	suite_put("other/elements.json", "[]");
	suite_put("other/thesis.txt", "");
	suite_put("part/data.json", "[]");
	suite_put("file", "");
	ck_assert(!description_is_at("empty"));
	ck_assert(!description_is_at("other"));
	ck_assert(!description_is_at("part"));
	ck_assert(!description_is_at("file"));
	ck_assert(!description_is_at("missing"));
}
END_TEST

SUITE("delineation/describe", a_directory_has_the_files_of_its_source,
    an_empty_source_has_a_description, a_bad_source_leaves_what_was_there,
    a_missing_source_makes_no_directory, a_former_description_is_replaced_whole,
    only_descriptions_are_taken_for_one)
