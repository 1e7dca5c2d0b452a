#include "support.h"

/* A source with every kind of node that units store. */
static const char everything[] =
    "'''doc'''\n"
    "from __future__ import annotations\n"
    "import os, sys as system\n"
    "from .. import up\n"
    "from a.b import *\n"
    "@decorated(1, *a, k=2, **kw)\n"
    "class C(Base, metaclass=M, **more):\n"
    "    x: int = 1\n"
    "    (y): 'str'\n"
    "    def f(self, a, /, b: int = 2, *args: tuple, c, d=-1.5, **kw) -> None:\n"
    "        global g\n"
    "        def inner():\n"
    "            nonlocal a\n"
    "            a += 1\n"
    "        return [i for i in b] if a else {**kw, 'k': (yield)}\n"
    "    async def h(self):\n"
    "        async with a as b, c: pass\n"
    "        async for x in y: break\n"
    "        else: await z\n"
    "        {i for i in j if k}; await k\n"
    "try:\n"
    "    raise E from None\n"
    "except (A, B) as e: del e.x, f[0], (g, h)\n"
    "else: ...\n"
    "finally: pass\n"
    "try: pass\n"
    "except* X: assert x, 'm'\n"
    "while not x < y <= z in w: continue\n"
    "for i, *j in k: j @= i ** ~1 // 2\n"
    "lambda *a, b=1: (c := a) and b or 3\n"
    "x = 1j, b'bytes\\x00', u'u', '\\ud800', 2**70, 123456789012345678901234567890, 1e400, ...\n"
    "f'{a!r:>{width}} {b=} {{}}' 'plain'\n"
    "s[1:2, ::3], {k: v for k, v in d}, (g for g in h), [], {}, {1}\n"
    "match subject:\n"
    "    case 1 | -2.5 | 'a': pass\n"
    "    case None | True: pass\n"
    "    case [a, *_, b] if a: pass\n"
    "    case {'k': v, **rest}: pass\n"
    "    case P.Q(x, y=z): pass\n"
    "    case (3 as m): pass\n"
    "    case _: pass\n"
    "class D: __private = a.__b\n"
    "if a: pass\n"
    "elif b: pass\n"
    "else: yield_ = not a is not b\n";

/* What each unit here says of itself. */
static const struct unit_facts sample = {
    .origin = {"some/where.py", 13},
    .factor = {"some.where", 10},
    .metrics_trap = {"/trap", 5},
    .optimize = 2,
    .check = CHECK_TIME,
    .source_hash = {{1, 2, 3}},
    .source = {.mtime = -5, .size = 1234567890123, .siphash = 0x1122334455667788},
};

static int read_unit(
    struct slice bytes, struct unit_facts *facts, struct tree **ret, struct error **err)
{
	return unit_read(bytes, "x.ast", facts, ret, err);
}

/* The bytecode of a unit at a level. */
static void add_unit_bytecode(struct str *ret, const struct str *unit, int level)
{
	autocode struct code *code = NULL;
	struct error *error = NULL;
	struct unit_facts facts;
	struct tree *tree = NULL;

	ck_ok(read_unit(str_slice(unit), &facts, &tree, &error), error);
	code = compile(tree, level);
	ck_ok(code_marshal(code, ret, &error), error);
}

START_TEST(every_kind_of_node_compiles_to_the_same_bytes_through_a_unit)
{
	struct unit_facts facts = {.origin = {"recorded.py", 11}};
	autostr struct str unit = STR_INIT;

	start_python();
	add_unit(&unit, everything, &facts);
	for (int level = 0; level <= 2; level++) {
		autocode struct code *code = compile(parse(everything), level);
		autostr struct str direct = STR_INIT;
		autostr struct str stored = STR_INIT;
		struct error *error = NULL;

		ck_ok(code_marshal(code, &direct, &error), error);
		add_unit_bytecode(&stored, &unit, level);
		ck_assert(slice_equal(str_slice(&direct), str_slice(&stored)));
	}
}
END_TEST

/* Levels of kept trees that have the same code as the level before, and no others. */
static const struct {
	const char *text;
	bool is_alike[2]; /* 0 and 1, 1 and 2 */
} alike[] = {
    {everything, {false, false}},
    {"", {true, true}},
    {"x = 1\ndef f(): 1; 'no documentation'\n", {true, true}},
    {"def f(): f'no documentation'\n", {true, true}},
    {"'a' + 'b'\nclass C: 'a' * 2\n", {true, true}},
    {"'''doc'''\n", {true, false}},
    {"async def f(): '''doc'''\n", {true, false}},
    {"def f():\n class C: '''doc'''\n", {true, false}},
    {"def f(): assert x\n", {false, true}},
    {"lambda: not __debug__ or __debug__ + 1\n", {false, true}},
    {"def f(): '''doc'''; assert (x, y); return __debug__\n", {false, false}},
    {"x = not a is b, c in [1, 2], [d for d in {1, 2}], '%s' % (e,), (1, 2)[-1], -1 ** 2\n",
	{true, true}},
};

static void add_level(struct str *ret, struct tree *tree, int level)
{
	autocode struct code *code = NULL;
	struct error *error = NULL;

	ck_ok(tree_compile(tree, level, NULL, &code, &error), error);
	ck_ok(code_marshal(code, ret, &error), error);
}

START_TEST(a_kept_tree_compiles_at_any_level_in_any_order)
{
	static const int order[] = {0, 2, 1, 0, 1, 2, 2};

	start_python();
	for (size_t i = 0; i < sizeof(alike) / sizeof(*alike); i++) {
		autotree struct tree *kept = parse(alike[i].text);
		struct error *error = NULL;

		ck_ok(tree_keep(kept, &error), error);
		for (size_t k = 0; k < sizeof(order) / sizeof(*order); k++) {
			autotree struct tree *fresh = parse(alike[i].text);
			autostr struct str again = STR_INIT;
			autostr struct str once = STR_INIT;

			add_level(&again, kept, order[k]);
			add_level(&once, fresh, order[k]);
			ck_assert_msg(slice_equal(str_slice(&again), str_slice(&once)),
			    "%s at level %d", alike[i].text, order[k]);
		}
	}
}
END_TEST

START_TEST(levels_are_alike_exactly_where_nothing_tells_them_apart)
{
	start_python();
	for (size_t i = 0; i < sizeof(alike) / sizeof(*alike); i++) {
		const bool *is_alike = alike[i].is_alike;
		const bool expected[3] = {is_alike[0], is_alike[1], is_alike[0] && is_alike[1]};
		static const int pairs[3][2] = {{0, 1}, {1, 2}, {0, 2}};
		autotree struct tree *tree = parse(alike[i].text);
		struct error *error = NULL;

		ck_ok(tree_keep(tree, &error), error);
		for (size_t k = 0; k < 3; k++) {
			autostr struct str one = STR_INIT, other = STR_INIT;

			add_level(&one, tree, pairs[k][0]);
			add_level(&other, tree, pairs[k][1]);
			ck_assert_msg(tree_is_alike(tree, pairs[k][0], pairs[k][1]) == expected[k],
			    "%s at levels %d and %d", alike[i].text, pairs[k][0], pairs[k][1]);
			ck_assert(slice_equal(str_slice(&one), str_slice(&other)) == expected[k]);
		}
	}
}
END_TEST

START_TEST(facts_are_read_as_they_were_written)
{
	autostr struct str unit = STR_INIT;
	autotree struct tree *tree = NULL;
	struct error *error = NULL;
	struct unit_facts facts;

	start_python();
	add_unit(&unit, "x = 1\n", &sample);
	ck_ok(read_unit(str_slice(&unit), &facts, &tree, &error), error);
	ck_assert(slice_equal(facts.origin, sample.origin));
	ck_assert(slice_equal(facts.factor, sample.factor));
	ck_assert(slice_equal(facts.metrics_trap, sample.metrics_trap));
	ck_assert_int_eq(facts.optimize, 2);
	ck_assert_int_eq(facts.check, CHECK_TIME);
	ck_assert_mem_eq(facts.source_hash.bytes, sample.source_hash.bytes, HASH_SIZE);
	ck_assert_int_eq(facts.source.mtime, -5);
	ck_assert_uint_eq(facts.source.size, 1234567890123);
	ck_assert_uint_eq(facts.source.siphash, 0x1122334455667788);
}
END_TEST

START_TEST(a_unit_is_the_same_whatever_was_done_before)
{
	autostr struct str one = STR_INIT;
	autostr struct str other = STR_INIT;
	autocode struct code *code = NULL;

	start_python();
	add_unit(&one, everything, &sample);
	code = compile(parse(everything), 0);
	add_unit(&other, everything, &sample);
	ck_assert(slice_equal(str_slice(&one), str_slice(&other)));
}
END_TEST

START_TEST(a_unit_cut_anywhere_is_refused)
{
	autostr struct str unit = STR_INIT;

	start_python();
	add_unit(&unit, everything, &sample);
	for (size_t len = 0; len < unit.len; len++) {
		autoerror struct error *error = NULL;
		struct tree *tree = NULL;
		struct unit_facts facts;

		ck_assert_int_lt(read_unit(slice_of(unit.data, len), &facts, &tree, &error), 0);
		ck_assert_ptr_nonnull(error);
		ck_assert_int_eq(error->kind, ERROR_INPUT);
		ck_assert_str_eq(error->path, "x.ast");
	}
}
END_TEST

START_TEST(a_unit_with_any_byte_changed_is_refused)
{
	autostr struct str unit = STR_INIT;

	start_python();
	add_unit(&unit, everything, &sample);
	for (size_t at = 0; at < unit.len; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			autoerror struct error *error = NULL;
			struct tree *tree = NULL;
			struct unit_facts facts;

			unit.data[at] = (char)(unit.data[at] ^ (1u << bit));
			ck_assert_int_lt(read_unit(str_slice(&unit), &facts, &tree, &error), 0);
			ck_assert_ptr_nonnull(error);
			unit.data[at] = (char)(unit.data[at] ^ (1u << bit));
		}
	}
}
END_TEST

START_TEST(a_unit_with_something_behind_it_is_refused)
{
	autostr struct str unit = STR_INIT;
	autoerror struct error *error = NULL;
	struct tree *tree = NULL;
	struct unit_facts facts;

	start_python();
	add_unit(&unit, "x = 1\n", &sample);
	str_addc(&unit, 0);
	ck_fails(read_unit(str_slice(&unit), &facts, &tree, &error), error, "data follows its end");
}
END_TEST

/* Change a byte of the header and make the checksum right again. */
static void forge(struct str *unit, size_t at, char value)
{
	struct error *error = NULL;
	struct hash hash;

	unit->data[at] = value;
	ck_ok(
	    hash_compute(HASH_BLAKE2B, slice_of(unit->data, unit->len - 16), &hash, &error), error);
	memcpy(unit->data + unit->len - 16, hash.bytes, 16);
}

START_TEST(units_of_another_version_or_cpython_are_refused_with_the_reason)
{
	static const struct {
		size_t at;
		char value;
		const char *reason;
	} cases[] = {
	    {0, 'x', "not a unit"},
	    {8, 9, "format version 9"},
	    {12, 1, "for CPython"},
	    {16, (char)0xb1, "b1 with bytecode magic"},
	    {16, (char)0xc2, "rc2 with bytecode magic"},
	    {10, 3, "out of range"},
	    {11, 4, "out of range"},
	    {44, 4, "out of range"},
	};

	start_python();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str unit = STR_INIT;
		autoerror struct error *error = NULL;
		struct tree *tree = NULL;
		struct unit_facts facts;

		add_unit(&unit, "x = 1\n", &sample);
		forge(&unit, cases[i].at, cases[i].value);
		ck_fails(
		    read_unit(str_slice(&unit), &facts, &tree, &error), error, cases[i].reason);
	}
}
END_TEST

/* With a right checksum the content itself has to stand up to every change: it is refused, or it is
 * a valid tree, which compiles or not, but never breaks anything. */
START_TEST(forged_units_are_refused_or_valid)
{
	autostr struct str unit = STR_INIT;
	size_t refused = 0;

	start_python();
	add_unit(&unit, everything, &sample);
	for (size_t at = 104; at < unit.len - 16; at++) {
		char before = unit.data[at];

		for (unsigned step = 1; step < 256; step += 37) {
			autoerror struct error *error = NULL;
			autocode struct code *code = NULL;
			autotree struct tree *tree = NULL;
			struct unit_facts facts;

			forge(&unit, at, (char)(before + (char)step));
			if (read_unit(str_slice(&unit), &facts, &tree, &error) < 0) {
				ck_assert_ptr_nonnull(error);
				refused++;
			} else if (tree_compile(tree, 0, NULL, &code, &error) < 0) {
				ck_assert_ptr_nonnull(error);
			}
		}
		unit.data[at] = before;
	}
	ck_assert_uint_gt(refused, 100);
}
END_TEST

START_TEST(a_tree_too_deep_to_be_compiled_is_not_stored)
{
	autostr struct str text = STR_INIT;
	autostr struct str unit = STR_INIT;
	autoerror struct error *error = NULL;
	autotree struct tree *tree = NULL;

	start_python();
	str_adds(&text, "x = 1");
	for (int i = 0; i < 70000; i++)
		str_adds(&text, " + 1");
	tree = parse(str_c(&text));
	ck_fails(unit_write(tree, &sample, &unit, &error), error, "RecursionError");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	ck_assert_str_eq(error->path, "shown.py");
}
END_TEST

SUITE("python/unit", every_kind_of_node_compiles_to_the_same_bytes_through_a_unit,
    a_kept_tree_compiles_at_any_level_in_any_order,
    levels_are_alike_exactly_where_nothing_tells_them_apart, facts_are_read_as_they_were_written,
    a_unit_is_the_same_whatever_was_done_before, a_unit_cut_anywhere_is_refused,
    a_unit_with_any_byte_changed_is_refused, a_unit_with_something_behind_it_is_refused,
    units_of_another_version_or_cpython_are_refused_with_the_reason,
    forged_units_are_refused_or_valid, a_tree_too_deep_to_be_compiled_is_not_stored)
