#include "record/site_versions.h"

#include "base/file.h"
#include "suite.h"

START_TEST(names_of_versions_are_ordered_as_people_do)
{
	ck_assert_int_lt(site_compare_versions(SLICE_LITERAL("1.9"), SLICE_LITERAL("1.10")), 0);
	ck_assert_int_lt(site_compare_versions(SLICE_LITERAL("2.0rc1"), SLICE_LITERAL("2.0")), 0);
	ck_assert_int_lt(site_compare_versions(SLICE_LITERAL("2.0"), SLICE_LITERAL("2.0.1")), 0);
	ck_assert_int_lt(site_compare_versions(SLICE_LITERAL("v9"), SLICE_LITERAL("v10")), 0);
	ck_assert_int_gt(site_compare_versions(SLICE_LITERAL("10"), SLICE_LITERAL("9.9")), 0);
	ck_assert_int_eq(site_compare_versions(SLICE_LITERAL("1.01"), SLICE_LITERAL("1.1")), 0);
}
END_TEST

static void expect_list(const char *expected)
{
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;

	ck_ok(file_read("versions.json", 1000, &text, NULL, &error), error);
	ck_assert_str_eq(str_c(&text), expected);
}

START_TEST(the_newest_version_is_the_first_of_the_list)
{
	autoerror struct error *error = NULL;

	ck_ok(site_note_version("a", SLICE_LITERAL("1.9"), &error), error);
	ck_ok(site_note_version("b", SLICE_LITERAL("1.10"), &error), error);
	expect_list("[{\"name\":\"1.10\",\"place\":\"b\"},{\"name\":\"1.9\",\"place\":\"a\"}]\n");
	ck_ok(site_note_version("b", SLICE_LITERAL("1.11"), &error), error);
	ck_ok(site_note_version("c", SLICE_LITERAL("1.9"), &error), error);
	expect_list("[{\"name\":\"1.11\",\"place\":\"b\"},{\"name\":\"1.9\",\"place\":\"c\"}]\n");
}
END_TEST

START_TEST(a_list_that_is_none_is_kept)
{
	autoerror struct error *error = NULL;

	suite_put("versions.json", "text");
	ck_assert_int_eq(site_note_version("a", SLICE_LITERAL("1"), &error), -1);
	expect_list("text");
}
END_TEST

SUITE("record/site_versions", names_of_versions_are_ordered_as_people_do,
    the_newest_version_is_the_first_of_the_list, a_list_that_is_none_is_kept)
