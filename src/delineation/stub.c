#include "delineation/stub.h"

#include "base/map.h"
#include "delineation/signature.h"
#include "delineation/stub_parts.h"

/* An element of a body, and the branches that contain it. */
struct member {
	const struct element *element;
	const struct branch **branches; /* branches, outermost first */
	size_t depth;			/* number of branches */
};

/* A body while it is written: the elements of a module or class. */
struct body {
	struct stub_scope scope;
	struct arena arena;
	struct member *members;
	size_t count;
	struct map bound; /* the last element written of each name */
	bool empty;	  /* nothing has been written yet */
};

static bool is_enumeration(const struct element *class)
{
	static const char *const bases[] = {
	    "Enum", "IntEnum", "Flag", "IntFlag", "StrEnum", "ReprEnum", NULL};

	for (const struct element *base = class->first->first; base; base = base->next) {
		if (base->reference.len && stub_is_among(stub_last_part(base->reference), bases))
			return true;
	}
	return false;
}

static void add_bases(struct str *out, const struct element *class)
{
	const char *between = "(";

	for (const struct element *base = class->first->first; base; base = base->next) {
		str_adds(out, between);
		expression_add(out, base->syntax, true);
		between = ", ";
	}
	for (const struct text *name = class->definition->keywords.first; name;
	     name = name->next->next) {
		str_adds(out, between);
		str_add_slice(out, name->slice);
		str_addc(out, '=');
		expression_add(out, name->next->slice, true);
		between = ", ";
	}
	if (between[0] == ',')
		str_addc(out, ')');
}

static void add_body(struct stub *stub, const struct element *container);

static bool has_members(const struct element *class)
{
	const struct element *child = class->first;

	while (child && stub_is_of_head(child))
		child = child->next;
	return child != NULL;
}

static void add_class(struct stub *stub, const struct element *class)
{
	stub_decorators(stub, class->definition);
	stub_begin_line(stub);
	str_adds(&stub->out, "class ");
	str_add_slice(&stub->out, class->identifier);
	type_parameters_add(&stub->out, class);
	add_bases(&stub->out, class);
	if (!has_members(class)) {
		stub_empty_body(stub, class);
		return;
	}
	str_adds(&stub->out, ":\n");
	stub->depth++;
	stub_docstring(stub, class);
	add_body(stub, class);
	stub->depth--;
}

/* The type that a name is declared with: data without a type take the type of the field of the same
 * name. */
static const struct element *declared_type(const struct body *body, const struct element *element)
{
	const struct stub_name *name = map_get(&body->scope.names, element->identifier);
	const struct element *type = element_annotation(element);

	if (!type && element->type == ELEMENT_DATA && name->field)
		type = element_annotation(name->field);
	return type;
}

/* Whether whatever stands in the one branch also stands in the other: the branches are equal, or
 * one contains the other. */
static bool is_within(const struct branch *inner, const struct branch *outer)
{
	while (inner && inner != outer)
		inner = inner->outer;
	return inner == outer;
}

static bool is_overload(const struct element *element)
{
	const struct definition *definition = element->definition;

	if (!definition || element->type == ELEMENT_CLASS)
		return false;
	for (const struct text *text = definition->decorators.first; text; text = text->next) {
		if (slice_is(stub_last_part(text->slice), "overload"))
			return true;
	}
	return false;
}

/* Whether an element belongs to the interface if `known` binds its name already. Data and fields
 * add nothing then, unless their type differs; a function that overloads stand for is not part of
 * the interface. */
static bool is_news(
    const struct body *body, const struct element *element, const struct element *known)
{
	const struct element *type = element_annotation(element);
	const struct element *declared = declared_type(body, known);

	if (element->type == ELEMENT_DATA && !element->alias)
		return type != NULL;
	if (element->type == ELEMENT_FIELD)
		return type && !(declared && slice_equal(declared->syntax, type->syntax));
	return !element->definition || element->type == ELEMENT_CLASS || !is_overload(known) ||
	       is_overload(element);
}

/* Data without a type add nothing to a name that a class, function or import binds elsewhere. */
static bool is_defined(const struct body *body, const struct element *data)
{
	const struct stub_name *name = map_get(&body->scope.names, data->identifier);

	return data->type == ELEMENT_DATA && !data->alias && !element_annotation(data) &&
	       name->definition && is_within(data->branch, name->definition->branch);
}

static bool is_wanted(struct body *body, const struct element *element)
{
	const struct element *known;
	void **place;

	if (stub_is_of_head(element) || is_defined(body, element))
		return false;
	place = map_at(&body->bound, element->identifier);
	known = *place;
	if (known && is_within(element->branch, known->branch) && !is_news(body, element, known))
		return false;
	*place = (void *)(uintptr_t)element;
	return true;
}

static void add_element(struct stub *stub, struct body *body, const struct element *element)
{
	if (!is_wanted(body, element))
		return;
	body->empty = false;
	switch (element->type) {
	case ELEMENT_IMPORT:
		stub_import(stub, element);
		break;
	case ELEMENT_CLASS:
		add_class(stub, element);
		break;
	case ELEMENT_DATA:
	case ELEMENT_FIELD:
		if (element->alias)
			stub_alias(stub, element);
		else
			stub_data(stub, &body->scope, element);
		break;
	default:
		stub_function(stub, element);
		break;
	}
}

/* The branch of an element at a depth; NULL if fewer branches contain the element. */
static const struct branch *branch_at(const struct body *body, size_t member, size_t depth)
{
	const struct member *of = &body->members[member];

	return depth < of->depth ? of->branches[depth] : NULL;
}

/* The end of the elements that stand in an arm of this statement at this depth: of the same arm
 * only, unless `any`. */
static size_t end_of_run(
    const struct body *body, size_t first, size_t depth, const struct branch *of, bool any)
{
	while (first < body->count) {
		const struct branch *branch = branch_at(body, first, depth);

		if (!branch || branch->statement != of->statement ||
		    (!any && branch->otherwise != of->otherwise))
			break;
		first++;
	}
	return first;
}

static void add_run(struct stub *stub, struct body *body, size_t first, size_t end, size_t depth);

/* Whether a body has anything to write. */
static bool add_arm(struct stub *stub, struct body *body, size_t first, size_t end, size_t depth)
{
	bool outer = body->empty, empty;

	stub->depth++;
	body->empty = true;
	add_run(stub, body, first, end, depth);
	empty = body->empty;
	if (empty)
		stub_line(stub, "pass");
	body->empty = outer && empty;
	stub->depth--;
	return !empty;
}

/* An `if` with its content. An `else` that contains a single `if` becomes `elif`. Empty arms at the
 * end are left out. */
static void add_if(struct stub *stub, struct body *body, size_t first, size_t end, size_t depth)
{
	size_t kept = stub->out.len;
	const char *word = "if ";

	for (;;) {
		const struct branch *branch = branch_at(body, first, depth), *inner;
		size_t other = first;

		if (!branch->otherwise)
			other = end_of_run(body, first, depth, branch, false);
		stub_begin_line(stub);
		str_adds(&stub->out, word);
		expression_add(&stub->out, branch->test, false);
		str_adds(&stub->out, ":\n");
		if (add_arm(stub, body, first, other, depth + 1))
			kept = stub->out.len;
		if (other == end)
			break;
		inner = branch_at(body, other, ++depth);
		first = other;
		if (inner && end_of_run(body, first, depth, inner, true) == end) {
			word = "elif ";
			continue;
		}
		stub_line(stub, "else:");
		if (add_arm(stub, body, first, end, depth))
			kept = stub->out.len;
		break;
	}
	str_truncate(&stub->out, kept);
}

static void add_run(struct stub *stub, struct body *body, size_t first, size_t end, size_t depth)
{
	while (first != end) {
		const struct branch *branch = branch_at(body, first, depth);

		if (branch) {
			size_t next = end_of_run(body, first, depth, branch, true);

			add_if(stub, body, first, next, depth);
			first = next;
		} else {
			add_element(stub, body, body->members[first++].element);
		}
	}
}

/* The branches that contain an element, outermost first. */
static void place_member(struct body *body, struct member *member, const struct element *element)
{
	const struct branch *branch = element->branch;
	const struct member *before = member > body->members ? member - 1 : NULL;

	member->element = element;
	if (before && before->element->branch == branch) {
		*member = *before;
		member->element = element;
		return;
	}
	for (; branch; branch = branch->outer)
		member->depth++;
	member->branches = arena_alloc(&body->arena, member->depth * sizeof(*member->branches));
	branch = element->branch;
	for (size_t i = member->depth; i > 0; i--) {
		member->branches[i - 1] = branch;
		branch = branch->outer;
	}
}

static void add_kind(struct stub_name *name, const struct value *value)
{
	enum value_kind kind = value->kind == VALUE_NONE ? VALUE_OTHER : value->kind;

	name->null = name->null || value->null;
	if (kind == VALUE_NULL)
		return;
	name->kind = name->kind == VALUE_NONE || name->kind == kind ? kind : VALUE_OTHER;
}

static void take_name(struct body *body, const struct element *element)
{
	void **place = map_at(&body->scope.names, element->identifier);
	struct stub_name *name = *place;

	if (!name)
		*place = name = arena_zalloc(&body->arena, 1, sizeof(*name));
	if (element->alias || (element->type != ELEMENT_DATA && element->type != ELEMENT_FIELD))
		name->definition = name->definition ? name->definition : element;
	else if (!element_annotation(element))
		add_kind(name, &element->value);
	else if (element->type == ELEMENT_FIELD)
		name->field = element;
}

static void place_members(struct body *body)
{
	const struct element *container = body->scope.container;
	size_t count = 0;

	for (const struct element *child = container->first; child; child = child->next)
		body->count++;
	body->members = arena_zalloc(&body->arena, body->count, sizeof(*body->members));
	for (const struct element *child = container->first; child; child = child->next) {
		place_member(body, &body->members[count++], child);
		if (!stub_is_of_head(child))
			take_name(body, child);
	}
}

static void add_body(struct stub *stub, const struct element *container)
{
	struct body body = {
	    .scope = {stub->scope, container, {0},
		container->type == ELEMENT_CLASS && is_enumeration(container)},
	    .empty = true,
	};

	place_members(&body);
	if (!stub->scope)
		stub->globals = &body.scope.names;
	stub->scope = &body.scope;
	add_run(stub, &body, 0, body.count, 0);
	stub->scope = body.scope.outer;
	map_release(&body.bound);
	map_release(&body.scope.names);
	arena_release(&body.arena);
	if (body.empty && container->type == ELEMENT_CLASS)
		stub_line(stub, "...");
}

static bool imports_unknown(const struct element *element)
{
	const struct text *module = element->path.first;

	return element->type == ELEMENT_IMPORT && element->from && !element->relative &&
	       !element->conditional && slice_is(module->slice, "_typeshed") &&
	       slice_is(element->path.last->slice, "Incomplete");
}

/* Choose the name for an unknown type: Incomplete, unless the source binds that name to something
 * else. The source may import Incomplete itself. */
static void choose_unknown(struct stub *stub, const struct element *module)
{
	stub->unknown = "Incomplete";
	stub->import = "from _typeshed import Incomplete\n";
	for (const struct element *child = module->first; child; child = child->next) {
		if (!slice_is(child->identifier, stub->unknown))
			continue;
		if (imports_unknown(child)) {
			stub->import = "";
			return;
		}
		stub->unknown = "_Incomplete";
		stub->import = "from _typeshed import Incomplete as _Incomplete\n";
		return;
	}
}

void stub_add(
    const struct delineation *delineation, const struct stub_options *options, struct str *ret)
{
	const struct element *module = &delineation->module;
	struct stub stub = {.options = options};
	struct slice text;

	choose_unknown(&stub, module);
	stub_docstring(&stub, module);
	stub.futures = stub.out.len;
	add_body(&stub, module);
	text = str_slice(&stub.out);
	str_add(ret, text.data, stub.futures);
	if (stub.incomplete)
		str_adds(ret, stub.import);
	str_add(ret, text.data + stub.futures, text.len - stub.futures);
	str_release(&stub.out);
}
