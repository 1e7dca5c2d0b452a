#include "delineation/stub_scope.h"

#include "delineation/signature.h"

/* The arm for a branch that is decided. */
static struct stub_arm *arm_of(struct stub *stub, const struct branch *branch)
{
	struct stub_arm *arm, *outer;
	const struct stub_arm **path;
	void **place;

	while (branch && !branch->decided)
		branch = branch->outer;
	if (!branch)
		return NULL;
	arm = map_get(&stub->arms, slice_of((const char *)&branch, sizeof(branch)));
	if (arm)
		return arm;
	outer = arm_of(stub, branch->outer);
	arm = arena_zalloc(&stub->arena, 1, sizeof(*arm));
	arm->branch = branch;
	arm->depth = outer ? outer->depth + 1 : 1;
	path = arena_alloc(&stub->arena, arm->depth * sizeof(const struct stub_arm *));
	if (outer)
		memcpy(path, outer->path, outer->depth * sizeof(const struct stub_arm *));
	path[arm->depth - 1] = arm;
	arm->path = path;
	place = map_at(&stub->arms,
	    arena_slice(&stub->arena, slice_of((const char *)&branch, sizeof(branch))));
	*place = arm;
	return arm;
}

static bool is_within(const struct branch *inner, const struct branch *outer)
{
	while (inner && inner != outer)
		inner = inner->outer;
	return inner == outer;
}

/* Whether an element is part of a script, not of a module that is imported. */
static bool is_of_script(const struct element *element)
{
	for (const struct branch *branch = element->branch; branch; branch = branch->outer) {
		if (branch->main && !branch->otherwise)
			return true;
	}
	return false;
}

static struct stub_name *name_at(
    struct stub *stub, struct stub_scope *scope, struct slice identifier)
{
	void **place = map_at(&scope->names, identifier);
	struct stub_name *name = *place;

	if (name)
		return name;
	*place = name = arena_zalloc(&stub->arena, 1, sizeof(*name));
	name->identifier = identifier;
	return name;
}

static void push(struct stub_declaration **list, struct stub_declaration *declaration)
{
	declaration->earlier = *list;
	*list = declaration;
}

/* `del` unbinds what stands before it in the same arm. What stood in for a builtin is forgotten. */
static void take_gone(struct stub_name *name, const struct element *gone)
{
	while (name->last && is_within(name->last->element->branch, gone->branch) &&
	       (!gone->gone || name->last->element->line >= gone->line)) {
		struct stub_declaration *declaration = name->last;

		name->last = declaration->earlier;
		if (!gone->gone)
			push(&name->gone, declaration);
	}
}

bool stub_is_implied(struct slice name)
{
	static const char *const implied[] = {
	    "__doc__", "__file__", "__name__", "__package__", "__path__", "__spec__", NULL};

	return stub_is_among(name, implied);
}

static void take_element(struct stub *stub, struct stub_scope *scope, const struct element *element)
{
	struct stub_declaration *declaration;
	bool is_export = element->type == ELEMENT_EXPORT || element->exports;
	struct stub_name *name;

	if (element->type == ELEMENT_INHERITANCE || element->type == ELEMENT_TYPE_PARAMETER ||
	    (!scope->outer && stub_is_implied(element->identifier)))
		return;
	if (is_export && is_of_script(element))
		return;
	name = name_at(stub, scope, element->identifier);
	if (element->type == ELEMENT_GONE) {
		take_gone(name, element);
		return;
	}
	declaration = &scope->declarations[scope->count++];
	*declaration = (struct stub_declaration){
	    .element = element,
	    .name = name,
	    .arm = arm_of(stub, element->branch),
	    .form = is_export ? STUB_EXPORT : STUB_DEFINITION,
	    .is_chosen = is_export,
	};
	if (!is_export)
		push(element->gone || is_of_script(element) ? &name->gone : &name->last,
		    declaration);
}

/*
 * Choosing. Of the bindings of a name those count that cannot be there together with a better one.
 */

static const char *const overloads[] = {"overload", NULL};

static bool is_overload(const struct element *element)
{
	return stub_is_function(element) && stub_is_decorated(element->definition, overloads);
}

static bool is_typed(const struct element *element)
{
	const struct element *child = element->first;

	while (child && child->type != ELEMENT_TYPE &&
	       !(child->type == ELEMENT_PARAMETER && child->first))
		child = child->next;
	return child != NULL;
}

bool stub_is_for_checking(const struct stub_arm *arm)
{
	for (size_t i = 0; arm && i < arm->depth; i++) {
		struct slice test = arm->path[i]->branch->test;

		if (memmem(test.data, test.len, "TYPE_CHECKING", strlen("TYPE_CHECKING")))
			return true;
	}
	return false;
}

#define RANKS 7

static bool is_property_call(const struct element *element)
{
	return element->type == ELEMENT_DATA && element->value.kind == VALUE_CALL &&
	       slice_is(element->value.name, "property");
}

/* How much a binding says: the lower, the better. */
static int kind_rank(const struct element *element)
{
	if (element->alias)
		return 0;
	if (is_property_call(element))
		return element_annotation(element) ? 0 : 1;
	if (element->type == ELEMENT_IMPORT || element->type == ELEMENT_CLASS)
		return 1;
	if (stub_is_function(element))
		return is_typed(element) ? 0 : 1;
	return element_annotation(element) ? 0 : 2;
}

/* What is there for every platform and version comes before what is not. */
static int rank_of(const struct stub_declaration *declaration)
{
	int rank = kind_rank(declaration->element);

	if (is_overload(declaration->element) ||
	    (rank <= 1 && stub_is_for_checking(declaration->arm)))
		return 0;
	return declaration->arm ? 4 + rank : 1 + rank;
}

/* The node of an arm, or of what has no arm, while a name's bindings are chosen. */
static struct stub_arm *node_of(struct stub_arm *node, const struct stub_name *name)
{
	if (node->name != name) {
		node->name = name;
		node->is_taken = false;
		node->below = NULL;
	}
	return node;
}

/* Whether nothing that was chosen is there together with what stands in an arm. */
static bool is_free(struct stub_arm *root, const struct stub_name *name, const struct stub_arm *arm)
{
	const struct stub_arm *node = node_of(root, name);

	for (size_t i = 0; arm && i < arm->depth; i++) {
		const void *statement = arm->path[i]->branch->statement;

		if (node->is_taken || (node->below && node->below != statement))
			return false;
		node = node_of((struct stub_arm *)(uintptr_t)arm->path[i], name);
	}
	return !node->is_taken && !node->below;
}

static void take_place(struct stub_arm *root, const struct stub_name *name, struct stub_arm *arm)
{
	struct stub_arm *node = node_of(root, name);

	for (size_t i = 0; arm && i < arm->depth; i++) {
		node->below = arm->path[i]->branch->statement;
		node = node_of((struct stub_arm *)(uintptr_t)arm->path[i], name);
	}
	node->is_taken = true;
}

static bool is_plain_import(const struct element *element)
{
	return element->type == ELEMENT_IMPORT && !element->from && !element->renamed;
}

/* Whether an accessor belongs to the property that was chosen, and is the first of its kind. */
static bool is_accessor(struct stub_name *name, const struct element *element)
{
	struct slice rest, property;
	bool *known;

	if (!stub_is_function(element) || !element->definition->accessor.len ||
	    !(stub_is_function(name->one) || is_property_call(name->one)))
		return false;
	rest = element->definition->accessor;
	known = slice_ends(rest, SLICE_LITERAL(".setter")) ? &name->has_setter : &name->has_deleter;
	(void)slice_next(&rest, '.', &property); /* it has a dot */
	if (*known || !slice_equal(property, name->identifier))
		return false;
	return *known = true;
}

/* Whether a binding says more of a name, which another one binds at the same time. */
static bool is_companion(struct stub_name *name, const struct element *element)
{
	if (name->is_overloaded && is_overload(element))
		return true;
	if (is_plain_import(element) && is_plain_import(name->one))
		return element->path.first != element->path.last;
	return is_accessor(name, element) || slice_is(name->identifier, "*") ||
	       element->type == ELEMENT_ASSERT;
}

static void choose(struct stub_arm *root, struct stub_declaration *declaration)
{
	struct stub_name *name = declaration->name;
	const struct element *element = declaration->element;

	if (is_free(root, name, declaration->arm))
		take_place(root, name, declaration->arm);
	else if (!name->one || !is_companion(name, element))
		return;
	declaration->is_chosen = true;
	name->is_overloaded = name->is_overloaded || is_overload(element);
	if (!name->one)
		name->one = element;
}

/* `f = property(f)` and the like are decorators, written later. */
static void take_wrapper(struct stub_name *name, const struct value *value)
{
	static const char *const wrappers[] = {"property", "staticmethod", "classmethod"};
	struct slice rest, keyword, argument;

	if (value->kind != VALUE_CALL || !name->one || !stub_is_function(name->one))
		return;
	rest = stub_arguments(value->syntax);
	if (!stub_next_argument(&rest, &keyword, &argument) ||
	    !slice_equal(argument, name->identifier))
		return;
	for (size_t i = 0; i < sizeof(wrappers) / sizeof(*wrappers); i++) {
		if (slice_is(value->name, wrappers[i]))
			name->wrapper = wrappers[i];
	}
}

static void take_kind(struct stub_name *name, const struct element *element)
{
	enum value_kind kind = element->value.kind;

	if (element->type != ELEMENT_DATA && element->type != ELEMENT_FIELD)
		return;
	if (element->alias || element_annotation(element))
		return;
	take_wrapper(name, &element->value);
	name->null = name->null || element->value.null;
	if (kind == VALUE_NULL)
		return;
	name->bindings++;
	if (kind == VALUE_NONE || element->untyped)
		kind = VALUE_OTHER;
	name->kind = name->kind == VALUE_NONE || name->kind == kind ? kind : VALUE_OTHER;
}

static void choose_of(struct stub *stub, struct stub_name *name)
{
	struct stub_arm root = {.name = NULL};
	struct stub_declaration **all;
	size_t count = 0, at;

	for (struct stub_declaration *one = name->last; one; one = one->earlier)
		count++;
	all = arena_alloc(&stub->arena, count * sizeof(struct stub_declaration *));
	at = count;
	for (struct stub_declaration *one = name->last; one; one = one->earlier)
		all[--at] = one;
	for (int rank = 0; rank < RANKS; rank++) {
		for (size_t i = 0; i < count; i++) {
			if (rank_of(all[i]) == rank)
				choose(&root, all[i]);
		}
	}
	for (size_t i = 0; i < count; i++)
		take_kind(name, all[i]->element);
}

static void open_classes(
    struct stub *stub, struct stub_scope *scope, struct stub_declaration *declaration)
{
	const struct element *element = declaration->element;

	if (!declaration->is_chosen || declaration->inner)
		return;
	if (element->type == ELEMENT_CLASS)
		declaration->inner = stub_scope_new(stub, scope, element);
	if (!scope->outer && slice_is(element->identifier, "*"))
		stub->has_star = true;
}

bool stub_is_slots(const struct element *element)
{
	return element->type == ELEMENT_DATA && slice_is(element->identifier, "__slots__");
}

/* At most as many elements may be added to a class later (stub_implied.c): names in its __slots__,
 * and one for each comparison. */
static size_t count_implied(const struct element *class)
{
	size_t count = class->definition->decorators.first ? STUB_COMPARISONS : 0;

	for (const struct element *child = class->first; child; child = child->next) {
		struct slice text = child->value.syntax;

		if (!stub_is_slots(child))
			continue;
		count++;
		for (size_t i = 0; i < text.len; i++)
			count += text.data[i] == ',';
	}
	return count;
}

struct stub_scope *stub_scope_new(
    struct stub *stub, struct stub_scope *outer, const struct element *container)
{
	struct stub_scope *scope = arena_zalloc(&stub->arena, 1, sizeof(*scope));
	size_t count = outer ? count_implied(container) : 0;

	scope->outer = outer;
	scope->container = container;
	str_add(&stub->scopes, &scope, sizeof(struct stub_scope *));
	for (const struct element *child = container->first; child; child = child->next)
		count++;
	scope->declarations = arena_alloc(&stub->arena, count * sizeof(*scope->declarations));
	for (const struct element *child = container->first; child; child = child->next)
		take_element(stub, scope, child);
	for (size_t i = 0; i < scope->names.count; i++)
		choose_of(stub, scope->names.entries[i].value);
	for (size_t i = 0; i < scope->count; i++)
		open_classes(stub, scope, &scope->declarations[i]);
	return scope;
}

void stub_scope_add(struct stub *stub, struct stub_scope *scope, const struct element *element)
{
	take_element(stub, scope, element);
	choose_of(stub, map_get(&scope->names, element->identifier));
}

void stub_scope_revive(struct stub *stub, struct stub_scope *scope, struct stub_name *name)
{
	/* What was unbound last comes first in the list, but each `del` reversed its part. */
	while (name->gone) {
		struct stub_declaration *one = name->gone;

		name->gone = one->earlier;
		push(&name->last, one);
	}
	choose_of(stub, name);
	for (struct stub_declaration *one = name->last; one; one = one->earlier)
		open_classes(stub, scope, one);
}

struct stub_name *stub_scope_find(
    struct stub_scope *scope, struct slice identifier, struct stub_scope **ret_scope)
{
	struct stub_name *name = map_get(&scope->names, identifier);

	while (!name && scope->outer) {
		while (scope->outer) /* classes between are not seen */
			scope = scope->outer;
		name = map_get(&scope->names, identifier);
	}
	if (ret_scope)
		*ret_scope = scope;
	return name;
}

/* Whether type checkers do not see what stands in an arm, because only they see the other one. */
static bool is_against_checking(const struct stub_arm *arm)
{
	return arm && arm->branch->otherwise &&
	       slice_ends(arm->branch->test, SLICE_LITERAL("TYPE_CHECKING")) &&
	       !slice_starts(arm->branch->test, SLICE_LITERAL("not "));
}

struct stub_declaration *stub_name_chosen(const struct stub_name *name)
{
	struct stub_declaration *found = NULL;

	for (struct stub_declaration *one = name->last; one; one = one->earlier) {
		if (!one->is_chosen)
			continue;
		if (!is_against_checking(one->arm))
			return one;
		found = found ? found : one;
	}
	return found;
}
