#include "python/source.h"
#include "support.h"

#define ROUNDS 200

/* One round of everything that makes Python objects. */
static void work(void)
{
	static const char *const good[] = {"def f(x, *, y=(1, 'a')): return x in {1, 'b'}\n",
	    "# coding: latin-1\nx = '\xe4'\n", "class C:\n    '''doc'''\n    x: int = 1\n"};
	static const char *const bad[] = {"x = (", "return", "# coding: nothing\n", "\x80\n"};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct unit_facts facts = {.origin = {"recorded.py", 11}};
		autostr struct str unit = STR_INIT;
		autostr struct str bytes = STR_INIT;
		autostr struct str text = STR_INIT;
		autotree struct tree *tree = NULL;
		struct error *error = NULL;

		add_bytecode(&bytes, good[i]);
		add_unit(&unit, good[i], &facts);
		ck_ok(unit_read(str_slice(&unit), "u", &facts, &tree, &error), error);
		ck_ok(source_decode(slice_c(good[i]), NULL, "s", &text, &error), error);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct tree_source source = {slice_c(bad[i]), "shown.py", "recorded.py", NULL};
		autoerror struct error *error = NULL;
		autotree struct tree *tree = NULL;
		autocode struct code *code = NULL;

		if (tree_parse(&source, NULL, &tree, &error) == 0)
			ck_assert_int_lt(tree_compile(tree, 0, NULL, &code, &error), 0);
		ck_assert_ptr_nonnull(error);
	}
}

START_TEST(work_leaves_no_python_object_behind)
{
	size_t before;

	start_python();
	for (int i = 0; i < 3 * ROUNDS; i++)
		work(); /* codecs are imported, and the interpreter's free lists fill */
	before = interpreter_blocks();
	for (int i = 0; i < ROUNDS; i++)
		work();
	ck_assert_uint_le(interpreter_blocks(), before + ROUNDS / 10);
}
END_TEST

START_TEST(it_can_be_stopped_without_having_been_started)
{
	interpreter_stop();
	ck_assert_str_eq(interpreter_version(), PYTHON_VERSION);
}
END_TEST

/* How many blocks are left behind by compiling a source for the first time. */
static size_t blocks_left_by(const char *text)
{
	size_t before = interpreter_blocks();
	autostr struct str bytes = STR_INIT;

	add_bytecode(&bytes, text);
	return interpreter_blocks() - before;
}

START_TEST(what_finds_codecs_and_modules_is_started_when_a_source_needs_it)
{
	start_python();
	ck_assert_uint_lt(blocks_left_by("def f(x): return f'{x} {1 < 2}'\n"), 500);
	ck_assert_uint_lt(blocks_left_by("# coding: utf-8\nx = '\xc3\xa4'\n"), 500);
	ck_assert_uint_gt(blocks_left_by("# coding: cp1252\nx = '\x80'\n"), 2000);
	ck_assert_uint_lt(blocks_left_by("# coding: cp1252\nx = '\x80'\n"), 500);
}
END_TEST

START_TEST(the_limit_of_digits_holds_before_and_behind_that)
{
	autofree char *digits = xmalloc(1000);
	autofree char *many = NULL;

	memset(digits, '1', 999);
	digits[999] = '\0';
	many = xasprintf("x = %s\n", digits);
	interpreter_limit_digits(800);
	start_python();
	for (int i = 0; i < 2; i++) {
		struct tree_source source = {slice_c(many), "shown.py", "recorded.py", NULL};
		struct tree *tree = NULL;
		autoerror struct error *error = NULL;

		ck_fails(tree_parse(&source, NULL, &tree, &error), error,
		    "Exceeds the limit (800 digits)");
		(void)blocks_left_by("# coding: cp1252\nx = '\x80'\n");
	}
}
END_TEST

START_TEST(the_environment_does_not_reach_it)
{
	autostr struct str before = STR_INIT;

	ck_assert_int_eq(setenv("PYTHONHASHSEED", "17", 1), 0);
	ck_assert_int_eq(setenv("PYTHONHOME", "/nonexistent", 1), 0);
	ck_assert_int_eq(setenv("PYTHONPATH", "/nonexistent", 1), 0);
	ck_assert_int_eq(setenv("PYTHONOPTIMIZE", "2", 1), 0);
	start_python();
	add_bytecode(&before, "'doc'\nassert x in {'a', 'b', 'c'}\n");
	ck_assert(memmem(before.data, before.len, "doc", 3));
	ck_assert(memmem(before.data, before.len, "AssertionError", 14) == NULL);
}
END_TEST

SUITE("python/interpreter", work_leaves_no_python_object_behind,
    it_can_be_stopped_without_having_been_started, the_environment_does_not_reach_it,
    what_finds_codecs_and_modules_is_started_when_a_source_needs_it,
    the_limit_of_digits_holds_before_and_behind_that)
