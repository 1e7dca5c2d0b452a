#include "suite.h"

#include "base/fields.h"

START_TEST(an_empty_list_has_nothing)
{
	autofields struct fields fields = FIELDS_INIT;
	autofree const char **arguments = fields_arguments(&fields);

	ck_assert_uint_eq(fields.count, 0);
	ck_assert(!fields_have(&fields, SLICE_LITERAL("")));
	ck_assert_ptr_null(arguments[0]);
}
END_TEST

START_TEST(fields_are_copied_whatever_their_bytes)
{
	autofields struct fields fields = FIELDS_INIT;

	fields_add(&fields, SLICE_LITERAL("a\0b"));
	fields_adds(&fields, "");
	fields_adds(&fields, "c");
	ck_assert_uint_eq(fields.count, 3);
	ck_assert(slice_equal(fields_at(&fields, 0), SLICE_LITERAL("a\0b")));
	ck_assert(slice_is(fields_at(&fields, 1), ""));
	ck_assert(fields_have(&fields, SLICE_LITERAL("c")));
	ck_assert(!fields_have(&fields, SLICE_LITERAL("a")));
}
END_TEST

START_TEST(an_argument_list_ends_with_null)
{
	autofields struct fields fields = FIELDS_INIT;
	autofree const char **arguments = NULL;

	fields_adds(&fields, "cc");
	fields_adds(&fields, "-c");
	arguments = fields_arguments(&fields);
	ck_assert_str_eq(arguments[0], "cc");
	ck_assert_str_eq(arguments[1], "-c");
	ck_assert_ptr_null(arguments[2]);
}
END_TEST

START_TEST(lists_are_joined_and_cut)
{
	autofields struct fields fields = FIELDS_INIT;
	autofields struct fields more = FIELDS_INIT;

	for (int i = 0; i < 100; i++)
		fields_adds(&more, i % 2 ? "odd" : "even");
	fields_adds(&fields, "first");
	fields_add_all(&fields, &more);
	ck_assert_uint_eq(fields.count, 101);
	ck_assert(slice_is(fields_at(&fields, 100), "odd"));
	fields_truncate(&fields, 2);
	fields_adds(&fields, "last");
	ck_assert_uint_eq(fields.count, 3);
	ck_assert(slice_is(fields_at(&fields, 1), "even"));
	ck_assert(slice_is(fields_at(&fields, 2), "last"));
	fields_truncate(&fields, 0);
	ck_assert_uint_eq(fields.count, 0);
	ck_assert_uint_eq(fields.text.len, 0);
}
END_TEST

START_TEST(the_last_field_is_extended)
{
	autofields struct fields fields = FIELDS_INIT;

	fields_adds(&fields, "first");
	fields_adds(&fields, "");
	fields_extend(&fields, SLICE_LITERAL("se"));
	fields_extend(&fields, SLICE_LITERAL("cond"));
	fields_adds(&fields, "third");
	ck_assert_uint_eq(fields.count, 3);
	ck_assert(slice_is(fields_at(&fields, 0), "first"));
	ck_assert_str_eq(fields_at(&fields, 1).data, "second");
	ck_assert(slice_is(fields_at(&fields, 2), "third"));
}
END_TEST

SUITE("base/fields", an_empty_list_has_nothing, fields_are_copied_whatever_their_bytes,
    an_argument_list_ends_with_null, lists_are_joined_and_cut, the_last_field_is_extended)
