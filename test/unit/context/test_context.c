#include "context/context.h"

#include <unistd.h>

#include "suite.h"
#include "support.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define MODULE "http://if.fault.io/factors/python.module"

/* A small context in the current directory; the tests change it before they load it. */
static void put_context(void)
{
	suite_make("c/machines/tool/.project");
	suite_make("c/machines/meta/.project");
	suite_put(
	    "c/machines/tool/.project/f-identity", "tool http://x/tool factors/polynomial-1\n");
	suite_put(
	    "c/machines/meta/.project/f-identity", "meta http://x/meta factors/polynomial-1\n");
	suite_put(
	    "c/machines/meta/projections.v", "tool:\n\t: http://if.fault.io/factors/python\n");
	suite_put("c/machines/tool/variants.v",
	    "[modes]:\n\t: executable\n[systems]:\n\t: [host-system] other\n"
	    "[other]:\n\t: a b\n[*]:\n\t: [host-python]\n");
	suite_put("c/machines/tool/type.v",
	    "Translate:\n\t: .run -go .set\nRender:\n\t: .run -go .set\n");
	suite_put("c/machines/tool/set.v", "[environment]:\n\t: TOOL ALSO TOOL\n-go:\n\t: \"go\" - "
					   "-\n\t: [one env.TOOL] [one env.SECRET]\n");
	suite_put("c/machines/tool/run.sys", "/bin/run\n\t-\n");
}

static int answer(
    void *context, struct slice name, struct fields *ret, bool *known, struct error **err)
{
	(void)context;
	(void)err;
	*known = slice_is(name, "one") || slice_is(name, "source");
	if (*known)
		fields_add(ret, name);
	return 0;
}

static const char *variable(void *context, const char *name)
{
	(void)context;
	return strcmp(name, "TOOL") == 0 || strcmp(name, "SECRET") == 0 ? "from outside" : NULL;
}

static const struct context_request request = {
    .mode = "executable",
    .host_system = "linux",
    .host_architecture = "x86_64",
    .host_python = "cpython311",
    .environment = variable,
};

static struct context *load(void)
{
	struct context *context = NULL;
	autoerror struct error *error = NULL;

	ck_ok(context_load("c", &context, &error), error);
	return context;
}

static const struct variants *find(struct context *context, const char *iri, const char *isolation)
{
	const struct context_type type = {slice_c(iri), slice_c(isolation)};
	autoerror struct error *error = NULL;
	const struct variants *variants = NULL;

	ck_ok(context_variants(context, &request, &type, &variants, &error), error);
	return variants;
}

static int command(struct context *context, const struct variant *variant, enum context_phase phase,
    struct context_subject subject, struct fields *ret, bool *present, struct error **err)
{
	autocommand struct context_command command = {0};

	subject.type.iri = slice_c(MODULE);
	subject.query = answer;
	if (context_command(context, &request, variant, phase, &subject, &command, present, err) <
	    0)
		return -1;
	fields_truncate(ret, 0);
	fields_add_all(ret, &command.arguments);
	return 0;
}

/* What the first variant's command has as arguments. */
static void expect_arguments(
    enum context_phase phase, struct context_subject subject, const char *expected)
{
	autocontext struct context *context = load();
	autofields struct fields arguments = FIELDS_INIT, wanted = FIELDS_INIT;
	autoerror struct error *error = NULL;
	const struct variants *variants = find(context, MODULE, "");
	bool present;

	ck_assert_uint_ge(variants->count, 1);
	ck_ok(command(context, &variants->items[0], phase, subject, &arguments, &present, &error),
	    error);
	ck_assert(present);
	support_add_line(&wanted, expected);
	support_compare(&arguments, &wanted, expected);
}

START_TEST(a_system_without_a_vector_has_the_architectures_of_any)
{
	autocontext struct context *context = NULL;
	const struct variants *variants;

	put_context();
	context = load();
	variants = find(context, MODULE, "");
	ck_assert_uint_eq(variants->count, 3);
	ck_assert_str_eq(variants->items[0].system.data, "linux");
	ck_assert_str_eq(variants->items[0].architecture.data, "cpython311");
	ck_assert_str_eq(variants->items[1].system.data, "other");
	ck_assert_str_eq(variants->items[2].architecture.data, "b");
	ck_assert_str_eq(variants->items[2].form.data, "executable");
	ck_assert(variants->items[2].integrates);
	ck_assert_ptr_eq(find(context, MODULE, ""), variants);
}
END_TEST

START_TEST(equal_variants_are_one)
{
	autocontext struct context *context = NULL;

	put_context();
	suite_put("c/machines/tool/variants.v",
	    "[modes]:\n\t: executable\n[systems]:\n\t: s s\n[s]:\n\t: a a\n");
	context = load();
	ck_assert_uint_eq(find(context, MODULE, "")->count, 1);
}
END_TEST

START_TEST(only_named_variables_are_seen)
{
	autofields struct fields names = FIELDS_INIT, expected = FIELDS_INIT;
	const struct context_type type = {slice_c(MODULE), {NULL, 0}};
	autocontext struct context *context = NULL;
	autoerror struct error *error = NULL;
	autofields struct fields arguments = FIELDS_INIT;
	struct context_subject subject = {.language = SLICE_LITERAL("python")};
	const struct variant *variant;
	bool present;

	put_context();
	context = load();
	variant = &find(context, MODULE, "")->items[0];
	ck_ok(context_environment(context, &request, variant, &type, &names, &error), error);
	support_add_line(&expected, "ALSO TOOL");
	support_compare(&names, &expected, "names");
	ck_ok(command(context, variant, PHASE_TRANSLATE, subject, &arguments, &present, &error),
	    error);
	ck_assert_uint_eq(arguments.count, 2);
	ck_assert_str_eq(fields_at(&arguments, 0).data, "from outside");
	ck_assert_str_eq(fields_at(&arguments, 1).data, "one");
}
END_TEST

START_TEST(a_type_has_its_own_descriptor)
{
	put_context();
	suite_put("c/machines/tool/module.v", "Render:\n\t: .run -own .set .own\n");
	suite_put("c/machines/tool/own.v",
	    "-own:\n\t: own - output\n\t: on-[fv-system]\n\t: [language]\n"
	    "\tit-module: module\n");
	expect_arguments(PHASE_RENDER, (struct context_subject){0}, "on-linux module");
}
END_TEST

START_TEST(an_isolation_stands_for_the_general_type)
{
	autocontext struct context *context = NULL;

	put_context();
	suite_put("c/machines/tool/iso.v", "Render:\n\tit-other: .run -go .set\n");
	context = load();
	ck_assert(find(context, MODULE, "")->items[0].integrates);
	ck_assert(!find(context, MODULE, "iso")->items[0].integrates);
	context_free(steal(&context));
	suite_put("c/machines/tool/iso.v", "Render:\n\t: .wrong\nRender-iso:\n\t: .run -go .set\n");
	context = load();
	ck_assert(find(context, MODULE, "iso")->items[0].integrates);
}
END_TEST

START_TEST(a_language_has_its_own_descriptor)
{
	struct context_subject subject = {
	    .language = SLICE_LITERAL("c"), .dialect = SLICE_LITERAL("d")};

	put_context();
	suite_put("c/machines/tool/type.v", "Translate:\n\t: .run -go .set\nTranslate-c:\n\t: .run "
					    "-c .set\nRender:\n\t: .run -go .set\n");
	suite_put("c/machines/tool/set.v",
	    "-go:\n\t: go - -\n\t: general\n-c:\n\t: go - -\n\t: [language]/[dialect] [null]\n");
	expect_arguments(PHASE_TRANSLATE, subject, "c/d /dev/null");
	subject.language = SLICE_LITERAL("python");
	expect_arguments(PHASE_TRANSLATE, subject, "general");
}
END_TEST

START_TEST(a_dialect_that_is_none_is_a_list_of_nothing)
{
	struct context_subject subject = {.language = SLICE_LITERAL("c")};

	put_context();
	suite_put("c/machines/tool/set.v", "-go:\n\t: go - -\n\t: -std=[dialect]\n\t&: yes "
					   "[language]\n\tlanguage-c: c\n\tdialect-: no\n");
	expect_arguments(PHASE_TRANSLATE, subject, "c");
}
END_TEST

START_TEST(an_empty_descriptor_is_no_command)
{
	autocontext struct context *context = NULL;
	autofields struct fields arguments = FIELDS_INIT;
	autoerror struct error *error = NULL;
	struct context_subject subject = {.language = SLICE_LITERAL("text")};
	bool present = true;

	put_context();
	suite_put("c/machines/tool/type.v",
	    "Translate:\n\tlanguage-python: .run -go .set\nRender:\n\t: .run -go .set\n");
	context = load();
	ck_ok(command(context, &find(context, MODULE, "")->items[0], PHASE_TRANSLATE, subject,
		  &arguments, &present, &error),
	    error);
	ck_assert(!present);
}
END_TEST

START_TEST(an_index_says_which_projects_there_are)
{
	autocontext struct context *without = NULL, *with = NULL;
	autoerror struct error *error = NULL;

	put_context();
	suite_make("c/machines/more/.project");
	suite_put(
	    "c/machines/more/.project/f-identity", "more http://x/more factors/polynomial-1\n");
	suite_put("c/machines/more/broken.v", "broken\n");
	ck_fails(context_load("c", &without, &error), error, "expected ':' after");
	ck_assert_str_eq(error->path, "c/machines/more/broken.v");
	suite_make("c/.product");
	suite_put("c/.product/PROJECTS", "http://x/meta machines.meta factors/polynomial-1\n"
					 "http://x/tool machines.tool factors/polynomial-1\n"
					 "http://x/else else factors/polynomial-1\n");
	with = load();
	ck_assert_int_eq(rename("c/machines/more", "more"), 0);
	ck_assert_int_eq(unlink("c/.product/PROJECTS"), 0);
	without = load();
	ck_assert_mem_eq(context_digest(with), context_digest(without), sizeof(struct hash));
}
END_TEST

START_TEST(a_digest_is_of_what_a_context_says_not_where)
{
	autocontext struct context *first = NULL, *second = NULL, *third = NULL;
	autoerror struct error *error = NULL;

	put_context();
	first = load();
	ck_assert_int_eq(rename("c", "moved"), 0);
	suite_put("moved/machines/tool/README", "nothing of a context");
	ck_ok(context_load("moved", &second, &error), error);
	ck_assert_mem_eq(context_digest(first), context_digest(second), sizeof(struct hash));
	ck_assert_msg(strstr(context_path(second), "/moved"), "%s", context_path(second));
	ck_assert_int_eq(context_path(second)[0], '/');
	suite_put("moved/machines/tool/run.sys", "/bin/run\n");
	ck_ok(context_load("moved", &third, &error), error);
	ck_assert_mem_ne(context_digest(first), context_digest(third), sizeof(struct hash));
}
END_TEST

START_TEST(a_link_to_a_file_is_read)
{
	autocontext struct context *context = NULL;

	put_context();
	ck_assert_int_eq(rename("c/machines/tool/set.v", "set.v"), 0);
	ck_assert_int_eq(symlink("../../../set.v", "c/machines/tool/set.v"), 0);
	ck_assert_int_eq(symlink("..", "c/machines/tool/loop.v"), 0);
	context = load();
	ck_assert(find(context, MODULE, "")->items[0].integrates);
}
END_TEST

/* What the notes of the context in the current directory say, a line each. */
static char *list_notes(void)
{
	autocontext struct context *context = load();
	const struct notes *notes = context_notes(context);
	struct str text = STR_INIT;

	for (size_t i = 0; i < notes->count; i++)
		str_addf(&text, "%s\n", notes->items[i]->message);
	return str_take(&text);
}

START_TEST(a_section_that_is_not_there_is_passed_over_with_a_note)
{
	autofree char *none = NULL, *notes = NULL;

	put_context();
	none = list_notes();
	ck_assert_str_eq(none, "");
	suite_put("c/machines/meta/projections.v",
	    "absent:\n\t: http://x/text\ntool:\n\t: http://if.fault.io/factors/python\n"
	    "other:\n\t: http://if.fault.io/factors/python\n");
	suite_put("c/machines/meta/intercepts.v", "described:\n\t: describer . executable\n");
	notes = list_notes();
	ck_assert_str_eq(notes,
	    "machines.meta.projections: the context has no section 'machines.absent': factors "
	    "of its types are not built\n"
	    "machines.meta.projections: the context has no section 'machines.other': factors "
	    "of its types are not built\n"
	    "machines.meta.intercepts: the context has no section 'machines.describer': factors "
	    "of its types are not built\n");
	{
		autocontext struct context *context = load();

		ck_assert(find(context, MODULE, "")->items[0].integrates);
		ck_assert_uint_eq(find(context, "http://x/text.chapter", "")->count, 0);
	}
}
END_TEST

START_TEST(what_is_no_context_is_refused_when_loaded)
{
	static const struct {
		const char *path, *text, *message;
	} examples[] = {
	    {"c/machines/meta/projections.v", "tool:\n\t: [-a]\n-a:\n\t: [-a]\n",
		"refers to itself"},
	    {"c/machines/meta/intercepts.v", "m:\n\t: . .\n", "'m' has 2 fields"},
	    {"c/machines/tool/run.sys", "", "without an executable"},
	    {"c/.product/PROJECTS", "http://x/tool machines.tool\n", "identifier, factor path"},
	    {"c/.product/PROJECTS", "x machines..tool y\n", "not a factor path"},
	    {"c/.product/PROJECTS", "x machines.absent y\n", "machines/absent"},
	    {"c/.product/PROJECTS", "", "has no machines.meta.projections"},
	};

	for (size_t i = 0; i < COUNT(examples); i++) {
		autocontext struct context *context = NULL;
		autoerror struct error *error = NULL;

		put_context();
		suite_make("c/.product");
		(void)unlink("c/.product/PROJECTS");	      /* of the example before */
		(void)unlink("c/machines/meta/intercepts.v"); /* the same */
		suite_put(examples[i].path, examples[i].text);
		ck_fails(context_load("c", &context, &error), error, examples[i].message);
		ck_assert_int_eq(error->kind, ERROR_USAGE);
	}
}
END_TEST

START_TEST(a_directory_that_is_none_is_refused)
{
	autocontext struct context *context = NULL;
	autoerror struct error *error = NULL;

	ck_fails(context_load("absent", &context, &error), error, "absent");
	ck_assert_int_eq(error->kind, ERROR_USAGE);
	suite_make("empty");
	ck_fails(context_load("empty", &context, &error), error, "machines");
	ck_assert_int_eq(error->kind, ERROR_USAGE);
}
END_TEST

/* The first error of asking for variants and for a command. */
static int ask(struct error **err)
{
	autocontext struct context *context = load();
	const struct context_type type = {slice_c(MODULE), {NULL, 0}};
	autofields struct fields arguments = FIELDS_INIT;
	const struct variants *variants;
	bool present;

	if (context_variants(context, &request, &type, &variants, err) < 0)
		return -1;
	return command(context, &variants->items[0], PHASE_RENDER, (struct context_subject){0},
	    &arguments, &present, err);
}

START_TEST(what_a_section_says_wrong_is_refused_when_asked)
{
	static const struct {
		const char *path, *text, *message;
	} examples[] = {
	    {"c/machines/tool/type.v", "Render:\n\t: .run\n",
		"section 'machines.tool', rendering of '" MODULE "': descriptor without"},
	    {"c/machines/tool/type.v", "Render:\n\t: .absent -go .set\n",
		"has no plan 'machines.tool.absent'"},
	    {"c/machines/tool/type.v", "Render:\n\t: ..tool.run -go ..x.y\n",
		"has no vectors 'machines.x.y'"},
	    {"c/machines/tool/type.v", "Render:\n\t: ...run -go .set\n",
		"the context has no factor"},
	    {"c/machines/tool/type.v", "Render:\n\t: .run -absent .set\n", "no vector '-absent'"},
	    {"c/machines/tool/set.v", "-go:\n\t: go -\n", "an adapter must begin with"},
	    {"c/machines/tool/set.v", "-go:\n\t: go output -\n", "'output' is neither"},
	    {"c/machines/tool/set.v", "-go:\n\t: go - input\n", "'input' is neither"},
	    {"c/machines/tool/set.v", "-go:\n\t: go - -\n[unit-suffix]:\n\t: /x\n", "a slash"},
	    {"c/machines/tool/variants.v",
		"[modes]:\n\t: executable\n[systems]:\n\t: ..\n[..]:\n\t: a\n",
		"'..' is not a valid name for a system"},
	    {"c/machines/tool/variants.v",
		"[modes]:\n\t: executable\n[systems]:\n\t: s\n[s]:\n\t: a/b\n",
		"'a/b' is not a valid name for an architecture"},
	};

	for (size_t i = 0; i < COUNT(examples); i++) {
		autoerror struct error *error = NULL;

		put_context();
		suite_put(examples[i].path, examples[i].text);
		ck_fails(ask(&error), error, examples[i].message);
		ck_assert_int_eq(error->kind, ERROR_USAGE);
	}
}
END_TEST

SUITE("context/context", a_system_without_a_vector_has_the_architectures_of_any,
    equal_variants_are_one, only_named_variables_are_seen, a_type_has_its_own_descriptor,
    an_isolation_stands_for_the_general_type, a_language_has_its_own_descriptor,
    a_dialect_that_is_none_is_a_list_of_nothing, an_empty_descriptor_is_no_command,
    an_index_says_which_projects_there_are, a_digest_is_of_what_a_context_says_not_where,
    a_link_to_a_file_is_read, a_section_that_is_not_there_is_passed_over_with_a_note,
    what_is_no_context_is_refused_when_loaded, a_directory_that_is_none_is_refused,
    what_a_section_says_wrong_is_refused_when_asked)
