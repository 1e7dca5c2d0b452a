#include "context/parts.h"

#include "base/path.h"

static void add_constant(struct situation *situation, const char *name, struct slice value)
{
	fields_add(&situation->values[situation->constants.count], value);
	fields_adds(&situation->constants, name);
}

/* A variable without a value is an empty list. */
static void add_optional(struct situation *situation, const char *name, struct slice value)
{
	if (value.len > 0)
		add_constant(situation, name, value);
	else
		fields_adds(&situation->constants, name);
}

/* A variable with a value for each word. */
static void add_words(struct situation *situation, const char *name, struct slice words)
{
	struct slice word;

	while (slice_next(&words, ' ', &word) && word.len)
		fields_add(&situation->values[situation->constants.count], word);
	fields_adds(&situation->constants, name);
}

static void add_conclusion(struct situation *situation, const char *kind, struct slice value)
{
	fields_adds(&situation->conclusions, kind);
	fields_extend(&situation->conclusions, value);
}

static struct slice host(const char *name)
{
	return name ? slice_c(name) : slice_of(NULL, 0);
}

void situation_add_request(struct situation *situation, const struct context_request *request,
    struct slice mode, struct slice section)
{
	add_constant(situation, "cc-mode", mode);
	add_conclusion(situation, "cc-mode-", mode);
	add_constant(situation, "fi-section", section);
	add_conclusion(situation, "fi-", section);
	add_constant(situation, "null", SLICE_LITERAL("/dev/null"));
	add_optional(situation, "host-system", host(request->host_system));
	add_optional(situation, "host-architecture", host(request->host_architecture));
	add_words(situation, "host-python", host(request->host_python));
	if (request->features)
		fields_add_all(&situation->values[situation->constants.count], request->features);
	fields_adds(&situation->constants, "if-set");
	for (size_t i = 0; request->features && i < request->features->count; i++)
		add_conclusion(situation, "if-", fields_at(request->features, i));
}

void situation_add_variant(struct situation *situation, const struct variant *variant)
{
	const struct {
		const char *name, *kind;
		struct slice value;
	} items[] = {
	    {"fv-system", "fv-system-", variant->system},
	    {"fv-architecture", "fv-architecture-", variant->architecture},
	    {"fv-form", "fv-form-", variant->form},
	};

	for (size_t i = 0; i < sizeof(items) / sizeof(*items); i++) {
		add_constant(situation, items[i].name, items[i].value);
		add_conclusion(situation, items[i].kind,
		    items[i].value.len ? items[i].value : SLICE_LITERAL("void"));
	}
}

void situation_add_type(struct situation *situation, const struct context_type *type, bool conclude)
{
	struct slice semantics, name;

	type_split(type->iri, &semantics, &name);
	add_constant(situation, "factor-integration-type", path_name(type->iri));
	if (conclude)
		add_conclusion(situation, "it-", name);
}

void situation_add_format(struct situation *situation, struct slice language, struct slice dialect)
{
	add_optional(situation, "language", language);
	if (language.len > 0)
		add_conclusion(situation, "language-", language);
	add_optional(situation, "dialect", dialect);
	if (dialect.len > 0)
		add_conclusion(situation, "dialect-", dialect);
}

int situation_compose(const struct situation *situation, const struct vectors *vectors,
    struct slice name, struct fields *ret, struct error **err)
{
	const struct composition composition = {
	    .conclusions = &situation->conclusions,
	    .constants = &situation->constants,
	    .values = situation->values,
	};

	return vectors_compose(vectors, name, &composition, ret, err);
}

void situation_release(struct situation *situation)
{
	fields_release(&situation->conclusions);
	fields_release(&situation->constants);
	for (size_t i = 0; i < SITUATION_CONSTANTS; i++)
		fields_release(&situation->values[i]);
}

void type_split(struct slice iri, struct slice *ret_semantics, struct slice *ret_name)
{
	size_t begin = iri.len;

	while (begin > 0 && iri.data[begin - 1] != '.' && iri.data[begin - 1] != '/')
		begin--;
	*ret_name = slice_from(iri, begin);
	*ret_semantics = slice_of(iri.data, begin ? begin - 1 : 0);
}

void key_add(struct context *context, struct slice part)
{
	str_add(&context->key, &part.len, sizeof(part.len));
	str_add_slice(&context->key, part);
}

void key_begin(
    struct context *context, const struct context_request *request, const struct context_type *type)
{
	const struct fields *features = request->features;
	size_t count = features ? features->count : 0;

	str_truncate(&context->key, 0);
	key_add(context, slice_c(request->mode));
	key_add(context, host(request->host_system));
	key_add(context, host(request->host_architecture));
	key_add(context, host(request->host_python));
	key_add(context, type->iri);
	key_add(context, type->isolation);
	str_add(&context->key, &count, sizeof(count));
	for (size_t i = 0; i < count; i++)
		key_add(context, fields_at(features, i));
}
