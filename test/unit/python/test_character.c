#include "python/character.h"
#include "suite.h"

#include <limits.h>

START_TEST(characters_are_decoded_as_cpython_decodes_names)
{
	struct slice rest = slice_c("aé」😀\xff\xe3\x81z");
	static const uint32_t expected[] = {
	    'a', 0xe9, 0x300d, 0x1f600, 0xdcff, 0xdce3, 0xdc81, 'z'};

	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		ck_assert_uint_gt(rest.len, 0);
		ck_assert_uint_eq(python_take_character(&rest), expected[i]);
	}
	ck_assert_uint_eq(rest.len, 0);
}
END_TEST

START_TEST(white_space_is_stripped_as_str_strip_does)
{
	static const struct {
		const char *text;
		const char *expected;
	} cases[] = {
	    {"", ""},
	    {" \t\n\v\f\r\x1c\x1d\x1e\x1f", ""},
	    {"  a b  ", "a b"},
	    {"\u3000\u2028a\u00a0b\xc2\x85\u202f", "a\u00a0b"},
	    {"\u200b\ufeff", "\u200b\ufeff"},
	    {"\xe3\x80 \x80\x80", "\xe3\x80 \x80\x80"},
	    {"a\x85", "a\x85"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct slice text = python_strip(slice_c(cases[i].text));

		ck_assert_msg(slice_is(text, cases[i].expected), "case %zu: '%.*s'", i,
		    (int)text.len, text.data);
	}
}
END_TEST

START_TEST(integers_are_those_of_int)
{
	static const struct {
		const char *text;
		long expected;
	} cases[] = {
	    {"0", 0},
	    {"-0", 0},
	    {"+7", 7},
	    {" \t1_000\n", 1000},
	    {"007", 7},
	    {"\u0663\uff11", 31},
	    {"\u3000-5\u00a0", -5},
	    {"9223372036854775807", LONG_MAX},
	    {"9223372036854775808", LONG_MAX},
	    {"-9223372036854775808", LONG_MIN},
	    {"-9223372036854775809", LONG_MIN},
	    {"99999999999999999999999", LONG_MAX},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		long number;

		ck_assert_msg(python_int(slice_c(cases[i].text), &number), "case %zu", i);
		ck_assert_int_eq(number, cases[i].expected);
	}
}
END_TEST

START_TEST(what_int_refuses_is_no_integer)
{
	static const char *const cases[] = {"", " ", "-", "- 1", "--1", "1 2", "1_", "_1", "1__2",
	    "-_1", "0x1", "1.", "1e3", "\0345", "\u00b2", "\u2160", "\u200b1", "1\xff", "\u22121"};
	long number;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ck_assert_msg(!python_int(slice_c(cases[i]), &number), "'%s'", cases[i]);
}
END_TEST

START_TEST(integers_have_no_more_digits_than_cpython_takes)
{
	autostr struct str digits = STR_INIT;
	long number;

	for (int i = 0; i < 4300; i++)
		str_addc(&digits, '1');
	ck_assert(python_int(str_slice(&digits), &number));
	ck_assert_int_eq(number, LONG_MAX);
	str_addc(&digits, '1');
	ck_assert(!python_int(str_slice(&digits), &number));
}
END_TEST

START_TEST(negative_numbers_are_those_of_argparse)
{
	static const struct {
		const char *text;
		bool negative;
	} cases[] = {PYTHON_NUMBERS};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ck_assert_msg(python_is_negative(slice_c(cases[i].text)) == cases[i].negative,
		    "'%s'", cases[i].text);
}
END_TEST

SUITE("python/character", characters_are_decoded_as_cpython_decodes_names,
    white_space_is_stripped_as_str_strip_does, integers_are_those_of_int,
    what_int_refuses_is_no_integer, integers_have_no_more_digits_than_cpython_takes,
    negative_numbers_are_those_of_argparse)
