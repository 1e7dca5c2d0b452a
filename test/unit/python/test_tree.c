#include "support.h"

static const struct constant constants[] = {{"__factor__", "a.b"}, {"__source_hash__", "00"}};

/* Compile with the constants, and return where "__factor__" is stored: its marshalled name must be
 * there. */
static void add_injected(struct str *ret, const char *text)
{
	struct error *error = NULL;
	struct tree *tree = parse(text);
	autocode struct code *code = NULL;

	ck_ok(tree_inject(tree, constants, 2, &error), error);
	code = compile(tree, 0);
	ck_ok(code_marshal(code, ret, &error), error);
}

START_TEST(modules_without_statements_get_constants)
{
	static const char *const texts[] = {"", "\n\n", "# only a comment",
	    "'''only a docstring'''", "'''doc'''\nfrom __future__ import annotations\n"};

	start_python();
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		autostr struct str bytes = STR_INIT;

		add_injected(&bytes, texts[i]);
		ck_assert(memmem(bytes.data, bytes.len, "__factor__", 10));
		ck_assert(memmem(bytes.data, bytes.len, "__source_hash__", 15));
	}
}
END_TEST

START_TEST(future_imports_stay_in_front)
{
	static const char *const texts[] = {
	    "from __future__ import annotations\nx: y = 1\n",
	    "'''doc'''\nfrom __future__ import annotations\nfrom __future__ import division\n",
	    "'''doc'''; from __future__ import annotations; x = 1\n",
	    "from __future__ import annotations; x = 1\ny = 2\n",
	};

	start_python();
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		autostr struct str bytes = STR_INIT;

		add_injected(&bytes, texts[i]); /* fails unless the import comes first */
		ck_assert(memmem(bytes.data, bytes.len, "__factor__", 10));
	}
}
END_TEST

START_TEST(a_future_import_behind_other_statements_stays_an_error)
{
	autotree struct tree *tree = NULL;
	autoerror struct error *error = NULL;
	struct code *code = NULL;

	start_python();
	tree = parse("x = 1\nfrom __future__ import annotations\n");
	ck_ok(tree_inject(tree, constants, 2, &error), error);
	ck_fails(tree_compile(tree, 0, NULL, &code, &error), error, "beginning of the file");
	ck_assert_int_eq(error->line, 2);
}
END_TEST

START_TEST(syntax_errors_have_place_and_text)
{
	static const struct {
		const char *text;
		long line, column;
		const char *message;
		const char *shown;
	} cases[] = {
	    {"x = (\n", 1, 5, "'(' was never closed", "x = ("},
	    {"a\n  b\n", 2, 0, "unexpected indent", "  b"},
	    {"x = 'ä' +\n", 1, 10, "invalid syntax", "x = 'ä' +"},
	    {"def f():\n\treturn 1 2\n", 2, 11, "invalid syntax", "\treturn 1 2"},
	};

	start_python();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tree_source source = {slice_c(cases[i].text), "s.py", "r.py", NULL};
		autoerror struct error *error = NULL;
		struct tree *tree = NULL;

		ck_fails(tree_parse(&source, NULL, &tree, &error), error, cases[i].message);
		ck_assert_int_eq(error->kind, ERROR_INPUT);
		ck_assert_str_eq(error->path, "s.py");
		ck_assert_int_eq(error->line, cases[i].line);
		if (cases[i].column)
			ck_assert_int_eq(error->column, cases[i].column);
		ck_assert_str_eq(error->text, cases[i].shown);
	}
}
END_TEST

START_TEST(errors_of_the_compiler_have_the_line_of_the_source_not_of_a_file_of_that_name)
{
	static const char text[] = "# right\nreturn\n";
	struct tree_source source = {slice_of(text, sizeof(text) - 1), "s.py", "r.py", NULL};
	autoerror struct error *error = NULL;
	autotree struct tree *tree = NULL;
	struct code *code = NULL;
	FILE *file = fopen("r.py", "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs("# wrong\nwrong\n", file), 0);
	ck_assert_int_eq(fclose(file), 0);
	start_python();
	ck_ok(tree_parse(&source, NULL, &tree, &error), error);
	ck_fails(tree_compile(tree, 0, NULL, &code, &error), error, "'return' outside function");
	ck_assert_int_eq(error->line, 2);
	ck_assert_str_eq(error->text, "return");
}
END_TEST

START_TEST(nul_bytes_are_an_error)
{
	struct tree_source source = {{"x = 1\0\n", 7}, "s.py", "r.py", NULL};
	autoerror struct error *error = NULL;
	struct tree *tree = NULL;

	start_python();
	ck_fails(tree_parse(&source, NULL, &tree, &error), error,
	    "source code string cannot contain null bytes");
}
END_TEST

START_TEST(warnings_are_kept_once)
{
	static const char text[] = "x is 1\nx is 2\nassert (x, 'y')\n";
	struct tree_source source = {slice_of(text, sizeof(text) - 1), "s.py", "r.py", NULL};
	autonotes struct notes notes = {NULL, 0};
	autotree struct tree *tree = NULL;
	struct error *error = NULL;

	start_python();
	ck_ok(tree_parse(&source, &notes, &tree, &error), error);
	ck_ok(tree_keep(tree, &error), error);
	for (int level = 0; level < 3; level++) {
		autocode struct code *code = NULL;

		ck_ok(tree_compile(tree, level, &notes, &code, &error), error);
	}
	ck_assert_uint_eq(notes.count, 3);
	ck_assert_str_eq(notes.items[0]->path, "s.py");
	ck_assert_int_eq(notes.items[0]->line, 1);
	ck_assert_str_eq(notes.items[0]->message, PYTHON_WARNING_OF_IS);
}
END_TEST

START_TEST(an_encoding_overrides_the_cookie)
{
	static const char text[] = "# coding: utf-8\nx = '\xe4'\n";
	struct tree_source source = {
	    slice_of(text, sizeof(text) - 1), "s.py", "recorded.py", "latin-1"};
	autostr struct str bytes = STR_INIT;
	autostr struct str expected = STR_INIT;

	start_python();
	add_source_bytecode(&bytes, &source);
	add_bytecode(&expected, "#\nx = 'ä'\n");
	ck_assert(slice_equal(str_slice(&bytes), str_slice(&expected)));
}
END_TEST

START_TEST(a_recorded_path_of_any_bytes_is_kept)
{
	struct tree_source source = {{"x = 1\n", 6}, "s.py", "a\xff\nb.py", NULL};
	autostr struct str bytes = STR_INIT;

	start_python();
	add_source_bytecode(&bytes, &source);
	/* PEP 383: the byte 0xff is the surrogate U+DCFF. */
	ck_assert(memmem(bytes.data, bytes.len, "a\xed\xb3\xbf\nb.py", 9));
}
END_TEST

/* The bytecode of a source, or what is wrong with it. */
static void add_outcome(struct str *ret, const struct tree_source *source, const char *parser)
{
	autotree struct tree *tree = NULL;
	autocode struct code *code = NULL;
	autonotes struct notes notes = {NULL, 0};
	autoerror struct error *error = NULL;

	ck_assert_int_eq(setenv("KILN_PARSER", parser, 1), 0);
	if (tree_parse(source, &notes, &tree, &error) < 0) {
		str_addf(ret, "%ld: %s", error->line, error->message);
		return;
	}
	ck_ok(tree_compile(tree, 0, NULL, &code, &error), error);
	ck_ok(code_marshal(code, ret, &error), error);
}

START_TEST(parsers_agree_about_encodings)
{
	static const struct {
		const char *text, *encoding;
	} sources[] = {
	    {"\xef\xbb\xbfx = 'ä'\n", NULL},
	    {"\xef\xbb\xbfx = 'ä'\n", "utf-8"},
	    {"\xef\xbb\xbfx = 'ä'\n", "latin-1"},
	    {"\xef\xbb\xbf\xef\xbb\xbfx = 'ä'\n", NULL},
	    {"\xef\xbb\xbf\xef\xbb\xbfx = 'ä'\n", "utf-8"},
	    {"\xef\xbb\xbf# coding: utf-8\nx = 'ä'\n", NULL},
	    {"\xef\xbb\xbf# coding: utf8\nx = 'ä'\n", NULL},
	    {"\xef\xbb\xbf# coding: latin-1\nx = 'ä'\n", NULL},
	    {"# coding: utf-8\nx = 'ä'\n", NULL},
	    {"# coding: utf_8-sig\nx = 'ä'\n", NULL},
	    {"# coding: latin-1\nx = 'ä'\n", NULL},
	    {"# coding: latin-1\nx = 'ä'\n", "utf-8"},
	    {"# coding: cp1252\rx = 'ä'\r", NULL},
	    {"\n# coding: ascii\nx = 'a'\n", NULL},
	    {"\n\n# coding: ascii\nx = 'ä'\n", NULL},
	    {"# coding: nothing\nx = 'ä'\n", NULL},
	    {"x = '\xe4'\n", NULL},
	    {"x = '\xe4'\n", "latin-1"},
	    {"# \xe4\nx = 1\n", NULL},
	    {"x = '\xed\xa0\x80'\n", NULL},
	    {"x = 'ä'\r\ny = '''\r\n\r'''\r", NULL},
	};

	start_python();
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		struct tree_source source = {
		    slice_c(sources[i].text), "s.py", "s.py", sources[i].encoding};
		autostr struct str own = STR_INIT, expected = STR_INIT;

		add_outcome(&own, &source, "");
		add_outcome(&expected, &source, "cpython");
		ck_assert_msg(slice_equal(str_slice(&own), str_slice(&expected)),
		    "source %zu: %s, not %s", i, str_c(&own), str_c(&expected));
	}
}
END_TEST

SUITE("python/tree", modules_without_statements_get_constants, future_imports_stay_in_front,
    a_future_import_behind_other_statements_stays_an_error, syntax_errors_have_place_and_text,
    errors_of_the_compiler_have_the_line_of_the_source_not_of_a_file_of_that_name,
    nul_bytes_are_an_error, warnings_are_kept_once, an_encoding_overrides_the_cookie,
    a_recorded_path_of_any_bytes_is_kept, parsers_agree_about_encodings)
