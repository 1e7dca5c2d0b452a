#include "command/query.h"

#include "base/path.h"
#include "factor/reference.h"

static bool is_json(const struct query_output *output)
{
	return output->settings->is_json;
}

/* Append a type with its isolation, as references write it. */
static void add_type(struct slice type, struct slice isolation, struct str *ret)
{
	str_add_slice(ret, type);
	if (isolation.len)
		str_addc(ret, '#');
	str_add_slice(ret, isolation);
}

static void type_field(struct query_output *output, struct slice type, struct slice isolation)
{
	autostr struct str text = STR_INIT;

	add_type(type, isolation, &text);
	query_field(output, str_slice(&text));
}

static void name_field(struct query_output *output, const struct factor *factor)
{
	autostr struct str name = STR_INIT;

	query_factor_name(factor, &name);
	query_field(output, str_slice(&name));
}

static void name_member(struct query_output *output, const char *key, const struct factor *factor)
{
	autostr struct str name = STR_INIT;

	query_factor_name(factor, &name);
	query_member(output, key, str_slice(&name));
}

static void describe_product(struct query_output *output, const struct product *product)
{
	json_object(&output->json);
	query_member(output, "path", product->path);
	query_member_bool(output, "implicit", product->implicit);
	query_member_bool(output, "indexed", product->indexed);
	json_key(&output->json, "projects");
	json_array(&output->json);
	for (size_t i = 0; i < product->project_count; i++)
		json_string(&output->json, product->projects[i]->path);
	json_array_end(&output->json);
	json_key(&output->json, "connections");
	json_array(&output->json);
	for (size_t i = 0; i < product->connection_count; i++)
		json_string(&output->json, product->connections[i]);
	json_array_end(&output->json);
	json_object_end(&output->json);
}

static bool is_target(const struct build_session *session, const struct product *product)
{
	for (size_t i = 0; i < session->target_count; i++) {
		if (session->targets[i].product == product)
			return true;
	}
	return false;
}

int query_print_products(
    struct query_output *output, struct build_session *session, struct error **err)
{
	autofree struct product **products = NULL;
	size_t count;

	if (query_products(session, &products, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const char *kind = products[i]->implicit ? "implicit" : "product";

		if (is_json(output)) {
			describe_product(output, products[i]);
			continue;
		}
		if (!is_target(session, products[i]))
			kind = "connection";
		query_field(output, products[i]->path);
		query_field(output, slice_c(kind));
		query_line_end(output);
	}
	return 0;
}

/* Add the format of a source. An unknown format (NULL) has null for language and dialect. */
static void describe_format(struct query_output *output, const struct format *format)
{
	static const struct format none = {.type = {FACTOR_UNKNOWN, sizeof(FACTOR_UNKNOWN) - 1}};

	if (!format)
		format = &none;
	query_member(output, "type", format->type);
	query_member(output, "language", format->language);
	query_member(output, "dialect", format->dialect);
}

static void describe_formats(struct query_output *output, const struct project *project)
{
	json_key(&output->json, "formats");
	json_array(&output->json);
	for (size_t i = 0; i < project->formats.count; i++) {
		const struct format *format = project->formats.entries[i].value;

		json_object(&output->json);
		query_member(output, "extension", format->extension);
		describe_format(output, format);
		json_object_end(&output->json);
	}
	json_array_end(&output->json);
}

static void describe_project(struct query_output *output, const struct project *project)
{
	json_object(&output->json);
	query_member(output, "product", project->product->path);
	query_member(output, "factor", project->path);
	json_member_slice(&output->json, "directory", project->directory);
	query_member(output, "identifier", project->identifier);
	query_member(output, "protocol", project->protocol);
	query_member(output, "name", project->name);
	query_member(output, "authority", project->authority);
	query_member(output, "contact", project->contact);
	query_member(output, "icon", project->icon);
	query_member(output, "synopsis", project->synopsis);
	query_member_bool(output, "implicit", project->implicit);
	describe_formats(output, project);
	json_object_end(&output->json);
}

int query_print_projects(
    struct query_output *output, struct build_session *session, struct error **err)
{
	autofree struct project **projects = NULL;
	size_t count;

	(void)err; /* the session has found them */
	query_projects(session, &projects, &count);
	for (size_t i = 0; i < count; i++) {
		const struct project *project = projects[i];
		autostr struct str directory = STR_INIT;

		if (is_json(output)) {
			describe_project(output, project);
			continue;
		}
		path_join(&directory, project->product->path, project->directory);
		query_field(output, project->path);
		query_field(output, str_slice(&directory));
		query_field(output, project->identifier);
		query_field(output, project->protocol);
		query_line_end(output);
	}
	return 0;
}

/* The path of a source below its product, as a part of `whole`, the absolute path. */
static struct slice path_in_product(
    const struct factor *factor, const struct source *source, struct str *whole)
{
	size_t skip = factor->project->product->path.len + 1;

	str_truncate(whole, 0);
	source_path(factor, source, whole);
	return slice_from(str_slice(whole), skip);
}

static void describe_source(
    struct query_output *output, const struct factor *factor, const struct source *source)
{
	autostr struct str whole = STR_INIT;

	query_member(output, "path", path_in_product(factor, source, &whole));
	describe_format(output, source->format);
	json_member_integer(&output->json, "size", (int64_t)source->stamp.size);
}

static void describe_requirements(struct query_output *output, const struct factor *factor)
{
	json_key(&output->json, "requirements");
	json_array(&output->json);
	for (size_t i = 0; i < factor->requirement_count; i++)
		json_string(&output->json, factor->requirements[i]);
	json_array_end(&output->json);
}

static void describe_factor(struct query_output *output, const struct factor *factor)
{
	json_object(&output->json);
	query_member(output, "product", factor->project->product->path);
	query_member(output, "project", factor->project->path);
	name_member(output, "factor", factor);
	query_member(output, "path", factor->path);
	query_member(output, "type", factor->type);
	query_member(output, "isolation", factor->isolation);
	query_member_bool(output, "explicit", factor->is_explicit);
	describe_requirements(output, factor);
	json_key(&output->json, "sources");
	json_array(&output->json);
	for (size_t i = 0; i < factor->source_count; i++) {
		json_object(&output->json);
		describe_source(output, factor, &factor->sources[i]);
		json_object_end(&output->json);
	}
	json_array_end(&output->json);
	json_object_end(&output->json);
}

int query_print_factors(
    struct query_output *output, struct build_session *session, struct error **err)
{
	autofree struct factor **factors = NULL;
	size_t count;

	if (query_factors(session, &factors, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (is_json(output)) {
			describe_factor(output, factors[i]);
			continue;
		}
		name_field(output, factors[i]);
		type_field(output, factors[i]->type, factors[i]->isolation);
		query_line_end(output);
	}
	return 0;
}

static void print_source(
    struct query_output *output, const struct factor *factor, const struct source *source)
{
	const struct format *format = source->format;
	autostr struct str text = STR_INIT;

	if (is_json(output)) {
		json_object(&output->json);
		query_member(output, "product", factor->project->product->path);
		name_member(output, "factor", factor);
		describe_source(output, factor, source);
		json_object_end(&output->json);
		return;
	}
	source_path(factor, source, &text);
	query_field(output, str_slice(&text));
	name_field(output, factor);
	query_field(output, format ? format->type : SLICE_LITERAL(FACTOR_UNKNOWN));
	str_truncate(&text, 0);
	if (format)
		str_addf(&text, "%s%s%s", format->language.data, format->dialect.len ? "." : "",
		    format->dialect.data);
	query_field(output, str_slice(&text));
	query_line_end(output);
}

int query_print_sources(
    struct query_output *output, struct build_session *session, struct error **err)
{
	autofree struct factor **factors = NULL;
	size_t count;

	if (query_factors(session, &factors, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < factors[i]->source_count; k++)
			print_source(output, factors[i], &factors[i]->sources[k]);
	}
	return 0;
}

static void describe_requirement(
    struct query_output *output, const struct factor *factor, const struct requirement *requirement)
{
	const struct factor *required = requirement->factor;

	json_object(&output->json);
	query_member(output, "product", factor->project->product->path);
	name_member(output, "factor", factor);
	if (required) {
		name_member(output, "requirement", required);
		query_member(output, "required-product", required->project->product->path);
		query_member(output, "required-project", required->project->identifier);
	} else {
		query_member(output, "system", requirement->value);
	}
	query_member(output, "type", requirement->type);
	query_member(output, "isolation", requirement->isolation);
	json_object_end(&output->json);
}

static void print_requirement(
    struct query_output *output, const struct factor *factor, const struct requirement *requirement)
{
	if (is_json(output)) {
		describe_requirement(output, factor, requirement);
		return;
	}
	name_field(output, factor);
	if (requirement->factor)
		name_field(output, requirement->factor);
	else
		query_field(output, requirement->value);
	type_field(output, requirement->type, requirement->isolation);
	query_line_end(output);
}

int query_print_requirements(
    struct query_output *output, struct build_session *session, struct error **err)
{
	const struct factor_listener *listener = &session->graph.listener;
	autofree struct factor **factors = NULL;
	size_t count;

	if (query_factors(session, &factors, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct error *problem = NULL;

		if (factor_requirements(factors[i], &problem) < 0) {
			if (!error_is_local(problem))
				return fail_with(err, problem);
			listener->problem(listener->context, problem);
			continue;
		}
		for (size_t k = 0; k < factors[i]->resolved_count; k++)
			print_requirement(output, factors[i], &factors[i]->resolved[k]);
	}
	return 0;
}
