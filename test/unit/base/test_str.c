#include "suite.h"

#include "base/str.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

START_TEST(slices_begin_and_end_with_parts_of_themselves)
{
	struct slice slice = SLICE_LITERAL("abc"), empty = {NULL, 0};

	ck_assert(slice_starts(slice, SLICE_LITERAL("ab")));
	ck_assert(slice_starts(slice, slice));
	ck_assert(slice_starts(slice, empty));
	ck_assert(!slice_starts(slice, SLICE_LITERAL("abcd")));
	ck_assert(!slice_starts(slice, SLICE_LITERAL("b")));
	ck_assert(slice_ends(slice, SLICE_LITERAL("bc")));
	ck_assert(slice_ends(slice, slice));
	ck_assert(slice_ends(slice, empty));
	ck_assert(!slice_ends(slice, SLICE_LITERAL("xabc")));
	ck_assert(!slice_ends(slice, SLICE_LITERAL("b")));
	ck_assert(slice_starts(empty, empty) && slice_ends(empty, empty));
	ck_assert(!slice_starts(empty, slice) && !slice_ends(empty, slice));
}
END_TEST

START_TEST(slices_are_ordered_by_unsigned_bytes_and_length)
{
	const struct slice ascending[] = {{NULL, 0}, SLICE_LITERAL("\0"), SLICE_LITERAL("\0\0"),
	    SLICE_LITERAL("a"), SLICE_LITERAL("a\0"), SLICE_LITERAL("a.b"), SLICE_LITERAL("a/b"),
	    SLICE_LITERAL("ab"), SLICE_LITERAL("\x80"), SLICE_LITERAL("\xff")};

	for (size_t i = 0; i < COUNT(ascending); i++)
		for (size_t k = 0; k < COUNT(ascending); k++) {
			int order = slice_compare(ascending[i], ascending[k]);

			ck_assert_int_eq((order > 0) - (order < 0), (i > k) - (i < k));
			ck_assert_int_eq(slice_equal(ascending[i], ascending[k]), i == k);
		}
}
END_TEST

START_TEST(splitting_keeps_empty_parts)
{
	static const struct {
		const char *text, *parts[4];
	} cases[] = {
	    {"a,b", {"a", "b"}},
	    {"a", {"a"}},
	    {"", {""}},
	    {",", {"", ""}},
	    {"a,,b", {"a", "", "b"}},
	    {"a,", {"a", ""}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct slice rest = slice_c(cases[i].text), part;

		for (size_t k = 0; cases[i].parts[k]; k++) {
			ck_assert(slice_next(&rest, ',', &part));
			ck_assert(slice_is(part, cases[i].parts[k]));
		}
		ck_assert(!slice_next(&rest, ',', &part));
		ck_assert_ptr_null(rest.data);
	}
}
END_TEST

START_TEST(numbers_are_decimal_digits_and_nothing_else)
{
	const struct {
		struct slice text;
		bool is_number;
		uint64_t number;
	} cases[] = {
	    {SLICE_LITERAL("0"), true, 0},
	    {SLICE_LITERAL("5"), true, 5},
	    {SLICE_LITERAL("007"), true, 7},
	    {SLICE_LITERAL("1234567890"), true, 1234567890},
	    {SLICE_LITERAL("18446744073709551615"), true, UINT64_MAX},
	    {SLICE_LITERAL("00000000000000000018446744073709551615"), true, UINT64_MAX},
	    {SLICE_LITERAL("18446744073709551616"), false, 0},
	    {SLICE_LITERAL("18446744073709551620"), false, 0},
	    {SLICE_LITERAL("99999999999999999999999999"), false, 0},
	    {{NULL, 0}, false, 0},
	    {SLICE_LITERAL(" "), false, 0},
	    {SLICE_LITERAL(" 5"), false, 0},
	    {SLICE_LITERAL("5 "), false, 0},
	    {SLICE_LITERAL("5\n"), false, 0},
	    {SLICE_LITERAL("5\0"), false, 0},
	    {SLICE_LITERAL("+5"), false, 0},
	    {SLICE_LITERAL("-5"), false, 0},
	    {SLICE_LITERAL("-0"), false, 0},
	    {SLICE_LITERAL("0x5"), false, 0},
	    {SLICE_LITERAL("1e2"), false, 0},
	    {SLICE_LITERAL("5.0"), false, 0},
	    {SLICE_LITERAL("1_0"), false, 0},
	    {SLICE_LITERAL("5K"), false, 0},
	    {SLICE_LITERAL("/"), false, 0}, /* the characters beside the digits */
	    {SLICE_LITERAL(":"), false, 0},
	    {SLICE_LITERAL("\xd9\xa5"), false, 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t number;

		ck_assert_msg(
		    slice_number(cases[i].text, &number) == cases[i].is_number, "case %zu", i);
		if (cases[i].is_number)
			ck_assert_uint_eq(number, cases[i].number);
	}
}
END_TEST

static size_t encode(uint32_t code, char *ret)
{
	if (code < 0x80) {
		ret[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		ret[0] = (char)(0xc0 | code >> 6);
		ret[1] = (char)(0x80 | (code & 63));
		return 2;
	}
	if (code < 0x10000) {
		ret[0] = (char)(0xe0 | code >> 12);
		ret[1] = (char)(0x80 | (code >> 6 & 63));
		ret[2] = (char)(0x80 | (code & 63));
		return 3;
	}
	ret[0] = (char)(0xf0 | code >> 18);
	ret[1] = (char)(0x80 | (code >> 12 & 63));
	ret[2] = (char)(0x80 | (code >> 6 & 63));
	ret[3] = (char)(0x80 | (code & 63));
	return 4;
}

START_TEST(every_character_is_utf8_and_no_surrogate_is)
{
	for (uint32_t code = 0; code < 0x120000; code++) {
		char bytes[5] = "";
		size_t len = encode(code, bytes);
		bool valid = code < 0xd800 || (code > 0xdfff && code < 0x110000);

		if (slice_character(slice_of(bytes, len)) != (valid ? len : 0) ||
		    slice_character(slice_of(bytes, len + 1)) != (valid ? len : 0) ||
		    (len > 1 && slice_character(slice_of(bytes, len - 1)) != 0))
			ck_abort_msg("U+%04X", (unsigned)code);
	}
}
END_TEST

START_TEST(one_byte_beyond_ascii_is_found_wherever_it_stands)
{
	char text[150];

	memset(text, 'a', sizeof(text));
	for (size_t len = 0; len <= sizeof(text); len++)
		ck_assert(slice_is_ascii(slice_of(text, len)));
	for (size_t at = 0; at < sizeof(text); at++) {
		text[at] = '\x80';
		ck_assert(slice_is_ascii(slice_of(text, at)));
		ck_assert(!slice_is_ascii(slice_of(text, at + 1)));
		ck_assert(!slice_is_ascii(slice_of(text, sizeof(text))));
		text[at] = '\x7f';
	}
}
END_TEST

START_TEST(malformed_bytes_are_no_utf8_wherever_they_stand)
{
	static const char *const malformed[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3",
	    "\xe0\x80\x80", "\xe0\x9f\xbf", "\xe2\x82", "\xe2\x28\xa1", "\xed\xa0\x80",
	    "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
	    "\xf0\x9f\x98"};

	for (size_t i = 0; i < COUNT(malformed); i++)
		for (size_t before = 0; before < 20; before++) {
			autostr struct str text = STR_INIT;

			for (size_t k = 0; k < before; k++)
				str_addc(&text, 'a');
			str_adds(&text, "\xc3\xa9");
			ck_assert(slice_is_utf8(str_slice(&text)));
			str_adds(&text, malformed[i]);
			ck_assert(!slice_is_utf8(str_slice(&text)));
			str_adds(&text, "aaaaaaaaaaaaaaaa");
			ck_assert(!slice_is_utf8(str_slice(&text)));
		}
}
END_TEST

START_TEST(a_str_grows_and_stays_terminated)
{
	autostr struct str str = STR_INIT;

	ck_assert_str_eq(str_c(&str), "");
	str_add(&str, NULL, 0);
	ck_assert_str_eq(str.data, "");
	for (size_t i = 0; i < 10000; i++) {
		str_addc(&str, (char)('a' + i % 26));
		ck_assert_uint_eq(str.len, i + 1);
		ck_assert_int_eq(str.data[str.len], '\0');
		ck_assert_uint_gt(str.capacity, str.len);
	}
	for (size_t i = 0; i < 10000; i++)
		ck_assert_int_eq(str.data[i], (char)('a' + i % 26));
	str_truncate(&str, 3);
	ck_assert_str_eq(str.data, "abc");
	str_add(&str, "\0x", 2);
	ck_assert(slice_equal(str_slice(&str), SLICE_LITERAL("abc\0x")));
}
END_TEST

START_TEST(formatting_fits_any_length)
{
	for (int width = 0; width < 200; width++) {
		autostr struct str str = STR_INIT;

		str_adds(&str, "<");
		str_addf(&str, "%*d>", width, 7);
		ck_assert_uint_eq(str.len, (size_t)(width ? width : 1) + 2);
		ck_assert_int_eq(str.data[str.len - 2], '7');
		ck_assert_int_eq(str.data[str.len], '\0');
	}
}
END_TEST

START_TEST(what_is_counted_has_a_word_for_one)
{
	autostr struct str str = STR_INIT;

	for (uint64_t count = 0; count < 3; count++) {
		str_add_count(&str, count, "entry, |entries, ");
		str_add_count(&str, count, "copied\n");
	}
	ck_assert_str_eq(str.data, "0 entries, 0 copied\n1 entry, 1 copied\n2 entries, 2 copied\n");
}
END_TEST

START_TEST(parts_have_their_length_before_them)
{
	autostr struct str str = STR_INIT;
	autofree char *large = xcalloc(12345, 1);

	str_add_part(&str, SLICE_LITERAL(""));
	str_add_part(&str, SLICE_LITERAL("a:b"));
	str_add_part(&str, SLICE_LITERAL("0123456789"));
	ck_assert_str_eq(str_c(&str), "0:3:a:b10:0123456789");
	str_truncate(&str, 0);
	str_add_part(&str, slice_of(large, 12345));
	ck_assert_uint_eq(str.len, 6 + 12345);
	ck_assert(slice_starts(str_slice(&str), SLICE_LITERAL("12345:")));
}
END_TEST

START_TEST(dropping_keeps_the_rest_and_its_end)
{
	autostr struct str str = STR_INIT;

	str_drop(&str, 0);
	ck_assert_str_eq(str_c(&str), "");
	str_adds(&str, "abcdef");
	str_drop(&str, 0);
	str_drop(&str, 2);
	ck_assert_str_eq(str.data, "cdef");
	str_drop(&str, 4);
	ck_assert_str_eq(str.data, "");
	ck_assert_uint_eq(str.len, 0);
}
END_TEST

START_TEST(taking_leaves_an_empty_str)
{
	struct str str = STR_INIT;
	autofree char *nothing = str_take(&str);
	autofree char *something = NULL;

	ck_assert_str_eq(nothing, "");
	str_adds(&str, "x");
	something = str_take(&str);
	ck_assert_str_eq(something, "x");
	ck_assert_ptr_null(str.data);
	ck_assert_uint_eq(str.len, 0);
	str_release(&str);
}
END_TEST

START_TEST(printable_text_cannot_forge_lines_or_drive_a_terminal)
{
	const struct {
		struct slice text;
		const char *shown;
	} cases[] = {
	    {SLICE_LITERAL("plain ~ text \\n"), "plain ~ text \\n"},
	    {SLICE_LITERAL("a\nb\tc\rd"), "a\\nb\\tc\\rd"},
	    {SLICE_LITERAL("\0\x01\x1b[31m\x7f"), "\\x00\\x01\\x1b[31m\\x7f"},
	    {SLICE_LITERAL("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
		"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
	    {SLICE_LITERAL("\xff\xc3"), "\\xff\\xc3"},
	    {SLICE_LITERAL("\xc2\x9b" /* CSI */), "\\xc2\\x9b"},
	    {SLICE_LITERAL("\xc2\xa0\xc2\xad"), "\xc2\xa0\xc2\xad"},
	    {SLICE_LITERAL("\xe2\x80\xa8" /* line separator */), "\\xe2\\x80\\xa8"},
	    {SLICE_LITERAL("\xe2\x80\xae" /* right-to-left override */), "\\xe2\\x80\\xae"},
	    {SLICE_LITERAL("\xe2\x81\xa6" /* isolate */), "\\xe2\\x81\\xa6"},
	    {SLICE_LITERAL("\xe2\x80\x99\xe2\x81\x84"), "\xe2\x80\x99\xe2\x81\x84"},
	    {SLICE_LITERAL("\xd8\x9c\xd8\xa7"), "\\xd8\\x9c\xd8\xa7"},
	    {SLICE_LITERAL("\xed\xa0\x80"), "\\xed\\xa0\\x80"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		autostr struct str once = STR_INIT, twice = STR_INIT;

		str_add_printable(&once, cases[i].text);
		ck_assert_str_eq(str_c(&once), cases[i].shown);
		str_add_printable(&twice, str_slice(&once));
		ck_assert_str_eq(str_c(&twice), str_c(&once));
	}
}
END_TEST

START_TEST(any_bytes_become_printable)
{
	unsigned seed = 1;

	for (int round = 0; round < 2000; round++) {
		autostr struct str shown = STR_INIT;
		char bytes[40];

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)(rand_r(&seed) >> 7);
		str_add_printable(&shown, slice_of(bytes, sizeof(bytes)));
		ck_assert(slice_is_utf8(str_slice(&shown)));
		ck_assert_uint_ge(shown.len, sizeof(bytes));
		for (size_t i = 0; i < shown.len; i++)
			ck_assert_int_ge((unsigned char)shown.data[i], 0x20);
	}
}
END_TEST

START_TEST(encoded_text_has_no_bytes_that_end_it)
{
	autostr struct str shown = STR_INIT;
	const struct slice text = SLICE_LITERAL("a b\0/\x7f<\xc3\xa4>%");

	str_add_encoded(&shown, text, "<>");
	ck_assert_str_eq(str_c(&shown), "a%20b%00/%7F%3C\xc3\xa4%3E%");
}
END_TEST

SUITE("base/str", numbers_are_decimal_digits_and_nothing_else,
    slices_begin_and_end_with_parts_of_themselves, slices_are_ordered_by_unsigned_bytes_and_length,
    splitting_keeps_empty_parts, every_character_is_utf8_and_no_surrogate_is,
    one_byte_beyond_ascii_is_found_wherever_it_stands,
    malformed_bytes_are_no_utf8_wherever_they_stand, a_str_grows_and_stays_terminated,
    formatting_fits_any_length, what_is_counted_has_a_word_for_one,
    parts_have_their_length_before_them, dropping_keeps_the_rest_and_its_end,
    taking_leaves_an_empty_str, printable_text_cannot_forge_lines_or_drive_a_terminal,
    any_bytes_become_printable, encoded_text_has_no_bytes_that_end_it)
