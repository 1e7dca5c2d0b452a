#include "command/query.h"

#include "base/file.h"
#include "context/execution.h"
#include "context/vectors.h"

#define FILE_LIMIT ((size_t)16 << 20)

/* Read a file that the command line names. */
static int read_file(const char *path, struct str *ret, struct error **err)
{
	if (file_read(path, FILE_LIMIT, ret, NULL, err) < 0)
		return fail_as(err, ERROR_USAGE);
	return 0;
}

static int add_file(struct vectors *vectors, const char *path, struct error **err)
{
	autostr struct str text = STR_INIT;

	if (read_file(path, &text, err) < 0)
		return -1;
	return vectors_add(vectors, str_slice(&text), path, err);
}

static int answer(
    void *context, struct slice name, struct fields *ret, bool *known, struct error **err)
{
	const struct query_settings *settings = context;
	const struct query_lists *answers = &settings->answers;

	(void)err; /* an unknown name is no error */
	for (size_t i = 0; i < answers->names.count; i++) {
		if (!slice_equal(fields_at(&answers->names, i), name))
			continue;
		fields_add_all(ret, &answers->values[i]);
		*known = true;
	}
	return 0;
}

static const char *read_environment(void *context, const char *name)
{
	(void)context; /* the environment is global */
	return getenv(name);
}

static void print_fields(struct query_output *output, const struct fields *fields)
{
	if (output->settings->is_json)
		json_array(&output->json);
	for (size_t i = 0; i < fields->count; i++) {
		if (output->settings->is_json) {
			json_string(&output->json, fields_at(fields, i));
			continue;
		}
		/* Print fields unescaped: authors of contexts need to see their bytes. */
		str_add_slice(&output->text, fields_at(fields, i));
		query_line_end(output);
	}
	if (output->settings->is_json)
		json_array_end(&output->json);
}

int query_compose(
    struct query_output *output, const struct arguments *arguments, struct error **err)
{
	const struct query_settings *settings = output->settings;
	autovectors struct vectors *vectors = vectors_new();
	autofields struct fields fields = FIELDS_INIT;
	struct composition composition = {
	    .conclusions = &settings->conclusions,
	    .constants = &settings->constants.names,
	    .values = settings->constants.values,
	    .query = answer,
	    .environment = read_environment,
	    .context = (void *)settings, /* nothing writes to the settings */
	};
	const char *name;

	if (arguments->count < 3)
		return fail(
		    err, ERROR_USAGE, "compose needs FILE... VECTOR: see 'kiln help query'");
	name = arguments->items[arguments->count - 1];
	for (size_t i = 1; i + 1 < arguments->count; i++) {
		if (add_file(vectors, arguments->items[i], err) < 0)
			return -1;
	}
	if (!vectors_have(vectors, slice_c(name)))
		return fail(err, ERROR_USAGE, "no vector '%s' in '%s'%s", name, arguments->items[1],
		    arguments->count > 3 ? " and the other files" : "");
	if (vectors_compose(vectors, slice_c(name), &composition, &fields, err) < 0)
		return -1;
	print_fields(output, &fields);
	return 0;
}

/* Add a line about a part of a plan. */
static void add_line(struct query_output *output, const char *kind, struct slice value)
{
	query_field(output, slice_c(kind));
	query_value(output, value);
	query_line_end(output);
}

static void add_plan(struct query_output *output, const struct execution *plan)
{
	for (size_t i = 0; i < plan->environment.count; i++) {
		struct slice entry = fields_at(&plan->environment, i);

		add_line(
		    output, memchr(entry.data, '=', entry.len) ? "environment" : "unset", entry);
	}
	add_line(output, "executable", str_slice(&plan->executable));
	for (size_t i = 0; i < plan->arguments.count; i++)
		add_line(output, "argument", fields_at(&plan->arguments, i));
}

/* Add pairs of name and value; null for a variable to unset. */
static void add_environment(struct json_writer *json, const struct fields *environment)
{
	json_array(json);
	for (size_t i = 0; i < environment->count; i++) {
		struct slice value = fields_at(environment, i), name;

		json_array(json);
		(void)slice_next(&value, '=', &name); /* always a first part, maybe empty */
		json_string(json, name);
		if (value.data)
			json_string(json, value);
		else
			json_null(json);
		json_array_end(json);
	}
	json_array_end(json);
}

int query_plan(struct query_output *output, const struct arguments *arguments, struct error **err)
{
	autoexecution struct execution plan = {0};
	autostr struct str text = STR_INIT;
	const char *path = arguments->items[1];

	if (arguments->count != 2)
		return fail(err, ERROR_USAGE, "plan needs one FILE: see 'kiln help query'");
	if (read_file(path, &text, err) < 0 ||
	    execution_parse(str_slice(&text), path, &plan, err) < 0)
		return -1;
	if (!output->settings->is_json) {
		add_plan(output, &plan);
		return 0;
	}
	json_object(&output->json);
	json_key(&output->json, "environment");
	add_environment(&output->json, &plan.environment);
	json_member_slice(&output->json, "executable", str_slice(&plan.executable));
	query_member_fields(output, "arguments", &plan.arguments);
	json_object_end(&output->json);
	return 0;
}
