#include "distribution/name.h"

#include "suite.h"

static void ck_normalized(const char *name, const char *expected)
{
	autostr struct str normalized = STR_INIT;

	distribution_add_normalized(&normalized, slice_c(name));
	ck_assert_str_eq(str_c(&normalized), expected);
}

START_TEST(names_of_one_distribution_are_equal_when_normalized)
{
	ck_normalized("Flask", "flask");
	ck_normalized("friendly-bard", "friendly-bard");
	ck_normalized("Friendly--Bard", "friendly-bard");
	ck_normalized("FRIENDLY.-._bard", "friendly-bard");
	ck_normalized("zope.interface", "zope-interface");
}
END_TEST

START_TEST(a_stem_has_one_dash)
{
	autostr struct str stem = STR_INIT;

	distribution_add_stem(&stem, SLICE_LITERAL("Zope.-Interface"), SLICE_LITERAL("1.0-1+A"));
	ck_assert_str_eq(str_c(&stem), "zope_interface-1.0_1+A");
}
END_TEST

START_TEST(names_have_letters_and_digits_at_their_ends)
{
	ck_assert(distribution_is_name(SLICE_LITERAL("a")));
	ck_assert(distribution_is_name(SLICE_LITERAL("zope.interface_2")));
	ck_assert(!distribution_is_name(SLICE_LITERAL("")));
	ck_assert(!distribution_is_name(SLICE_LITERAL("-a")));
	ck_assert(!distribution_is_name(SLICE_LITERAL("a.")));
	ck_assert(!distribution_is_name(SLICE_LITERAL("a/b")));
	ck_assert(!distribution_is_name(SLICE_LITERAL("\xc3\xa4")));
}
END_TEST

START_TEST(a_dist_info_has_name_and_version)
{
	struct slice name, version;

	ck_assert(distribution_is_dist_info(
	    SLICE_LITERAL("Zope.interface-5.5.2.dist-info"), &name, &version));
	ck_assert(slice_is(name, "Zope.interface"));
	ck_assert(slice_is(version, "5.5.2"));
	ck_assert(distribution_is_dist_info(SLICE_LITERAL("a-1.dist-info"), NULL, NULL));
	ck_assert(!distribution_is_dist_info(SLICE_LITERAL("a.dist-info"), NULL, NULL));
	ck_assert(!distribution_is_dist_info(SLICE_LITERAL("-1.dist-info"), NULL, NULL));
	ck_assert(!distribution_is_dist_info(SLICE_LITERAL("a-.dist-info"), NULL, NULL));
	ck_assert(!distribution_is_dist_info(SLICE_LITERAL("a-1.egg-info"), NULL, NULL));
	ck_assert(!distribution_is_dist_info(SLICE_LITERAL(".dist-info"), NULL, NULL));
}
END_TEST

START_TEST(a_file_of_a_dist_info_is_directly_in_it)
{
	ck_assert(distribution_is_file(SLICE_LITERAL("lib/a-1.dist-info/RECORD"), "RECORD"));
	ck_assert(!distribution_is_file(SLICE_LITERAL("a-1.dist-info/more/RECORD"), "RECORD"));
	ck_assert(!distribution_is_file(SLICE_LITERAL("a-1.dist-info/METADATA"), "RECORD"));
	ck_assert(!distribution_is_file(SLICE_LITERAL("a-1.egg-info/RECORD"), "RECORD"));
	ck_assert(!distribution_is_file(SLICE_LITERAL("RECORD"), "RECORD"));
}
END_TEST

START_TEST(the_outermost_directory_that_describes_is_found)
{
	static const struct {
		const char *path, *directory;
	} cases[] = {
	    {"lib/a-1.dist-info/RECORD", "lib/a-1.dist-info"},
	    {"a-1.dist-info", "a-1.dist-info"},
	    {"a.egg-info/b-1.dist-info/x", "a.egg-info"},
	    {"a-1.dist-info.py", ""},
	    {"a/b.py", ""},
	    {"", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct slice found = distribution_directory(slice_c(cases[i].path));

		ck_assert(slice_is(found, cases[i].directory));
	}
}
END_TEST

SUITE("distribution/name", names_of_one_distribution_are_equal_when_normalized, a_stem_has_one_dash,
    names_have_letters_and_digits_at_their_ends, a_dist_info_has_name_and_version,
    a_file_of_a_dist_info_is_directly_in_it, the_outermost_directory_that_describes_is_found)
