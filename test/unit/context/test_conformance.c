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
	const cJSON *test = context;
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(
	    cJSON_GetObjectItemCaseSensitive(test, "query"), key);

	(void)err;
	support_add(ret, value);
	*known = value != NULL;
	return 0;
}

static const char *variable(void *context, const char *name)
{
	const cJSON *test = context;
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(
	    cJSON_GetObjectItemCaseSensitive(test, "environ"), name);

	return value ? value->valuestring : NULL;
}

static const char *text_of(const cJSON *test, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(test, key)->valuestring;
}

static void expect(
    const cJSON *test, const struct vectors *vectors, const struct composition *composition)
{
	autofields struct fields fields = FIELDS_INIT, expected = FIELDS_INIT;
	autoerror struct error *error = NULL;

	ck_ok(vectors_compose(
		  vectors, slice_c(text_of(test, "compose")), composition, &fields, &error),
	    error);
	support_add(&expected, cJSON_GetObjectItemCaseSensitive(test, "expected"));
	support_compare(&fields, &expected, text_of(test, "name"));
}

static void compose(cJSON *test)
{
	autofields struct fields conclusions = FIELDS_INIT, constants = FIELDS_INIT;
	autovectors struct vectors *vectors = vectors_new();
	autoerror struct error *error = NULL;
	struct fields values[16] = {0};
	const cJSON *constant;
	struct composition composition = {&conclusions, &constants, values, answer, variable, test};

	support_add(&conclusions, cJSON_GetObjectItemCaseSensitive(test, "conclusions"));
	cJSON_ArrayForEach(constant, cJSON_GetObjectItemCaseSensitive(test, "constants"))
	{
		support_add(&values[constants.count], constant);
		fields_adds(&constants, constant->string);
	}
	ck_ok(vectors_add(vectors, slice_c(text_of(test, "text")), text_of(test, "name"), &error),
	    error);
	expect(test, vectors, &composition);
	for (size_t i = 0; i < constants.count; i++)
		fields_release(&values[i]);
}

START_TEST(vectors_are_composed_as_in_every_case)
{
	autojson cJSON *tests = support_document("formulation/vectors.json");
	cJSON *test;

	ck_assert_int_ge(cJSON_GetArraySize(tests), 44);
	cJSON_ArrayForEach(test, tests) compose(test);
}
END_TEST

static void add_variables(struct fields *fields, const cJSON *pairs)
{
	const cJSON *pair;

	cJSON_ArrayForEach(pair, pairs)
	{
		const cJSON *value = cJSON_GetArrayItem(pair, 1);

		fields_adds(fields, cJSON_GetArrayItem(pair, 0)->valuestring);
		if (!cJSON_IsNull(value)) {
			fields_extend(fields, SLICE_LITERAL("="));
			fields_extend(fields, slice_c(value->valuestring));
		}
	}
}

static void parse_plan(const cJSON *test)
{
	autofields struct fields environment = FIELDS_INIT, arguments = FIELDS_INIT;
	autoexecution struct execution plan = {0};
	autoerror struct error *error = NULL;
	const char *name = text_of(test, "name");

	ck_ok(execution_parse(slice_c(text_of(test, "text")), name, &plan, &error), error);
	add_variables(&environment, cJSON_GetObjectItemCaseSensitive(test, "environment"));
	support_add(&arguments, cJSON_GetObjectItemCaseSensitive(test, "arguments"));
	support_compare(&plan.environment, &environment, name);
	ck_assert_str_eq(str_c(&plan.executable), text_of(test, "executable"));
	support_compare(&plan.arguments, &arguments, name);
}

START_TEST(plans_are_parsed_as_in_every_case)
{
	autojson cJSON *tests = support_document("formulation/plans.json");
	const cJSON *test;

	ck_assert_int_ge(cJSON_GetArraySize(tests), 8);
	cJSON_ArrayForEach(test, tests) parse_plan(test);
}
END_TEST

SUITE(
    "context/conformance", vectors_are_composed_as_in_every_case, plans_are_parsed_as_in_every_case)
