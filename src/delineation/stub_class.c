#include "delineation/stub_scope.h"

#include "delineation/signature.h"

/* Names of classes may be defined by each other. */
#define NAME_DEPTH 20

/* What a name stands for: something of this source, or something that it imports. */
struct origin {
	struct stub_scope *class;	/* or NULL: */
	const struct element *function; /* or NULL: */
	struct slice last;		/* the last part of the name where it is defined */
};

/* What the first part of a dotted name stands for, or NULL; what is behind that part, and, unless
 * ret_where is NULL, whose name it is. */
static const struct stub_declaration *first_of(struct stub_scope *scope, struct slice reference,
    struct slice *ret_rest, struct stub_scope **ret_where)
{
	const struct stub_name *name;
	struct slice first;

	*ret_rest = reference;
	if (!slice_next(ret_rest, '.', &first))
		return NULL;
	name = stub_scope_find(scope, first, ret_where);
	return name ? stub_name_chosen(name) : NULL;
}

static struct origin origin_of(struct stub_scope *scope, struct slice reference, int depth)
{
	struct origin origin = {.last = stub_last_part(reference)};
	struct stub_scope *where;
	struct slice rest;
	const struct stub_declaration *one = first_of(scope, reference, &rest, &where);

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

bool stub_is_of(
    struct stub_scope *scope, struct slice reference, const char *module, const char *name)
{
	struct slice rest;
	const struct stub_declaration *one = first_of(scope, reference, &rest, NULL);
	const struct texts *path;

	if (!one || one->element->type != ELEMENT_IMPORT || one->element->relative)
		return false;
	path = &one->element->path;
	if (!slice_is(path->first->slice, module))
		return false;
	return one->element->from ? !rest.len && path->first->next == path->last &&
					slice_is(path->last->slice, name)
				  : path->first == path->last && slice_is(rest, name);
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

static struct origin origin_of_base(const struct stub_scope *scope, const struct element *base)
{
	return origin_of(scope->outer, stub_base_name(base), NAME_DEPTH);
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

bool stub_class_inherits(const struct stub_scope *scope, struct slice name)
{
	struct look look = {name, STUB_LINEAGE};

	return scope->outer && base_declares(&look, scope);
}

/* An abstract class of collections.abc, and what it leaves abstract. */
static const struct library_class {
	const char *name;
	const char *const abstract[6];
} library[] = {
    {"AsyncGenerator", {"asend", "athrow"}},
    {"AsyncIterable", {"__aiter__"}},
    {"AsyncIterator", {"__anext__"}},
    {"Awaitable", {"__await__"}},
    {"Callable", {"__call__"}},
    {"Collection", {"__contains__", "__iter__", "__len__"}},
    {"Container", {"__contains__"}},
    {"Coroutine", {"__await__", "send", "throw"}},
    {"Generator", {"send", "throw"}},
    {"Hashable", {"__hash__"}},
    {"Iterable", {"__iter__"}},
    {"Iterator", {"__next__"}},
    {"Mapping", {"__getitem__", "__iter__", "__len__"}},
    {"MutableMapping", {"__delitem__", "__getitem__", "__iter__", "__len__", "__setitem__"}},
    {"MutableSequence", {"__delitem__", "__getitem__", "__len__", "__setitem__", "insert"}},
    {"MutableSet", {"__contains__", "__iter__", "__len__", "add", "discard"}},
    {"Reversible", {"__iter__", "__reversed__"}},
    {"Sequence", {"__getitem__", "__len__"}},
    {"Set", {"__contains__", "__iter__", "__len__"}},
    {"Sized", {"__len__"}},
};

/* The class of the library that a dotted name stands for, or NULL. */
static const struct library_class *library_of(
    struct stub_scope *scope, struct slice reference, struct slice last)
{
	struct slice rest;
	const struct stub_declaration *one = first_of(scope, reference, &rest, NULL);

	if (!one || one->element->type != ELEMENT_IMPORT || one->element->relative ||
	    (!slice_is(one->element->path.first->slice, "collections") &&
		!slice_is(one->element->path.first->slice, "typing")))
		return NULL;
	for (size_t i = 0; i < sizeof(library) / sizeof(*library); i++) {
		if (slice_is(last, library[i].name))
			return &library[i];
	}
	return NULL;
}

/* A class that another one inherits from: of this source, of another module, of the library. */
struct ancestor {
	const struct stub_scope *class;	  /* or NULL: */
	const struct stub_class *foreign; /* or NULL: */
	const struct library_class *library;
};

/* The classes that a class inherits from, as far as their sources are known, and itself, the most
 * basic first. */
struct lineage {
	struct stub *stub;
	struct ancestor classes[STUB_LINEAGE];
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

static bool is_known(const struct lineage *lineage, const void *class)
{
	for (size_t i = 0; i < lineage->count; i++) {
		const struct ancestor *one = &lineage->classes[i];

		if (one->class == class || one->foreign == class || one->library == class)
			return true;
	}
	return false;
}

static void add_ancestor(struct lineage *lineage, const void *class, struct ancestor ancestor)
{
	if (lineage->count < STUB_LINEAGE && !is_known(lineage, class))
		lineage->classes[lineage->count++] = ancestor;
}

/* Append the module of the package that has the class which a dotted name stands for, and give its
 * name there. False if the name is of something else. */
static bool module_of_class(const struct stub *stub, struct stub_scope *scope,
    struct slice reference, struct str *ret_module, struct slice *ret_name)
{
	struct slice rest;
	const struct element *import = NULL;

	for (int depth = NAME_DEPTH; depth > 0; depth--) {
		const struct stub_declaration *one = first_of(scope, reference, &rest, NULL);

		import = one ? one->element : NULL;
		if (!import || import->type != ELEMENT_DATA || import->value.kind != VALUE_NAME ||
		    rest.len)
			break;
		reference = import->value.name; /* another name for it */
	}
	if (!import || import->type != ELEMENT_IMPORT ||
	    !stub_is_of_package(stub->source->package, import))
		return false;
	*ret_name = stub_last_part(reference);
	if (!import->from && import->renamed) {
		stub_join(ret_module, import->path.first, NULL);
		return rest.len == ret_name->len;
	}
	if (!import->from) {
		str_add(ret_module, reference.data, reference.len - ret_name->len - (rest.len > 0));
		return rest.len > 0;
	}
	if (!stub_from_module(stub->source->package, import, ret_module))
		return false;
	if (!rest.len) {
		*ret_name = import->path.last->slice;
		return true;
	}
	str_addc(ret_module, '.');
	str_add_slice(ret_module, import->path.last->slice);
	return rest.len == ret_name->len;
}

/* Add a class of another module of the tree, and those that it inherits from. False if there is
 * none.
 */
static bool add_foreign(struct lineage *lineage, const struct str *module, struct slice name)
{
	struct stub *stub = lineage->stub;
	const struct stub_class *const *classes = NULL;
	int count = stub->error ? 0
				: stub->source->lineage(stub->source->context, str_slice(module),
				      name, &classes, &stub->error);

	for (int i = 0; i < count; i++) {
		lineage->is_abstract = lineage->is_abstract || classes[i]->is_abstract;
		add_ancestor(lineage, classes[i], (struct ancestor){.foreign = classes[i]});
	}
	return count > 0;
}

/* The same of a class that only a star import may bind. */
static void add_from_stars(struct lineage *lineage, struct slice name)
{
	const struct stub *stub = lineage->stub;
	const struct stub_name *star = map_get(&stub->module->names, SLICE_LITERAL("*"));
	const struct stub_declaration *one = star ? star->last : NULL;
	bool is_found = false;

	for (; one && !is_found; one = one->earlier) {
		autostr struct str module = STR_INIT;

		is_found = stub_is_of_package(stub->source->package, one->element) &&
			   stub_from_module(stub->source->package, one->element, &module) &&
			   add_foreign(lineage, &module, name);
	}
}

static void add_lineage(struct lineage *lineage, const struct stub_scope *scope, int depth);

static void add_base(
    struct lineage *lineage, const struct stub_scope *scope, const struct element *base, int depth)
{
	const struct stub_source *source = lineage->stub->source;
	struct origin origin = origin_of_base(scope, base);
	const struct library_class *library_class;
	struct slice reference = stub_base_name(base), name;
	autostr struct str module = STR_INIT;

	if (origin.class) {
		if (depth > 0 && !is_known(lineage, origin.class))
			add_lineage(lineage, origin.class, depth - 1);
		return;
	}
	library_class = library_of(scope->outer, reference, origin.last);
	if (library_class)
		add_ancestor(lineage, library_class, (struct ancestor){.library = library_class});
	lineage->is_abstract = lineage->is_abstract || library_class ||
			       stub_is_abstract_base(origin.last);
	if (library_class || !source->lineage || !source->package.len)
		return;
	if (module_of_class(lineage->stub, scope->outer, reference, &module, &name))
		(void)add_foreign(lineage, &module, name); /* it need not be there */
	else if (!stub_scope_find(scope->outer, reference, NULL))
		add_from_stars(lineage, reference);
}

static void add_lineage(struct lineage *lineage, const struct stub_scope *scope, int depth)
{
	const struct element *bases = scope->container->first;
	const struct element *each[STUB_LINEAGE];
	size_t count = 0;

	(void)has_metaclass(scope, &lineage->is_abstract);
	for (const struct element *base = bases->first; base && count < STUB_LINEAGE;
	     base = base->next)
		each[count++] = base;
	while (count-- > 0)
		add_base(lineage, scope, each[count], depth);
	add_ancestor(lineage, scope, (struct ancestor){.class = scope});
}

bool stub_is_abstract_base(struct slice name)
{
	static const char *const words[] = {"ABC", "Protocol", NULL};

	return stub_is_among(name, words);
}

/* Whether a class is a protocol, by its own bases. */
static bool is_protocol(const struct element *class)
{
	const struct element *base = class->first->first;

	while (base && !slice_is(stub_last_part(stub_base_name(base)), "Protocol"))
		base = base->next;
	return base != NULL;
}

bool stub_is_abstract(const struct element *class, const struct element *member)
{
	static const char *const words[] = {"abstractmethod", "abstractproperty",
	    "abstractclassmethod", "abstractstaticmethod", NULL};

	if (stub_is_function(member))
		return stub_is_decorated(member->definition, words);
	return member->type == ELEMENT_DATA && member->value.kind == VALUE_NONE &&
	       element_annotation(member) && is_protocol(class);
}

/* Whether a class binds a name itself. */
static bool binds(const struct ancestor *one, struct slice identifier)
{
	if (!one->library)
		return map_get(one->class ? &one->class->names : &one->foreign->names, identifier);
	return stub_is_among(identifier, one->library->abstract);
}

/* Whether a name of one of the classes is bound by one that comes before it. */
static bool is_overridden(const struct lineage *lineage, size_t class, struct slice identifier)
{
	for (size_t i = class + 1; i < lineage->count; i++) {
		if (binds(&lineage->classes[i], identifier))
			return true;
	}
	return false;
}

static bool leaves_abstract(const struct lineage *lineage, size_t class)
{
	const struct ancestor *one = &lineage->classes[class];

	if (one->library) {
		const char *const *name = one->library->abstract;

		while (*name && is_overridden(lineage, class, slice_c(*name)))
			name++;
		return *name != NULL;
	}
	if (!one->class) {
		const struct text *name = one->foreign->abstract.first;

		while (name && is_overridden(lineage, class, name->slice))
			name = name->next;
		return name != NULL;
	}
	for (size_t i = 0; i < one->class->names.count; i++) {
		const struct stub_name *name = one->class->names.entries[i].value;

		if (name->one && stub_is_abstract(one->class->container, name->one) &&
		    !is_overridden(lineage, class, name->identifier))
			return true;
	}
	return false;
}

bool stub_class_implements(const struct stub_scope *scope, struct slice identifier)
{
	const struct element *base = scope->container->first->first;

	for (; base; base = base->next) {
		const struct stub_scope *class = stub_class_of(scope->outer, stub_base_name(base));
		const struct stub_name *name = class ? map_get(&class->names, identifier) : NULL;

		if (name && name->one && stub_is_abstract(class->container, name->one))
			return true;
	}
	return false;
}

bool stub_class_stays_abstract(struct stub *stub, const struct stub_scope *scope)
{
	struct lineage lineage = {.stub = stub};
	bool is_found = false;

	if (!scope->outer || !scope->container->first->first || is_protocol(scope->container) ||
	    has_metaclass(scope, &lineage.is_abstract))
		return false;
	add_lineage(&lineage, scope, NAME_DEPTH);
	if (!lineage.is_abstract || leaves_abstract(&lineage, lineage.count - 1))
		return false;
	for (size_t i = 0; i + 1 < lineage.count; i++)
		is_found = is_found || leaves_abstract(&lineage, i);
	return is_found;
}
