#include "delineation/stub_scope.h"

/* Names of classes may be defined by each other. */
#define NAME_DEPTH 20

/* What a name stands for: something of this source, or something that it imports. */
struct origin {
	struct stub_scope *class;	/* or NULL: */
	const struct element *function; /* or NULL: */
	struct slice last;		/* the last part of the name where it is defined */
};

static struct origin origin_of(struct stub_scope *scope, struct slice reference, int depth)
{
	struct slice rest = reference, first;
	struct origin origin = {.last = stub_last_part(reference)};
	struct stub_scope *where;
	struct stub_declaration *one;
	struct stub_name *name;

	if (!slice_next(&rest, '.', &first))
		return origin;
	name = stub_scope_find(scope, first, &where);
	one = name ? stub_name_chosen(name) : NULL;
	if (!one || depth == 0)
		return origin;
	if (one->inner && rest.len)
		return origin_of(one->inner, rest, depth - 1);
	if (rest.len)
		return origin;
	origin.class = one->inner;
	if (one->element->type == ELEMENT_IMPORT)
		origin.last = one->element->path.last->slice;
	else if (one->element->type == ELEMENT_FUNCTION)
		origin.function = one->element;
	else if (one->element->value.kind == VALUE_NAME &&
		 !slice_equal(one->element->value.name, reference))
		return origin_of(where, one->element->value.name, depth - 1);
	return origin;
}

struct slice stub_origin_last(struct stub_scope *scope, struct slice reference)
{
	return origin_of(scope, reference, NAME_DEPTH).last;
}

struct stub_scope *stub_class_of(struct stub_scope *scope, struct slice reference)
{
	return origin_of(scope, reference, NAME_DEPTH).class;
}

static const char *const enumerations[] = {
    "Enum", "IntEnum", "Flag", "IntFlag", "StrEnum", "ReprEnum", "EnumMeta", "EnumType", NULL};
static const char *const transforms[] = {"dataclass_transform", "__dataclass_transform__", NULL};

/* Decorators with which annotations become fields, and those with which they may. */
static const char *const makers[] = {"dataclass", "define", "mutable", "frozen", "new_attrs", NULL};
static const char *const attrs_makers[] = {
    "s", "attrs", "attributes", "dataclass", "define", "mutable", "frozen", "new_attrs", NULL};

static bool is_transform(const struct element *definition)
{
	return definition && stub_is_decorated(definition->definition, transforms);
}

struct slice stub_class_enumeration(struct slice decorator)
{
	return slice_is(stub_last_part(stub_decorator_name(decorator)), "_simple_enum")
		   ? stub_arguments(decorator)
		   : slice_of(decorator.data, 0);
}

static bool has(struct slice text, const char *part)
{
	return memmem(text.data, text.len, part, strlen(part)) != NULL;
}

static void judge_decorators(struct stub_scope *scope)
{
	const struct text *text = scope->container->definition->decorators.first;

	for (; text; text = text->next) {
		struct slice name = stub_decorator_name(text->slice);
		struct origin origin = origin_of(scope->outer, name, NAME_DEPTH);

		if (stub_class_enumeration(text->slice).len)
			scope->meaning = STUB_ENUMERATION;
		else if (stub_is_among(origin.last, makers) || is_transform(origin.function) ||
			 (stub_is_among(origin.last, attrs_makers) &&
			     has(text->slice, "auto_attribs=True")))
			scope->meaning = STUB_FIELDS;
		if (stub_is_among(origin.last, attrs_makers))
			scope->is_generated = true;
	}
}

static void judge_known_base(struct stub_scope *scope, const struct stub_scope *base)
{
	if (base->meaning == STUB_ENUMERATION || base->meaning == STUB_TYPED_DICT)
		scope->meaning = base->meaning;
	else if (is_transform(base->container))
		scope->meaning = STUB_FIELDS;
	scope->is_derived = scope->is_derived || base->is_derived;
}

static void judge_foreign_base(struct stub_scope *scope, struct slice name, bool is_plain)
{
	static const char *const harmless[] = {"object", "Generic", "Protocol", "ABC", NULL};

	if (stub_is_among(name, enumerations))
		scope->meaning = STUB_ENUMERATION;
	else if (is_plain && slice_is(name, "NamedTuple"))
		scope->meaning = STUB_NAMED_TUPLE;
	else if (slice_is(name, "TypedDict"))
		scope->meaning = STUB_TYPED_DICT;
	scope->is_derived = scope->is_derived || !stub_is_among(name, harmless);
}

/* What a base of a class stands for, also if it is subscripted or called. */
static struct origin origin_of_base(const struct stub_scope *scope, const struct element *base)
{
	return origin_of(scope->outer,
	    base->reference.len ? base->reference : stub_decorator_name(base->syntax), NAME_DEPTH);
}

static void judge_base(struct stub_scope *scope, const struct element *element)
{
	struct origin origin = origin_of_base(scope, element);
	const struct stub_scope *base = origin.class;

	if (base && base != scope)
		judge_known_base(scope, base);
	else
		judge_foreign_base(scope, origin.last, element->reference.len > 0);
}

static void judge_keywords(struct stub_scope *scope)
{
	const struct text *text = scope->container->definition->keywords.first;

	for (; text; text = text->next->next) {
		struct origin origin;

		if (!slice_is(text->slice, "metaclass"))
			continue;
		origin = origin_of(scope->outer, text->next->slice, NAME_DEPTH);
		if (stub_is_among(origin.last, enumerations))
			scope->meaning = STUB_ENUMERATION;
		else if (origin.class && is_transform(origin.class->container))
			scope->meaning = STUB_FIELDS;
	}
}

void stub_class_judge(struct stub_scope *scope)
{
	const struct element *inheritance;

	if (!scope->outer)
		return;
	inheritance = scope->container->first;
	judge_decorators(scope);
	for (const struct element *base = inheritance->first; base; base = base->next)
		judge_base(scope, base);
	judge_keywords(scope);
}

/* A look at bases, of which there may be any number. */
struct look {
	struct slice name;
	int budget; /* classes that may still be looked at */
};

static bool base_declares(struct look *look, const struct stub_scope *scope);

static bool declares(struct look *look, const struct stub_scope *scope)
{
	const struct stub_name *known = map_get(&scope->names, look->name);

	return (known && stub_name_chosen(known)) || base_declares(look, scope);
}

static bool base_declares(struct look *look, const struct stub_scope *scope)
{
	const struct element *inheritance = scope->container->first;

	for (const struct element *base = inheritance->first; base; base = base->next) {
		const struct stub_scope *class;

		if (look->budget-- <= 0)
			return false;
		class = stub_class_of(scope->outer, base->reference);
		if (class && class != scope && declares(look, class))
			return true;
	}
	return false;
}

/* More bases than this nobody has, and those of a class that is its own base never end. */
#define BASES 200

bool stub_class_inherits(const struct stub_scope *scope, struct slice name)
{
	struct look look = {name, BASES};

	return scope->outer && base_declares(&look, scope);
}

/* The classes of this source that a class inherits from and itself, the most basic first. */
struct lineage {
	const struct stub_scope *classes[BASES];
	size_t count;
	bool is_abstract; /* their metaclass is ABCMeta */
};

static bool has_metaclass(const struct stub_scope *scope, bool *ret_is_abstract)
{
	const struct text *text = scope->container->definition->keywords.first;

	while (text && !slice_is(text->slice, "metaclass"))
		text = text->next->next;
	if (text && slice_is(stub_origin_last(scope->outer, text->next->slice), "ABCMeta"))
		*ret_is_abstract = true;
	return text != NULL;
}

static bool is_known(const struct lineage *lineage, const struct stub_scope *scope)
{
	for (size_t i = 0; i < lineage->count; i++) {
		if (lineage->classes[i] == scope)
			return true;
	}
	return false;
}

static void add_lineage(struct lineage *lineage, const struct stub_scope *scope, int depth)
{
	const struct element *bases = scope->container->first;
	const struct element *each[BASES];
	size_t count = 0;

	(void)has_metaclass(scope, &lineage->is_abstract);
	for (const struct element *base = bases->first; base && count < BASES; base = base->next)
		each[count++] = base;
	while (count-- > 0) {
		struct origin origin = origin_of_base(scope, each[count]);

		if (slice_is(origin.last, "ABC") && !origin.class)
			lineage->is_abstract = true;
		if (origin.class && depth > 0 && !is_known(lineage, origin.class))
			add_lineage(lineage, origin.class, depth - 1);
	}
	if (lineage->count < BASES && !is_known(lineage, scope))
		lineage->classes[lineage->count++] = scope;
}

static const struct stub_name *abstract_at(const struct stub_scope *scope, size_t number)
{
	static const char *const words[] = {"abstractmethod", "abstractproperty",
	    "abstractclassmethod", "abstractstaticmethod", NULL};
	const struct stub_name *name = scope->names.entries[number].value;

	return name->one && stub_is_function(name->one) &&
		       stub_is_decorated(name->one->definition, words)
		   ? name
		   : NULL;
}

/* Whether a name of one of the classes is bound by one that comes before it. */
static bool is_overridden(const struct lineage *lineage, size_t class, struct slice identifier)
{
	for (size_t i = class + 1; i < lineage->count; i++) {
		if (map_get(&lineage->classes[i]->names, identifier))
			return true;
	}
	return false;
}

static bool leaves_abstract(const struct lineage *lineage, size_t class)
{
	const struct stub_scope *scope = lineage->classes[class];

	for (size_t i = 0; i < scope->names.count; i++) {
		const struct stub_name *name = abstract_at(scope, i);

		if (name && !is_overridden(lineage, class, name->identifier))
			return true;
	}
	return false;
}

bool stub_class_stays_abstract(const struct stub_scope *scope)
{
	struct lineage lineage = {.count = 0};
	bool is_found = false;

	if (!scope->outer || !scope->container->first->first ||
	    has_metaclass(scope, &lineage.is_abstract))
		return false;
	add_lineage(&lineage, scope, NAME_DEPTH);
	if (!lineage.is_abstract || leaves_abstract(&lineage, lineage.count - 1))
		return false;
	for (size_t i = 0; i + 1 < lineage.count; i++)
		is_found = is_found || leaves_abstract(&lineage, i);
	return is_found;
}
