#include "suite.h"

#include "record/factor_record.h"

#define MODULE(children) "[\"module\",[" children "],{\"identifier\":\"m\",\"area\":[[1,1],[9,0]]}]"
#define AREA "\"area\":[[1,1],[1,2]]"

/* A record that is alone. */
static void read_record(struct factor_record *record, const char *elements, const char *documented,
    const char *documentation, const char *data)
{
	autoerror struct error *error = NULL;
	const struct record_parts parts = {
	    .elements = slice_c(elements),
	    .documented = slice_c(documented),
	    .documentation = slice_c(documentation),
	    .data = slice_c(data),
	    .source = SLICE_LITERAL("a\nb\n"),
	    .name = "m",
	};

	ck_ok(factor_record_read(&parts, DOCSTRING_FAULT, NULL, record, &error), error);
}

static void expect_malformed(const char *elements)
{
	autoerror struct error *error = NULL;
	autofactor_record struct factor_record record = {.elements = 0};
	const struct record_parts parts = {
	    .elements = slice_c(elements),
	    .documented = SLICE_LITERAL("[]"),
	    .documentation = SLICE_LITERAL("[]"),
	    .data = SLICE_LITERAL("[[],[]]"),
	    .name = "m",
	};

	ck_fails(
	    factor_record_read(&parts, DOCSTRING_FAULT, NULL, &record, &error), error, "malformed");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	ck_assert_str_eq(error->path, "m");
}

static void expect_slice(struct slice found, const char *expected)
{
	ck_assert_msg(
	    slice_is(found, expected), "'%.*s' is not '%s'", (int)found.len, found.data, expected);
}

START_TEST(equal_paths_have_anchors_of_their_own)
{
	autofactor_record struct factor_record record = {.elements = 0};
	const struct record_element *first, *second;

	read_record(&record,
	    MODULE("[\"data\",[],{\"identifier\":\"a\"," AREA "}],"
		   "[\"function\",[[\"parameter\",[],{\"identifier\":\"b\",\"kind\":"
		   "\"positional\"," AREA "}]],{\"identifier\":\"a\"," AREA "}]"),
	    "[]", "[]", "[[],[]]");
	first = record.module->first;
	second = first->next;
	expect_slice(first->anchor, "a");
	expect_slice(second->path, "a");
	expect_slice(second->anchor, "a-2");
	expect_slice(second->parameters->anchor, "a.Parameters.b");
	ck_assert_ptr_eq(factor_record_find(&record, SLICE_LITERAL("a")), first);
	ck_assert_ptr_eq(factor_record_find(&record, SLICE_LITERAL("")), record.module);
	ck_assert_ptr_null(factor_record_find(&record, SLICE_LITERAL("c")));
}
END_TEST

START_TEST(entries_of_one_path_belong_to_its_documented_elements_in_order)
{
	autofactor_record struct factor_record record = {.elements = 0};
	const struct record_element *element;

#define DATA(more) "[\"data\",[],{\"identifier\":\"a\"," AREA more "}]"
	read_record(&record,
	    MODULE(DATA(",\"documented\":[[1,1],[1,2]]") "," DATA("") "," DATA(
		",\"documented\":[[1,1],[1,2]]")),
	    "[[\"a\"],[\"a\"]]", "[[\"one\"],[\"two\",\"\\ud800\"]]", "[[[\"a\"],[\"a\"]],[1,2]]");
	element = record.module->first;
	expect_slice(element->text, "one\n");
	ck_assert_ptr_null(element->value);
	ck_assert_ptr_null(element->next->documentation);
	expect_slice(element->next->next->text, "two\n\xef\xbf\xbd\n");
}
END_TEST

START_TEST(values_belong_to_data)
{
	autofactor_record struct factor_record record = {.elements = 0};

	read_record(&record, MODULE(DATA("")), "[]", "[]", "[[[\"a\"]],[[1]]]");
	ck_assert_int_eq(record.module->first->value->kind, JSON_ARRAY);
}
END_TEST

START_TEST(what_is_no_description_is_refused)
{
	expect_malformed("[]");
	expect_malformed("[\"module\",[]]");
	expect_malformed("[\"modul\",[],{}]");
	expect_malformed("[\"data\",[],{\"identifier\":\"a\"," AREA "}]");
	expect_malformed(MODULE("[\"module\",[],{\"identifier\":\"a\"," AREA "}]"));
	expect_malformed(MODULE("[\"data\",[],{\"identifier\":\"a.b\"," AREA "}]"));
	expect_malformed(MODULE("[\"data\",[],{\"identifier\":\"a\"}]"));
	expect_malformed(MODULE("[\"data\",[],{\"identifier\":\"a\",\"area\":[[0,1],[1,1]]}]"));
	expect_malformed(MODULE("[\"parameter\",[],{\"identifier\":\"a\"," AREA "}]"));
	expect_malformed(MODULE("[\"inheritance\",[[\"data\",[],{}]],{}]"));
}
END_TEST

SUITE("record/factor_record", equal_paths_have_anchors_of_their_own,
    entries_of_one_path_belong_to_its_documented_elements_in_order, values_belong_to_data,
    what_is_no_description_is_refused)
