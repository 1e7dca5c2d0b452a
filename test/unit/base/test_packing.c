#include "base/packing.h"

#include "suite.h"

START_TEST(an_error_is_read_as_it_was_written)
{
	autoerror struct error *error = NULL;
	autostr struct str bytes = STR_INIT;
	struct unpacker unpacker;
	autoerror struct error *read = NULL;

	(void)fail_at(&error, "a/m.py", 3, 7, "x = \xc3\xa9", "no %s", "syntax");
	error->end_line = 4;
	error->end_column = 1;
	error->number = 2;
	pack_error(&bytes, error);
	unpacker = unpacker_of(str_slice(&bytes));
	read = unpack_error(&unpacker);
	ck_assert_ptr_nonnull(read);
	ck_assert(!unpacker.is_bad && unpacker.at == unpacker.end);
	ck_assert_int_eq(read->kind, ERROR_INPUT);
	ck_assert_int_eq(read->number, 2);
	ck_assert_str_eq(read->message, "no syntax");
	ck_assert_str_eq(read->path, "a/m.py");
	ck_assert_str_eq(read->text, "x = \xc3\xa9");
	ck_assert_int_eq(read->line, 3);
	ck_assert_int_eq(read->column, 7);
	ck_assert_int_eq(read->end_line, 4);
	ck_assert_int_eq(read->end_column, 1);
}
END_TEST

START_TEST(an_error_without_a_place_has_none_afterwards)
{
	autoerror struct error *error = NULL;
	autoerror struct error *read = NULL;
	autostr struct str bytes = STR_INIT;
	struct unpacker unpacker;

	(void)fail(&error, ERROR_SYSTEM, "disk full");
	pack_error(&bytes, error);
	unpacker = unpacker_of(str_slice(&bytes));
	read = unpack_error(&unpacker);
	ck_assert_ptr_nonnull(read);
	ck_assert_ptr_null(read->path);
	ck_assert_ptr_null(read->text);
	ck_assert_int_eq(read->kind, ERROR_SYSTEM);
}
END_TEST

START_TEST(part_of_an_error_is_none)
{
	autoerror struct error *error = NULL;
	autostr struct str bytes = STR_INIT;

	(void)fail_at(&error, "m.py", 1, 1, "x", "wrong");
	pack_error(&bytes, error);
	for (size_t len = 0; len < bytes.len; len++) {
		struct unpacker unpacker = unpacker_of(slice_of(bytes.data, len));

		ck_assert_ptr_null(unpack_error(&unpacker));
		ck_assert(unpacker.is_bad);
	}
	bytes.data[0] = 9; /* no such kind */
	{
		struct unpacker unpacker = unpacker_of(str_slice(&bytes));

		ck_assert_ptr_null(unpack_error(&unpacker));
	}
}
END_TEST

SUITE("base/packing", an_error_is_read_as_it_was_written,
    an_error_without_a_place_has_none_afterwards, part_of_an_error_is_none)
