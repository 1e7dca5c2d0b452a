#include "python/source.h"
#include "support.h"

/* Fails unless a source gives the same bytes after another one was compiled, whose code lives. */
static void check_unaffected(const char *text, const char *by)
{
	autostr struct str before = STR_INIT;
	autostr struct str after = STR_INIT;
	autocode struct code *other = NULL;

	start_python();
	add_bytecode(&before, text);
	other = compile(parse(by), 0);
	add_bytecode(&after, text);
	ck_assert(slice_equal(str_slice(&before), str_slice(&after)));
}

/* The cases in which CPython's own writer depends on what the process did before. */

START_TEST(a_constant_does_not_depend_on_an_identifier_of_another_source)
{
	check_unaffected("x = 'ä'\n", "ä = 1\ndef f(ä): return ä\n");
}
END_TEST

START_TEST(a_frozenset_does_not_depend_on_names_of_another_source)
{
	check_unaffected("x in {\"foo\", 2, 3}\n", "foo = 1\nfoo.foo(foo=foo)\n");
}
END_TEST

START_TEST(elements_of_a_frozenset_have_one_order)
{
	autostr struct str one = STR_INIT;
	autostr struct str other = STR_INIT;

	start_python();
	/* The first constant that CPython meets stays the first one: the docstring. */
	add_bytecode(&one, "'doc'\nx in {'a b', 'c', 3, (1, 'd')}\n");
	add_bytecode(&other, "'doc'\nx in {(1, 'd'), 3, 'c', 'a b'}\n");
	ck_assert(slice_equal(str_slice(&one), str_slice(&other)));
}
END_TEST

/* How often `text` occurs in `bytes`. */
static int occurrences(const struct str *bytes, const char *text)
{
	size_t len = strlen(text);
	int found = 0;

	for (size_t at = 0; at + len <= bytes->len; at++)
		found += memcmp(bytes->data + at, text, len) == 0;
	return found;
}

START_TEST(equal_values_are_written_once_and_referred_to)
{
	autostr struct str bytes = STR_INIT;

	start_python();
	add_bytecode(&bytes, "def f(): return 'long enough to see'\n"
			     "def g(): return ('long enough to see', 1)\n");
	ck_assert_int_eq(occurrences(&bytes, "long enough to see"), 1);
	ck_assert_int_eq(occurrences(&bytes, "recorded.py"), 1);
}
END_TEST

START_TEST(what_occurs_once_has_no_reference_flag)
{
	autostr struct str bytes = STR_INIT;

	start_python();
	add_bytecode(&bytes, "'only here, in the docstring'\n");
	/* TYPE_SHORT_ASCII without FLAG_REF, then the length. */
	ck_assert_int_eq(occurrences(&bytes, "z\x1b"
					     "only here, in the docstring"),
	    1);
}
END_TEST

START_TEST(constants_that_look_like_names_are_interned_others_are_not)
{
	autostr struct str bytes = STR_INIT;

	start_python();
	add_bytecode(&bytes, "f('like_a_name', 'not like one')\n");
	ck_assert_int_eq(occurrences(&bytes, "Z\x0blike_a_name"), 1);
	ck_assert_int_eq(occurrences(&bytes, "z\x0cnot like one"), 1);
}
END_TEST

START_TEST(numbers_that_compare_equal_are_told_apart)
{
	autostr struct str bytes = STR_INIT;

	start_python();
	/* TYPE_INT, TYPE_BINARY_FLOAT, TYPE_TRUE; then both zeros. */
	add_bytecode(&bytes, "'doc'\nx = (1, 1.0, True, 0.0, -0.0)\n");
	ck_assert(memmem(bytes.data, bytes.len, "i\1\0\0\0g\0\0\0\0\0\0\360?T", 15));
	ck_assert(memmem(bytes.data, bytes.len, "g\0\0\0\0\0\0\0\0g\0\0\0\0\0\0\0\200", 18));
}
END_TEST

START_TEST(names_of_bytecode_files_are_those_of_pep_488)
{
	static const struct {
		const char *source;
		int level;
		const char *expected;
	} cases[] = {
	    {"baz.py", 0, "__pycache__/baz." PYTHON_TAG ".pyc"},
	    {"/foo/bar/baz.py", 0, "/foo/bar/__pycache__/baz." PYTHON_TAG ".pyc"},
	    {"a/baz.py", 1, "a/__pycache__/baz." PYTHON_TAG ".opt-1.pyc"},
	    {"a/baz.py", 2, "a/__pycache__/baz." PYTHON_TAG ".opt-2.pyc"},
	    {"a.b/baz", 0, "a.b/__pycache__/baz" PYTHON_TAG ".pyc"},
	    {"x.tar.py", 0, "__pycache__/x.tar." PYTHON_TAG ".pyc"},
	    {".py", 0, "__pycache__/py." PYTHON_TAG ".pyc"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str path = STR_INIT;

		pyc_add_path(
		    &path, slice_c(cases[i].source), interpreter_cache_tag(), cases[i].level);
		ck_assert_str_eq(str_c(&path), cases[i].expected);
	}
}
END_TEST

START_TEST(headers_are_those_of_pep_552)
{
	static const struct pyc_source source = {
	    .mtime = 0x1122334455, .size = 0x100000002, .siphash = 0x8877665544332211};
	static const struct {
		enum check check;
		const char *bytes;
	} cases[] = {
	    {CHECK_TIME, PYTHON_MAGIC "\0\0\0\0\x55\x44\x33\x22\x02\0\0\0"},
	    {CHECK_HASH, PYTHON_MAGIC "\x03\0\0\0\x11\x22\x33\x44\x55\x66\x77\x88"},
	    {CHECK_UNCHECKED_HASH, PYTHON_MAGIC "\x01\0\0\0\x11\x22\x33\x44\x55\x66\x77\x88"},
	};
	autostr struct str none = STR_INIT;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str header = STR_INIT;

		pyc_add_header(&header, cases[i].check, &source);
		ck_assert_uint_eq(header.len, 16);
		ck_assert_mem_eq(header.data, cases[i].bytes, 16);
	}
	pyc_add_header(&none, CHECK_NEVER, &source);
	ck_assert_uint_eq(none.len, 0);
}
END_TEST

START_TEST(checks_have_words)
{
	enum check check;

	ck_assert(check_of_word(SLICE_LITERAL("unchecked-hash"), &check));
	ck_assert_int_eq(check, CHECK_UNCHECKED_HASH);
	ck_assert(check_of_word(SLICE_LITERAL("never"), &check));
	ck_assert_int_eq(check, CHECK_NEVER);
	ck_assert(!check_of_word(SLICE_LITERAL("sometimes"), &check));
	ck_assert(!check_of_word(SLICE_LITERAL(""), &check));
}
END_TEST

START_TEST(headers_are_read_as_they_were_written)
{
	const struct pyc_source source = {5, 7, 0x0123456789abcdef};
	static const enum check checks[] = {CHECK_TIME, CHECK_HASH, CHECK_UNCHECKED_HASH};

	for (size_t i = 0; i < 3; i++) {
		autostr struct str bytes = STR_INIT;
		struct pyc_header header;

		pyc_add_header(&bytes, checks[i], &source);
		ck_assert_uint_eq(bytes.len, PYC_HEADER_SIZE);
		ck_assert_ptr_null(pyc_read_header(str_slice(&bytes), &header));
		ck_assert_int_eq(header.check, checks[i]);
		ck_assert_str_eq(header.tag, interpreter_cache_tag());
		if (checks[i] == CHECK_TIME)
			ck_assert(header.source.mtime == 5 && header.source.size == 7);
		else
			ck_assert(header.source.siphash == source.siphash);
		ck_assert_ptr_nonnull(pyc_read_header(slice_of(bytes.data, 15), &header));
		bytes.data[4] = 2;
		ck_assert_ptr_nonnull(pyc_read_header(str_slice(&bytes), &header));
	}
}
END_TEST

START_TEST(a_header_belongs_to_its_source_alone)
{
	const struct slice text = SLICE_LITERAL("x = 1\n");
	struct pyc_source source = {.siphash = source_siphash(text)};
	autostr struct str bytes = STR_INIT;
	struct pyc_header header;
	struct pyc_hashes hashes;

	pyc_add_header(&bytes, CHECK_HASH, &source);
	ck_assert_ptr_null(pyc_read_header(str_slice(&bytes), &header));
	pyc_hash_source(text, &hashes);
	ck_assert(pyc_is_of_source(&header, &hashes));
	pyc_hash_source(SLICE_LITERAL("x = 2\n"), &hashes);
	ck_assert(!pyc_is_of_source(&header, &hashes));
}
END_TEST

SUITE("python/bytecode", headers_are_read_as_they_were_written,
    a_header_belongs_to_its_source_alone,
    a_constant_does_not_depend_on_an_identifier_of_another_source,
    a_frozenset_does_not_depend_on_names_of_another_source, elements_of_a_frozenset_have_one_order,
    equal_values_are_written_once_and_referred_to, what_occurs_once_has_no_reference_flag,
    constants_that_look_like_names_are_interned_others_are_not,
    numbers_that_compare_equal_are_told_apart, names_of_bytecode_files_are_those_of_pep_488,
    headers_are_those_of_pep_552, checks_have_words)
