/*
 * The conformance data of construction contexts, every case.
 */
#include "context/context.h"
#include "suite.h"
#include "support.h"

static const struct json *member(const struct json *object, const char *key)
{
	return json_get(object, key);
}

static struct slice text_of(const struct json *object, const char *key)
{
	const struct json *value = member(object, key);

	return json_is(value, JSON_STRING) ? slice_c(value->string) : slice_of("", 0);
}

static void compare_text(
    struct slice value, const struct json *object, const char *key, const char *about)
{
	struct slice expected = text_of(object, key);

	ck_assert_msg(slice_equal(value, expected), "%s: %s is '%.*s', not '%.*s'", about, key,
	    (int)value.len, value.data, (int)expected.len, expected.data);
}

static int answer(
    void *context, struct slice name, struct fields *ret, bool *known, struct error **err)
{
	autofree char *key = xmemdup0(name.data, name.len);
	const struct json *value = member(context, key);

	(void)err;
	support_add(ret, value);
	*known = value != NULL;
	return 0;
}

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

static void compare_command(
    const struct context_command *command, const struct json *expected, const char *about)
{
	autofields struct fields environment = FIELDS_INIT, plan = FIELDS_INIT,
				 arguments = FIELDS_INIT, whole = FIELDS_INIT, all = FIELDS_INIT;

	add_variables(&environment, member(member(expected, "plan"), "environment"));
	support_add(&plan, member(member(expected, "plan"), "arguments"));
	support_add(&arguments, member(expected, "arguments"));
	support_add(&whole, member(expected, "command"));
	fields_add_all(&all, &command->plan_arguments);
	fields_add_all(&all, &command->arguments);
	support_compare(&command->environment, &environment, about);
	compare_text(
	    str_slice(&command->executable), member(expected, "plan"), "executable", about);
	support_compare(&command->plan_arguments, &plan, about);
	compare_text(str_slice(&command->operation), expected, "operation", about);
	compare_text(slice_c(command->input ? "input" : "-"), expected, "stdin", about);
	compare_text(slice_c(command->output ? "output" : "-"), expected, "stdout", about);
	support_compare(&command->arguments, &arguments, about);
	support_compare(&all, &whole, about);
}

struct run {
	struct context *context;
	struct context_request request;
	const struct json *test;
	const char *name;
};

static void compose(const struct run *run, const struct variant *variant, enum context_phase phase,
    const struct json *step)
{
	autocommand struct context_command command = {0};
	autoerror struct error *error = NULL;
	struct slice dialect = text_of(run->test, "format"), language;
	struct context_subject subject = {.query = answer};
	bool present;

	(void)slice_next(&dialect, '.', &language);
	subject.type.iri = text_of(run->test, "type");
	subject.language = language;
	subject.dialect = dialect;
	subject.query_context = (void *)json_get(step, "query"); /* only read */
	/* Twice: what is remembered is what was made first. */
	for (int i = 0; i < 2; i++) {
		ck_ok(context_command(run->context, &run->request, variant, phase, &subject,
			  &command, &present, &error),
		    error);
		ck_assert(present);
		compare_command(&command, member(step, "expected"), run->name);
	}
}

static void compare_variant(
    const struct run *run, const struct variant *variant, const struct json *expected)
{
	compare_text(variant->section, expected, "section", run->name);
	compare_text(variant->system, expected, "system", run->name);
	compare_text(variant->architecture, expected, "architecture", run->name);
	compare_text(variant->form, expected, "form", run->name);
	ck_assert_int_eq(variant->integrates, json_is(member(expected, "integrates"), JSON_TRUE));
	if (!variant->integrates)
		return;
	compare_text(variant->unit_prefix, expected, "unit-prefix", run->name);
	compare_text(variant->unit_suffix, expected, "unit-suffix", run->name);
	compose(run, variant, PHASE_TRANSLATE, member(expected, "translate"));
	compose(run, variant, PHASE_RENDER, member(expected, "render"));
}

static void try_case(struct run *run)
{
	autofields struct fields features = FIELDS_INIT;
	autoerror struct error *error = NULL;
	struct context_type type = {text_of(run->test, "type"), {NULL, 0}};
	const struct variants *variants;
	const struct json *expected = member(run->test, "variants"), *item = json_first(expected);

	support_add(&features, member(run->test, "features"));
	run->name = member(run->test, "name")->string;
	run->request.mode = member(run->test, "mode")->string;
	run->request.features = &features;
	ck_ok(context_variants(run->context, &run->request, &type, &variants, &error), error);
	ck_assert_msg(variants->count == (size_t)json_count(expected), "%s: %zu variants",
	    run->name, variants->count);
	for (size_t i = 0; i < variants->count; i++, item = item->next)
		compare_variant(run, &variants->items[i], item);
}

START_TEST(a_context_composes_as_in_every_case)
{
	autojson struct json *document = support_document("contexts.json");
	autofree char *directory = support_path("context");
	autocontext struct context *context = NULL;
	autoerror struct error *error = NULL;
	const struct json *host = member(document, "environ"), *test;
	struct run run = {0};

	ck_ok(context_load(directory, &context, &error), error);
	run.context = context;
	run.request.host_system = member(host, "FCI_SYSTEM")->string;
	run.request.host_architecture = member(host, "FCI_ARCHITECTURE")->string;
	run.request.host_python = member(document, "host-python")->string;
	ck_assert_int_ge(json_count(member(document, "cases")), 30);
	for (test = json_first(member(document, "cases")); test; test = test->next) {
		run.test = test;
		try_case(&run);
	}
}
END_TEST

SUITE("context/context_conformance", a_context_composes_as_in_every_case)
