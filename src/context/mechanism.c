#include "base/array.h"
#include "context/files.h"
#include "context/parts.h"

/* Resolve a name in a descriptor: one dot is the section, two are the context factor. */
static int resolve(
    const struct variant *variant, struct slice name, struct str *ret, struct error **err)
{
	size_t dots = 0;

	while (dots < name.len && name.data[dots] == '.')
		dots++;
	if (dots > 2 || dots == name.len)
		return fail(
		    err, ERROR_USAGE, "the context has no factor '%.*s'", (int)name.len, name.data);
	if (dots == 1)
		str_add_slice(ret, variant->section);
	else if (dots == 2)
		str_adds(ret, MACHINES);
	if (dots > 0)
		str_addc(ret, '.');
	str_add(ret, name.data + dots, name.len - dots);
	return 0;
}

/* A section's vectors file by its name; NULL if there is none. */
static const struct vectors *section_file(
    const struct context *context, struct slice section, struct slice name)
{
	autostr struct str factor = STR_INIT;

	str_add_slice(&factor, section);
	str_addc(&factor, '.');
	str_add_slice(&factor, name);
	return map_get(&context->vectors, str_slice(&factor));
}

static void add_section_file(const struct context *context, const struct variant *variant,
    struct slice name, struct vectors *ret)
{
	const struct vectors *file = section_file(context, variant->section, name);

	if (file)
		vectors_add_all(ret, file);
}

/* The descriptor's vector: the one for the language or isolation, else the general one. */
static void name_descriptor(
    const struct vectors *vectors, enum context_phase phase, struct slice special, struct str *ret)
{
	const char *general = phase == PHASE_TRANSLATE ? "Translate" : "Render";

	str_adds(ret, general);
	if (special.len == 0)
		return;
	str_addc(ret, '-');
	str_add_slice(ret, special);
	if (!vectors_have(vectors, str_slice(ret)))
		str_truncate(ret, strlen(general));
}

/* Append a descriptor's fields. */
static int describe(const struct context *context, const struct situation *situation,
    const struct variant *variant, enum context_phase phase, const struct context_type *type,
    struct slice language, struct fields *ret, struct error **err)
{
	autovectors struct vectors *vectors = vectors_new();
	autostr struct str name = STR_INIT;
	struct slice semantics, type_name;

	type_split(type->iri, &semantics, &type_name);
	add_section_file(context, variant,
	    type->isolation.len ? type->isolation : SLICE_LITERAL("type"), vectors);
	add_section_file(context, variant, type_name, vectors);
	name_descriptor(
	    vectors, phase, phase == PHASE_TRANSLATE ? language : type->isolation, &name);
	return situation_compose(situation, vectors, str_slice(&name), ret, err);
}

/* The vectors that a descriptor names in its third and later fields. */
static int merge(struct context *context, const struct variant *variant,
    const struct fields *descriptor, const struct vectors **ret, struct error **err)
{
	autovectors struct vectors *merged = vectors_new();
	autostr struct str key = STR_INIT;
	void **value;

	for (size_t i = 2; i < descriptor->count; i++) {
		autostr struct str factor = STR_INIT;
		const struct vectors *vectors;

		if (resolve(variant, fields_at(descriptor, i), &factor, err) < 0)
			return -1;
		vectors = map_get(&context->vectors, str_slice(&factor));
		if (!vectors)
			return fail(
			    err, ERROR_USAGE, "the context has no vectors '%s'", str_c(&factor));
		vectors_add_all(merged, vectors);
		str_add(&key, str_c(&factor), factor.len + 1);
	}
	if (!map_get(&context->merged, str_slice(&key))) {
		value = map_at(&context->merged, arena_slice(&context->arena, str_slice(&key)));
		*value = steal(&merged);
	}
	*ret = map_get(&context->merged, str_slice(&key));
	return 0;
}

/* Read a descriptor that is not empty. */
static int follow(struct context *context, const struct variant *variant,
    const struct fields *descriptor, struct mechanism *ret, struct error **err)
{
	autostr struct str plan = STR_INIT;
	struct slice adapter;

	if (descriptor->count < 2)
		return fail(err, ERROR_USAGE, "descriptor without an adapter");
	if (resolve(variant, fields_at(descriptor, 0), &plan, err) < 0)
		return -1;
	ret->plan = map_get(&context->plans, str_slice(&plan));
	if (!ret->plan)
		return fail(err, ERROR_USAGE, "the context has no plan '%s'", str_c(&plan));
	if (merge(context, variant, descriptor, &ret->vectors, err) < 0)
		return -1;
	adapter = fields_at(descriptor, 1);
	if (!vectors_have(ret->vectors, adapter))
		return fail(err, ERROR_USAGE, "no vector '%.*s' in the merged vectors",
		    (int)adapter.len, adapter.data);
	ret->adapter = arena_slice(&context->arena, adapter);
	ret->present = true;
	return 0;
}

static int compare_slices(const void *a, const void *b)
{
	return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* The variables that [environment] names. */
static int name_variables(const struct mechanism *render, struct fields *ret, struct error **err)
{
	autofields struct fields names = FIELDS_INIT;
	autofree struct slice *order = NULL;

	if (situation_compose(&render->situation, render->vectors, SLICE_LITERAL("[environment]"),
		&names, err) < 0)
		return -1;
	order = xcalloc(names.count, sizeof(*order));
	for (size_t i = 0; i < names.count; i++)
		order[i] = fields_at(&names, i);
	array_sort(order, names.count, sizeof(*order), compare_slices);
	for (size_t i = 0; i < names.count; i++)
		if (i == 0 || !slice_equal(order[i - 1], order[i]))
			fields_add(ret, order[i]);
	return 0;
}

static int prepare_environment(struct context *context, const struct context_request *request,
    const struct variant *variant, enum context_phase phase, const struct context_type *type,
    struct mechanism *mechanism, struct error **err)
{
	const struct slice none = {NULL, 0};
	const struct mechanism *render;

	if (phase == PHASE_RENDER)
		return name_variables(mechanism, &mechanism->environment, err);
	if (mechanism_get(context, request, variant, PHASE_RENDER, type, none, none, &render, err) <
	    0)
		return -1;
	fields_add_all(&mechanism->environment, &render->environment);
	return 0;
}

static int prepare(struct context *context, const struct context_request *request,
    const struct variant *variant, enum context_phase phase, const struct context_type *type,
    struct slice language, struct slice dialect, struct mechanism *mechanism, struct error **err)
{
	autofields struct fields descriptor = FIELDS_INIT;
	struct situation *situation = &mechanism->situation;

	situation_add_request(situation, request, slice_c(request->mode), variant->section);
	situation_add_variant(situation, variant);
	situation_add_type(situation, type, true);
	if (phase == PHASE_TRANSLATE)
		situation_add_format(situation, language, dialect);
	if (describe(context, situation, variant, phase, type, language, &descriptor, err) < 0)
		return -1;
	if (descriptor.count == 0)
		return 0;
	if (follow(context, variant, &descriptor, mechanism, err) < 0)
		return fail_prefix(err, "section '%s', %s of '%.*s'", variant->section.data,
		    phase == PHASE_TRANSLATE ? "translating" : "rendering", (int)type->iri.len,
		    type->iri.data);
	return prepare_environment(context, request, variant, phase, type, mechanism, err);
}

int mechanism_get(struct context *context, const struct context_request *request,
    const struct variant *variant, enum context_phase phase, const struct context_type *type,
    struct slice language, struct slice dialect, const struct mechanism **ret, struct error **err)
{
	struct mechanism *mechanism;
	struct slice key;

	key_begin(context, request, type);
	key_add(context, variant->section);
	key_add(context, variant->system);
	key_add(context, variant->architecture);
	key_add(context, variant->form);
	key_add(context, phase == PHASE_TRANSLATE ? SLICE_LITERAL("t") : SLICE_LITERAL("r"));
	key_add(context, language);
	key_add(context, dialect);
	*ret = map_get(&context->mechanisms, str_slice(&context->key));
	if (*ret)
		return 0;
	key = arena_slice(&context->arena, str_slice(&context->key));
	mechanism = arena_zalloc(&context->arena, 1, sizeof(*mechanism));
	if (prepare(context, request, variant, phase, type, language, dialect, mechanism, err) <
	    0) {
		situation_release(&mechanism->situation);
		fields_release(&mechanism->environment);
		return -1;
	}
	*map_at(&context->mechanisms, key) = mechanism;
	*ret = mechanism;
	return 0;
}
