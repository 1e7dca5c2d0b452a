#include "suite.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/file.h"
#include "record/inventory.h"

#define HEAD                                                                 \
	"# Sphinx inventory version 2\n# Project: Orchard\n# Version: 1.0\n" \
	"# The remainder of this file is compressed using zlib.\n"

/* An inventory of these lines. */
static void make(const char *head, struct slice lines, struct str *ret)
{
	uLongf size = compressBound(lines.len);

	str_adds(ret, head);
	str_reserve(ret, size);
	ck_assert_int_eq(compress((unsigned char *)ret->data + ret->len, &size,
			     (const unsigned char *)lines.data, lines.len),
	    Z_OK);
	ret->len += size;
}

static void read_lines(struct inventories *inventories, const char *lines)
{
	autoerror struct error *error = NULL;
	autostr struct str content = STR_INIT;

	make(HEAD, slice_c(lines), &content);
	ck_ok(inventories_read(inventories, str_slice(&content), SLICE_LITERAL("https://a.org/"),
		  "case", &error),
	    error);
}

static void expect(
    struct inventories *inventories, const char *name, const char *kind, const char *url)
{
	struct record_outside found;

	ck_assert_msg(inventories_lookup(inventories, slice_c(name), &found), "no %s", name);
	ck_assert_msg(
	    slice_is(found.kind, kind), "%s is %.*s", name, (int)found.kind.len, found.kind.data);
	ck_assert_msg(
	    slice_is(found.url, url), "%s: %.*s", name, (int)found.url.len, found.url.data);
}

START_TEST(names_lead_to_where_they_are_documented)
{
	autoinventories struct inventories inventories = {.count = 0};

	read_lines(&inventories, "basket py:module 0 basket.html#module-$ -\n"
				 "basket.Basket py:class 1 basket.html#$ -\r\n"
				 "basket.fill py:function -1 other.html#f Fill it\n"
				 "a b std:label -1 x.html#y A b\n"
				 "basket.Basket py:method 1 late.html#$ -\n"
				 "PyObject c:type 1 c.html#c.$ -\n");
	expect(&inventories, "basket", "python-module", "https://a.org/basket.html#module-basket");
	for (int i = 0; i < 2; i++)
		expect(&inventories, "basket.Basket", "python-class",
		    "https://a.org/basket.html#basket.Basket");
	expect(&inventories, "basket.fill", "python-function", "https://a.org/other.html#f");
	ck_assert_uint_eq(inventories.count, 3);
}
END_TEST

START_TEST(lines_that_are_malformed_are_skipped)
{
	static const char *const lines[] = {"", " ", "a", "a py:class", "a py:class 1",
	    "a py:class 1 ", "a py:class x u -", "a py: 1 u -", " py:class 1 u -", "a class 1 u -",
	    "\xff py:class 1 u -", "a  py:class 1 u -", "a py:class  u -"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		autoinventories struct inventories inventories = {.count = 0};

		read_lines(&inventories, lines[i]);
		ck_assert_msg(!inventories.count, "'%s' is a name", lines[i]);
	}
}
END_TEST

START_TEST(what_is_no_inventory_is_refused)
{
	static const struct {
		const char *head, *lines, *message;
	} cases[] = {
	    {"", "a", "no inventory"},
	    {"# Sphinx inventory version 1\n", "", "another version"},
	    {"# Sphinx inventory version 2\n# a", "", "cut off"},
	    {"# Sphinx inventory version 2\n#\n#\n# The rest is plain\n", "", "not compressed"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autoinventories struct inventories inventories = {.count = 0};
		autoerror struct error *error = NULL;

		ck_fails(inventories_read(&inventories, slice_c(cases[i].head), SLICE_LITERAL(""),
			     "a.inv", &error),
		    error, cases[i].message);
		ck_assert_int_eq(error->kind, ERROR_INPUT);
		ck_assert_str_eq(error->path, "a.inv");
	}
}
END_TEST

START_TEST(an_inventory_that_is_cut_off_or_damaged_is_refused)
{
	autostr struct str content = STR_INIT;

	make(HEAD, SLICE_LITERAL("basket py:module 0 basket.html#module-$ -\n"), &content);
	for (size_t len = strlen(HEAD); len < content.len; len++) {
		autoinventories struct inventories inventories = {.count = 0};
		autoerror struct error *error = NULL;

		ck_fails(inventories_read(&inventories, slice_of(content.data, len),
			     SLICE_LITERAL(""), "a.inv", &error),
		    error, "damaged or cut off");
	}
	content.data[strlen(HEAD) + 4] ^= 0x55;
	{
		autoinventories struct inventories inventories = {.count = 0};
		autoerror struct error *error = NULL;

		ck_fails(inventories_read(
			     &inventories, str_slice(&content), SLICE_LITERAL(""), "a.inv", &error),
		    error, "damaged or cut off");
	}
}
END_TEST

/* A few kilobytes can unpack to gigabytes. */
START_TEST(what_unpacks_to_too_much_is_refused)
{
	autoinventories struct inventories inventories = {.count = 0};
	autoerror struct error *error = NULL;
	autostr struct str lines = STR_INIT;
	autostr struct str content = STR_INIT;

	str_reserve(&lines, INVENTORY_SIZE_LIMIT + 1);
	memset(lines.data, ' ', INVENTORY_SIZE_LIMIT + 1);
	lines.len = INVENTORY_SIZE_LIMIT + 1;
	make(HEAD, str_slice(&lines), &content);
	ck_fails(
	    inventories_read(&inventories, str_slice(&content), SLICE_LITERAL(""), "a.inv", &error),
	    error, "larger than 128 MiB");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
}
END_TEST

START_TEST(the_manual_of_python_is_known)
{
	autoinventories struct inventories inventories = {.count = 0};
	autoerror struct error *error = NULL;
	struct record_outside found;

	ck_ok(inventories_add_manual(&inventories, &error), error);
	ck_assert(
	    inventories_lookup(&inventories, SLICE_LITERAL("collections.abc.Mapping"), &found));
	ck_assert(slice_starts(found.url, SLICE_LITERAL("https://docs.python.org/3.")));
	ck_assert(slice_ends(
	    found.url, SLICE_LITERAL("/library/collections.abc.html#collections.abc.Mapping")));
	ck_assert(slice_is(found.kind, "python-class"));
	ck_assert(inventories_lookup(&inventories, SLICE_LITERAL("str"), &found));
	ck_assert(slice_ends(found.url, SLICE_LITERAL("/library/stdtypes.html#str")));
	ck_assert(!inventories_lookup(&inventories, SLICE_LITERAL("strr"), &found));
}
END_TEST

START_TEST(the_file_of_an_option_may_have_a_url)
{
	autoinventories struct inventories inventories = {.count = 0};
	autoerror struct error *error = NULL;
	autostr struct str content = STR_INIT;
	autofree char *path = xasprintf("%s/inventory=%d", "/tmp", (int)getpid());
	autofree char *argument = xasprintf("https://b.org/x=%s", "/missing");

	make(HEAD, SLICE_LITERAL("a py:module 0 a.html#module-$ -\n"), &content);
	ck_ok(file_replace(place_at(path), str_slice(&content), 0600, 0, &error), error);
	ck_ok(inventories_add(&inventories, path, &error), error);
	ck_assert_int_eq(unlink(path), 0);
	expect(&inventories, "a", "python-module", "a.html#module-a");
	ck_fails(inventories_add(&inventories, argument, &error), error, "cannot open");
	ck_assert_str_eq(error->path, "/missing");
}
END_TEST

START_TEST(what_is_written_is_read_and_does_not_depend_on_the_order)
{
	struct inventory_item items[] = {
	    {SLICE_LITERAL("b.C"), "class", SLICE_LITERAL("b.html#b.C")},
	    {SLICE_LITERAL("b"), "module", SLICE_LITERAL("b.html")},
	    {SLICE_LITERAL("a b"), "class", SLICE_LITERAL("x")},
	    {SLICE_LITERAL("b.f"), "function", SLICE_LITERAL("b.html#g")},
	};
	struct inventory_item other[] = {items[3], items[0], items[2], items[1]};
	autoinventories struct inventories inventories = {.count = 0};
	autoerror struct error *error = NULL;
	autostr struct str first = STR_INIT;
	autostr struct str second = STR_INIT;

	inventory_write(SLICE_LITERAL("A\nB"), SLICE_LITERAL("1"), items, 4, &first);
	inventory_write(SLICE_LITERAL("A\nB"), SLICE_LITERAL("1"), other, 4, &second);
	ck_assert(slice_equal(str_slice(&first), str_slice(&second)));
	ck_assert(slice_starts(str_slice(&first),
	    SLICE_LITERAL("# Sphinx inventory version 2\n# Project: AB\n# Version: 1\n")));
	ck_ok(
	    inventories_read(&inventories, str_slice(&first), SLICE_LITERAL("u/"), "case", &error),
	    error);
	ck_assert_uint_eq(inventories.count, 3);
	expect(&inventories, "b", "python-module", "u/b.html");
	expect(&inventories, "b.C", "python-class", "u/b.html#b.C");
	expect(&inventories, "b.f", "python-function", "u/b.html#g");
}
END_TEST

SUITE("record/inventory", names_lead_to_where_they_are_documented,
    lines_that_are_malformed_are_skipped, what_is_no_inventory_is_refused,
    an_inventory_that_is_cut_off_or_damaged_is_refused, what_unpacks_to_too_much_is_refused,
    the_manual_of_python_is_known, the_file_of_an_option_may_have_a_url,
    what_is_written_is_read_and_does_not_depend_on_the_order)
