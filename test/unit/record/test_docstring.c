#include "suite.h"

#include <dirent.h>

#include "base/file.h"
#include "record/docstring.h"
#include "shown.h"

#define CASE_LIMIT ((size_t)1 << 20)

static const char *const styles[] = {[DOCSTRING_AUTO] = "auto",
    [DOCSTRING_FAULT] = "fault",
    [DOCSTRING_GOOGLE] = "google",
    [DOCSTRING_NUMPY] = "numpy",
    [DOCSTRING_SPHINX] = "sphinx",
    [DOCSTRING_PLAIN] = "plain"};

static void expect_shown_again(const char *name, struct arena *arena, struct text_node *tree)
{
	autostr struct str wanted = STR_INIT;
	autostr struct str found = STR_INIT;

	ck_assert_msg(is_shown_again(arena, tree, &wanted, &found), "%s:\n%s\nis read as\n%s", name,
	    str_c(&wanted), str_c(&found));
}

/* NAME.txt is the docstring, NAME.expected the text; KILN_GOLDEN=update writes that. */
static void run_case(const char *directory, enum docstring_style style, const char *name)
{
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	autostr struct str text = STR_INIT;
	autostr struct str rendered = STR_INIT;
	autostr struct str wanted = STR_INIT;
	autofree char *path = xasprintf("%s/%s/%s", directory, styles[style], name);
	autofree char *expected = xasprintf("%.*s.expected", (int)strlen(path) - 4, path);
	struct text_node *tree;

	ck_ok(file_read(path, CASE_LIMIT, &text, NULL, &error), error);
	tree = docstring_parse(&arena, str_slice(&text), style);
	ck_ok(text_render(tree, &rendered, &error), error);
	if (getenv("KILN_GOLDEN")) {
		CLEANUP(file_writer_discard) struct file_writer writer = FILE_WRITER_INIT;

		ck_ok(file_writer_open(&writer, place_at(expected), 0644, &error), error);
		ck_ok(file_write_fd(writer.fd, expected, str_slice(&rendered), &error), error);
		ck_ok(file_writer_commit(&writer, 0, &error), error);
	}
	ck_ok(file_read(expected, CASE_LIMIT, &wanted, NULL, &error), error);
	ck_assert_msg(slice_equal(str_slice(&wanted), str_slice(&rendered)), "%s is\n%s\nnot\n%s",
	    path, str_c(&rendered), str_c(&wanted));
	if (style != DOCSTRING_FAULT)
		ck_assert_msg(docstring_style_of(str_slice(&text)) == style, "%s seems to be %s",
		    path, styles[docstring_style_of(str_slice(&text))]);
	expect_shown_again(path, &arena, tree);
}

static void run_cases(enum docstring_style style, size_t least)
{
	autofree char *path = xasprintf("%s/%s", KILN_DOCSTRINGS, styles[style]);
	autoclosedir DIR *dir = opendir(path);
	const struct dirent *entry;
	size_t count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir))) {
		if (!slice_ends(slice_c(entry->d_name), SLICE_LITERAL(".txt")))
			continue;
		run_case(KILN_DOCSTRINGS, style, entry->d_name);
		count++;
	}
	ck_assert_uint_ge(count, least);
}

START_TEST(docstrings_of_google_give_texts)
{
	run_cases(DOCSTRING_GOOGLE, 12);
}
END_TEST

START_TEST(docstrings_of_numpy_give_texts)
{
	run_cases(DOCSTRING_NUMPY, 10);
}
END_TEST

START_TEST(docstrings_of_sphinx_give_texts)
{
	run_cases(DOCSTRING_SPHINX, 15);
}
END_TEST

START_TEST(plain_docstrings_give_texts)
{
	run_cases(DOCSTRING_PLAIN, 5);
}
END_TEST

START_TEST(docstrings_of_fault_are_texts)
{
	static const char *const texts[] = {"&a is b.", "A (type)`b`.",
	    "a\n\n[ Parameters ]\n/a/\n\tb", "! NOTE: a\n\tb", "[ > Returns ]\nx"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		autoarena struct arena arena = {NULL};
		autostr struct str found = STR_INIT;
		autostr struct str wanted = STR_INIT;
		struct text_node *chapter;

		ck_assert_int_eq(docstring_style_of(slice_c(texts[i])), DOCSTRING_FAULT);
		ck_assert_int_eq(text_parse(&arena, slice_c(texts[i]), TEXT_DOCUMENTATION, "case",
				     NULL, &chapter, NULL),
		    0);
		add_shown(chapter, &wanted);
		add_shown(docstring_parse(&arena, slice_c(texts[i]), DOCSTRING_AUTO), &found);
		ck_assert_str_eq(str_c(&found), str_c(&wanted));
	}
}
END_TEST

/* Marks of other formats in a docstring are text, in every style but fault. */
static const char *const awkward[] = {"R&D, &amp; &x &<y> &[z] &*w & && &", "* a\n * b\n  * c",
    "*a **b ***c *d* **e** *f**", "`a ``b ` c` `` ``d`e`` ````",
    "-----\n=====\n\n#!x\n/y/\n! Z: w\n[ A ]", "(a)`b` (c)*d* (e):class:`f`s :func:`~a.b()`'s",
    "- a\n\n  - b\n\n    c\n- ::\n\n   d\n*", "a\n- b\n  + c\n+ d",
    "A [>> B] ]\n=========\n\nx\n\n>\n=\n\n[]\n---\n\ny", "::\n\n  a\n b",
    ".. note::\n.. x:: a\n\n   :b: c\n..\n.. [1] *a\n.. _b: c",
    ":a: b\n:param: c\n:param d: *e\n:return f: g",
    "Args:\n  *args, **kw: a\n  b c d\n  e (f: g): h",
    "Parameters\n----------\n*args, x : a`b`\n\ny\n  z\n", "\xc2\xa0\n\xe2\x80\x83x", "a\xc2\xa0",
    "1. a\n2. b\n\n   1) c\n(2) d", "=== ===\na   b\n=== ===\n", "+--+\n|a |\n+--+\n",
    "| a\n|  b\n|", "```\na\n\n```\nb", "t\n  d\n\n   e\nu\n  - f", "\\*a \\`b \\_c \\\\d e\\ f",
    "x_ `y`_ `z <javascript:alert(1)>`_ [1]_ __", "\n\n", "", "  a\n b\nc"};

START_TEST(no_text_becomes_markup)
{
	for (size_t i = 0; i < sizeof(awkward) / sizeof(*awkward); i++) {
		for (int style = DOCSTRING_GOOGLE; style <= DOCSTRING_PLAIN; style++) {
			autoarena struct arena arena = {NULL};

			expect_shown_again(awkward[i], &arena,
			    docstring_parse(
				&arena, slice_c(awkward[i]), (enum docstring_style)style));
		}
	}
}
END_TEST

/* A string in a source may have any character. */
START_TEST(a_nul_ends_no_text)
{
	const struct slice text = SLICE_LITERAL(
	    "a\0b (c\0)`d\0e` \0*f\0* (http://g\0) `\0h`_\0 &\0\n\n- \0\n\n:param i\0 j\0: k\0\n");
	const struct slice first = SLICE_LITERAL("a\0b (c\0)");

	for (int style = DOCSTRING_GOOGLE; style <= DOCSTRING_PLAIN; style++) {
		autoarena struct arena arena = {NULL};
		struct text_node *tree = docstring_parse(&arena, text, (enum docstring_style)style);

		ck_assert_int_eq(tree->first->first->type, TEXT_STRING);
		ck_assert_msg(slice_starts(tree->first->first->text, first), "%s", styles[style]);
		expect_shown_again("NUL", &arena, tree);
	}
}
END_TEST

START_TEST(what_is_too_large_or_too_deep_is_literal)
{
	autoarena struct arena arena = {NULL};
	autostr struct str text = STR_INIT;
	struct text_node *tree;

	while (text.len <= DOCSTRING_SIZE_LIMIT)
		str_adds(&text, "`a` &b\n\n");
	tree = docstring_parse(&arena, str_slice(&text), DOCSTRING_AUTO);
	ck_assert_int_eq(tree->first->type, TEXT_SYNTAX);
	ck_assert_ptr_null(tree->first->next);
	ck_assert(slice_is(tree->first->first->text, "`a` &b"));
	str_truncate(&text, 0);
	for (size_t i = 0; i < 2 * TEXT_DEPTH_LIMIT; i++) {
		for (size_t j = 0; j < i; j++)
			str_addc(&text, '\t');
		str_adds(&text, "- a\n");
	}
	for (int style = DOCSTRING_FAULT; style <= DOCSTRING_PLAIN; style++)
		ck_assert_ptr_nonnull(
		    docstring_parse(&arena, str_slice(&text), (enum docstring_style)style)->first);
}
END_TEST

/* What takes a time that grows with the square of a docstring does not end within the time that a
 * test has. */
START_TEST(the_time_grows_with_the_docstring)
{
	static const char *const parts[] = {"`", "``a ", "`a ", "*a ", "**a", ":a:`", "a_ ",
	    "h-http://", "`a <b>`_", "- a\n", "  - a\n", "== ==\na\n\n", "```a\n", "A\n=\n",
	    "Args:\n", "Args:\n\n a: b\n", "Notes\n-----\n", ":param a: b\n", ".. note::\n",
	    ".. _a: b\n", "a, ", "(", "[1]_", "| a\n", "a\n  b\n", ">>> a\n\n", "`'", "\\*", "&a",
	    "1. ", "x::\n\n", "+-+\n", "Returns\n---\na : b\n"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		autostr struct str text = STR_INIT;

		while (text.len < DOCSTRING_SIZE_LIMIT - 64)
			str_adds(&text, parts[i]);
		for (int style = DOCSTRING_GOOGLE; style <= DOCSTRING_PLAIN; style++) {
			autoarena struct arena arena = {NULL};

			ck_assert_ptr_nonnull(
			    docstring_parse(&arena, str_slice(&text), (enum docstring_style)style));
		}
	}
}
END_TEST

SUITE("record/docstring", docstrings_of_google_give_texts, docstrings_of_numpy_give_texts,
    docstrings_of_sphinx_give_texts, plain_docstrings_give_texts, docstrings_of_fault_are_texts,
    no_text_becomes_markup, a_nul_ends_no_text, what_is_too_large_or_too_deep_is_literal,
    the_time_grows_with_the_docstring)
