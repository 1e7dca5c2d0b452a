#include "record/public.h"

#include "described.h"

/* Add a module to an index, from its source. */
static void add_module(struct site_index *index, const char *name, const char *text)
{
	autoerror struct error *error = NULL;
	struct described_record described;
	autostr struct str summary = STR_INIT;
	bool is_package = !strchr(name, '.');

	described_record_make(&described, name, text);
	site_summarize(&described.record, slice_c(name), is_package, slice_c(name), &summary);
	ck_ok(site_index_add(index, str_slice(&summary), &error), error);
	described_record_release(&described);
}

static void finish(struct site_index *index)
{
	site_index_finish(index);
	public_find(index);
}

static void expect_public(const struct site_index *index, const char *name, const char *expected)
{
	const struct site_element *element = site_lookup(index, slice_c(name));

	ck_assert_msg(element, "nothing is named %s", name);
	ck_assert_msg(slice_is(element->public, expected), "%s is '%.*s', not '%s'", name,
	    (int)element->public.len, element->public.data, expected);
}

START_TEST(names_without_underscore_are_public)
{
	autosite_index struct site_index index = {.count = 0};

	add_module(&index, "a.m",
	    "x = 1\n_y = 2\nimport z\nclass C:\n def f(self): pass\n"
	    " def __eq__(self, o): pass\n def _g(self): pass\n");
	add_module(&index, "a._n", "x = 1\n");
	finish(&index);
	expect_public(&index, "a.m", "a.m");
	expect_public(&index, "a.m.x", "a.m.x");
	expect_public(&index, "a.m._y", "");
	expect_public(&index, "a.m.C.f", "a.m.C.f");
	expect_public(&index, "a.m.C.__eq__", "a.m.C.__eq__");
	expect_public(&index, "a.m.C._g", "");
	expect_public(&index, "a._n.x", "");
	ck_assert_ptr_null(site_lookup(&index, SLICE_LITERAL("a.m.z")));
}
END_TEST

START_TEST(exports_are_public_at_the_shortest_name)
{
	autosite_index struct site_index index = {.count = 0};

	add_module(&index, "a",
	    "from .core import (main as main, other,\n Kind as Class)\n"
	    "from ._all import *\n__all__ = _all.__all__ + ('Class',)\n");
	add_module(&index, "a.core", "def main(): pass\ndef other(): pass\nclass Kind:\n x = 1\n");
	add_module(&index, "a._all", "__all__ = ['_f']\ndef _f(): pass\ndef g(): pass\n");
	add_module(&index, "a.deep", "from a.core import main as main\n");
	finish(&index);
	expect_public(&index, "a.core.main", "a.main");
	expect_public(&index, "a.core.other", "a.core.other");
	expect_public(&index, "a.core.Kind.x", "a.core.Kind.x");
	expect_public(&index, "a.main", "a.main");
	expect_public(&index, "a._all._f", "a._f");
	expect_public(&index, "a._all.g", "");
}
END_TEST

static void expect_home(
    const struct site_index *index, const char *name, const char *factor, const char *anchor)
{
	const struct site_element *element = site_lookup(index, slice_c(name));

	ck_assert_msg(element, "nothing is named %s", name);
	ck_assert_msg(
	    slice_is(element->home.factor->name, factor) && slice_is(element->home.anchor, anchor),
	    "%s is at home in %s at %.*s, not in %s at %s", name, element->home.factor->name.data,
	    (int)element->home.anchor.len, element->home.anchor.data, factor, anchor);
}

START_TEST(what_is_exported_is_at_home_where_its_name_is)
{
	autosite_index struct site_index index = {.count = 0};
	const struct site_element *element;

	add_module(&index, "a",
	    "from .core import Kind as Kind, _f as f\nfrom .core import twice as twice\n"
	    "__all__ = ['Kind', 'f', 'twice']\ndef twice(): pass\n");
	add_module(&index, "a.core",
	    "class Kind:\n def m(self): pass\n m = 1\n"
	    "if x:\n def _f(): pass\nelse:\n def _f(): pass\n"
	    "def twice(): pass\ndef own(): pass\n");
	finish(&index);
	expect_home(&index, "a.core.Kind", "a", "Kind");
	expect_home(&index, "a.core.Kind.m", "a", "Kind.m");
	expect_home(&index, "a.Kind", "a", "Kind");
	expect_home(&index, "a.core._f", "a", "f");
	expect_home(&index, "a.core.own", "a.core", "own");
	/* A definition of the page has the name already. */
	expect_home(&index, "a.core.twice", "a.core", "twice");
	element = site_lookup(&index, SLICE_LITERAL("a.core._f"))->namesake;
	ck_assert(slice_is(element->home.anchor, "f-2") && slice_is(element->public, "a.f"));
	element = site_lookup(&index, SLICE_LITERAL("a.core.Kind.m"))->namesake;
	ck_assert(slice_is(element->home.anchor, "Kind.m-2") && !site_is_first(element));
	ck_assert_uint_eq(index.factors[0]->guest_count, 1);
	ck_assert_ptr_eq(index.factors[0]->guests[0], index.factors[1]);
}
END_TEST

START_TEST(a_definition_for_when_an_import_fails_is_what_the_name_means)
{
	autosite_index struct site_index index = {.count = 0};

	add_module(&index, "a", "from .core import f as f\n");
	add_module(
	    &index, "a.core", "try:\n from _fast import f\nexcept ImportError:\n def f(): pass\n");
	finish(&index);
	expect_public(&index, "a.f", "a.f");
	expect_home(&index, "a.core.f", "a", "f");
}
END_TEST

START_TEST(names_are_followed_through_imports_and_bases_that_may_be_circles)
{
	autosite_index struct site_index index = {.count = 0};
	const struct site_element *class;

	add_module(&index, "a",
	    "from .x import A as B, nothing\nfrom a.x import *\n"
	    "class D(B): pass\n");
	add_module(&index, "a.x",
	    "from . import *\nfrom . import B as nothing\n"
	    "class A(C, C): m = 1\nclass C(A, A): n = 1\n");
	finish(&index);
	class = site_lookup(&index, SLICE_LITERAL("a.D"));
	ck_assert_ptr_nonnull(class);
	ck_assert(slice_is(class->base_elements[0]->path, "A"));
	ck_assert_ptr_eq(
	    site_member(class, SLICE_LITERAL("n")), site_lookup(&index, SLICE_LITERAL("a.x.C.n")));
	ck_assert_ptr_null(site_member(class, SLICE_LITERAL("none")));
	ck_assert_ptr_null(site_lookup(&index, SLICE_LITERAL("a.none")));
	ck_assert_uint_eq(class->base_elements[0]->subclass_count, 3);
}
END_TEST

SUITE("record/public", names_without_underscore_are_public, exports_are_public_at_the_shortest_name,
    what_is_exported_is_at_home_where_its_name_is,
    a_definition_for_when_an_import_fails_is_what_the_name_means,
    names_are_followed_through_imports_and_bases_that_may_be_circles)
