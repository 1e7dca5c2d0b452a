#include "delineation/ctags.h"

#include "support.h"

static void add_tags(struct str *ret, const char *path, const char *text)
{
	autodescribed struct described described = {.tree = NULL};
	autoerror struct error *error = NULL;

	describe_text(&described, "source.py", text);
	ck_ok(ctags_add(&described.delineation, slice_c(path), ret, &error), error);
}

START_TEST(tags_have_kind_line_scope_and_signature)
{
	autostr struct str tags = STR_INIT;

	add_tags(&tags, "a.py",
	    "class A(B, c.D):\n\t_x: int = 1\n\tdef __f(self, a, /, *, b=2):\n\t\tself.y = 1\n"
	    "async def g(*a) -> str: pass\n");
	ck_assert_str_eq(str_c(&tags),
	    "A\ta.py\t/^class A(B, c.D):$/;\"\tc\tline:1\tinherits:B,c.D\tend:4\n"
	    "_x\ta.py\t/^\t_x: int = 1$/;\"\tv\tline:2\tclass:A\taccess:protected"
	    "\ttyperef:typename:int\tend:2\n"
	    "__f\ta.py\t/^\tdef __f(self, a, \\/, *, b=2):$/;\"\tm\tline:3\tclass:A"
	    "\taccess:private\tsignature:(self, a, /, *, b=2)\tend:4\n"
	    "y\ta.py\t/^\t\tself.y = 1$/;\"\tv\tline:4\tclass:A\taccess:public\tend:4\n"
	    "g\ta.py\t/^async def g(*a) -> str: pass$/;\"\tf\tline:5\tsignature:(*a)"
	    "\ttyperef:typename:str\tend:5\n");
}
END_TEST

START_TEST(fields_are_of_one_line)
{
	autostr struct str tags = STR_INIT;

	add_tags(&tags, "a.py",
	    "def f(\n  a=(1 +  # ),\n\t2), *, b='''x\n  \\\\\ny \\\n)''', c=[\n 3\n]) -> (\n  int "
	    "|\n"
	    "  str): ...\nclass A(B[\n 1], # B\n  C [ 2 ]): ...\n");
	ck_assert_str_eq(str_c(&tags),
	    "f\ta.py\t/^def f($/;\"\tf\tline:1"
	    "\tsignature:(a=1 + 2, *, b='''x\\\\n  \\\\\\\\\\\\ny )''', c=[3])"
	    "\ttyperef:typename:int | str\tend:10\n"
	    "A\ta.py\t/^class A(B[$/;\"\tc\tline:11\tinherits:B[1],C [ 2 ]\tend:13\n");
}
END_TEST

START_TEST(lambdas_are_functions_with_signatures)
{
	autostr struct str tags = STR_INIT;

	add_tags(&tags, "a.py",
	    "f = lambda x, *, y=lambda: 1: x\nclass A: a, b = lambda: 0, 1\ng: F = lambda: 1\n");
	ck_assert_str_eq(str_c(&tags),
	    "f\ta.py\t/^f = lambda x, *, y=lambda: 1: x$/;\"\tf\tline:1"
	    "\tsignature:(x, *, y=lambda: 1)\tend:1\n"
	    "A\ta.py\t/^class A: a, b = lambda: 0, 1$/;\"\tc\tline:2\tend:2\n"
	    "a\ta.py\t/^class A: a, b = lambda: 0, 1$/;\"\tm\tline:2\tclass:A\taccess:public"
	    "\tsignature:()\tend:2\n"
	    "b\ta.py\t/^class A: a, b = lambda: 0, 1$/;\"\tv\tline:2\tclass:A\taccess:public"
	    "\tend:2\n"
	    "g\ta.py\t/^g: F = lambda: 1$/;\"\tv\tline:3\ttyperef:typename:F\tend:3\n");
}
END_TEST

START_TEST(searches_are_cut_and_escaped)
{
	autostr struct str tags = STR_INIT;

	add_tags(&tags, "a\tb.py",
	    "x = '\\\\/$'  # $\ny = '"
	    "ääääääääääääääääääääääääääääääääääääääääääääääääää'\n");
	ck_assert_str_eq(str_c(&tags),
	    "x\ta\\tb.py\t/^x = '\\\\\\\\\\/$'  # \\$$/;\"\tv\tline:1\tend:1\n"
	    "y\ta\\tb.py\t/^y = 'äääääääääääääääääääääääääääääääääääääääääääää/;\"\tv\tline:2"
	    "\tend:2\n");
}
END_TEST

START_TEST(what_is_not_the_files_bytes_is_found_by_its_line)
{
	autostr struct str tags = STR_INIT;

	add_tags(&tags, "a.py", "# coding: latin-1\nx = '\xe4'\n");
	ck_assert_str_eq(str_c(&tags), "x\ta.py\t2;\"\tv\tline:2\tend:2\n");
}
END_TEST

START_TEST(lines_are_sorted_behind_the_head)
{
	autostr struct str file = STR_INIT;
	struct slice rest, line;
	size_t heads = 0;

	ctags_write(SLICE_LITERAL("b\tx\nB\tx\na\tx\n"), &file);
	rest = str_slice(&file);
	while (slice_next(&rest, '\n', &line) && slice_starts(line, SLICE_LITERAL("!_TAG_")))
		heads++;
	ck_assert_uint_ge(heads, 4);
	ck_assert(slice_is(line, "B\tx"));
	ck_assert_str_eq(rest.data, "a\tx\nb\tx\n");
}
END_TEST

START_TEST(tags_that_repeat_without_bound_are_refused)
{
	autostr struct str text = STR_INIT;
	autostr struct str tags = STR_INIT;
	autodescribed struct described described = {.tree = NULL};
	autoerror struct error *error = NULL;

	str_adds(&text, "class ");
	for (int i = 0; i < 200000; i++)
		str_addc(&text, 'A');
	str_adds(&text, ":\n");
	for (int i = 0; i < 2000; i++)
		str_addf(&text, "\tx%d = 1\n", i);
	describe_text(&described, "source.py", str_c(&text));
	ck_fails(ctags_add(&described.delineation, SLICE_LITERAL("source.py"), &tags, &error),
	    error, "larger than 256 MiB");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
}
END_TEST

SUITE("delineation/ctags", tags_have_kind_line_scope_and_signature, fields_are_of_one_line,
    lambdas_are_functions_with_signatures, searches_are_cut_and_escaped,
    what_is_not_the_files_bytes_is_found_by_its_line, lines_are_sorted_behind_the_head,
    tags_that_repeat_without_bound_are_refused)
