#include "python/py_compile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "python/regex.h"
#include "python/text.h"
#include "support.h"

#define BAD "x = (\n"

static void release(struct py_outcome *outcome)
{
	py_outcome_release(outcome);
}

#define autooutcome CLEANUP(release)

static void compile_file(const char *file, const char *cfile, struct py_outcome *ret)
{
	py_compile(file, cfile, NULL, true, -1, PYC_DEFAULT, 0, ret);
}

static uint32_t word_of(const char *path, size_t at)
{
	autostr struct str bytes = STR_INIT;
	autoerror struct error *error = NULL;
	const unsigned char *found;

	ck_ok(file_read(path, 1 << 20, &bytes, NULL, &error), error);
	ck_assert_uint_ge(bytes.len, at + 4);
	found = (const unsigned char *)bytes.data + at;
	return found[0] | (uint32_t)found[1] << 8 | (uint32_t)found[2] << 16 |
	       (uint32_t)found[3] << 24;
}

static bool file_has(const char *path, const char *text)
{
	autostr struct str bytes = STR_INIT;
	autoerror struct error *error = NULL;

	ck_ok(file_read(path, 1 << 20, &bytes, NULL, &error), error);
	return memmem(bytes.data, bytes.len, text, strlen(text)) != NULL;
}

START_TEST(a_source_file_is_compiled_to_a_bytecode_file)
{
	autooutcome struct py_outcome outcome = {0};

	suite_put("baz.py", "x = 1\n");
	compile_file("baz.py", NULL, &outcome);
	ck_assert_int_eq(outcome.raised, PY_RAISED_NOTHING);
	ck_assert_uint_eq(outcome.printed.len, 0);
	ck_assert_uint_eq(word_of("__pycache__/baz." PYTHON_TAG ".pyc", 0), interpreter_magic());
}
END_TEST

START_TEST(cfile_defaults_to_the_path_of_pep_3147_and_488)
{
	static const struct {
		const char *source;
		int level;
		bool pyo;
		const char *path;
	} cases[] = {
	    {"/foo/bar/baz.py", -1, false, "/foo/bar/__pycache__/baz." PYTHON_TAG ".pyc"},
	    {"/foo/bar/baz.py", 0, false, "/foo/bar/__pycache__/baz." PYTHON_TAG ".pyc"},
	    {"/foo/bar/baz.py", 1, false, "/foo/bar/__pycache__/baz." PYTHON_TAG ".opt-1.pyc"},
	    {"baz.py", 2, false, "__pycache__/baz." PYTHON_TAG ".opt-2.pyc"},
	    {"foo.bar.py", 0, false, "__pycache__/foo.bar." PYTHON_TAG ".pyc"},
	    {"a/.py", 0, false, "a/__pycache__/py." PYTHON_TAG ".pyc"},
	    {"a//baz.py", 0, false, "a/__pycache__/baz." PYTHON_TAG ".pyc"},
	    {"/baz.py", 0, false, "__pycache__/baz." PYTHON_TAG ".pyc"},
	    {"baz.py", 0, true, "__pycache__/baz." PYTHON_TAG ".pyc"},
	    {"baz.py", 1, true, "__pycache__/baz." PYTHON_TAG ".pyo"},
	    {"baz.py", 2, true, "__pycache__/baz." PYTHON_TAG ".pyo"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str path = STR_INIT;

		py_cache_path(&path, slice_c(cases[i].source), cases[i].level, cases[i].pyo);
		ck_assert_str_eq(str_c(&path), cases[i].path);
	}
}
END_TEST

START_TEST(the_prefix_for_bytecode_holds_the_whole_path)
{
	autostr struct str path = STR_INIT;

	ck_assert_int_eq(setenv("PYTHONPYCACHEPREFIX", "/cache/", 1), 0);
	py_cache_path(&path, SLICE_LITERAL("/foo/baz.py"), 1, false);
	ck_assert_str_eq(str_c(&path), "/cache/foo/baz." PYTHON_TAG ".opt-1.pyc");
}
END_TEST

START_TEST(cfile_is_where_the_bytecode_goes)
{
	autooutcome struct py_outcome outcome = {0};

	suite_put("a.py", "x = 1\n");
	compile_file("a.py", "deep/er/a.bin", &outcome);
	ck_assert(suite_exists("deep/er/a.bin"));
	ck_assert(!suite_exists("__pycache__"));
}
END_TEST

START_TEST(the_path_of_the_bytecode_is_returned)
{
	autooutcome struct py_outcome computed = {0};
	autooutcome struct py_outcome given = {0};

	suite_put("a.py", "x = 1\n");
	compile_file("a.py", NULL, &computed);
	compile_file("a.py", "b.pyc", &given);
	ck_assert_str_eq(computed.path, "__pycache__/a." PYTHON_TAG ".pyc");
	ck_assert_str_eq(given.path, "b.pyc");
}
END_TEST

START_TEST(dfile_is_the_name_in_messages_and_code)
{
	autooutcome struct py_outcome good = {0};
	autooutcome struct py_outcome bad = {0};

	suite_put("a.py", "x = 1\n");
	suite_put("b.py", BAD);
	py_compile("a.py", "a.pyc", "/purported.py", true, 0, PYC_DEFAULT, 0, &good);
	py_compile("b.py", "b.pyc", "/purported.py", true, 0, PYC_DEFAULT, 0, &bad);
	ck_assert(file_has("a.pyc", "/purported.py"));
	ck_assert(!file_has("a.pyc", "a.py\0"));
	ck_assert_str_eq(str_c(&bad.text),
	    "  File \"/purported.py\", line 1\n    x = (\n        ^\n"
	    "SyntaxError: '(' was never closed\n");
}
END_TEST

START_TEST(with_doraise_an_error_is_raised)
{
	for (int quiet = 0; quiet < 2; quiet++) {
		autooutcome struct py_outcome outcome = {0};

		suite_put("a.py", BAD);
		py_compile("a.py", NULL, NULL, true, -1, PYC_DEFAULT, quiet, &outcome);
		ck_assert_int_eq(outcome.raised, PY_RAISED_COMPILE);
		ck_assert_str_eq(outcome.type, "PyCompileError");
		ck_assert_ptr_null(outcome.path);
		ck_assert_uint_eq(outcome.printed.len, 0);
	}
	ck_assert(!suite_exists("__pycache__"));
}
END_TEST

START_TEST(without_doraise_an_error_is_printed_and_none_is_returned)
{
	for (int quiet = 0; quiet < 2; quiet++) {
		autooutcome struct py_outcome outcome = {0};

		suite_put("a.py", "if 1:\nx\n");
		py_compile("a.py", NULL, NULL, false, -1, PYC_DEFAULT, quiet, &outcome);
		ck_assert_int_eq(outcome.raised, PY_RAISED_NOTHING);
		ck_assert_ptr_null(outcome.path);
		ck_assert_str_eq(str_c(&outcome.printed),
		    "Sorry: IndentationError: expected an indented block after 'if' statement "
		    "on line 1 (a.py, line 2)\n");
	}
}
END_TEST

START_TEST(with_quiet_2_nothing_is_said_and_doraise_has_no_effect)
{
	for (int doraise = 0; doraise < 2; doraise++) {
		autooutcome struct py_outcome outcome = {0};

		suite_put("a.py", BAD);
		py_compile("a.py", NULL, NULL, doraise, -1, PYC_DEFAULT, 2, &outcome);
		ck_assert_int_eq(outcome.raised, PY_RAISED_NOTHING);
		ck_assert_ptr_null(outcome.path);
		ck_assert_uint_eq(outcome.printed.len, 0);
	}
}
END_TEST

START_TEST(a_link_or_other_file_is_not_replaced)
{
	autooutcome struct py_outcome link = {0};
	autooutcome struct py_outcome computed = {0};
	autooutcome struct py_outcome device = {0};
	autooutcome struct py_outcome directory = {0};

	suite_put("a.py", "x = 1\n");
	suite_make("directory");
	suite_make("__pycache__");
	ck_assert_int_eq(symlink("nowhere", "link"), 0);
	ck_assert_int_eq(symlink("nowhere", "__pycache__/a." PYTHON_TAG ".pyc"), 0);
	compile_file("a.py", "link", &link);
	compile_file("a.py", NULL, &computed);
	compile_file("a.py", "/dev/null", &device);
	compile_file("a.py", "directory", &directory);
	ck_assert_int_eq(link.raised, PY_RAISED_OS);
	ck_assert_str_eq(link.type, "FileExistsError");
	ck_assert_str_eq(str_c(&link.text), "link is a symlink and will be changed into a regular "
					    "file if import writes a byte-compiled file to it");
	ck_assert_str_eq(computed.type, "FileExistsError");
	ck_assert_str_eq(device.type, "FileExistsError");
	ck_assert_str_eq(str_c(&directory.text),
	    "directory is a non-regular file and will be changed into a regular one if import "
	    "writes a byte-compiled file to it");
	ck_assert(!suite_exists("nowhere"));
}
END_TEST

START_TEST(optimize_is_the_level_of_compile)
{
	static const char source[] = "'doc'\nassert x, 'asserted'\n";
	static const struct {
		int level;
		bool asserts, doc;
	} cases[] = {{0, true, true}, {1, false, true}, {2, false, false}};

	suite_put("a.py", source);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autooutcome struct py_outcome outcome = {0};

		py_compile("a.py", NULL, NULL, true, cases[i].level, PYC_DEFAULT, 0, &outcome);
		ck_assert_int_eq(file_has(outcome.path, "asserted"), cases[i].asserts);
		ck_assert_int_eq(file_has(outcome.path, "doc"), cases[i].doc);
	}
}
END_TEST

START_TEST(another_level_is_an_error_of_compile)
{
	autooutcome struct py_outcome outcome = {0};

	suite_put("a.py", "x = 1\n");
	py_compile("a.py", NULL, NULL, true, 3, PYC_DEFAULT, 0, &outcome);
	ck_assert_str_eq(
	    str_c(&outcome.text), "Sorry: ValueError: compile(): invalid optimize value");
}
END_TEST

START_TEST(the_level_defaults_to_that_of_the_interpreter)
{
	static const struct {
		const char *variable;
		const char *path;
	} cases[] = {
	    {"", "__pycache__/a." PYTHON_TAG ".pyc"},
	    {"1", "__pycache__/a." PYTHON_TAG ".opt-1.pyc"},
	    {"2", "__pycache__/a." PYTHON_TAG ".opt-2.pyc"},
	    {"yes", "__pycache__/a." PYTHON_TAG ".opt-1.pyc"},
	};

	suite_put("a.py", "assert x, 'asserted'\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autooutcome struct py_outcome outcome = {0};

		ck_assert_int_eq(setenv("PYTHONOPTIMIZE", cases[i].variable, 1), 0);
		compile_file("a.py", NULL, &outcome);
		ck_assert_str_eq(outcome.path, cases[i].path);
		ck_assert_int_eq(file_has(outcome.path, "asserted"), i == 0);
	}
}
END_TEST

START_TEST(the_default_mode_is_timestamp_unless_source_date_epoch_is_set)
{
	static const struct {
		const char *epoch;
		enum pyc_invalidation mode;
		uint32_t flags;
	} cases[] = {
	    {"", PYC_DEFAULT, 0},
	    {"1", PYC_DEFAULT, 3},
	    {"1", PYC_TIMESTAMP, 0},
	    {"1", PYC_UNCHECKED_HASH, 1},
	    {"", PYC_CHECKED_HASH, 3},
	};

	suite_put("a.py", "x = 1\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autooutcome struct py_outcome outcome = {0};

		ck_assert_int_eq(setenv("SOURCE_DATE_EPOCH", cases[i].epoch, 1), 0);
		py_compile("a.py", NULL, NULL, true, 0, cases[i].mode, 0, &outcome);
		ck_assert_uint_eq(word_of(outcome.path, 4), cases[i].flags);
	}
}
END_TEST

START_TEST(a_timestamp_file_has_time_and_size_of_the_source)
{
	static const struct timespec times[] = {{0, UTIME_NOW}, {0x123456789, 999999999}};
	autooutcome struct py_outcome outcome = {0};

	suite_put("a.py", "x = 1\n");
	ck_assert_int_eq(utimensat(AT_FDCWD, "a.py", times, 0), 0);
	py_compile("a.py", "a.pyc", NULL, true, 0, PYC_TIMESTAMP, 0, &outcome);
	/* As a floating point number the time is the next second. */
	ck_assert_uint_eq(word_of("a.pyc", 8), 0x2345678a);
	ck_assert_uint_eq(word_of("a.pyc", 12), 6);
}
END_TEST

START_TEST(hash_files_have_the_same_hash_and_differ_in_the_flag)
{
	autooutcome struct py_outcome checked = {0};
	autooutcome struct py_outcome unchecked = {0};

	suite_put("a.py", "x = 1\n");
	py_compile("a.py", "c.pyc", NULL, true, 0, PYC_CHECKED_HASH, 0, &checked);
	py_compile("a.py", "u.pyc", NULL, true, 0, PYC_UNCHECKED_HASH, 0, &unchecked);
	ck_assert_uint_eq(word_of("c.pyc", 4), 3);
	ck_assert_uint_eq(word_of("u.pyc", 4), 1);
	ck_assert_uint_eq(word_of("c.pyc", 8), word_of("u.pyc", 8));
	ck_assert_uint_eq(word_of("c.pyc", 12), word_of("u.pyc", 12));
}
END_TEST

START_TEST(the_mode_is_that_of_the_source_and_writable)
{
	static const struct {
		mode_t source, mask, expected;
	} cases[] = {{0755, 022, 0644}, {0444, 0, 0644}, {0666, 077, 0600}, {0400, 022, 0600}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autooutcome struct py_outcome outcome = {0};

		suite_put("a.py", "x = 1\n");
		ck_assert_int_eq(chmod("a.py", cases[i].source), 0);
		(void)umask(cases[i].mask);
		compile_file("a.py", "a.pyc", &outcome);
		ck_assert_uint_eq(suite_mode("a.pyc"), cases[i].expected);
		ck_assert_int_eq(unlink("a.py"), 0);
	}
}
END_TEST

START_TEST(the_file_is_replaced_not_rewritten)
{
	autooutcome struct py_outcome outcome = {0};
	struct stat before, after;

	suite_put("a.py", "x = 1\n");
	suite_put("a.pyc", "old");
	ck_assert_int_eq(link("a.pyc", "kept"), 0);
	ck_assert_int_eq(stat("a.pyc", &before), 0);
	compile_file("a.py", "a.pyc", &outcome);
	ck_assert_int_eq(stat("a.pyc", &after), 0);
	ck_assert(before.st_ino != after.st_ino);
	suite_expect("kept", "old");
	ck_assert_uint_eq(suite_count("."), 3);
}
END_TEST

START_TEST(a_failure_leaves_what_existed)
{
	autooutcome struct py_outcome outcome = {0};

	suite_put("a.py", BAD);
	suite_put("a.pyc", "old");
	compile_file("a.py", "a.pyc", &outcome);
	suite_expect("a.pyc", "old");
	ck_assert_uint_eq(suite_count("."), 2);
}
END_TEST

START_TEST(what_cannot_be_read_or_written_is_an_oserror)
{
	static const struct {
		const char *file, *cfile, *type, *text;
	} cases[] = {
	    {"none.py", "x.pyc", "FileNotFoundError",
		"[Errno 2] No such file or directory: 'none.py'"},
	    {"directory", "x.pyc", "IsADirectoryError", "[Errno 21] Is a directory: 'directory'"},
	    {"closed/a.py", "x.pyc", "PermissionError",
		"[Errno 13] Permission denied: 'closed/a.py'"},
	    {"a.py", "closed/x.pyc", "PermissionError",
		"[Errno 13] Permission denied: 'closed/x.pyc'"},
	    {"a.py", "closed/new/x.pyc", "PermissionError",
		"[Errno 13] Permission denied: 'closed/new'"},
	    {"a.py", "a.py/x.pyc", "NotADirectoryError",
		"[Errno 20] Not a directory: 'a.py/x.pyc'"},
	};

	suite_put("a.py", "x = 1\n");
	suite_make("directory");
	suite_make("closed");
	ck_assert_int_eq(chmod("closed", 0), 0);
	suite_drop_privileges();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autooutcome struct py_outcome outcome = {0};

		compile_file(cases[i].file, cases[i].cfile, &outcome);
		ck_assert_int_eq(outcome.raised, PY_RAISED_OS);
		ck_assert_str_eq(outcome.type, cases[i].type);
		ck_assert_str_eq(str_c(&outcome.text), cases[i].text);
	}
}
END_TEST

START_TEST(errors_read_as_cpython_words_them)
{
	static const struct {
		const char *source;
		size_t len;
		const char *text;
	} cases[] = {PYTHON_WRONG};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct slice source = slice_of(cases[i].source, cases[i].len);
		autooutcome struct py_outcome outcome = {0};
		autoerror struct error *error = NULL;

		ck_ok(file_replace(place_at("a.py"), source, 0644, 0, &error), error);
		compile_file("a.py", NULL, &outcome);
		ck_assert_int_eq(outcome.raised, PY_RAISED_COMPILE);
		ck_assert_str_eq(str_c(&outcome.text), cases[i].text);
	}
}
END_TEST

START_TEST(warnings_are_printed_with_their_line)
{
	autooutcome struct py_outcome outcome = {0};

	suite_put("a.py", PYTHON_WARNED);
	compile_file("a.py", NULL, &outcome);
	ck_assert_str_eq(str_c(&outcome.printed), PYTHON_WARNINGS);
}
END_TEST

START_TEST(warnings_of_a_file_do_not_depend_on_another)
{
	autooutcome struct py_outcome first = {0};
	autooutcome struct py_outcome second = {0};

	suite_put("a.py", "x is 1\n");
	suite_put("b.py", "x is 1\n");
	compile_file("a.py", NULL, &first);
	compile_file("b.py", NULL, &second);
	ck_assert_str_eq(
	    str_c(&first.printed), "a.py:1: SyntaxWarning: " PYTHON_WARNING_OF_IS "\n  x is 1\n");
	ck_assert_str_eq(
	    str_c(&second.printed), "b.py:1: SyntaxWarning: " PYTHON_WARNING_OF_IS "\n  x is 1\n");
}
END_TEST

START_TEST(warnings_follow_the_environment)
{
	autooutcome struct py_outcome outcome = {0};

	ck_assert_int_eq(setenv("PYTHONWARNINGS", "error", 1), 0);
	suite_put("a.py", "'\\d'\n");
	compile_file("a.py", NULL, &outcome);
	ck_assert_int_eq(outcome.raised, PY_RAISED_COMPILE);
	ck_assert_ptr_nonnull(strstr(str_c(&outcome.text), "invalid escape sequence"));
}
END_TEST

START_TEST(one_parse_serves_several_levels)
{
	autopysource struct py_source *source = NULL;

	suite_put("a.py", "'doc'\nassert x is 1\n");
	source = py_source_new("a.py", NULL);
	for (int level = 0; level < 3; level++) {
		autooutcome struct py_outcome pieces = {0};
		autooutcome struct py_outcome whole = {0};
		autostr struct str one = STR_INIT, other = STR_INIT;

		py_source_compile(
		    source, "one.pyc", true, level, PYC_DEFAULT, 0, level == 2, &pieces);
		py_compile("a.py", "other.pyc", NULL, true, level, PYC_DEFAULT, 0, &whole);
		ck_assert_str_eq(str_c(&pieces.printed), str_c(&whole.printed));
		ck_assert_int_eq(file_read("one.pyc", 9999, &one, NULL, NULL), 0);
		ck_assert_int_eq(file_read("other.pyc", 9999, &other, NULL, NULL), 0);
		ck_assert(slice_equal(str_slice(&one), str_slice(&other)));
	}
}
END_TEST

START_TEST(modes_have_names)
{
	enum pyc_invalidation mode;

	ck_assert(pyc_invalidation_of_name(SLICE_LITERAL("timestamp"), &mode));
	ck_assert_int_eq(mode, PYC_TIMESTAMP);
	ck_assert(pyc_invalidation_of_name(SLICE_LITERAL("CHECKED_HASH"), &mode));
	ck_assert_int_eq(mode, PYC_CHECKED_HASH);
	ck_assert(pyc_invalidation_of_name(SLICE_LITERAL("unchecked-hash"), &mode));
	ck_assert_int_eq(mode, PYC_UNCHECKED_HASH);
	ck_assert(!pyc_invalidation_of_name(SLICE_LITERAL("default"), &mode));
	ck_assert(!pyc_invalidation_of_name(SLICE_LITERAL("timestamps"), &mode));
}
END_TEST

START_TEST(names_are_shown_as_repr_does)
{
	static const char *const cases[][2] = {
	    {"a.py", "'a.py'"},
	    {"", "''"},
	    {"it's", "\"it's\""},
	    {"it's \"so\"", "'it\\'s \"so\"'"},
	    {"a\\b", "'a\\\\b'"},
	    {"a\nb\t\x01", "'a\\nb\\t\\x01'"},
	    {"\xc3\xa9", "'\xc3\xa9'"},
	    {"\xff", "'\\udcff'"},
	    {"\xe2\x80\xae", "'\\u202e'"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str text = STR_INIT;
		autoerror struct error *error = NULL;

		ck_ok(python_repr(slice_c(cases[i][0]), &text, &error), error);
		ck_assert_str_eq(str_c(&text), cases[i][1]);
	}
}
END_TEST

START_TEST(names_are_ordered_by_code_points)
{
	static const char *const ascending[] = {"", "a", "aa", "a\x7f", "a\xc3\xa9",
	    "a\xed\x9f\xbf", "a\x80", "a\xff", "a\xee\x80\x80", "a\xf0\x90\x80\x80", "b"};

	for (size_t i = 1; i < sizeof(ascending) / sizeof(*ascending); i++) {
		ck_assert_int_lt(python_compare_names(ascending[i - 1], ascending[i]), 0);
		ck_assert_int_gt(python_compare_names(ascending[i], ascending[i - 1]), 0);
		ck_assert_int_eq(python_compare_names(ascending[i], ascending[i]), 0);
	}
}
END_TEST

START_TEST(text_is_encoded_with_escapes_for_what_is_missing)
{
	autostr struct str latin = STR_INIT;
	autostr struct str unknown = STR_INIT;

	struct python_stream *stream = python_stream_new("latin-1", false, false);

	python_stream_encode(stream, SLICE_LITERAL("\xc3\xa9\xe3\x81\x82"), &latin);
	python_stream_free(stream);
	stream = python_stream_new("nothing", false, false);
	python_stream_encode(stream, SLICE_LITERAL("\xc3\xa9"), &unknown);
	python_stream_free(stream);
	ck_assert_str_eq(str_c(&latin), "\xe9\\u3042");
	ck_assert_str_eq(str_c(&unknown), "\xc3\xa9");
}
END_TEST

START_TEST(what_begins_a_stream_comes_once)
{
	static const struct {
		const char *encoding;
		bool is_seekable, is_behind;
		const char *expected;
		size_t len;
	} cases[] = {
	    {"utf-8-sig", false, false,
		"\xef\xbb\xbf"
		"ab",
		5},
	    {"UTF_8_SIG", true, false,
		"\xef\xbb\xbf"
		"ab",
		5},
	    {"utf-8-sig", true, true, "ab", 2},
	    {"utf-16", true, false,
		"\xff\xfe"
		"a\0b\0",
		6},
	    {"utf-16", false, false, "a\0b\0", 4},
	    {"utf-16-le", false, false, "a\0b\0", 4},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct python_stream *stream = python_stream_new(
		    cases[i].encoding, cases[i].is_seekable, cases[i].is_behind);
		autostr struct str text = STR_INIT;

		python_stream_encode(stream, SLICE_LITERAL("a"), &text);
		python_stream_encode(stream, SLICE_LITERAL(""), &text);
		python_stream_encode(stream, SLICE_LITERAL("b"), &text);
		python_stream_free(stream);
		ck_assert_uint_eq(text.len, cases[i].len);
		ck_assert_mem_eq(text.data, cases[i].expected, text.len);
	}
}
END_TEST

START_TEST(expressions_are_those_of_python)
{
	autoregex struct regex *regex = NULL;
	autoregex struct regex *bad = NULL;
	autoerror struct error *error = NULL;
	autoerror struct error *wrong = NULL;
	bool found;

	ck_ok(regex_new("(?i)/(?P<n>t)es(?P=n)", &regex, &error), error);
	ck_ok(regex_search(regex, SLICE_LITERAL("a/TesT/b.py"), &found, &error), error);
	ck_assert(found);
	ck_ok(regex_search(regex, SLICE_LITERAL("test/b.py"), &found, &error), error);
	ck_assert(!found);
	ck_fails(regex_new("(", &bad, &wrong), wrong, "missing ), unterminated subpattern");
	ck_assert_int_eq(wrong->kind, ERROR_USAGE);
}
END_TEST

START_TEST(nothing_python_is_left_behind)
{
	size_t before = 0;

	suite_put("good.py", "x = 1\nx is 1\n");
	suite_put("bad.py", BAD);
	suite_put("worse.py", "if 1:\nx\n");
	for (int round = 0; round < 900; round++) {
		autooutcome struct py_outcome good = {0};
		autooutcome struct py_outcome bad = {0};
		autooutcome struct py_outcome worse = {0};
		autooutcome struct py_outcome none = {0};

		/* By then the interpreter's free lists are full, up to 255 objects each. */
		if (round == 600)
			before = interpreter_blocks();
		compile_file("good.py", NULL, &good);
		compile_file("bad.py", NULL, &bad);
		compile_file("worse.py", NULL, &worse);
		compile_file("none.py", NULL, &none);
	}
	ck_assert_uint_le(interpreter_blocks(), before + 20);
}
END_TEST

SUITE("python/py_compile", a_source_file_is_compiled_to_a_bytecode_file,
    cfile_defaults_to_the_path_of_pep_3147_and_488, the_prefix_for_bytecode_holds_the_whole_path,
    cfile_is_where_the_bytecode_goes, the_path_of_the_bytecode_is_returned,
    dfile_is_the_name_in_messages_and_code, with_doraise_an_error_is_raised,
    without_doraise_an_error_is_printed_and_none_is_returned,
    with_quiet_2_nothing_is_said_and_doraise_has_no_effect, a_link_or_other_file_is_not_replaced,
    optimize_is_the_level_of_compile, another_level_is_an_error_of_compile,
    the_level_defaults_to_that_of_the_interpreter,
    the_default_mode_is_timestamp_unless_source_date_epoch_is_set,
    a_timestamp_file_has_time_and_size_of_the_source,
    hash_files_have_the_same_hash_and_differ_in_the_flag,
    the_mode_is_that_of_the_source_and_writable, the_file_is_replaced_not_rewritten,
    a_failure_leaves_what_existed, what_cannot_be_read_or_written_is_an_oserror,
    errors_read_as_cpython_words_them, warnings_are_printed_with_their_line,
    warnings_of_a_file_do_not_depend_on_another, warnings_follow_the_environment,
    one_parse_serves_several_levels, modes_have_names, names_are_shown_as_repr_does,
    names_are_ordered_by_code_points, text_is_encoded_with_escapes_for_what_is_missing,
    what_begins_a_stream_comes_once, expressions_are_those_of_python, nothing_python_is_left_behind)
