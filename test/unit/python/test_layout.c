#include "python/layout.h"

#include <inttypes.h>

#include "suite.h"

static void find(struct layout *ret, const char *text)
{
	*ret = (struct layout){.text = slice_c(text)};
	layout_find(ret);
}

/* The offsets of a kind, each behind a space. */
static void check_marks(const struct layout *layout, enum layout_kind kind, const char *expected)
{
	const struct layout_marks *marks = &layout->marks[kind];
	autostr struct str found = STR_INIT;

	for (size_t i = 0; i < marks->count; i++)
		str_addf(&found, " %" PRIu32, marks->at[i]);
	ck_assert_str_eq(str_c(&found), expected);
}

START_TEST(marks_are_found_where_they_are_code)
{
	autolayout struct layout layout;

	find(&layout, "@a\n"
		      "@ b.c #: d\n"
		      "def f(): '''\n"
		      "#: @ yield'''; yield\n"
		      "x = f'{(yield)} yield' #: x\n"
		      " # #: no\n"
		      "y = x @ x #");
	check_marks(&layout, LAYOUT_LINE, " 0 3 14 27 48 76 85");
	check_marks(&layout, LAYOUT_COMMENT, " 9 71");
	check_marks(&layout, LAYOUT_DECORATOR, " 0 3");
	check_marks(&layout, LAYOUT_YIELD, " 42 56");
	ck_assert(layout.ascii);
}
END_TEST

START_TEST(the_last_mark_is_within_bounds)
{
	autolayout struct layout layout;

	find(&layout, "ab\ncd\nef\n");
	ck_assert_uint_eq(layout_count(&layout, LAYOUT_LINE, 0), 0);
	ck_assert_uint_eq(layout_count(&layout, LAYOUT_LINE, 3), 1);
	ck_assert_uint_eq(layout_count(&layout, LAYOUT_LINE, 4), 2);
	ck_assert_uint_eq(layout_count(&layout, LAYOUT_LINE, 99), 3);
	ck_assert_uint_eq(layout_last(&layout, LAYOUT_LINE, 0, 3), 0);
	ck_assert_uint_eq(layout_last(&layout, LAYOUT_LINE, 3, 4), 3);
	ck_assert_uint_eq(layout_last(&layout, LAYOUT_LINE, 4, 6), LAYOUT_NOWHERE);
	ck_assert_uint_eq(layout_last(&layout, LAYOUT_YIELD, 0, 9), LAYOUT_NOWHERE);
}
END_TEST

SUITE("python/layout", marks_are_found_where_they_are_code, the_last_mark_is_within_bounds)
