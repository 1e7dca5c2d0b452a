#include "factor/answer.h"

#include "base/path.h"
#include "factor/reference.h"

static void add_if_known(struct fields *ret, struct slice value)
{
	if (value.len)
		fields_add(ret, value);
}

static const struct project *project_of(const struct factor_view *view)
{
	return view->factor->project;
}

/* The absolute path of an image of the factor. */
static void image_of(const struct factor_view *view, struct slice form, struct str *ret)
{
	struct image_variant variant = view->variant;

	variant.form = form;
	str_add_slice(ret, project_of(view)->product->path);
	str_addc(ret, '/');
	factor_image_path(ret, view->factor, &variant, view->layout);
}

static void answer_form(const struct factor_view *view, struct slice form, struct fields *ret)
{
	autostr struct str path = STR_INIT;

	image_of(view, form, &path);
	fields_add(ret, str_slice(&path));
}

static void answer_image(const struct factor_view *view, struct fields *ret)
{
	answer_form(view, view->variant.form, ret);
}

static void answer_executable(const struct factor_view *view, struct fields *ret)
{
	answer_form(view, SLICE_LITERAL("executable"), ret);
}

static void answer_delineated(const struct factor_view *view, struct fields *ret)
{
	answer_form(view, SLICE_LITERAL("delineated"), ret);
}

static void answer_retained(const struct factor_view *view, struct fields *ret)
{
	answer_form(view, SLICE_LITERAL("retained"), ret);
}

static void answer_telemetry(const struct factor_view *view, struct fields *ret)
{
	if (view->telemetry.len)
		fields_add(ret, view->telemetry);
	else
		answer_form(view, SLICE_LITERAL("metrics"), ret);
}

static void answer_image_name(const struct factor_view *view, struct fields *ret)
{
	autostr struct str path = STR_INIT;

	image_of(view, view->variant.form, &path);
	fields_add(ret, path_name(str_slice(&path)));
}

static void answer_image_directory(const struct factor_view *view, struct fields *ret)
{
	autostr struct str path = STR_INIT;

	image_of(view, view->variant.form, &path);
	fields_add(ret, path_parent(str_slice(&path)));
}

/* Relative to the directory of the image that requires this one; the images may be in different
 * products. */
static void answer_relative_directory(const struct factor_view *view, struct fields *ret)
{
	const struct factor_view *asker = view->asker ? view->asker : view;
	autostr struct str here = STR_INIT;
	autostr struct str there = STR_INIT;
	autostr struct str path = STR_INIT;

	image_of(asker, asker->variant.form, &here);
	image_of(view, view->variant.form, &there);
	path_relative(&path, path_parent(str_slice(&here)), path_parent(str_slice(&there)));
	fields_add(ret, str_slice(&path));
}

static void answer_python_include(const struct factor_view *view, struct fields *ret)
{
	add_if_known(ret, view->python_include);
}

static void answer_source(const struct factor_view *view, struct fields *ret)
{
	autostr struct str path = STR_INIT;

	if (!view->source)
		return;
	source_path(view->factor, view->source, &path);
	fields_add(ret, str_slice(&path));
}

static void answer_source_relative(const struct factor_view *view, struct fields *ret)
{
	autostr struct str path = STR_INIT;

	if (!view->source)
		return;
	path_join(&path, project_of(view)->directory, view->source->path);
	fields_add(ret, str_slice(&path));
}

static void answer_language(const struct factor_view *view, struct fields *ret)
{
	if (view->source && view->source->format)
		add_if_known(ret, view->source->format->language);
}

static void answer_dialect(const struct factor_view *view, struct fields *ret)
{
	if (view->source && view->source->format)
		add_if_known(ret, view->source->format->dialect);
}

static void answer_sources(const struct factor_view *view, struct fields *ret)
{
	for (size_t i = 0; i < view->factor->source_count; i++) {
		autostr struct str path = STR_INIT;

		source_path(view->factor, &view->factor->sources[i], &path);
		fields_add(ret, str_slice(&path));
	}
}

static void answer_source_paths(const struct factor_view *view, struct fields *ret)
{
	const struct factor *factor = view->factor;
	struct slice index = factor->is_explicit ? factor->path : factor_path_parent(factor->path);
	autostr struct str relative = STR_INIT;
	autostr struct str path = STR_INIT;

	add_replaced(&relative, index, '.', '/');
	path_join(&path, project_of(view)->product->path, project_of(view)->directory);
	if (relative.len)
		str_addc(&path, '/');
	str_add_slice(&path, str_slice(&relative));
	fields_add(ret, str_slice(&path));
}

static void answer_unit(const struct factor_view *view, struct fields *ret)
{
	if (view->units && view->units->count == 1)
		fields_add_all(ret, view->units);
}

static void answer_units(const struct factor_view *view, struct fields *ret)
{
	if (view->units)
		fields_add_all(ret, view->units);
}

/* The path of a file beside the unit of the translated source. */
static void answer_beside_unit(
    const struct factor_view *view, const char *suffix, struct fields *ret)
{
	if (!view->source || !view->units || view->units->count != 1)
		return;
	answer_unit(view, ret);
	fields_extend(ret, slice_c(suffix));
}

static void answer_dependencies(const struct factor_view *view, struct fields *ret)
{
	answer_beside_unit(view, ANSWER_DEPENDENCIES, ret);
}

static void answer_partial_dependencies(const struct factor_view *view, struct fields *ret)
{
	answer_beside_unit(view, ANSWER_PARTIAL_DEPENDENCIES, ret);
}

static void answer_work(const struct factor_view *view, struct fields *ret)
{
	add_if_known(ret, view->work);
}

static void answer_below_work(const struct factor_view *view, struct slice name, struct fields *ret)
{
	autostr struct str path = STR_INIT;

	if (!view->work.len)
		return;
	path_join(&path, view->work, name);
	fields_add(ret, str_slice(&path));
}

static void answer_log(const struct factor_view *view, struct fields *ret)
{
	answer_below_work(view, SLICE_LITERAL("log"), ret);
}

static void answer_unit_directory(const struct factor_view *view, struct fields *ret)
{
	answer_below_work(view, SLICE_LITERAL("units"), ret);
}

/* The built-in context's text is empty. */
static void answer_context(const struct factor_view *view, struct fields *ret)
{
	if (view->context.data)
		fields_add(ret, view->context);
}

static void answer_path(const struct factor_view *view, struct fields *ret)
{
	autostr struct str path = STR_INIT;

	str_addf(&path, "%s.%s", project_of(view)->path.data, view->factor->path.data);
	fields_add(ret, str_slice(&path));
}

static void answer_relative_path(const struct factor_view *view, struct fields *ret)
{
	fields_add(ret, view->factor->path);
}

static void answer_name(const struct factor_view *view, struct fields *ret)
{
	fields_add(ret, factor_path_name(view->factor->path));
}

static void answer_index(const struct factor_view *view, struct fields *ret)
{
	fields_add(ret, factor_path_parent(view->factor->path));
}

static void answer_id(const struct factor_view *view, struct fields *ret)
{
	autostr struct str id = STR_INIT;

	str_addf(&id, "%s/%s", project_of(view)->identifier.data, view->factor->path.data);
	fields_add(ret, str_slice(&id));
}

static void answer_type(const struct factor_view *view, struct fields *ret)
{
	fields_add(ret, view->factor->type);
}

static void answer_project_path(const struct factor_view *view, struct fields *ret)
{
	fields_add(ret, project_of(view)->path);
}

static void answer_project_name(const struct factor_view *view, struct fields *ret)
{
	fields_add(ret, project_of(view)->name);
}

static void answer_project_id(const struct factor_view *view, struct fields *ret)
{
	fields_add(ret, project_of(view)->identifier);
}

static void answer_context_path(const struct factor_view *view, struct fields *ret)
{
	fields_add(ret, factor_path_parent(project_of(view)->path));
}

static void answer_context_name(const struct factor_view *view, struct fields *ret)
{
	fields_add(ret, factor_path_name(factor_path_parent(project_of(view)->path)));
}

static void answer_product_path(const struct factor_view *view, struct fields *ret)
{
	fields_add(ret, project_of(view)->product->path);
}

/* The identifier up to and including its last slash. */
static void answer_corpus(const struct factor_view *view, struct fields *ret)
{
	struct slice corpus = project_of(view)->identifier;

	while (corpus.len && corpus.data[corpus.len - 1] != '/')
		corpus.len--;
	fields_add(ret, corpus);
}

struct query {
	const char *name;
	void (*answer)(const struct factor_view *view, struct fields *ret);
	/* Available as a field of a requirement, too: it is a property of the factor, not of the
	 * work done on it. */
	bool is_field;
	/* What a system item answers, too. */
	bool is_value;
};

static const struct query queries[] = {
    {"source", answer_source, false, false},
    {"source-relative-path", answer_source_relative, false, false},
    {"language", answer_language, false, false},
    {"dialect", answer_dialect, false, false},
    {"unit", answer_unit, false, false},
    {"units", answer_units, false, false},
    {"dependency-file", answer_dependencies, false, false},
    {"partial-dependency-file", answer_partial_dependencies, false, false},
    {"factor-image", answer_image, true, true},
    {"factor-image-name", answer_image_name, true, true},
    {"image-directory", answer_image_directory, true, false},
    {"relative-image-directory", answer_relative_directory, true, false},
    {"python-include-directory", answer_python_include, false, false},
    {"executable-image", answer_executable, true, false},
    {"delineated-image", answer_delineated, true, false},
    {"retained-image", answer_retained, true, false},
    {"work-directory", answer_work, false, false},
    {"log-directory", answer_log, false, false},
    {"unit-directory", answer_unit_directory, false, false},
    {"telemetry-directory", answer_telemetry, false, false},
    {"construction-context-path", answer_context, false, false},
    {"factor-path", answer_path, true, false},
    {"factor-relative-path", answer_relative_path, true, false},
    {"factor-name", answer_name, true, false},
    {"factor-id", answer_id, true, false},
    {"factor-index", answer_index, true, false},
    {"factor-type", answer_type, true, false},
    {"project-path", answer_project_path, true, false},
    {"project-name", answer_project_name, true, false},
    {"project-id", answer_project_id, true, false},
    {"context-path", answer_context_path, true, false},
    {"context-name", answer_context_name, true, false},
    {"product-path", answer_product_path, true, false},
    {"corpus", answer_corpus, true, false},
    {"source-paths", answer_source_paths, true, true},
    {"sources", answer_sources, true, false},
};

static const struct query *find_query(struct slice name)
{
	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++)
		if (slice_is(name, queries[i].name))
			return &queries[i];
	return NULL;
}

/* A field that all requirements of a type have. */
static int answer_required(const struct factor_view *view, struct slice type,
    const struct query *field, struct fields *ret, struct error **err)
{
	struct factor *factor = view->factor;

	if (factor_requirements(factor, err) < 0)
		return -1;
	for (size_t i = 0; i < factor->resolved_count; i++) {
		const struct requirement *item = &factor->resolved[i];
		const struct factor_view required = {.factor = item->factor,
		    .variant = view->variant,
		    .layout = view->layout,
		    .asker = view};

		if (!slice_equal(item->type, type))
			continue;
		if (item->factor)
			field->answer(&required, ret);
		else if (field->is_value)
			fields_add(ret, item->value);
	}
	return 0;
}

int factor_answer(
    void *view, struct slice name, struct fields *ret, bool *ret_known, struct error **err)
{
	const struct slice form = SLICE_LITERAL("factor-image:");
	const char *mark = name.len ? memrchr(name.data, '#', name.len) : NULL;
	const struct query *query;

	*ret_known = true;
	if (slice_starts(name, form) && name.len > form.len) {
		answer_form(view, slice_from(name, form.len), ret);
		return 0;
	}
	if (mark) {
		struct slice type = slice_of(name.data, (size_t)(mark - name.data));

		query = find_query(slice_of(mark + 1, name.len - type.len - 1));
		if (query && query->is_field)
			return answer_required(view, type, query, ret, err);
		*ret_known = false;
		return 0;
	}
	query = find_query(name);
	if (query)
		query->answer(view, ret);
	*ret_known = query != NULL;
	return 0;
}
