#include "delineation/signature.h"

static bool has(struct slice text, const char *part)
{
	return memmem(text.data, text.len, part, strlen(part)) != NULL;
}

void expression_add(struct str *ret, struct slice syntax, bool inside)
{
	/* A starred expression had no parentheses, and may not have any. */
	bool starred = slice_starts(syntax, SLICE_LITERAL("*"));
	bool bare = !has(syntax, ":=") && !slice_starts(syntax, SLICE_LITERAL("yield")) &&
		    (inside || !has(syntax, "\n"));

	if (bare || starred) {
		str_add_slice(ret, syntax);
		return;
	}
	str_addc(ret, '(');
	str_add_slice(ret, syntax);
	str_addc(ret, ')');
}

const struct element *element_annotation(const struct element *element)
{
	return element->first && element->first->type == ELEMENT_TYPE ? element->first : NULL;
}

void type_parameters_add(struct str *ret, const struct element *element)
{
	const char *between = "[";

	for (const struct element *child = element->first; child; child = child->next) {
		if (child->type != ELEMENT_TYPE_PARAMETER)
			continue;
		str_adds(ret, between);
		str_add_slice(ret, child->syntax);
		between = ", ";
	}
	if (between[0] == ',')
		str_addc(ret, ']');
}

static void add_parameter(struct str *ret, const struct element *parameter, bool defaults)
{
	const struct element *type = element_annotation(parameter);

	str_add_slice(ret, parameter->syntax.len ? parameter->syntax : parameter->identifier);
	if (type) {
		str_adds(ret, ": ");
		expression_add(ret, type->syntax, true);
	}
	if (!parameter->default_syntax.data)
		return;
	str_adds(ret, type ? " = " : "=");
	if (defaults)
		expression_add(ret, parameter->default_syntax, true);
	else
		str_adds(ret, "...");
}

/* Parts separated by commas. */
struct list {
	struct str *out;
	size_t begin;
};

static void next_part(const struct list *list)
{
	if (list->out->len > list->begin)
		str_adds(list->out, ", ");
}

static void add_mark(const struct list *list, const char *mark)
{
	next_part(list);
	str_adds(list->out, mark);
}

void signature_add(struct str *ret, const struct element *function, bool defaults)
{
	struct list list = {ret, ret->len};
	bool only = false, starred = false; /* the kinds of the parameters before */

	for (const struct element *child = function->first; child; child = child->next) {
		if (child->type != ELEMENT_PARAMETER)
			continue;
		if (only && child->kind != PARAMETER_POSITIONAL_ONLY)
			add_mark(&list, "/");
		if (!starred && child->kind == PARAMETER_KEYWORD_ONLY)
			add_mark(&list, "*");
		only = child->kind == PARAMETER_POSITIONAL_ONLY;
		starred = starred || child->kind == PARAMETER_VARARG ||
			  child->kind == PARAMETER_KEYWORD_ONLY;
		next_part(&list);
		add_parameter(ret, child, defaults);
	}
	if (only)
		add_mark(&list, "/");
}
