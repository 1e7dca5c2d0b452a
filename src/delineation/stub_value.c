#include "delineation/stub_scope.h"

#include "delineation/signature.h"

/* The longest value that is kept where a type would do, in bytes. */
#define VALUE_LENGTH 200

/* The data or field that is decided. */
struct deciding {
	struct stub *stub;
	struct stub_scope *scope;
	struct stub_declaration *declaration;
	const struct element *element;
};

/* The type that a kind of value implies; NULL if it implies none. */
static const char *type_of(enum value_kind kind)
{
	static const char *const types[] = {
	    [VALUE_BOOL] = "bool",
	    [VALUE_INT] = "int",
	    [VALUE_FLOAT] = "float",
	    [VALUE_STR] = "str",
	    [VALUE_BYTES] = "bytes",
	    [VALUE_TUPLE] = "tuple",
	    [VALUE_LIST] = "list",
	    [VALUE_DICT] = "dict",
	    [VALUE_SET] = "set",
	    [VALUE_OTHER] = NULL,
	};

	return types[kind];
}

static bool is_type_parameter(const struct stub_scope *scope, struct slice name)
{
	for (; scope; scope = scope->outer) {
		for (const struct element *child = scope->container->first; child;
		     child = child->next) {
			if (child->type == ELEMENT_TYPE_PARAMETER &&
			    slice_equal(child->identifier, name))
				return true;
		}
	}
	return false;
}

/* Whether the source binds the name of a builtin to something else. */
static bool is_hidden(const struct deciding *deciding, const char *name)
{
	return map_get(&deciding->scope->names, slice_c(name)) ||
	       map_get(&deciding->stub->module->names, slice_c(name)) ||
	       is_type_parameter(deciding->scope, slice_c(name));
}

static bool is_constant(const struct value *value)
{
	return value->kind == VALUE_NULL ||
	       (value->json.len && !memchr(value->json.data, '{', value->json.len)) ||
	       ((value->kind == VALUE_INT || value->kind == VALUE_FLOAT) && value->json.len);
}

static void set_type(const struct deciding *deciding, const char *type)
{
	struct stub_declaration *declaration = deciding->declaration;

	declaration->form = STUB_TYPE;
	if (!type || is_hidden(deciding, type)) {
		type = deciding->stub->unknown;
		deciding->stub->needs_unknown = true;
	}
	declaration->data.type = slice_c(type);
}

static void set_value(const struct deciding *deciding)
{
	struct stub_declaration *declaration = deciding->declaration;

	declaration->form = STUB_VALUE;
	declaration->data.value = deciding->element->value.syntax;
	/* In an interface `a | b` is a type, which the members of an enumeration are not. What an
	 * expression binds is declared apart. */
	declaration->data.is_elided = !declaration->data.value.len ||
				      memmem(declaration->data.value.data,
					  declaration->data.value.len, ":=", 2) ||
				      (deciding->scope->meaning == STUB_ENUMERATION &&
					  deciding->element->value.kind == VALUE_UNION);
}

/*
 * Values that are part of the interface.
 */

static const char *const fields[] = {"ib", "attrib", "attr", "field", NULL};

static bool is_field(const struct value *value)
{
	return value->kind == VALUE_CALL && stub_is_among(stub_last_part(value->name), fields);
}

/* Names are in capitals where they are of numbers, whose union is a number. */
static bool is_capital(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] >= 'a' && name.data[i] <= 'z')
			return false;
	}
	return true;
}

/* Whether an operand of a union may be a type. */
static bool may_be_type(const struct deciding *deciding, struct slice operand)
{
	struct slice name = stub_decorator_name(operand);
	const struct stub_name *known = stub_scope_find(deciding->scope, name, NULL);

	if (known && known->kind != VALUE_NONE && type_of(known->kind))
		return false;
	return !is_capital(stub_last_part(name)) || name.len == 1;
}

static bool is_union(const struct deciding *deciding)
{
	struct slice rest = deciding->element->value.syntax, operand;

	while (stub_next_part(&rest, '|', &operand)) {
		if (!may_be_type(deciding, operand))
			return false;
	}
	return true;
}

/* Whether a value defines a type, or another name for something. */
static bool is_alias(const struct deciding *deciding)
{
	static const char *const makers[] = {"TypeVar", "ParamSpec", "TypeVarTuple", "NewType",
	    "namedtuple", "NamedTuple", "TypedDict", "Enum", "IntEnum", "Flag", "IntFlag",
	    "StrEnum", NULL};
	static const char *const generics[] = {
	    "dict", "defaultdict", "deque", "frozenset", "list", "set", "tuple", "type", NULL};
	const struct element *element = deciding->element;
	const struct value *value = &element->value;
	struct slice name = stub_last_part(value->name);

	switch (value->kind) {
	case VALUE_NAME:
		return !slice_equal(value->name, element->identifier);
	case VALUE_UNION:
		return is_union(deciding);
	case VALUE_CALL:
		return stub_is_among(name, makers);
	case VALUE_SUBSCRIPT:
		return stub_is_among(name, generics) ||
		       (name.data[0] >= 'A' && name.data[0] <= 'Z');
	default:
		return false;
	}
}

/* Names whose values say something to type checkers. */
static bool is_special(const struct element *element)
{
	static const char *const names[] = {"__slots__", "__match_args__", "_ignore_", NULL};

	return stub_is_among(element->identifier, names);
}

/* A class that inherits something unknown says what it says of a name with the type that the name
 * has there, which a value fits and its type perhaps not. */
static bool is_overriding(const struct deciding *deciding)
{
	const struct element *element = deciding->element;
	const struct stub_name *name = deciding->declaration->name;

	return (deciding->scope->is_derived ||
		   stub_class_inherits(deciding->scope, element->identifier)) &&
	       element->type == ELEMENT_DATA && name->bindings <= 1 &&
	       element->value.kind != VALUE_NULL && element->value.kind != VALUE_LIST &&
	       is_constant(&element->value) && element->value.syntax.len <= VALUE_LENGTH;
}

static bool keeps_value(const struct deciding *deciding)
{
	const struct element *element = deciding->element;

	if (element->type != ELEMENT_DATA)
		return false;
	switch (deciding->scope->meaning) {
	case STUB_ENUMERATION:
		return true;
	case STUB_NAMED_TUPLE:
	case STUB_TYPED_DICT:
		return element->value.syntax.len > 0;
	default:
		break;
	}
	if (!element->value.syntax.len)
		return false;
	return is_alias(deciding) || is_special(element) || is_overriding(deciding) ||
	       ((deciding->scope->is_generated || deciding->scope->meaning == STUB_FIELDS) &&
		   is_field(&element->value));
}

/*
 * Properties.
 */

static const struct element *function_named(const struct stub_scope *scope, struct slice identifier)
{
	const struct stub_name *name = map_get(&scope->names, identifier);

	return name && name->one && stub_is_function(name->one) ? name->one : NULL;
}

/* x = y, of a property y. */
static bool take_same_property(const struct deciding *deciding)
{
	struct slice name = deciding->element->value.name;
	const struct element *function = function_named(deciding->scope, name);
	struct stub_data *data = &deciding->declaration->data;

	if (deciding->element->type != ELEMENT_DATA || !function ||
	    (function->type != ELEMENT_PROPERTY && function->type != ELEMENT_ABSTRACTPROPERTY))
		return false;
	deciding->declaration->form = STUB_PROPERTY;
	data->getter = function;
	data->has_setter =
	    ((const struct stub_name *)map_get(&deciding->scope->names, name))->has_setter;
	return true;
}

static bool is_overloaded(const struct deciding *deciding, struct slice identifier)
{
	return ((const struct stub_name *)map_get(&deciding->scope->names, identifier))
	    ->is_overloaded;
}

/* x = property(get, set, delete, documentation) */
static bool take_property(const struct deciding *deciding)
{
	static const char *const keywords[] = {"fget", "fset", "fdel", "doc"};
	const struct value *value = &deciding->element->value;
	struct slice rest, keyword, argument, functions[4] = {{NULL, 0}};
	struct stub_data *data = &deciding->declaration->data;

	if (value->kind == VALUE_NAME)
		return take_same_property(deciding);
	if (deciding->element->type != ELEMENT_DATA || !deciding->scope->outer ||
	    value->kind != VALUE_CALL || !slice_is(value->name, "property") ||
	    is_hidden(deciding, "property"))
		return false;
	rest = stub_arguments(value->syntax);
	for (size_t at = 0; stub_next_argument(&rest, &keyword, &argument); at++) {
		for (size_t i = 0; i < 4; i++) {
			if (keyword.len ? slice_is(keyword, keywords[i]) : i == at)
				functions[i] = argument;
		}
	}
	deciding->declaration->form = STUB_PROPERTY;
	data->getter = function_named(deciding->scope, functions[0]);
	data->setter = function_named(deciding->scope, functions[1]);
	data->has_setter = functions[1].len && !slice_is(functions[1], "None");
	data->has_deleter = functions[2].len && !slice_is(functions[2], "None");
	return true;
}

/*
 * Types.
 */

/* Fields are written behind what the class binds, which a method does not see. */
struct shadow {
	const struct stub_scope *scope;
	bool found;
};

static void look_for_shadow(void *context, struct slice name)
{
	struct shadow *shadow = context;

	shadow->found = shadow->found || map_get(&shadow->scope->names, name);
}

static bool is_shadowed(const struct deciding *deciding, struct slice type)
{
	struct shadow shadow = {deciding->scope, false};

	if (deciding->element->type == ELEMENT_FIELD)
		stub_each_name(type, true, look_for_shadow, &shadow);
	return shadow.found;
}

/* Type variables are of a function, or of a class. Their names tell. */
static void look_for_variable(void *context, struct slice name)
{
	bool *found = context;
	struct slice rest = name;

	while (rest.len && rest.data[0] == '_')
		rest = slice_from(rest, 1);
	*found = *found || rest.len == 1 || (rest.len && rest.data[0] == 'T' && rest.len < 4) ||
		 slice_ends(name, SLICE_LITERAL("Type")) || slice_ends(name, SLICE_LITERAL("_co"));
}

/* The type of the parameter that a method's field is given, unless the method may have found out
 * more of it. */
static const struct element *type_of_parameter(const struct deciding *deciding)
{
	static const char *const open[] = {"None", "Optional", "Union", "|", "Any", "object"};
	const struct element *field = deciding->element, *child, *type;
	const struct stub_name *name = deciding->declaration->name;
	const struct element *method = function_named(deciding->scope, field->method);
	bool variable = false;

	if (field->type != ELEMENT_FIELD || field->value.kind != VALUE_NAME || name->bindings > 1 ||
	    name->null || !method || is_overloaded(deciding, field->method))
		return NULL;
	child = method->first;
	while (child && !(child->type == ELEMENT_PARAMETER &&
			    slice_equal(child->identifier, field->value.name)))
		child = child->next;
	type = child && !child->syntax.len ? element_annotation(child) : NULL;
	for (size_t i = 0; type && i < sizeof(open) / sizeof(*open); i++) {
		if (memmem(type->syntax.data, type->syntax.len, open[i], strlen(open[i])))
			return NULL;
	}
	if (!type)
		return NULL;
	stub_each_name(type->syntax, true, look_for_variable, &variable);
	return variable || is_shadowed(deciding, type->syntax) ? NULL : type;
}

/* The builtin class that is called, or NULL. */
static const char *called_builtin(const struct deciding *deciding)
{
	static const char *const builtins[] = {"bool", "bytearray", "bytes", "dict", "float",
	    "frozenset", "int", "list", "object", "set", "str", "tuple"};
	struct slice name = deciding->element->value.name;

	for (size_t i = 0; i < sizeof(builtins) / sizeof(*builtins); i++) {
		if (slice_is(name, builtins[i]))
			return builtins[i];
	}
	return NULL;
}

/* Whether an import is of a class of the package. */
static bool imports_class(const struct deciding *deciding, const struct stub_declaration *import)
{
	struct stub *stub = deciding->stub;
	const struct stub_source *source = stub->source;
	const struct element *element = import->element;
	autostr struct str module = STR_INIT;

	if (!source->has_class || stub->error || import->arm || !element->from ||
	    !source->package.len || !stub_is_of_package(source->package, element) ||
	    !stub_from_module(source->package, element, &module))
		return false;
	return source->has_class(source->context, str_slice(&module), element->path.last->slice,
		   &stub->error) > 0;
}

/* Whether a class of the module is called, which makes an object of it. */
static bool calls_class(const struct deciding *deciding)
{
	struct slice called = deciding->element->value.name;
	const struct stub_name *name = map_get(&deciding->stub->module->names, called);
	const struct stub_declaration *one = name ? stub_name_chosen(name) : NULL;

	if (deciding->scope->outer && map_get(&deciding->scope->names, called))
		return false;
	if (one && one->element->type == ELEMENT_IMPORT)
		return imports_class(deciding, one);
	return one && one->inner && !one->arm && !one->element->definition->keywords.first &&
	       !one->element->definition->decorators.first &&
	       !map_get(&one->inner->names, SLICE_LITERAL("__new__"));
}

static void set_copied(const struct deciding *deciding, struct slice type)
{
	deciding->declaration->form = STUB_TYPE;
	deciding->declaration->data.type = type;
	deciding->declaration->data.is_copied = true;
}

static void take_told_type(const struct deciding *deciding)
{
	const struct stub_name *name = deciding->declaration->name;
	const struct element *type = type_of_parameter(deciding);
	bool calls = name->kind == VALUE_CALL && name->bindings == 1 &&
		     deciding->element->value.kind == VALUE_CALL;

	if (type) {
		set_copied(deciding, type->syntax);
	} else if (deciding->scope->is_derived ||
		   stub_class_inherits(deciding->scope, deciding->element->identifier)) {
		set_type(deciding, name->kind == VALUE_LIST ? "list" : NULL);
	} else if (calls && calls_class(deciding)) {
		deciding->declaration->form = STUB_TYPE;
		deciding->declaration->data.type = deciding->element->value.name;
		deciding->declaration->data.is_optional = name->null;
	} else {
		set_type(deciding, calls ? called_builtin(deciding) : type_of(name->kind));
		deciding->declaration->data.is_optional = name->null;
	}
}

static bool is_reference(
    const struct deciding *deciding, const struct element *type, const char *word)
{
	struct slice name = type->reference.len ? type->reference : type->syntax;

	if (name.len > 2 && (name.data[0] == '"' || name.data[0] == '\''))
		name = slice_of(name.data + 1, name.len - 2);
	return slice_is(stub_origin_last(deciding->scope, name), word);
}

static void take_annotated(const struct deciding *deciding, const struct element *type)
{
	const struct element *element = deciding->element;
	const struct stub_options *options = deciding->stub->options;
	struct stub_data *data = &deciding->declaration->data;
	bool is_open = is_reference(deciding, type, "Final") ||
		       is_reference(deciding, type, "ClassVar") ||
		       is_reference(deciding, type, "TypeAlias");
	bool is_kept = is_open || deciding->scope->meaning == STUB_ENUMERATION ||
		       (deciding->scope->meaning == STUB_FIELDS && is_field(&element->value));

	set_copied(deciding, type->syntax);
	if (element->value.kind == VALUE_NONE || (element->type == ELEMENT_FIELD && !is_open))
		return;
	data->value = element->value.syntax;
	data->is_elided = !is_kept && (!options->defaults || !is_constant(&element->value));
}

/* Where annotations are fields, an attribute that is none must not have one. */
static void keep_apart(const struct deciding *deciding)
{
	struct stub_declaration *declaration = deciding->declaration;
	bool is_plain = deciding->scope->meaning == STUB_PLAIN ||
			deciding->scope->meaning == STUB_ENUMERATION;

	if (is_plain || declaration->form != STUB_TYPE)
		return;
	if (deciding->element->type == ELEMENT_DATA && deciding->scope->meaning == STUB_FIELDS) {
		if (!declaration->data.is_copied) {
			declaration->data.is_shared = true;
			deciding->stub->needs_shared = true;
		}
		return;
	}
	if (!declaration->data.is_copied || deciding->element->type == ELEMENT_FIELD) {
		declaration->form = STUB_PROPERTY;
		declaration->data.has_setter = true;
		declaration->data.value = slice_of("", 0);
	}
}

/* Another name for a class, in a class: there it is data. */
static bool take_class(const struct deciding *deciding)
{
	static const char *const builtins[] = {"bool", "bytearray", "bytes", "dict", "float", "int",
	    "list", "object", "set", "str", "tuple", "type", NULL};
	struct stub *stub = deciding->stub;
	const struct value *value = &deciding->element->value;

	if (!deciding->scope->outer || deciding->element->type != ELEMENT_DATA ||
	    deciding->scope->meaning != STUB_PLAIN || value->kind != VALUE_NAME ||
	    is_hidden(deciding, "type") ||
	    stub_class_inherits(deciding->scope, deciding->element->identifier))
		return false;
	if (!(stub_is_among(value->name, builtins) &&
		!is_hidden(deciding, arena_copy(&stub->arena, value->name))) &&
	    !stub_class_of(deciding->scope, value->name))
		return false;
	set_copied(deciding, slice_c(arena_printf(&stub->arena, "type[%.*s]", (int)value->name.len,
				 value->name.data)));
	return true;
}

/* `__hash__ = None` says that objects have no hash: the form that type checkers know. */
static bool take_hash(const struct deciding *deciding)
{
	struct stub_data *data = &deciding->declaration->data;

	if (!deciding->scope->outer || !slice_is(deciding->element->identifier, "__hash__") ||
	    deciding->element->value.kind != VALUE_NULL)
		return false;
	set_copied(deciding, SLICE_LITERAL("None"));
	data->is_shared = data->is_ignored = true;
	deciding->stub->needs_shared = true;
	return true;
}

/* Type variables of this source in the type of a field that are not those of its class. */
struct variables {
	const struct deciding *deciding;
	bool found;
};

static void look_for_foreign(void *context, struct slice identifier)
{
	struct variables *variables = context;
	const struct stub_scope *scope = variables->deciding->scope;
	const struct stub_name *name = map_get(
	    &variables->deciding->stub->module->names, identifier);
	const struct element *base = scope->outer ? scope->container->first->first : NULL;

	if (!name || !name->one || name->one->value.kind != VALUE_CALL ||
	    !slice_is(stub_last_part(name->one->value.name), "TypeVar"))
		return;
	while (
	    base && !memmem(base->syntax.data, base->syntax.len, identifier.data, identifier.len))
		base = base->next;
	variables->found = variables->found || !base;
}

static bool has_foreign_variables(const struct deciding *deciding, struct slice type)
{
	struct variables variables = {deciding, false};

	if (deciding->element->type == ELEMENT_FIELD)
		stub_each_name(type, true, look_for_foreign, &variables);
	return variables.found;
}

/* A type in a comment, as before there were annotations. At run time it does nothing. */
static bool take_comment(const struct deciding *deciding)
{
	const struct element *element = deciding->element;
	struct slice type;

	if (deciding->scope->meaning != STUB_PLAIN || is_special(element))
		return false;
	type = stub_type_comment(deciding->stub, element);
	if (!type.len || is_shadowed(deciding, type) || has_foreign_variables(deciding, type))
		return false;
	set_copied(deciding, type);
	return true;
}

void stub_value_decide(
    struct stub *stub, struct stub_scope *scope, struct stub_declaration *declaration)
{
	const struct element *element = declaration->element;
	struct deciding deciding = {stub, scope, declaration, element};
	const struct element *type;

	if (!declaration->is_chosen || declaration->form == STUB_EXPORT || element->alias ||
	    (element->type != ELEMENT_DATA && element->type != ELEMENT_FIELD))
		return;
	type = element_annotation(element);
	if (!type && take_comment(&deciding))
		return;
	if (!type && element->type == ELEMENT_FIELD &&
	    stub_class_inherits(scope, element->identifier) &&
	    !stub_class_implements(scope, element->identifier)) {
		declaration->is_chosen = false;
		return;
	}
	if (type && is_shadowed(&deciding, type->syntax))
		set_type(&deciding, NULL);
	else if (type)
		take_annotated(&deciding, type);
	else if (take_class(&deciding) || take_hash(&deciding))
		return;
	else if (take_property(&deciding))
		return;
	else if (keeps_value(&deciding))
		set_value(&deciding);
	else
		take_told_type(&deciding);
	keep_apart(&deciding);
}
