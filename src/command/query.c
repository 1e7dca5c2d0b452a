#include "command/query.h"

#include "base/path.h"
#include "base/presence.h"

struct subject {
	const char *name;
	/* The steps of the session that the subject needs. */
	enum { STEP_FIND, STEP_LOAD, STEP_OPEN } step;
	bool is_about_factors; /* a target has to name one */
	int (*print)(
	    struct query_output *output, struct build_session *session, struct error **err);
	/* Called instead, for a subject without a product. */
	int (*print_files)(
	    struct query_output *output, const struct arguments *arguments, struct error **err);
};

static const struct subject subjects[] = {
    {"products", STEP_FIND, false, query_print_products, NULL},
    {"projects", STEP_FIND, false, query_print_projects, NULL},
    {"factors", STEP_FIND, false, query_print_factors, NULL},
    {"sources", STEP_FIND, false, query_print_sources, NULL},
    {"requirements", STEP_LOAD, false, query_print_requirements, NULL},
    {"images", STEP_OPEN, false, query_print_images, NULL},
    {"variants", STEP_LOAD, false, query_print_variants, NULL},
    {"command", STEP_OPEN, true, query_print_commands, NULL},
    {"why", STEP_OPEN, true, query_print_reasons, NULL},
    {"compose", STEP_FIND, false, NULL, query_compose},
    {"plan", STEP_FIND, false, NULL, query_plan},
};

static void lists_release(struct query_lists *lists)
{
	for (size_t i = 0; i < lists->names.count; i++)
		fields_release(&lists->values[i]);
	free(lists->values);
	fields_release(&lists->names);
}

static void settings_release(struct query_settings *settings)
{
	product_settings_release(&settings->product);
	fields_release(&settings->conclusions);
	lists_release(&settings->constants);
	lists_release(&settings->answers);
}

/* Add a value to a list with NAME=VALUE, or with NAME only make the list. */
static int add_to_list(
    struct query_lists *lists, const char *option, const char *text, struct error **err)
{
	struct slice value = slice_c(text), name;
	size_t i = 0;

	(void)slice_next(&value, '=', &name); /* always a first part, maybe empty */
	if (!name.len)
		return fail_bad_value(option, text, "NAME=VALUE or NAME", err);
	while (i < lists->names.count && !slice_equal(fields_at(&lists->names, i), name))
		i++;
	if (i == lists->names.count) {
		fields_add(&lists->names, name);
		lists->values = xreallocarray(lists->values, i + 1, sizeof(*lists->values));
		lists->values[i] = FIELDS_INIT;
	}
	if (value.data)
		fields_add(&lists->values[i], value);
	return 0;
}

static int take_constant(void *settings, const char *value, struct error **err)
{
	return add_to_list(
	    &((struct query_settings *)settings)->constants, "--constant", value, err);
}

static int take_answer(void *settings, const char *value, struct error **err)
{
	return add_to_list(&((struct query_settings *)settings)->answers, "--answer", value, err);
}

static const struct option options[] = {
    {0, "format", "FORM", "text (the default), a line for each item; or json",
	TAKES_SWITCH(struct query_settings, is_json, "text, json")},
    {'0', "null", NULL, "End lines with NUL, and print fields without escapes",
	TAKES_TRUE(struct query_settings, is_nul)},
    {0, "update", "DIR", "Find the projects of the product DIR, and write its index",
	TAKES_TEXT(struct query_settings, update, "the path of a directory")},
    PRODUCT_SELECTION,
    {0, "conclusion", "WORD", "For compose: a conclusion that holds; repeatable",
	TAKES_LIST(struct query_settings, conclusions, "a word")},
    {0, "constant", "NAME=VALUE",
	"For compose: a constant; repeat NAME for a list, give NAME alone "
	"for an empty list",
	.take = take_constant},
    {0, "answer", "NAME=VALUE", "For compose: the answer to a query, given as a constant is",
	.take = take_answer},
    COMMON_COLOR,
    {0, "log", "FORM", "Messages as text (the default), or json: one object per message",
	TAKES_SWITCH(struct common, json, "text, json")},
    COMMON_HELP,
    OPTIONS_END,
};

static const struct subject *find_subject(const char *name, struct error **err)
{
	autostr struct str names = STR_INIT;

	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++) {
		if (strcmp(subjects[i].name, name) == 0)
			return &subjects[i];
		str_addf(&names, "%s%s", i ? ", " : "", subjects[i].name);
	}
	return fail_null(fail(
	    err, ERROR_USAGE, "unknown subject '%s': expected one of %s", name, str_c(&names)));
}

static int go_to(const struct subject *subject, struct build_session *session,
    const struct query_settings *settings, struct reporter *reporter, struct error **err)
{
	const struct build_session_options *named = &settings->product.build.session;

	if (subject->step == STEP_OPEN)
		return build_session_open(session, named, reporter, err);
	if (build_session_find(session, named, reporter, err) < 0)
		return -1;
	return subject->step == STEP_LOAD ? build_session_load(session, err) : 0;
}

/* Answer a subject about products. *ret_problems is the number of reported problems. */
static int ask_products(struct query_output *output, const struct subject *subject,
    struct reporter *reporter, size_t *ret_problems, struct error **err)
{
	CLEANUP(build_session_release) struct build_session session = {0};
	bool is_json = output->settings->is_json;

	if (go_to(subject, &session, output->settings, reporter, err) < 0)
		return -1;
	if (is_json)
		json_array(&output->json);
	if (subject->print(output, &session, err) < 0)
		return -1;
	if (is_json)
		json_array_end(&output->json);
	*ret_problems = session.problems;
	return 0;
}

static int check_options(const struct subject *subject, const struct query_settings *settings,
    const struct arguments *arguments, struct error **err)
{
	bool composes = subject->print_files == query_compose;

	if (settings->update)
		return fail(
		    err, ERROR_USAGE, "--update takes no subject: leave out '%s'", subject->name);
	if (!composes && (settings->conclusions.count || settings->constants.names.count ||
			     settings->answers.names.count))
		return fail(err, ERROR_USAGE,
		    "--conclusion, --constant and --answer are for 'compose', not for '%s'",
		    subject->name);
	if (subject->print_files && settings->product.is_given)
		return fail(err, ERROR_USAGE,
		    "an option for products is given, but '%s' does not read products",
		    subject->name);
	if (settings->is_json && settings->is_nul)
		return fail(err, ERROR_USAGE, "--null is for --format text, not for json");
	if (subject->is_about_factors && arguments->count < 2)
		return fail(
		    err, ERROR_USAGE, "%s needs a FACTOR: see 'kiln help query'", subject->name);
	return 0;
}

static void take_problem(void *context, struct error *problem)
{
	reporter_error(context, problem);
	error_free(problem);
}

static void take_warning(void *context, struct error *warning)
{
	reporter_warning(context, warning);
	error_free(warning);
}

/* Search a product for projects again, and write its index. */
static int update(struct query_output *output, struct reporter *reporter, struct error **err)
{
	const char *directory = output->settings->update;
	CLEANUP(products_release) struct products products;
	const struct factor_listener listener = {take_problem, take_warning, reporter};
	autostr struct str path = STR_INIT;
	const struct product *product;
	bool written;
	int there;

	products_init(&products, &listener);
	product = product_open(&products, directory, true, err);
	if (!product)
		return -1;
	if (product->implicit)
		return fail(err, ERROR_USAGE,
		    "cannot update the index of '%s': it is a project, and only products have one",
		    directory);
	/* An index would turn a plain directory of sources into something else. */
	path_join(&path, product->path, SLICE_LITERAL(".product"));
	there = presence_of(str_c(&path), NULL, err);
	if (there < 0)
		return -1;
	if (!product->project_count && !there)
		return fail(err, ERROR_USAGE,
		    "cannot write an index: '%s' is not a product and has no projects", directory);
	str_adds(&path, "/PROJECTS");
	if (!product->is_complete)
		return fail(err, ERROR_INPUT,
		    "'%s' is not written: some projects of '%s' cannot be read", str_c(&path),
		    directory);
	if (product_write_index(product, &written, err) < 0)
		return -1;
	if (output->settings->is_json) {
		json_object(&output->json);
		query_member(output, "index", str_slice(&path));
		query_member_bool(output, "written", written);
		json_member_integer(&output->json, "projects", (int64_t)product->project_count);
		json_object_end(&output->json);
		return 0;
	}
	query_field(output, str_slice(&path));
	query_field(output, slice_c(written ? "written" : "current"));
	query_line_end(output);
	return 0;
}

static int ask(struct query_output *output, const struct arguments *arguments,
    struct query_settings *settings, struct reporter *reporter, size_t *ret_problems,
    struct error **err)
{
	const struct subject *subject;

	if (!arguments->count && settings->update)
		return update(output, reporter, err);
	if (!arguments->count)
		return fail(err, ERROR_USAGE, "no subject given: see 'kiln help query'");
	subject = find_subject(arguments->items[0], err);
	if (!subject || check_options(subject, settings, arguments, err) < 0)
		return -1;
	if (subject->print_files)
		return subject->print_files(output, arguments, err);
	product_complete(&settings->product, arguments->items + 1);
	settings->product.build.session.read_only = true;
	if (product_choose(&settings->product, arguments->items + 1, false, err) < 0)
		return -1;
	return ask_products(output, subject, reporter, ret_problems, err);
}

static int run_query(
    struct reporter *reporter, void *context, const struct arguments *arguments, struct error **err)
{
	struct query_settings *settings = context;
	struct query_output output = {.settings = settings, .text = STR_INIT};
	autostr struct str text = STR_INIT;
	size_t problems = 0;
	int result;

	json_begin(&output.json, &output.text);
	result = ask(&output, arguments, settings, reporter, &problems, err);
	text = output.text;
	if (result < 0)
		return -1;
	if (settings->is_json)
		str_addc(&text, '\n');
	if (command_write(str_slice(&text), err) < 0)
		return -1;
	return problems ? ERROR_INPUT : 0;
}

static int run(const struct command *command, int argc, char **argv)
{
	CLEANUP(settings_release) struct query_settings settings = {0};

	return common_run(command, argc, argv, &settings, run_query);
}

const struct command command_query = {
    .name = "query",
    .arguments = "[OPTION]... SUBJECT [ARGUMENT]...",
    .summary = "Show what a build finds and decides",
    .details =
	"The subjects products, projects, factors, sources, requirements, images (the built\n"
	"files) and variants take TARGETs as kiln build does, by default the current\n"
	"directory. command and why take FACTORs, as paths or factor paths: the commands\n"
	"that build them, and why they would be built. compose FILE... VECTOR prints the\n"
	"fields of a vector, plan FILE what an execution plan says.\n"
	"\n"
	"Examples: kiln query factors\n"
	"          kiln query why acme.press.feed\n"
	"          kiln query compose type.v adapter.v Translate --conclusion if-optimal\n",
    .options = options,
    .run = run,
};
