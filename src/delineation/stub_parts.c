#include "delineation/stub_parts.h"

#include "base/json.h"
#include "delineation/signature.h"

void stub_begin_line(struct stub *stub)
{
	str_addf(&stub->out, "%*s", 4 * stub->depth, "");
}

void stub_line(struct stub *stub, const char *text)
{
	stub_begin_line(stub);
	str_adds(&stub->out, text);
	str_addc(&stub->out, '\n');
}

struct slice stub_last_part(struct slice name)
{
	struct slice rest = name;

	while (slice_next(&rest, '.', &name))
		continue;
	return name;
}

bool stub_is_among(struct slice name, const char *const *words)
{
	for (; *words; words++) {
		if (slice_is(name, *words))
			return true;
	}
	return false;
}

bool stub_is_of_head(const struct element *element)
{
	return element->type == ELEMENT_INHERITANCE || element->type == ELEMENT_TYPE_PARAMETER;
}

/* Whether a docstring's text is one literal, so that line breaks need no parentheses. */
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

void stub_docstring(struct stub *stub, const struct element *element)
{
	struct slice text = element->documentation.docstring;
	bool bare = is_one_literal(text);

	if (!has_docstring(stub, element))
		return;
	stub_begin_line(stub);
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

void stub_import(struct stub *stub, const struct element *import)
{
	struct str *out = &stub->out;
	const struct text *last = import->path.last;

	stub_begin_line(stub);
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

void stub_decorators(struct stub *stub, const struct definition *definition)
{
	for (const struct text *text = definition->decorators.first; text; text = text->next) {
		stub_begin_line(stub);
		str_addc(&stub->out, '@');
		expression_add(&stub->out, text->slice, false);
		str_addc(&stub->out, '\n');
	}
}

/* End the head of a definition whose body is only its docstring. */
void stub_empty_body(struct stub *stub, const struct element *element)
{
	if (!has_docstring(stub, element)) {
		str_adds(&stub->out, ": ...\n");
		return;
	}
	str_adds(&stub->out, ":\n");
	stub->depth++;
	stub_docstring(stub, element);
	stub_line(stub, "...");
	stub->depth--;
}

void stub_function(struct stub *stub, const struct element *function)
{
	const struct element *returns = element_annotation(function);
	struct str *out = &stub->out;

	stub_decorators(stub, function->definition);
	stub_begin_line(stub);
	str_adds(out, function->definition->async ? "async def " : "def ");
	str_add_slice(out, function->identifier);
	type_parameters_add(out, function);
	str_addc(out, '(');
	if (function->type == ELEMENT_PROPERTY || function->type == ELEMENT_ABSTRACTPROPERTY)
		str_adds(out, "self"); /* the element has no parameters */
	else
		signature_add(out, function, stub->options->defaults);
	str_addc(out, ')');
	if (returns) {
		str_adds(out, " -> ");
		expression_add(out, returns->syntax, false);
	}
	stub_empty_body(stub, function);
}

/* The type that a kind of value implies; NULL if it implies none. */
static const char *type_of(enum value_kind kind)
{
	switch (kind) {
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

/* Type parameters of a class, which its methods and the classes in it see, follow its bases. */
static bool is_type_parameter(const struct stub_scope *scope, struct slice name)
{
	for (; scope; scope = scope->outer) {
		const struct element *child = scope->container->first;

		while (child && stub_is_of_head(child) && !slice_equal(child->identifier, name))
			child = child->next;
		if (child && stub_is_of_head(child))
			return true;
	}
	return false;
}

/* Whether the source binds the name of a builtin type to something else. */
static bool is_hidden(const struct stub *stub, const struct stub_scope *scope, struct slice name)
{
	return map_get(&scope->names, name) || map_get(stub->globals, name) ||
	       is_type_parameter(scope, name);
}

/* Add the type that a name's values imply, unless the type's name is hidden. */
static void add_told_type(struct stub *stub, const struct stub_scope *scope, struct slice name)
{
	const struct stub_name *known = map_get(&scope->names, name);
	const char *told = type_of(known->kind);

	if (told && is_hidden(stub, scope, slice_c(told)))
		told = NULL;
	if (!told) {
		told = stub->unknown;
		stub->incomplete = true;
	}
	str_adds(&stub->out, told);
	if (known->null)
		str_adds(&stub->out, " | None");
}

/* Whether a value defines a type, or another name for something: then the value is part of the
 * interface. */
static bool is_alias(const struct value *value)
{
	static const char *const makers[] = {"TypeVar", "ParamSpec", "TypeVarTuple", "NewType",
	    "namedtuple", "NamedTuple", "TypedDict", "Enum", "IntEnum", "Flag", "IntFlag",
	    "StrEnum", NULL};
	static const char *const generics[] = {
	    "dict", "defaultdict", "deque", "frozenset", "list", "set", "tuple", "type", NULL};
	struct slice name = stub_last_part(value->name);

	if (value->kind == VALUE_NAME)
		return true;
	if (value->kind == VALUE_CALL)
		return stub_is_among(name, makers);
	return value->kind == VALUE_SUBSCRIPT &&
	       (stub_is_among(name, generics) || (name.data[0] >= 'A' && name.data[0] <= 'Z'));
}

/* Names whose values say something to type checkers. */
static bool is_special(struct slice name)
{
	static const char *const names[] = {"__slots__", "__match_args__", NULL};

	return stub_is_among(name, names);
}

static void add_value(struct stub *stub, struct slice syntax)
{
	str_adds(&stub->out, " = ");
	expression_add(&stub->out, syntax, false);
}

void stub_alias(struct stub *stub, const struct element *data)
{
	stub_begin_line(stub);
	str_adds(&stub->out, "type ");
	str_add_slice(&stub->out, data->identifier);
	type_parameters_add(&stub->out, data);
	add_value(stub, data->value.syntax);
	str_addc(&stub->out, '\n');
}

static void add_declaration(struct stub *stub, const struct stub_scope *scope,
    const struct element *data, const struct element *type)
{
	str_adds(&stub->out, ": ");
	if (!type) {
		add_told_type(stub, scope, data->identifier);
		return;
	}
	expression_add(&stub->out, type->syntax, false);
	if (data->type == ELEMENT_FIELD || data->value.kind == VALUE_NONE)
		return;
	if (stub->options->defaults)
		add_value(stub, data->value.syntax);
	else
		str_adds(&stub->out, " = ...");
}

static void add_exported(
    struct stub *stub, const struct element *module, const struct element *type)
{
	bool first = true;

	if (type) {
		str_adds(&stub->out, ": ");
		expression_add(&stub->out, type->syntax, false);
	}
	str_adds(&stub->out, " = [");
	for (const struct text *name = module->exported.first; name; name = name->next) {
		struct json_writer json;

		str_adds(&stub->out, first ? "" : ", ");
		/* JSON's strings are Python's, except for surrogates. */
		json_begin(&json, &stub->out);
		json_string(&json, name->slice);
		first = false;
	}
	str_addc(&stub->out, ']');
}

void stub_data(struct stub *stub, const struct stub_scope *scope, const struct element *data)
{
	const struct element *type = element_annotation(data);
	const struct element *container = scope->container;
	const struct stub_name *known = map_get(&scope->names, data->identifier);

	stub_begin_line(stub);
	str_add_slice(&stub->out, data->identifier);
	if (container->has_exported && slice_is(data->identifier, "__all__"))
		add_exported(stub, container, type);
	else if (!type && known->field)
		add_declaration(stub, scope, known->field, element_annotation(known->field));
	else if (!type && data->type == ELEMENT_DATA && data->value.syntax.len &&
		 (scope->enumeration || is_alias(&data->value) || is_special(data->identifier)))
		add_value(stub, data->value.syntax);
	else
		add_declaration(stub, scope, data, type);
	str_addc(&stub->out, '\n');
}
