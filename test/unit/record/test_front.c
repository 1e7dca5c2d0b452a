#include "record/front.h"

#include "suite.h"

static void expect(const char *markdown, const char *expected)
{
	autostr struct str converted = STR_INIT;

	front_convert(slice_c(markdown), &converted);
	ck_assert_str_eq(str_c(&converted), expected);
}

static void read_front(const char *path, const char *text, const char *expected)
{
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	autostr struct str rendered = STR_INIT;
	const struct text_node *chapter;

	suite_put(path, text);
	ck_ok(front_read(&arena, path, &chapter, &error), error);
	ck_ok(text_render(chapter, &rendered, &error), error);
	ck_assert_str_eq(str_c(&rendered), expected);
}

START_TEST(markdown_becomes_restructuredtext)
{
	expect("# A `b` #\ntext\n\nSub\n---\n", "A ``b``\n=======\n\ntext\n\nSub\n----\n\n");
	expect("a\n```py\nx = [1](2)\n\n```\nb [c](http://d \"t\")\n",
	    "a\n\n::\n\n    x = [1](2)\n\n\nb `c <http://d>`_\n\n");
	expect("a\n- b\n  c\n- d\n\ne\n", "a\n\n- b\n  c\n- d\n\ne\n\n");
	expect("![x](y) [![badge](u)](v) <b>&\n", "x  <b>&\n\n");
	expect("a\n\n    code\n", "a\n\n::\n\n    code\n\n");
	expect("[a]( `` ` [", "[a]( `` ` [\n\n");
}
END_TEST

START_TEST(texts_of_each_form_are_chapters)
{
	read_front("a.txt", "Hello &name.\n", "Hello &name.\n\n");
	read_front("a.rst", "Name\n====\n\nUse ``x``.\n", "[ Name ]\n\nUse `x`.\n\n");
	read_front("a.md", "# Name\n\nUse `x`.\n\n", "[ Name ]\n\nUse `x`.\n\n");
}
END_TEST

SUITE("record/front", markdown_becomes_restructuredtext, texts_of_each_form_are_chapters)
