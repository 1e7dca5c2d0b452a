#include "delineation/stub.h"

#include "base/json.h"
#include "base/map.h"
#include "delineation/signature.h"

struct stub {
	const struct stub_options *options;
	struct str out;
	int depth;	 /* of indentation */
	bool incomplete; /* the name was used */
	size_t futures;	 /* where the imports that must come first end */
};

/* An element of a body, and where it stands. */
struct member {
	const struct element *element;
	const struct branch **branches; /* from the outermost on */
	size_t depth;			/* how many they are */
};

/* A body that is written: the elements of a module or class. */
struct body {
	const struct element *container;
	struct arena arena;
	struct member *members;
	size_t count;
	struct map names; /* that were bound so far */
	bool enumeration; /* values are what its data stand for */
	bool empty;	  /* nothing was written yet */
};

static void begin_line(struct stub *stub)
{
	str_addf(&stub->out, "%*s", 4 * stub->depth, "");
}

static void add_line(struct stub *stub, const char *text)
{
	begin_line(stub);
	str_adds(&stub->out, text);
	str_addc(&stub->out, '\n');
}

static struct slice last_part(struct slice name)
{
	struct slice rest = name;

	while (slice_next(&rest, '.', &name))
		continue;
	return name;
}

static bool is_among(struct slice name, const char *const *words)
{
	for (; *words; words++) {
		if (slice_is(name, *words))
			return true;
	}
	return false;
}

/* Whether a docstring's text is one literal, so that it may be broken without parentheses. */
static bool is_one_literal(struct slice text)
{
	size_t at = 0, quote = 1;

	while (at < text.len && text.data[at] != '"' && text.data[at] != '\'')
		at++;
	if (text.len - at >= 6 && text.data[at + 1] == text.data[at] &&
	    text.data[at + 2] == text.data[at])
		quote = 3;
	for (size_t i = at + quote; i + quote <= text.len; i++) {
		if (text.data[i] == '\\')
			i++;
		else if (memcmp(text.data + i, text.data + at, quote) == 0)
			return i + quote == text.len;
	}
	return false;
}

static bool has_docstring(const struct stub *stub, const struct element *element)
{
	return stub->options->docstrings && element->documentation.docstring.len;
}

static void add_docstring(struct stub *stub, const struct element *element)
{
	struct slice text = element->documentation.docstring;
	bool bare = is_one_literal(text);

	if (!has_docstring(stub, element))
		return;
	begin_line(stub);
	str_adds(&stub->out, bare ? "" : "(");
	str_add_slice(&stub->out, text);
	str_adds(&stub->out, bare ? "\n" : ")\n");
}

static void add_joined(struct str *ret, const struct text *first, const struct text *end)
{
	for (const struct text *part = first; part != end; part = part->next) {
		if (part != first)
			str_addc(ret, '.');
		str_add_slice(ret, part->slice);
	}
}

static void add_import(struct stub *stub, const struct element *import)
{
	struct str *out = &stub->out;
	const struct text *last = import->path.last;

	begin_line(stub);
	if (import->from) {
		str_adds(out, "from ");
		for (int i = 0; i < import->relative; i++)
			str_addc(out, '.');
		add_joined(out, import->path.first, last);
		str_adds(out, " import ");
		str_add_slice(out, last->slice);
	} else {
		str_adds(out, "import ");
		add_joined(out, import->path.first, NULL);
	}
	if (import->renamed) {
		str_adds(out, " as ");
		str_add_slice(out, import->identifier);
	}
	str_addc(out, '\n');
	if (import->from && !import->relative && slice_is(import->path.first->slice, "__future__"))
		stub->futures = out->len;
}

static void add_decorators(struct stub *stub, const struct definition *definition)
{
	for (const struct text *text = definition->decorators.first; text; text = text->next) {
		begin_line(stub);
		str_addc(&stub->out, '@');
		expression_add(&stub->out, text->slice, false);
		str_addc(&stub->out, '\n');
	}
}

/* End the head of a definition whose body is nothing but its docstring. */
static void add_empty_body(struct stub *stub, const struct element *element)
{
	if (!has_docstring(stub, element)) {
		str_adds(&stub->out, ": ...\n");
		return;
	}
	str_adds(&stub->out, ":\n");
	stub->depth++;
	add_docstring(stub, element);
	add_line(stub, "...");
	stub->depth--;
}

static void add_function(struct stub *stub, const struct element *function)
{
	const struct element *returns = element_annotation(function);
	struct str *out = &stub->out;

	add_decorators(stub, function->definition);
	begin_line(stub);
	str_adds(out, function->definition->async ? "async def " : "def ");
	str_add_slice(out, function->identifier);
	str_addc(out, '(');
	if (function->type == ELEMENT_PROPERTY || function->type == ELEMENT_ABSTRACTPROPERTY)
		str_adds(out, "self"); /* it has no parameters as an element */
	else
		signature_add(out, function, stub->options->defaults);
	str_addc(out, ')');
	if (returns) {
		str_adds(out, " -> ");
		expression_add(out, returns->syntax, false);
	}
	add_empty_body(stub, function);
}

/* The type that a value tells; NULL for none. */
static const char *type_of(const struct value *value)
{
	switch (value->kind) {
	case VALUE_NULL:
		return "None";
	case VALUE_BOOL:
		return "bool";
	case VALUE_INT:
		return "int";
	case VALUE_FLOAT:
		return "float";
	case VALUE_STR:
		return "str";
	case VALUE_BYTES:
		return "bytes";
	case VALUE_TUPLE:
		return "tuple";
	case VALUE_LIST:
		return "list";
	default:
		return NULL;
	}
}

/* Whether a value makes a type, or another name of something: then it is the interface. */
static bool is_alias(const struct value *value)
{
	static const char *const makers[] = {"TypeVar", "ParamSpec", "TypeVarTuple", "NewType",
	    "namedtuple", "NamedTuple", "TypedDict", "Enum", "IntEnum", "Flag", "IntFlag",
	    "StrEnum", NULL};
	static const char *const generics[] = {
	    "dict", "defaultdict", "deque", "frozenset", "list", "set", "tuple", "type", NULL};
	struct slice name = last_part(value->name);

	if (value->kind == VALUE_NAME)
		return true;
	if (value->kind == VALUE_CALL)
		return is_among(name, makers);
	return value->kind == VALUE_SUBSCRIPT &&
	       (is_among(name, generics) || (name.data[0] >= 'A' && name.data[0] <= 'Z'));
}

/* Names whose values say something to type checkers. */
static bool is_special(struct slice name)
{
	static const char *const names[] = {"__slots__", "__match_args__", NULL};

	return is_among(name, names);
}

static void add_value(struct stub *stub, struct slice syntax)
{
	str_adds(&stub->out, " = ");
	expression_add(&stub->out, syntax, false);
}

static void add_declaration(
    struct stub *stub, const struct element *data, const struct element *type)
{
	const char *told = type_of(&data->value);

	str_adds(&stub->out, ": ");
	if (type) {
		expression_add(&stub->out, type->syntax, false);
	} else if (told) {
		str_adds(&stub->out, told);
	} else {
		str_adds(&stub->out, "Incomplete");
		stub->incomplete = true;
	}
	if (!type || data->type == ELEMENT_FIELD || data->value.kind == VALUE_NONE)
		return;
	if (stub->options->defaults)
		add_value(stub, data->value.syntax);
	else
		str_adds(&stub->out, " = ...");
}

static void add_exported(struct stub *stub, const struct element *module)
{
	bool first = true;

	str_adds(&stub->out, " = [");
	for (const struct text *name = module->exported.first; name; name = name->next) {
		struct json_writer json;

		str_adds(&stub->out, first ? "" : ", ");
		/* Strings of JSON are strings of Python, but for surrogates beyond one. */
		json_begin(&json, &stub->out);
		json_string(&json, name->slice);
		first = false;
	}
	str_addc(&stub->out, ']');
}

static void add_data(struct stub *stub, const struct body *body, const struct element *data)
{
	const struct element *type = element_annotation(data);
	const struct element *container = body->container;

	begin_line(stub);
	str_add_slice(&stub->out, data->identifier);
	if (container->has_exported && slice_is(data->identifier, "__all__"))
		add_exported(stub, container);
	else if (!type && data->type == ELEMENT_DATA && data->value.syntax.len &&
		 (body->enumeration || is_alias(&data->value) || is_special(data->identifier)))
		add_value(stub, data->value.syntax);
	else
		add_declaration(stub, data, type);
	str_addc(&stub->out, '\n');
}

static bool is_enumeration(const struct element *class)
{
	static const char *const bases[] = {
	    "Enum", "IntEnum", "Flag", "IntFlag", "StrEnum", "ReprEnum", NULL};

	for (const struct element *base = class->first->first; base; base = base->next) {
		if (base->reference.len && is_among(last_part(base->reference), bases))
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

static void add_class(struct stub *stub, const struct element *class)
{
	add_decorators(stub, class->definition);
	begin_line(stub);
	str_adds(&stub->out, "class ");
	str_add_slice(&stub->out, class->identifier);
	add_bases(&stub->out, class);
	if (!class->first->next) {
		add_empty_body(stub, class);
		return;
	}
	str_adds(&stub->out, ":\n");
	stub->depth++;
	add_docstring(stub, class);
	add_body(stub, class);
	stub->depth--;
}

/* Data and fields without an annotation say nothing about a name that is bound already. */
static bool is_wanted(struct body *body, const struct element *element)
{
	void **bound;
	bool known;

	if (element->type == ELEMENT_INHERITANCE)
		return false;
	bound = map_at(&body->names, element->identifier);
	known = *bound != NULL;
	*bound = body;
	if (element->type == ELEMENT_FIELD)
		return !known;
	return element->type != ELEMENT_DATA || !known || element_annotation(element);
}

static void add_element(struct stub *stub, struct body *body, const struct element *element)
{
	if (!is_wanted(body, element))
		return;
	body->empty = false;
	switch (element->type) {
	case ELEMENT_IMPORT:
		add_import(stub, element);
		break;
	case ELEMENT_CLASS:
		add_class(stub, element);
		break;
	case ELEMENT_DATA:
	case ELEMENT_FIELD:
		add_data(stub, body, element);
		break;
	default:
		add_function(stub, element);
		break;
	}
}

/* The branch that an element stands in at a depth, NULL if it is not so deep. */
static const struct branch *branch_at(const struct body *body, size_t member, size_t depth)
{
	const struct member *of = &body->members[member];

	return depth < of->depth ? of->branches[depth] : NULL;
}

/* Where the elements end that stand in an arm of this statement at this depth; of one arm only,
 * unless `any`. */
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

static void add_arm(struct stub *stub, struct body *body, size_t first, size_t end, size_t depth)
{
	stub->depth++;
	body->empty = true;
	add_run(stub, body, first, end, depth);
	if (body->empty)
		add_line(stub, "pass");
	body->empty = false;
	stub->depth--;
}

/* An `if` with all that stands in it. What is behind its `else`, if that is one further `if`, becomes
 * its `elif`. */
static void add_if(struct stub *stub, struct body *body, size_t first, size_t end, size_t depth)
{
	const char *word = "if ";

	for (;;) {
		const struct branch *branch = branch_at(body, first, depth), *inner;
		size_t other = first;

		if (!branch->otherwise)
			other = end_of_run(body, first, depth, branch, false);
		begin_line(stub);
		str_adds(&stub->out, word);
		expression_add(&stub->out, branch->test, false);
		str_adds(&stub->out, ":\n");
		add_arm(stub, body, first, other, depth + 1);
		if (other == end)
			return;
		inner = branch_at(body, other, ++depth);
		first = other;
		if (!inner || end_of_run(body, first, depth, inner, true) != end)
			break;
		word = "elif ";
	}
	add_line(stub, "else:");
	add_arm(stub, body, first, end, depth);
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

/* The branches that an element stands in, the outermost first. */
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

static void place_members(struct body *body)
{
	size_t count = 0;

	for (const struct element *child = body->container->first; child; child = child->next)
		body->count++;
	body->members = arena_zalloc(&body->arena, body->count, sizeof(*body->members));
	for (const struct element *child = body->container->first; child; child = child->next)
		place_member(body, &body->members[count++], child);
}

static void add_body(struct stub *stub, const struct element *container)
{
	struct body body = {
	    .container = container,
	    .enumeration = container->type == ELEMENT_CLASS && is_enumeration(container),
	    .empty = true,
	};

	place_members(&body);
	add_run(stub, &body, 0, body.count, 0);
	map_release(&body.names);
	arena_release(&body.arena);
	if (body.empty && container->type == ELEMENT_CLASS)
		add_line(stub, "...");
}

void stub_add(
    const struct delineation *delineation, const struct stub_options *options, struct str *ret)
{
	struct stub stub = {.options = options};
	size_t futures;

	add_docstring(&stub, &delineation->module);
	stub.futures = stub.out.len;
	add_body(&stub, &delineation->module);
	futures = stub.futures;
	str_add(ret, str_c(&stub.out), futures);
	if (stub.incomplete)
		str_adds(ret, "from _typeshed import Incomplete\n");
	str_add(ret, str_c(&stub.out) + futures, stub.out.len - futures);
	str_release(&stub.out);
}
