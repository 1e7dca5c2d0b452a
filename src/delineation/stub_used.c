#include "delineation/stub_scope.h"

#include "delineation/signature.h"

/* The declaration whose texts are looked at. */
struct looking {
	struct stub *stub;
	struct stub_scope *scope;
	const struct element *element; /* of the declaration */
};

static void need(struct stub *stub, struct stub_scope *scope, struct stub_declaration *declaration)
{
	struct stub_pending pending = {scope, declaration};

	if (declaration->is_needed || !declaration->is_chosen)
		return;
	declaration->is_needed = true;
	str_add(&stub->pending, &pending, sizeof(pending));
}

/* Where a module gets a name from that its interface does not pass on. */
static bool find_origin(
    struct stub *stub, const struct element *import, struct slice name, struct stub_origin *ret)
{
	const struct stub_source *source = stub->source;
	autostr struct str module = STR_INIT;
	int found;

	if (!source->imported || stub->error || !source->package.len ||
	    !stub_is_of_package(source->package, import) ||
	    !stub_from_module(source->package, import, &module))
		return false;
	found = source->imported(source->context, str_slice(&module), name, ret, &stub->error);
	/* A package has a module as its name that the tree does not have. */
	return found > 0 && !slice_equal(ret->module, str_slice(&module));
}

/* A name that only a star import may bind. */
static void find_in_stars(struct stub *stub, struct slice identifier)
{
	struct stub_name *star = map_get(&stub->module->names, SLICE_LITERAL("*"));
	struct stub_declaration *one = star ? star->last : NULL;
	struct stub_origin *origin;
	void **place;

	if (!one)
		return;
	place = map_at(&stub->found, identifier);
	if (*place)
		return;
	*place = origin = arena_zalloc(&stub->arena, 1, sizeof(*origin));
	while (one && !find_origin(stub, one->element, identifier, origin))
		one = one->earlier;
}

static void mention(struct stub *stub, struct stub_scope *scope, struct slice identifier)
{
	struct stub_name *name = map_get(&scope->names, identifier);

	if (!name && !scope->outer)
		find_in_stars(stub, identifier);
	if (!name)
		return;
	name->is_mentioned = true;
	if (!stub_name_chosen(name) && name->gone)
		stub_decide_again(stub, scope, name);
	for (struct stub_declaration *one = name->last; one; one = one->earlier)
		need(stub, scope, one);
}

/* Whether what a declaration mentions is what its class has bound before, whatever the module has.
 */
static bool is_bound_before(const struct looking *looking, struct slice identifier)
{
	const struct stub_name *name = map_get(&looking->scope->names, identifier);
	const struct stub_declaration *one = name ? stub_name_chosen(name) : NULL;

	while (one && (!one->is_chosen || one->arm || one->element->type == ELEMENT_FIELD ||
			  one->element->line >= looking->element->line))
		one = one->earlier;
	return one && looking->element->type != ELEMENT_FIELD;
}

static void found_name(void *context, struct slice identifier)
{
	const struct looking *looking = context;

	/* What a class binds further down is not seen by what stands before it. */
	mention(looking->stub, looking->scope, identifier);
	if (looking->scope->outer && !is_bound_before(looking, identifier))
		mention(looking->stub, looking->stub->module, identifier);
}

static void look_at(struct looking *looking, struct slice text, bool is_type)
{
	stub_each_name(text, is_type, found_name, looking);
}

/* The types in an element, of its parameters, and of its type parameters. */
static void look_at_types(struct looking *looking, const struct element *element)
{
	for (const struct element *child = element->first; child; child = child->next) {
		switch (child->type) {
		case ELEMENT_TYPE:
		case ELEMENT_TYPE_PARAMETER:
			look_at(looking, child->syntax, true);
			break;
		case ELEMENT_PARAMETER:
			look_at_types(looking, child);
			if (looking->stub->options->defaults)
				look_at(looking, child->default_syntax, false);
			break;
		case ELEMENT_INHERITANCE:
			look_at_types(looking, child);
			break;
		default:
			break;
		}
	}
}

static void look_at_definition(struct looking *looking, const struct definition *definition)
{
	for (const struct text *text = definition->decorators.first; text; text = text->next) {
		struct slice base = stub_class_enumeration(text->slice);

		look_at(looking, base.len ? base : text->slice, true);
	}
	for (const struct text *text = definition->keywords.first; text; text = text->next->next)
		look_at(looking, text->next->slice, true);
}

static void look_at_arms(struct looking *looking, struct stub_arm *arm)
{
	while (arm && !arm->is_used) {
		arm->is_used = true;
		look_at(looking, arm->branch->test, false);
		arm = arm->depth > 1 ? (struct stub_arm *)(uintptr_t)arm->path[arm->depth - 2]
				     : NULL;
	}
}

/* The strings in such a value are names of attributes, not types. */
static bool has_attributes(const struct element *element)
{
	static const char *const names[] = {"__slots__", "__match_args__", NULL};

	return stub_is_among(element->identifier, names) ||
	       (element->value.kind == VALUE_CALL &&
		   slice_is(stub_last_part(element->value.name), "namedtuple"));
}

static void look_at_data(struct looking *looking, const struct stub_data *data)
{
	look_at(looking, data->type, true);
	if (!data->is_elided)
		look_at(looking, data->value, !has_attributes(looking->element));
	if (data->getter)
		look_at_types(looking, data->getter);
	if (data->setter)
		look_at_types(looking, data->setter);
}

/* Whether an import is of a module of the tree. */
static bool is_submodule(const struct stub *stub, const struct element *import)
{
	const struct stub_source *source = stub->source;
	autostr struct str module = STR_INIT;

	if (!source->has_module || !stub_from_module(source->package, import, &module))
		return false;
	str_addc(&module, '.');
	str_add_slice(&module, import->path.last->slice);
	return source->has_module(source->context, str_slice(&module));
}

/* What another module of the package imports is imported from where that gets it. */
static void take_origin(struct looking *looking, struct stub_declaration *declaration)
{
	const struct element *import = declaration->element;
	struct stub_origin origin;

	if (import->from && !looking->scope->outer && !slice_is(import->identifier, "*") &&
	    !is_submodule(looking->stub, import) &&
	    find_origin(looking->stub, import, import->path.last->slice, &origin))
		declaration->origin = origin;
}

static void look_at_declaration(struct looking *looking, struct stub_declaration *declaration)
{
	const struct element *element = declaration->element;
	struct stub_scope *inner = declaration->inner;

	looking->element = element;
	look_at_arms(looking, declaration->arm);
	if (element->type == ELEMENT_IMPORT) {
		take_origin(looking, declaration);
		return;
	}
	if (declaration->form == STUB_TYPE || declaration->form == STUB_VALUE ||
	    declaration->form == STUB_PROPERTY) {
		look_at_data(looking, &declaration->data);
		return;
	}
	look_at_types(looking, element);
	if (element->type == ELEMENT_ASSERT)
		look_at(looking, element->syntax, false);
	if (element->alias)
		look_at(looking, element->value.syntax, true);
	if (element->definition)
		look_at_definition(looking, element->definition);
	for (size_t i = 0; inner && i < inner->count; i++)
		need(looking->stub, inner, &inner->declarations[i]);
}

/* `import a as a` says that the name is public. */
static bool says_public(const struct element *import)
{
	return import->renamed && slice_equal(import->identifier, import->path.last->slice) &&
	       (import->from || import->path.first == import->path.last);
}

static bool is_of_future(const struct element *import)
{
	return import->from && !import->relative &&
	       slice_is(import->path.first->slice, "__future__");
}

/* Whether the module also has a value of its own for a name that it imports. */
static bool is_defined(const struct stub_name *name)
{
	for (const struct stub_declaration *one = name->last; one; one = one->earlier) {
		const struct element *element = one->element;

		if (element->definition ||
		    (element->type == ELEMENT_DATA && element->value.kind != VALUE_NONE &&
			element->value.kind != VALUE_NULL))
			return true;
	}
	return false;
}

/* Whether a declaration of the module is needed whatever the others are. */
static bool is_wanted(const struct stub *stub, struct stub_declaration *declaration)
{
	const struct element *element = declaration->element;

	if (element->type != ELEMENT_IMPORT)
		return true;
	if (slice_is(element->identifier, "*"))
		return true;
	if (slice_is(element->path.last->slice, "__all__"))
		return false;
	if (declaration->name->is_exported)
		declaration->is_public = stub->is_open;
	else if (says_public(element) || is_defined(declaration->name))
		declaration->is_public = true;
	else
		declaration->is_public = (element->from || element->renamed) &&
					 stub_is_of_package(stub->source->package, element) &&
					 !stub_is_for_checking(declaration->arm);
	return declaration->is_public || declaration->name->is_exported || is_of_future(element);
}

static void look_at_pending(struct looking *looking)
{
	struct str *pending = &looking->stub->pending;
	struct stub_pending next;

	while (pending->len) {
		size_t left = pending->len - sizeof(next);

		memcpy(&next, pending->data + left, sizeof(next));
		str_truncate(pending, left);
		looking->scope = next.scope;
		look_at_declaration(looking, next.declaration);
	}
}

void stub_used_decide(struct stub *stub)
{
	struct stub_scope *module = stub->module;
	struct looking looking = {stub, module, NULL};

	for (size_t i = 0; i < module->count; i++) {
		if (is_wanted(stub, &module->declarations[i]))
			need(stub, module, &module->declarations[i]);
	}
	look_at_pending(&looking);
	looking.scope = module;
	look_at(&looking, slice_c(stub->needs_unknown ? stub->unknown : ""), false);
	look_at(&looking, slice_c(stub->needs_abstract ? stub->abstract : ""), false);
	look_at(&looking, slice_c(stub->needs_shared ? stub->shared : ""), false);
	look_at_pending(&looking);
}
