#include "python/delineator.h"

struct slice delineator_text(struct delineator *delineator, PyObject *string)
{
	Py_ssize_t len;
	const char *data = PyUnicode_AsUTF8AndSize(string, &len);
	PyObject *bytes;

	if (data)
		return slice_of(data, (size_t)len);
	if (delineator->failed)
		return SLICE_LITERAL("");
	PyErr_Clear(); /* keep lone surrogates */
	bytes = PyUnicode_AsEncodedString(string, "utf-8", "surrogatepass");
	if (bytes) {
		len = PyBytes_GET_SIZE(bytes);
		data = arena_copy(
		    delineator->arena, slice_of(PyBytes_AS_STRING(bytes), (size_t)len));
		Py_DECREF(bytes);
		return slice_of(data, (size_t)len);
	}
	delineator->failed = true;
	return SLICE_LITERAL("");
}

struct slice delineator_dotted(struct delineator *delineator, expr_ty expression)
{
	size_t len = 0;
	expr_ty at = expression;
	char *name, *end;

	for (; at->kind == Attribute_kind; at = at->v.Attribute.value)
		len += delineator_text(delineator, at->v.Attribute.attr).len + 1;
	if (at->kind != Name_kind)
		return SLICE_LITERAL("");
	if (at == expression)
		return delineator_text(delineator, at->v.Name.id);
	len += delineator_text(delineator, at->v.Name.id).len;
	name = arena_alloc(delineator->arena, len);
	end = name + len;
	for (at = expression;; at = at->v.Attribute.value) {
		bool last = at->kind == Name_kind;
		struct slice part = delineator_text(
		    delineator, last ? at->v.Name.id : at->v.Attribute.attr);

		end -= part.len;
		(void)slice_copy(end, part);
		if (last)
			return slice_of(name, len);
		*--end = '.';
	}
}

struct element *delineator_add(struct delineator *delineator, struct element *parent,
    enum element_type type, struct slice identifier, const struct stretch *stretch)
{
	struct element *element = arena_zalloc(delineator->arena, 1, sizeof(*element));

	element->type = type;
	element->identifier = identifier;
	if (stretch)
		element->area = page_area(&delineator->page, *stretch);
	element->line = element->area.first.line;
	if (parent->last)
		parent->last->next = element;
	else
		parent->first = element;
	parent->last = element;
	return element;
}

void delineator_add_type(struct delineator *delineator, struct element *parent, expr_ty expression)
{
	struct stretch stretch = STRETCH(expression);
	struct element *type = delineator_add(
	    delineator, parent, ELEMENT_TYPE, SLICE_LITERAL(""), &stretch);

	type->syntax = page_text(&delineator->page, stretch);
	type->reference = delineator_dotted(delineator, expression);
}

static const enum parameter_kind type_parameter_kinds[] = {
    [VERSION_TYPE_VAR] = PARAMETER_TYPE_VAR,
    [VERSION_TYPE_VAR_TUPLE] = PARAMETER_TYPE_VAR_TUPLE,
    [VERSION_PARAM_SPEC] = PARAMETER_PARAM_SPEC,
};

void delineator_add_type_parameters(
    struct delineator *delineator, struct element *parent, stmt_ty statement)
{
	struct version_type_parameter one;

	for (Py_ssize_t i = 0; version_type_parameter(statement, i, &one); i++) {
		struct stretch stretch = STRETCH(&one);
		struct element *element = delineator_add(delineator, parent, ELEMENT_TYPE_PARAMETER,
		    delineator_text(delineator, one.name), &stretch);

		element->kind = type_parameter_kinds[one.kind];
		element->syntax = page_text(&delineator->page, stretch);
		if (one.given)
			element->default_syntax = page_text(&delineator->page, STRETCH(one.given));
		if (one.bound)
			delineator_add_type(delineator, element, one.bound);
	}
}

struct element *scope_add(struct delineator *delineator, const struct scope *scope,
    enum element_type type, struct slice identifier, const struct stretch *stretch)
{
	struct element *element = delineator_add(
	    delineator, scope->container, type, identifier, stretch);

	element->conditional = scope->conditional;
	element->branch = scope->branch;
	return element;
}
