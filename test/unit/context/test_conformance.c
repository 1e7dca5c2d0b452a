/*
 * The conformance data of vectors and plans, every case.
 */
#include "context/execution.h"
#include "context/vectors.h"
#include "suite.h"
#include "support.h"

static int answer(
    void *context, struct slice name, struct fields *ret, bool *known, struct error **err)
{
	autofree char *key = xmemdup0(name.data, name.len);
	const struct json *test = context;
	const struct json *value = json_get(json_get(test, "query"), key);

	(void)err;
	support_add(ret, value);
	*known = value != NULL;
	return 0;
}

static const char *variable(void *context, const char *name)
{
	const struct json *test = context;
	const struct json *value = json_get(json_get(test, "environ"), name);

	return value ? value->string : NULL;
}

static const char *text_of(const struct json *test, const char *key)
{
	return json_get(test, key)->string;
}

static void expect(
    const struct json *test, const struct vectors *vectors, const struct composition *composition)
{
	autofields struct fields fields = FIELDS_INIT, expected = FIELDS_INIT;
	autoerror struct error *error = NULL;

	ck_ok(vectors_compose(
		  vectors, slice_c(text_of(test, "compose")), composition, &fields, &error),
	    error);
	support_add(&expected, json_get(test, "expected"));
	support_compare(&fields, &expected, text_of(test, "name"));
}

static void compose(const struct json *test)
{
	autofields struct fields conclusions = FIELDS_INIT, constants = FIELDS_INIT;
	autovectors struct vectors *vectors = vectors_new();
	autoerror struct error *error = NULL;
	struct fields values[16] = {0};
	const struct json *constant;
	struct composition composition = {
	    &conclusions, &constants, values, answer, variable, (void *)test}; /* only read */

	support_add(&conclusions, json_get(test, "conclusions"));
	for (constant = json_first(json_get(test, "constants")); constant;
	     constant = constant->next) {
		support_add(&values[constants.count], constant);
		fields_adds(&constants, constant->key);
	}
	ck_ok(vectors_add(vectors, slice_c(text_of(test, "text")), text_of(test, "name"), &error),
	    error);
	expect(test, vectors, &composition);
	for (size_t i = 0; i < constants.count; i++)
		fields_release(&values[i]);
}

START_TEST(vectors_are_composed_as_in_every_case)
{
	autojson struct json *tests = support_document("formulation/vectors.json");
	const struct json *test;

	ck_assert_int_ge(json_count(tests), 44);
	for (test = json_first(tests); test; test = test->next)
		compose(test);
}
END_TEST

static void add_variables(struct fields *fields, const struct json *pairs)
{
	const struct json *pair;

	for (pair = json_first(pairs); pair; pair = pair->next) {
		const struct json *value = pair->first->next;

		fields_adds(fields, pair->first->string);
		if (!json_is(value, JSON_NULL)) {
			fields_extend(fields, SLICE_LITERAL("="));
			fields_extend(fields, slice_c(value->string));
		}
	}
}

static void parse_plan(const struct json *test)
{
	autofields struct fields environment = FIELDS_INIT, arguments = FIELDS_INIT;
	autoexecution struct execution plan = {0};
	autoerror struct error *error = NULL;
	const char *name = text_of(test, "name");

	ck_ok(execution_parse(slice_c(text_of(test, "text")), name, &plan, &error), error);
	add_variables(&environment, json_get(test, "environment"));
	support_add(&arguments, json_get(test, "arguments"));
	support_compare(&plan.environment, &environment, name);
	ck_assert_str_eq(str_c(&plan.executable), text_of(test, "executable"));
	support_compare(&plan.arguments, &arguments, name);
}

START_TEST(plans_are_parsed_as_in_every_case)
{
	autojson struct json *tests = support_document("formulation/plans.json");
	const struct json *test;

	ck_assert_int_ge(json_count(tests), 8);
	for (test = json_first(tests); test; test = test->next)
		parse_plan(test);
}
END_TEST

SUITE(
    "context/conformance", vectors_are_composed_as_in_every_case, plans_are_parsed_as_in_every_case)
