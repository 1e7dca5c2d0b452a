#include "delineation/stub_scope.h"

/* The comparisons that functools.total_ordering() makes of each other, in the order in which it
 * prefers them. */
static const char *const comparisons[STUB_COMPARISONS] = {"__lt__", "__le__", "__gt__", "__ge__"};

/* Make an element that stands where another one does. */
static struct element *make(
    struct stub *stub, const struct element *like, enum element_type type, struct slice identifier)
{
	struct element *element = arena_zalloc(&stub->arena, 1, sizeof(*element));

	element->type = type;
	element->identifier = identifier;
	element->area = like->area;
	element->line = like->line;
	element->branch = like->branch;
	return element;
}

/*
 * __slots__
 */

/* A slot, which is like a field that a method binds; what else binds the name says more of it. */
static void add_slot(
    struct stub *stub, struct stub_scope *scope, const struct element *slots, struct slice name)
{
	bool is_special = slice_starts(name, SLICE_LITERAL("__")) &&
			  slice_ends(name, SLICE_LITERAL("__"));

	if (!is_special && !map_get(&scope->names, name))
		stub_scope_add(stub, scope, make(stub, slots, ELEMENT_FIELD, name));
}

static void add_slots(struct stub *stub, struct stub_scope *scope, const struct element *slots)
{
	struct slice rest = slots->value.syntax, part, name;
	bool is_in_brackets = rest.len && strchr("([{", rest.data[0]);

	switch (slots->value.kind) {
	case VALUE_STR:
	case VALUE_TUPLE:
	case VALUE_LIST:
	case VALUE_DICT:
	case VALUE_SET:
		break;
	default:
		return;
	}
	if (is_in_brackets)
		rest = slice_of(rest.data + 1, rest.len - 2);
	while (stub_next_part(&rest, ',', &part)) {
		if (stub_string_name(part, &name))
			add_slot(stub, scope, slots, name);
	}
}

/*
 * total_ordering
 */

static bool is_ordered(const struct stub_scope *scope)
{
	const struct text *text = scope->container->definition->decorators.first;

	while (text && !stub_is_of(scope->outer, text->slice, "functools", "total_ordering"))
		text = text->next;
	return text != NULL;
}

/* The function of the class that the others are made of, or NULL. */
static const struct element *root_of(const struct stub_scope *scope)
{
	for (size_t i = 0; i < STUB_COMPARISONS; i++) {
		const struct stub_name *name = map_get(&scope->names, slice_c(comparisons[i]));

		if (name && name->last)
			return stub_is_function(name->last->element) ? name->last->element : NULL;
	}
	return NULL;
}

/* A comparison with the signature of another one. */
static void add_comparison(struct stub *stub, struct stub_scope *scope, const struct element *root,
    struct slice identifier)
{
	struct element *element = make(stub, root, ELEMENT_METHOD, identifier);

	element->definition = arena_zalloc(&stub->arena, 1, sizeof(*element->definition));
	element->first = root->first;
	element->last = root->last;
	stub_scope_add(stub, scope, element);
}

static void add_comparisons(struct stub *stub, struct stub_scope *scope)
{
	const struct element *root = root_of(scope);

	for (size_t i = 0; root && i < STUB_COMPARISONS; i++) {
		struct slice identifier = slice_c(comparisons[i]);

		if (!map_get(&scope->names, identifier) && !stub_class_inherits(scope, identifier))
			add_comparison(stub, scope, root, identifier);
	}
}

void stub_implied_add(struct stub *stub, struct stub_scope *scope)
{
	const struct element *class = scope->container;

	if (!scope->outer)
		return;
	if (is_ordered(scope))
		add_comparisons(stub, scope);
	for (const struct element *child = class->first; child; child = child->next) {
		if (stub_is_slots(child))
			add_slots(stub, scope, child);
	}
}
