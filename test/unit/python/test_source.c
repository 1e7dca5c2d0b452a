#include "python/source.h"
#include "support.h"

START_TEST(cookies_are_found_where_pep_263_says)
{
	static const struct {
		const char *text;
		const char *cookie;
	} cases[] = {
	    {"# -*- coding: latin-1 -*-\n", "latin-1"},
	    {"#!/usr/bin/python\n# vim: set fileencoding=euc-jp :\n", "euc-jp"},
	    {"\n# coding: cp1252\n", "cp1252"},
	    {"\r\n# coding: cp1252\r\n", "cp1252"},
	    {"\r# coding: cp1252", "cp1252"},
	    {"\xef\xbb\xbf# coding: utf-8\n", "utf-8"},
	    {"x = 1\n# coding: latin-1\n", ""},
	    {"x = 1 # coding: latin-1\n", ""},
	    {"\n\n# coding: latin-1\n", ""},
	    {"# coding latin-1\n", ""},
	    {"# coding:  \n", ""},
	    {" \t\f# coding:\t utf_8_x.y\n", "utf_8_x.y"},
	    {"# coding: # coding: ascii\n", "ascii"},
	    {"", ""},
	    {"#", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct slice cookie = source_cookie(slice_c(cases[i].text));

		ck_assert_msg(slice_is(cookie, cases[i].cookie), "case %zu: '%.*s'", i,
		    (int)cookie.len, cookie.data);
	}
}
END_TEST

START_TEST(sources_are_decoded_as_cpython_does)
{
	static const struct {
		const char *text;
		const char *encoding;
		const char *expected;
	} cases[] = {
	    {"x = 1\n", NULL, "x = 1\n"},
	    {"a\r\nb\rc\n\r", NULL, "a\nb\nc\n\n"},
	    {"\xef\xbb\xbfx\n", NULL, "x\n"},
	    {"# coding: latin-1\n'\xe4'", NULL, "# coding: latin-1\n'ä'"},
	    {"# coding: Latin_1-x\n'\xe4'", NULL, "# coding: Latin_1-x\n'ä'"},
	    {"# coding: utf-8\n'\xe4'", "latin-1", "# coding: utf-8\n'\xc3\xa4'"},
#ifndef KILN_STATIC /* they need shared modules */
	    {"# coding: shift_jis\n'\x83\x65'", NULL, "# coding: shift_jis\n'テ'"},
	    {"# coding: euc-jp\r\n'\xa5\xc6'", NULL, "# coding: euc-jp\n'テ'"},
#endif
	    {"# coding: UTF_8-whatever\nä", NULL, "# coding: UTF_8-whatever\nä"},
	    {"# \xff\xfe caf\xe9\n", NULL, "# \xef\xbf\xbd\xef\xbf\xbd caf\xef\xbf\xbd\n"},
	};

	start_python();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str text = STR_INIT;
		struct error *error = NULL;

		ck_ok(
		    source_decode(slice_c(cases[i].text), cases[i].encoding, "s.py", &text, &error),
		    error);
		ck_assert_str_eq(str_c(&text), cases[i].expected);
	}
}
END_TEST

START_TEST(encodings_that_do_not_fit_are_errors_of_the_source)
{
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
	    {"# coding: no-such-thing\n", "LookupError: unknown encoding: no-such-thing"},
	    {"# coding: ascii\n'\xe4'\n", "UnicodeDecodeError"},
	    {"# coding: hex\n", "LookupError"},
	};

	start_python();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str text = STR_INIT;
		autoerror struct error *error = NULL;

		ck_fails(source_decode(slice_c(cases[i].text), NULL, "s.py", &text, &error), error,
		    cases[i].message);
		ck_assert_int_eq(error->kind, ERROR_INPUT);
	}
}
END_TEST

START_TEST(the_hash_is_sha3_of_the_decoded_text)
{
	/* printf 'x = 1\n' | openssl dgst -sha3-256 */
	static const char expected[] =
	    "c1d053c902878b4ca285f50589bf8d8f097f6927ede52731b2029bd2397a79d4";
	static const char *const texts[] = {"x = 1\n", "x = 1\r\n", "\xef\xbb\xbfx = 1\r"};

	start_python();
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char hex[2 * HASH_SIZE + 1];
		struct error *error = NULL;
		struct hash hash;

		ck_ok(source_hash(slice_c(texts[i]), NULL, "s.py", &hash, &error), error);
		hash_hex(&hash, hex);
		ck_assert_str_eq(hex, expected);
	}
}
END_TEST

START_TEST(the_siphash_is_the_one_of_cpython)
{
	start_python();
	ck_assert_uint_eq(source_siphash(SLICE_LITERAL(PYTHON_HASHED)), PYTHON_SOURCE_HASH);
}
END_TEST

SUITE("python/source", cookies_are_found_where_pep_263_says, sources_are_decoded_as_cpython_does,
    encodings_that_do_not_fit_are_errors_of_the_source, the_hash_is_sha3_of_the_decoded_text,
    the_siphash_is_the_one_of_cpython)
