#include "context/parts.h"

#include "base/path.h"
#include "context/files.h"

/* What is needed to find the variants of one type. */
struct search {
	struct context *context;
	const struct context_request *request;
	const struct context_type *type;
	struct slice form;
	struct slice section; /* the section that processes; empty: the type is projected */
	struct slice mode;    /* for looking up variants */
	struct str found;     /* array of struct variant */
	struct error **err;
};

/* Refuse names that would change a path that they become part of. */
static int check_name(const char *what, struct slice name, struct error **err)
{
	if (path_is_confined(name) && !memchr(name.data, '/', name.len))
		return 0;
	return fail(
	    err, ERROR_USAGE, "'%.*s' is not a valid name for %s", (int)name.len, name.data, what);
}

/* A vector's first field, copied; empty if the vector has no fields. */
static int first_field(struct search *search, const struct situation *situation,
    const struct vectors *vectors, const char *name, struct slice *ret)
{
	autofields struct fields fields = FIELDS_INIT;
	struct slice field = {"", 0};

	if (situation_compose(situation, vectors, slice_c(name), &fields, search->err) < 0)
		return -1;
	if (fields.count > 0)
		field = fields_at(&fields, 0);
	if (memchr(field.data, '/', field.len))
		return fail(
		    search->err, ERROR_USAGE, "%s must not have a slash: '%s'", name, field.data);
	*ret = arena_slice(&search->context->arena, field);
	return 0;
}

/* Whether a vector is missing, or has this field. */
static int allows(struct search *search, const struct situation *situation,
    const struct vectors *vectors, const char *name, struct slice field, bool *ret)
{
	autofields struct fields fields = FIELDS_INIT;

	if (situation_compose(situation, vectors, slice_c(name), &fields, search->err) < 0)
		return -1;
	*ret = !vectors_have(vectors, slice_c(name)) || fields_have(&fields, field);
	return 0;
}

/* Find out whether the section processes the type, and what its units are called. */
static int decide_integration(struct search *search, struct variant *variant)
{
	autosituation struct situation situation = {0};
	const struct slice none = {NULL, 0};
	const struct mechanism *render;
	struct slice semantics, name;
	bool semantics_fit, type_fits;

	if (mechanism_get(search->context, search->request, variant, PHASE_RENDER, search->type,
		none, none, &render, search->err) < 0)
		return -1;
	if (!render->present)
		return 0;
	type_split(search->type->iri, &semantics, &name);
	situation_add_request(
	    &situation, search->request, slice_c(search->request->mode), variant->section);
	situation_add_variant(&situation, variant);
	situation_add_type(&situation, search->type, false);
	if (allows(search, &situation, render->vectors, "[factor-type]", semantics,
		&semantics_fit) < 0 ||
	    allows(search, &situation, render->vectors, "[integration-type]", name, &type_fits) <
		0 ||
	    first_field(
		search, &situation, render->vectors, "[unit-prefix]", &variant->unit_prefix) < 0 ||
	    first_field(
		search, &situation, render->vectors, "[unit-suffix]", &variant->unit_suffix) < 0)
		return -1;
	variant->integrates = semantics_fit && type_fits;
	return 0;
}

static bool is_same(const struct variant *a, const struct variant *b)
{
	return slice_equal(a->section, b->section) && slice_equal(a->system, b->system) &&
	       slice_equal(a->architecture, b->architecture) && slice_equal(a->form, b->form);
}

static int add_variant(
    struct search *search, struct slice section, struct slice system, struct slice architecture)
{
	struct arena *arena = &search->context->arena;
	const struct variant *others = (const void *)search->found.data;
	struct variant variant = {
	    .section = section,
	    .system = arena_slice(arena, system),
	    .architecture = arena_slice(arena, architecture),
	    .form = search->form,
	};

	for (size_t i = 0; i < search->found.len / sizeof(variant); i++)
		if (is_same(&others[i], &variant))
			return 0;
	if (check_name("a system", system, search->err) < 0 ||
	    check_name("an architecture", architecture, search->err) < 0 ||
	    decide_integration(search, &variant) < 0)
		return -1;
	str_add(&search->found, &variant, sizeof(variant));
	return 0;
}

/* The architectures of a system: [SYSTEM], or [*] if [SYSTEM] is missing. */
static int add_system(struct search *search, const struct situation *situation,
    const struct vectors *vectors, struct slice section, struct slice system)
{
	autofields struct fields architectures = FIELDS_INIT;
	autostr struct str name = STR_INIT;

	str_addf(&name, "[%.*s]", (int)system.len, system.data);
	if (!vectors_have(vectors, str_slice(&name))) {
		str_truncate(&name, 0);
		str_adds(&name, "[*]");
	}
	if (situation_compose(situation, vectors, str_slice(&name), &architectures, search->err) <
	    0)
		return -1;
	for (size_t i = 0; i < architectures.count; i++)
		if (add_variant(search, section, system, fields_at(&architectures, i)) < 0)
			return -1;
	return 0;
}

/* Whether a section takes part in the mode. If so, *ret has its vectors of variants, otherwise
 * NULL. */
static int find_vectors(struct search *search, const struct situation *situation,
    struct slice projected, const struct vectors **ret)
{
	autofields struct fields modes = FIELDS_INIT;
	autofree char *factor = xasprintf("%s.variants", projected.data);

	*ret = map_get(&search->context->vectors, slice_c(factor));
	if (!*ret)
		return 0;
	if (situation_compose(situation, *ret, SLICE_LITERAL("[modes]"), &modes, search->err) < 0)
		return -1;
	if (!fields_have(&modes, search->mode))
		*ret = NULL;
	return 0;
}

/* The variants of a section that takes part in the mode. */
static int add_section(struct search *search, struct slice projected)
{
	autosituation struct situation situation = {0};
	autofields struct fields systems = FIELDS_INIT;
	struct slice section = search->section.len ? search->section : projected;
	const struct vectors *vectors;

	situation_add_request(&situation, search->request, search->mode, projected);
	if (find_vectors(search, &situation, projected, &vectors) < 0)
		return -1;
	if (!vectors)
		return 0;
	if (situation_compose(
		&situation, vectors, SLICE_LITERAL("[systems]"), &systems, search->err) < 0)
		return -1;
	for (size_t i = 0; i < systems.count; i++)
		if (add_system(search, &situation, vectors, section, fields_at(&systems, i)) < 0)
			return -1;
	return 0;
}

/* The word that an intercept puts in place of a word; "." keeps the word. */
static struct slice replace(struct search *search, struct slice field, struct slice same)
{
	if (slice_is(field, "."))
		return same;
	return arena_slice(&search->context->arena, field);
}

static void intercept_mode(struct search *search)
{
	struct arena *arena = &search->context->arena;
	struct slice mode = slice_c(arena_strdup(arena, search->request->mode));

	search->form = search->mode = mode;
	for (size_t i = 0; i < search->context->intercept_count; i++) {
		const struct intercept *intercept = &search->context->intercepts[i];
		struct slice section = fields_at(&intercept->fields, 0);

		if (!slice_equal(intercept->mode, mode))
			continue;
		if (!slice_is(section, "."))
			search->section = slice_c(
			    arena_printf(arena, MACHINES ".%s", section.data));
		search->form = replace(search, fields_at(&intercept->fields, 1), mode);
		search->mode = replace(search, fields_at(&intercept->fields, 2), mode);
	}
}

static int search_sections(struct search *search)
{
	const struct context *context = search->context;
	struct slice semantics, name;

	type_split(search->type->iri, &semantics, &name);
	intercept_mode(search);
	if (check_name("a form", search->form, search->err) < 0)
		return -1;
	for (size_t i = 0; i < context->projection_count; i++) {
		const struct projection *projection = &context->projections[i];

		if (fields_have(&projection->semantics, semantics) &&
		    add_section(search, projection->section) < 0)
			return -1;
	}
	return 0;
}

int context_has_mode(
    struct context *context, const struct context_request *request, bool *ret, struct error **err)
{
	struct search search = {.context = context, .request = request, .err = err};

	*ret = false;
	intercept_mode(&search);
	for (size_t i = 0; i < context->projection_count && !*ret; i++) {
		autosituation struct situation situation = {0};
		struct slice section = context->projections[i].section;
		const struct vectors *vectors;

		situation_add_request(&situation, request, search.mode, section);
		if (find_vectors(&search, &situation, section, &vectors) < 0)
			return -1;
		*ret = vectors != NULL;
	}
	return 0;
}

int context_variants(struct context *context, const struct context_request *request,
    const struct context_type *type, const struct variants **ret, struct error **err)
{
	struct search search = {.context = context, .request = request, .type = type, .err = err};
	struct variants *variants;
	struct variant *items;
	struct slice key;
	int failed;

	key_begin(context, request, type);
	*ret = map_get(&context->variants, str_slice(&context->key));
	if (*ret)
		return 0;
	key = arena_slice(&context->arena, str_slice(&context->key));
	failed = search_sections(&search);
	variants = arena_zalloc(&context->arena, 1, sizeof(*variants));
	variants->count = search.found.len / sizeof(*items);
	items = arena_alloc(&context->arena, search.found.len);
	(void)slice_copy(items, str_slice(&search.found));
	variants->items = items;
	str_release(&search.found);
	if (failed < 0)
		return -1;
	*map_at(&context->variants, key) = variants;
	*ret = variants;
	return 0;
}
