#include "python/delineator.h"

static struct slice starred(struct arena *arena, const char *stars, struct slice name)
{
	const char *text = arena_printf(arena, "%s%.*s", stars, (int)name.len, name.data);

	return slice_c(text);
}

static void add_parameter(struct delineator *delineator, struct element *function,
    enum parameter_kind kind, arg_ty argument, expr_ty given)
{
	struct stretch stretch = STRETCH(argument);
	struct slice name = delineator_text(delineator, argument->arg);
	struct element *parameter = delineator_add(
	    delineator, function, ELEMENT_PARAMETER, name, &stretch);

	parameter->kind = kind;
	if (kind == PARAMETER_VARARG)
		parameter->syntax = starred(delineator->arena, "*", name);
	else if (kind == PARAMETER_KWARG)
		parameter->syntax = starred(delineator->arena, "**", name);
	if (given)
		parameter->default_syntax = page_text(&delineator->page, STRETCH(given));
	if (argument->annotation)
		delineator_add_type(delineator, parameter, argument->annotation);
}

/* Positional parameters. Defaults belong to the last parameters of both kinds together. */
static void add_positional(struct delineator *delineator, struct element *function,
    enum parameter_kind kind, const asdl_arg_seq *list, const asdl_expr_seq *defaults,
    Py_ssize_t first_default)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(list); i++) {
		Py_ssize_t at = i - first_default;

		add_parameter(delineator, function, kind, asdl_seq_GET(list, i),
		    at >= 0 ? asdl_seq_GET(defaults, at) : NULL);
	}
}

void parameters_add(struct delineator *delineator, struct element *function, arguments_ty arguments)
{
	Py_ssize_t only = asdl_seq_LEN(arguments->posonlyargs);
	Py_ssize_t without = only + asdl_seq_LEN(arguments->args) -
			     asdl_seq_LEN(arguments->defaults);

	add_positional(delineator, function, PARAMETER_POSITIONAL_ONLY, arguments->posonlyargs,
	    arguments->defaults, without);
	add_positional(delineator, function, PARAMETER_POSITIONAL, arguments->args,
	    arguments->defaults, without - only);
	if (arguments->vararg)
		add_parameter(delineator, function, PARAMETER_VARARG, arguments->vararg, NULL);
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(arguments->kwonlyargs); i++)
		add_parameter(delineator, function, PARAMETER_KEYWORD_ONLY,
		    asdl_seq_GET(arguments->kwonlyargs, i),
		    asdl_seq_GET(arguments->kw_defaults, i));
	if (arguments->kwarg)
		add_parameter(delineator, function, PARAMETER_KWARG, arguments->kwarg, NULL);
}
