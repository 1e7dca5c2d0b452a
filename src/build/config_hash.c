#include "build/config_hash.h"

#include <sys/stat.h>

#include "base/file_stamp.h"
#include "build/command_runner.h"
#include "build/self_key.h"

static void add_text(struct str *ret, const char *text)
{
	str_add_part(ret, slice_c(text ? text : ""));
}

static int add_environment(const struct graph *graph, const struct build_mode *mode,
    const struct variant *variant, const struct context_type *type, struct str *ret,
    struct error **err)
{
	autofields struct fields names = FIELDS_INIT;

	if (context_environment(graph->context, &mode->request, variant, type, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		struct slice name = fields_at(&names, i);
		const char *value = mode->request.environment
					? mode->request.environment(
					      mode->request.environment_context, name.data)
					: NULL;

		str_add_part(ret, name);
		str_addc(ret, value ? '=' : '-');
		add_text(ret, value);
	}
	return 0;
}

/* Append all that decides about results but does not belong to one factor. While it is the same, a
 * build need not compose commands to know that they are the same. */
static int describe_config(struct graph *graph, const struct build_mode *mode,
    const struct variant *variant, const struct context_type *type, struct str *ret,
    struct error **err)
{
	const struct context_request *request = &mode->request;

	if (self_key_add(&graph->pythons, variant->architecture, ret, err) < 0)
		return -1;
	str_add_part(ret, slice_of((const char *)context_digest(graph->context)->bytes, HASH_SIZE));
	add_text(ret, context_path(graph->context));
	add_text(ret, request->mode);
	for (size_t i = 0; i < request->features->count; i++)
		str_add_part(ret, fields_at(request->features, i));
	add_text(ret, request->host_system);
	add_text(ret, request->host_architecture);
	add_text(ret, request->host_python);
	str_add_part(ret, variant->section);
	str_add_part(ret, variant->system);
	str_add_part(ret, variant->architecture);
	str_add_part(ret, variant->form);
	add_text(ret, getenv("SOURCE_DATE_EPOCH"));
	return add_environment(graph, mode, variant, type, ret, err);
}

static int answer_nothing(
    void *context, struct slice name, struct fields *ret, bool *ret_known, struct error **err)
{
	(void)context;
	(void)name;
	(void)ret;
	(void)err;
	*ret_known = false;
	return 0;
}

/* Append path and stamp of the program that translates sources of a format, or with NULL of the one
 * that renders. Errors of the context are ignored here: composing the commands reports them. */
static void add_program(const struct graph *graph, const struct build_mode *mode,
    const struct variant *variant, const struct context_type *type, const struct format *format,
    struct str *ret)
{
	const struct context_subject subject = {
	    .type = *type,
	    .language = format ? format->language : SLICE_LITERAL(""),
	    .dialect = format ? format->dialect : SLICE_LITERAL(""),
	    .query = answer_nothing,
	};
	autocommand struct context_command command = {0};
	autostr struct str path = STR_INIT;
	struct file_stamp stamp;
	struct stat stat_of;
	size_t skip;
	bool present;

	if (context_command(graph->context, &mode->request, variant,
		format ? PHASE_TRANSLATE : PHASE_RENDER, &subject, &command, &present, NULL) < 0 ||
	    !present || command_is_own(&command, &skip) ||
	    command_program(&command, &path, NULL) < 0 || stat(str_c(&path), &stat_of) < 0)
		return;
	file_stamp_of(&stat_of, &stamp);
	str_add_part(ret, str_slice(&path));
	str_add_part(ret, slice_of((const char *)&stamp, sizeof(stamp)));
}

/* The context has one variant object for each type and variant, so its address identifies both. */
struct config_key {
	const struct variant *variant;
	const struct format *format;
};

bool config_hash_translate(struct context *context, const struct build_mode *mode,
    const struct variant *variant, const struct factor *factor, const struct source *source)
{
	const struct format *format = source->format;
	struct context_subject subject = {.type = {factor->type, factor->isolation}};
	bool present;

	if (!format)
		return false;
	subject.language = format->language;
	subject.dialect = format->dialect;
	return context_has_command(context, &mode->request, variant, PHASE_TRANSLATE, &subject,
		   &present, NULL) < 0 ||
	       present;
}

/* The hash for one source, or with NULL for a factor without sources. */
static int find_config(struct graph *graph, struct build_mode *mode, const struct variant *variant,
    const struct factor *factor, const struct source *source, struct config_hash *ret,
    struct error **err)
{
	const struct context_type type = {factor->type, factor->isolation};
	const struct format *format = source ? source->format : NULL;
	const struct config_key key = {variant, format};
	const struct slice bytes = slice_of((const char *)&key, sizeof(key));
	const struct config_hash *known = map_get(&mode->configs, bytes);
	autostr struct str text = STR_INIT;
	struct config_hash *kept;

	if (known) {
		*ret = *known;
		return 0;
	}
	if (describe_config(graph, mode, variant, &type, &text, err) < 0)
		return -1;
	add_program(graph, mode, variant, &type, NULL, &text);
	if (format)
		add_program(graph, mode, variant, &type, format, &text);
	if (hash_compute(HASH_BLAKE2B, str_slice(&text), &ret->digest, err) < 0)
		return -1;
	ret->is_rendered = source &&
			   config_hash_translate(graph->context, mode, variant, factor, source);
	kept = arena_alloc(&graph->arena, sizeof(*kept));
	*kept = *ret;
	*map_at(&mode->configs, arena_slice(&graph->arena, bytes)) = kept;
	return 0;
}

/* For a factor with sources of several formats: a digest over the hashes of all. */
int config_hash_find(struct graph *graph, struct build_mode *mode, const struct variant *variant,
    const struct factor *factor, struct config_hash *ret, struct error **err)
{
	const struct source *sources = factor->sources;
	autostr struct str text = STR_INIT;

	if (find_config(
		graph, mode, variant, factor, factor->source_count ? sources : NULL, ret, err) < 0)
		return -1;
	ret->is_rendered = ret->is_rendered || !factor->source_count;
	for (size_t i = 1; i < factor->source_count; i++) {
		struct config_hash other;

		if (sources[i].format == sources[i - 1].format)
			continue;
		if (find_config(graph, mode, variant, factor, &sources[i], &other, err) < 0)
			return -1;
		ret->is_rendered = ret->is_rendered || other.is_rendered;
		str_truncate(&text, 0);
		str_add(&text, ret->digest.bytes, HASH_SIZE);
		str_add(&text, other.digest.bytes, HASH_SIZE);
		if (hash_compute(HASH_BLAKE2B, str_slice(&text), &ret->digest, err) < 0)
			return -1;
	}
	return 0;
}
