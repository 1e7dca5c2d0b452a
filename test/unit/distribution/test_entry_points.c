#include "distribution/entry_points.h"

#include "suite.h"

START_TEST(sections_have_entries_with_module_attribute_and_extras)
{
	static const char text[] = "# comment\n[console_scripts]\r\nflask = flask.cli:main\r\n"
				   "x=a : b.c [one,two]\n\n[ gui_scripts ]\n w = w:run\n"
				   "[other]\nplain = module\n";
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	struct entry_points points;

	ck_ok(entry_points_parse(slice_c(text), "E", &arena, &points, NULL, &error), error);
	ck_assert_uint_eq(points.count, 4);
	ck_assert(slice_is(points.items[0].group, "console_scripts"));
	ck_assert(slice_is(points.items[0].name, "flask"));
	ck_assert(slice_is(points.items[0].module, "flask.cli"));
	ck_assert(slice_is(points.items[0].attr, "main"));
	ck_assert(slice_is(points.items[0].extras, ""));
	ck_assert(slice_is(points.items[1].attr, "b.c"));
	ck_assert(slice_is(points.items[1].extras, "[one,two]"));
	ck_assert(slice_is(points.items[2].group, "gui_scripts"));
	ck_assert(slice_is(points.items[2].name, "w"));
	ck_assert(entry_point_is_script(&points.items[2]));
	ck_assert(slice_is(points.items[3].attr, ""));
	ck_assert(!entry_point_is_script(&points.items[3]));
}
END_TEST

START_TEST(lines_that_are_no_entries_are_named)
{
	static const char text[] = "early = a:b\n[g]\nno entry\nx = import os; os:evil\n = a:b\n"
				   "y = a:b\n";
	autoarena struct arena arena = {NULL};
	autonotes struct notes notes = {NULL, 0};
	autoerror struct error *error = NULL;
	struct entry_points points;

	ck_ok(entry_points_parse(slice_c(text), "E", &arena, &points, &notes, &error), error);
	ck_assert_uint_eq(points.count, 1);
	ck_assert(slice_is(points.items[0].name, "y"));
	ck_assert_uint_eq(notes.count, 4);
	ck_assert_int_eq(notes.items[0]->line, 1);
	ck_assert_int_eq(notes.items[3]->line, 5);
}
END_TEST

START_TEST(values_that_are_no_dotted_names_are_refused)
{
	static const char *const values[] = {"", ":", "a:", "a.", ".a", "a..b", "1a", "a:b:c",
	    "a b", "a:b]", "a:b [", "a;b", "a:b\xff", "a-b:c", "a:b()"};
	struct entry_point entry;

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		ck_assert_msg(!entry_point_parse(slice_c(values[i]), &entry), "%s", values[i]);
	ck_assert(entry_point_parse(slice_c("_a.b2:\xc3\xa4"), &entry));
}
END_TEST

SUITE("distribution/entry_points", sections_have_entries_with_module_attribute_and_extras,
    lines_that_are_no_entries_are_named, values_that_are_no_dotted_names_are_refused)
