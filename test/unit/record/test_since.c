#include "record/since.h"

#include "described.h"

static void add_change(void *context, const struct since_change *change)
{
	struct str *found = context;
	autostr struct str name = STR_INIT;

	str_addf(&name, "m.%.*s", (int)change->path.len, change->path.data);
	since_describe(change, str_slice(&name), found);
	str_addc(found, '\n');
}

/* Compare two sources of a module. */
static void expect(const char *before, const char *after, const char *expected)
{
	struct described_record old, new;
	autostr struct str found = STR_INIT;

	described_record_make(&old, "old", before);
	described_record_make(&new, "new", after);
	since_compare(&old.record, &new.record, add_change, &found);
	ck_assert_str_eq(str_c(&found), expected);
	described_record_release(&old);
	described_record_release(&new);
}

START_TEST(what_is_gone_or_something_else_is_told)
{
	expect("def f(): ...\nclass C:\n def g(self): ...\n def _h(self): ...\nx = 1\n_y = 2\n",
	    "class f: ...\nclass C: ...\ndef new(): ...\n",
	    "m.f: is of another type: function -> class\nm.C.g: was removed\nm.x: was removed\n"
	    "m.new: is new\n");
	expect("def f(): ...\n", "from .impl import f\n", "");
	expect(
	    "__all__ = ['f']\ndef f(): ...\ndef g(): ...\n", "__all__ = ['f']\ndef f(): ...\n", "");
	expect("class A:\n def f(self): ...\n", "", "m.A: was removed\n");
}
END_TEST

START_TEST(parameters_are_compared_as_calls_give_them)
{
	expect("def f(a, b, c=1, *, d=2): ...\n", "def f(b, a, c, *, e, d=3): ...\n",
	    "m.f(a): the parameter has another position: 1 -> 2\n"
	    "m.f(b): the parameter has another position: 2 -> 1\n"
	    "m.f(c): the parameter is required now\n"
	    "m.f(d): the default is another one: 2 -> 3\n"
	    "m.f(e): a required parameter was added\n");
	expect(
	    "def f(a, *, b): ...\n", "def f(**kw): ...\n", "m.f(a): the parameter was removed\n");
	expect("def f(a, *, b): ...\n", "def f(*args, **kw): ...\n", "");
	expect("def f(a, b, /, c): ...\n", "def f(a, b, c): ...\n", "");
	expect("def f(a): ...\n", "def f(a, /): ...\n",
	    "m.f(a): the parameter is of another kind: positional -> positional-only\n");
	expect("def f(*, a): ...\n", "def f(a): ...\n", "");
	expect("def f(*a): ...\n", "def f(): ...\n", "m.f(a): the parameter was removed\n");
}
END_TEST

START_TEST(types_bases_and_values_are_compared)
{
	expect("def f() -> int: ...\ndef g(): ...\n", "def f(): ...\ndef g() -> int: ...\n",
	    "m.f: what it returns is of another type: int -> none\n");
	expect("class C(A, B): ...\n", "class C(B, D): ...\n", "m.C: a base was removed: A\n");
	expect("x = 1\ny = [f(), 'a']\nz = None\nv = w = (1, 2)\n",
	    "\n\nx = 2\ny = [f(),  'a']\nz = 1\nv = w = (1, 2)\n",
	    "m.x: the value is another one: 1 -> 2\nm.z: the value is another one: None -> 1\n");
}
END_TEST

SUITE("record/since", what_is_gone_or_something_else_is_told,
    parameters_are_compared_as_calls_give_them, types_bases_and_values_are_compared)
