#include "python/outline.h"

#include "support.h"

static const char *const words[] = {
    "line", "extent", "alternative", "implicit", "function", "ellipsis"};

/* The items of one kind as text: `LINE` and what belongs to the kind, with spaces between. */
static char *outlined(const char *text, enum outline_kind kind)
{
	autotree struct tree *tree = NULL;
	autooutline struct outline outline = {.items = NULL};
	struct error *error = NULL;
	struct str result = STR_INIT;

	start_python();
	tree = parse(text);
	ck_ok(outline_tree(tree, NULL, &outline, &error), error);
	for (size_t i = 0; i < outline.count; i++) {
		const struct outline_item *item = &outline.items[i];

		if (item->kind != kind)
			continue;
		str_addf(&result, "%s%d", result.len ? " " : "", item->line);
		if (kind == OUTLINE_EXTENT)
			str_addf(&result, "-%d-%d", item->head, item->last);
		else
			str_addf(&result, "@%d:%d", item->at.line, item->at.column);
		if (kind == OUTLINE_ALTERNATIVE || kind == OUTLINE_IMPLICIT)
			str_addf(&result, "#%zu", item->group);
		if (kind == OUTLINE_FUNCTION)
			str_addf(&result, "=%s", item->name);
	}
	return str_take(&result);
}

static void expect(const char *text, enum outline_kind kind, const char *expected)
{
	autofree char *found = outlined(text, kind);

	ck_assert_msg(strcmp(found, expected) == 0, "%s of\n%s\nare '%s', not '%s'", words[kind],
	    text, found, expected);
}

START_TEST(lines_are_those_of_statements_and_clauses_with_what_is_evaluated_first)
{
	expect("'doc'\nx = (1,\n 2)\nglobal y\nz: int\nif (a\n  or b): c\n", OUTLINE_LINE,
	    "2@2:1 6@6:5 7@7:10");
	expect("@a\n@b(1)\ndef f(): 'doc'\n", OUTLINE_LINE, "1@1:2 2@2:2 3@3:1");
	expect("try:\n a\nexcept E:\n b\nexcept:\n c\nelse:\n d\nfinally:\n e\n", OUTLINE_LINE,
	    "1@2:2 2@2:2 3@3:8 4@4:2 5@6:2 6@6:2 8@8:2 10@10:2");
	expect("with a as b, c: d\nfor x in y: z\nwhile p: q\n", OUTLINE_LINE,
	    "1@1:6 1@1:17 2@2:10 2@2:13 3@3:7 3@3:10");
	expect("try:\n while True:\n  a\nfinally:\n while 0: b\n else: c\n", OUTLINE_LINE,
	    "1@3:3 2@3:3 3@3:3 5@6:8 5@5:11 6@6:8");
	expect("if __debug__:\n a\nwhile not 1:\n b\nelse:\n c\n", OUTLINE_LINE,
	    "1@2:2 2@2:2 3@6:2 4@4:2 6@6:2");
	expect("match a:\n case 1 if b: c\n case _: d\n", OUTLINE_LINE,
	    "1@1:7 2@2:7 2@2:15 3@3:7 3@3:10");
	expect("ä = 1; b\n", OUTLINE_LINE, "1@1:1 1@1:8");
}
END_TEST

START_TEST(extents_go_from_the_first_decorator_through_the_body)
{
	expect("x = (1,\n 2)\n", OUTLINE_EXTENT, "1-2-2");
	expect("@a\n\ndef f(a,  # :\n      b=lambda: 1):  # here\n pass\n", OUTLINE_EXTENT,
	    "1-4-5 5-5-5");
	expect("def f(  # :\n  ):\n pass\n", OUTLINE_EXTENT, "1-2-3 3-3-3");
	expect("class A(B,\n  C=d[1:2]\n  ): x = 1\n", OUTLINE_EXTENT, "1-3-3 3-3-3");
	expect("async def f(*, a) -> {1: 2}: pass\n", OUTLINE_EXTENT, "1-1-1 1-1-1");
	expect("if a:\n b\nelif c:\n d\n\n# x\nelse:  # y\n e\n", OUTLINE_EXTENT,
	    "1-1-2 2-2-2 3-3-4 4-4-4 7-7-8 8-8-8");
	expect("if a:\n b\nelse:\n if c: d\n", OUTLINE_EXTENT, "1-1-2 2-2-2 3-3-4 4-4-4 4-4-4");
	expect("for a in (\n  b):\n c\nelse: d\n", OUTLINE_EXTENT, "1-2-3 3-3-3 4-4-4 4-4-4");
	expect("try:\n a\nexcept (E,\n   F) as g:\n b\nelse:\n c\nfinally:\n d\n", OUTLINE_EXTENT,
	    "1-1-2 2-2-2 3-4-5 5-5-5 6-6-7 7-7-7 8-8-9 9-9-9");
	expect("match a:\n case 1:\n  b\n case c if (\n   d):\n  e\n", OUTLINE_EXTENT,
	    "1-1-6 2-2-3 3-3-3 4-5-6 6-6-6");
}
END_TEST

START_TEST(a_branch_has_an_alternative_for_each_way)
{
	expect("if a:\n global x\n b\nelse:\n c\n", OUTLINE_ALTERNATIVE, "1@3:2#0 1@5:2#0");
	expect("if a:\n b\nelif c:\n d\n", OUTLINE_ALTERNATIVE, "1@2:2#0 1@3:6#0 3@4:2#1");
	expect("if a:\n b\nelif c:\n d\n", OUTLINE_IMPLICIT, "3@3:1#1");
	expect("for a in b:\n @c\n def f(): 1\n", OUTLINE_ALTERNATIVE, "1@2:3#0");
	expect("while a:\n b\nelse:\n c\n", OUTLINE_ALTERNATIVE, "1@2:2#0 1@4:2#0");
	expect("match a:\n case 1: b\n case 2: c\n", OUTLINE_ALTERNATIVE, "1@2:7#0 1@3:7#0");
	expect("match a:\n case 1: b\n case 2: c\n", OUTLINE_IMPLICIT, "1@1:1#0");
	expect("try: a\nexcept A: b\nexcept B: c\nexcept: d\n", OUTLINE_ALTERNATIVE,
	    "2@2:11#0 2@3:8#0 3@3:11#1 3@4:9#1");
	expect("with a: b\n", OUTLINE_ALTERNATIVE, "");
}
END_TEST

START_TEST(functions_have_qualified_names_and_the_beginning_of_their_bodies)
{
	expect("class A:\n async def f(self):\n  'doc'\n  def g(): 1\n", OUTLINE_FUNCTION,
	    "2@4:3=A.f 4@4:12=A.f.g");
	expect("def f():\n 'doc'\n", OUTLINE_FUNCTION, "1@0:0=f");
}
END_TEST

START_TEST(bodies_of_definitions_that_are_only_dots_are_told)
{
	expect("def f(): ...\nclass A:\n 'doc'\n ...\nif a: ...\ndef g():\n ...\n 1\n",
	    OUTLINE_ELLIPSIS, "1@1:10 4@4:2");
}
END_TEST

SUITE("python/outline", lines_are_those_of_statements_and_clauses_with_what_is_evaluated_first,
    extents_go_from_the_first_decorator_through_the_body, a_branch_has_an_alternative_for_each_way,
    functions_have_qualified_names_and_the_beginning_of_their_bodies,
    bodies_of_definitions_that_are_only_dots_are_told)
