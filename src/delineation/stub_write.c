#include "delineation/stub_scope.h"

#include "base/json.h"
#include "delineation/signature.h"

/*
 * Data.
 */

static void end_line(struct stub *stub, const struct element *element)
{
	stub_ignores(stub, element);
	str_addc(&stub->out, '\n');
}

/* Append a call with another name as its first argument than the one in the source: type checkers
 * want it to be the name that is bound. Nothing else is called with a string first. */
static bool add_call(struct stub *stub, const struct element *element)
{
	const struct value *value = &element->value;
	struct slice rest = stub_arguments(value->syntax), keyword, first;

	if (value->kind != VALUE_CALL || !stub_next_argument(&rest, &keyword, &first) ||
	    keyword.len || first.len < 3 || (first.data[0] != '"' && first.data[0] != '\'') ||
	    memchr(value->syntax.data, '\n', value->syntax.len) ||
	    slice_equal(slice_of(first.data + 1, first.len - 2), element->identifier))
		return false;
	str_adds(&stub->out, " = ");
	str_add(&stub->out, value->syntax.data, (size_t)(first.data + 1 - value->syntax.data));
	str_add_slice(&stub->out, element->identifier);
	first.data += first.len - 1;
	str_add(
	    &stub->out, first.data, (size_t)(value->syntax.data + value->syntax.len - first.data));
	return true;
}

static void add_value(struct stub *stub, const struct element *element, struct slice syntax)
{
	str_adds(&stub->out, " = ");
	stub_expression(stub, element, syntax, false);
}

static void add_alias(struct stub *stub, const struct element *data)
{
	stub_begin_line(stub);
	str_adds(&stub->out, "type ");
	str_add_slice(&stub->out, data->identifier);
	type_parameters_add(&stub->out, data);
	add_value(stub, data, data->value.syntax);
	end_line(stub, data);
}

static void add_type(
    struct stub *stub, const struct element *element, const struct stub_data *data, bool inside)
{
	if (data->is_copied)
		stub_expression(stub, element, data->type, inside);
	else
		str_add_slice(&stub->out, data->type);
	if (data->is_optional)
		str_adds(&stub->out, " | None");
}

static void add_data(struct stub *stub, const struct stub_declaration *declaration)
{
	const struct stub_data *data = &declaration->data;
	const struct element *element = declaration->element;

	stub_begin_line(stub);
	str_add_slice(&stub->out, element->identifier);
	if (declaration->form == STUB_TYPE) {
		str_adds(&stub->out, ": ");
		if (data->is_shared)
			str_addf(&stub->out, "%s[", stub->shared);
		add_type(stub, element, data, data->is_shared);
		if (data->is_shared)
			str_addc(&stub->out, ']');
	}
	if (data->is_elided)
		str_adds(&stub->out, " = ...");
	else if (data->value.len && !(declaration->form == STUB_VALUE && add_call(stub, element)))
		add_value(stub, element, data->value);
	str_adds(&stub->out, data->is_ignored ? "  # type: ignore[assignment]" : "");
	end_line(stub, element);
}

/* The parameter of a function at a place, or NULL. */
static const struct element *parameter_at(const struct element *function, int place)
{
	const struct element *child = function ? function->first : NULL;

	for (; child; child = child->next) {
		if (child->type == ELEMENT_PARAMETER && place-- == 0)
			return child;
	}
	return NULL;
}

/* Append the first parameter of a property, with the type that it has in a function. */
static void add_self(struct stub *stub, const struct element *function)
{
	const struct element *self = parameter_at(function, 0);
	const struct element *type = self ? element_annotation(self) : NULL;

	str_adds(&stub->out, "(self");
	if (!type)
		return;
	str_adds(&stub->out, ": ");
	stub_expression(stub, function, type->syntax, true);
}

static void add_property_head(
    struct stub *stub, struct slice name, const char *accessor, const struct element *function)
{
	stub_begin_line(stub);
	str_addc(&stub->out, '@');
	if (accessor) {
		str_add_slice(&stub->out, name);
		str_addf(&stub->out, ".%s\n", accessor);
	} else {
		str_adds(&stub->out, "property\n");
	}
	stub_begin_line(stub);
	str_adds(&stub->out, "def ");
	str_add_slice(&stub->out, name);
	add_self(stub, function);
}

/* Append the type of a property: of its function, or that of data. */
static void add_property_type(struct stub *stub, const char *before, const struct element *element,
    const struct stub_data *data, const struct element *type)
{
	if (!type && !data->type.len)
		return;
	str_adds(&stub->out, before);
	if (type)
		stub_expression(stub, element, type->syntax, false);
	else
		add_type(stub, element, data, false);
}

static void add_property(struct stub *stub, const struct stub_declaration *declaration)
{
	const struct element *element = declaration->element;
	const struct stub_data *data = &declaration->data;
	const struct element *value = parameter_at(data->setter, 1);
	struct slice name = element->identifier;

	add_property_head(stub, name, NULL, data->getter);
	str_addc(&stub->out, ')');
	add_property_type(
	    stub, " -> ", element, data, data->getter ? element_annotation(data->getter) : NULL);
	str_adds(&stub->out, ": ...\n");
	if (data->has_setter) {
		add_property_head(stub, name, "setter", data->setter);
		str_adds(&stub->out, ", value");
		add_property_type(
		    stub, ": ", element, data, value ? element_annotation(value) : NULL);
		str_adds(&stub->out, data->type.len ? ") -> None: ...\n" : "): ...\n");
	}
	if (data->has_deleter) {
		add_property_head(stub, name, "deleter", NULL);
		str_adds(&stub->out, "): ...\n");
	}
}

/*
 * __all__
 */

static void add_string(struct stub *stub, struct slice text)
{
	struct json_writer json;

	/* JSON's strings are Python's, except for surrogates. */
	json_begin(&json, &stub->out);
	json_string(&json, text);
}

/* Append the names as a display. */
static size_t add_names(struct stub *stub, const struct exports *exports)
{
	size_t count = 0;

	str_addc(&stub->out, exports->tuple ? '(' : '[');
	for (const struct export *one = exports->first; one; one = one->next) {
		if (one->kind != EXPORT_NAME)
			continue;
		str_adds(&stub->out, count ? ", " : "");
		add_string(stub, one->text);
		count++;
	}
	str_adds(&stub->out, exports->tuple && count == 1 ? "," : "");
	str_addc(&stub->out, exports->tuple ? ')' : ']');
	return count;
}

static bool is_all_known(const struct exports *exports)
{
	const struct export *one = exports->first;

	while (one && one->kind == EXPORT_NAME)
		one = one->next;
	return !one;
}

static void add_export_type(
    struct stub *stub, const struct element *data, const struct exports *exports)
{
	const struct element *type = element_annotation(data);

	if (type) {
		str_adds(&stub->out, ": ");
		stub_expression(stub, data, type->syntax, false);
	} else if (!exports->first || (exports->tuple && exports->grows)) {
		str_adds(&stub->out, exports->tuple ? ": tuple[str, ...]" : ": list[str]");
	}
}

static void add_removals(struct stub *stub, const struct exports *exports)
{
	for (const struct export *one = exports->first; one; one = one->next) {
		if (one->kind != EXPORT_NAME)
			continue;
		stub_begin_line(stub);
		str_adds(&stub->out, "__all__.remove(");
		add_string(stub, one->text);
		str_adds(&stub->out, ")\n");
	}
}

bool stub_is_comment(const struct stub_declaration *declaration)
{
	return declaration->form == STUB_EXPORT && declaration->exports->change != EXPORT_LESS &&
	       declaration->exports->is_open;
}

static void add_export(struct stub *stub, const struct stub_declaration *declaration)
{
	const struct exports *exports = declaration->exports;

	if (exports->change == EXPORT_LESS) {
		add_removals(stub, exports);
		return;
	}
	if (stub_is_comment(declaration)) {
		stub_line(stub, EXPORT_OPEN);
		return;
	}
	stub_begin_line(stub);
	str_adds(&stub->out, "__all__");
	if (exports->change == EXPORT_ALL)
		add_export_type(stub, declaration->element, exports);
	str_adds(&stub->out, exports->change == EXPORT_ALL ? " = " : " += ");
	(void)add_names(stub, exports);
	str_adds(&stub->out, is_all_known(exports) ? "\n" : "  " EXPORT_PARTLY_OPEN "\n");
}

static void add_assertion(struct stub *stub, const struct element *assertion)
{
	stub_begin_line(stub);
	str_adds(&stub->out, "assert ");
	stub_expression(stub, assertion, assertion->syntax, false);
	end_line(stub, assertion);
}

void stub_declaration_write(struct stub *stub, const struct stub_declaration *declaration)
{
	const struct element *element = declaration->element;

	switch (declaration->form) {
	case STUB_TYPE:
	case STUB_VALUE:
		add_data(stub, declaration);
		break;
	case STUB_PROPERTY:
		add_property(stub, declaration);
		break;
	case STUB_EXPORT:
		add_export(stub, declaration);
		break;
	default:
		if (element->type == ELEMENT_IMPORT && stub->depth_of_classes &&
		    !declaration->name->is_mentioned)
			stub_import_in_class(stub, element);
		else if (element->type == ELEMENT_IMPORT)
			stub_import(stub, declaration);
		else if (element->type == ELEMENT_ASSERT)
			add_assertion(stub, element);
		else if (element->alias)
			add_alias(stub, element);
		else
			stub_function(stub, declaration);
		break;
	}
}
