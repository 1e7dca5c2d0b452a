#include "record/html_writer.h"

/* The most bytes of a default that are shown. */
#define DEFAULT_LIMIT 80

/* Decorators that the kind of an element says. */
static bool is_implied(struct slice decorator)
{
	static const char *const names[] = {"classmethod", "staticmethod", "property",
	    "abstractmethod", "abc.abstractmethod", "overload", "typing.overload", NULL};

	for (size_t i = 0; names[i]; i++) {
		if (slice_is(decorator, names[i]))
			return true;
	}
	return false;
}

static void add_decorators(struct html_writer *writer, const struct record_element *element)
{
	for (const struct text *text = element->decorators.first; text; text = text->next) {
		if (is_implied(text->slice))
			continue;
		str_adds(writer->out, "<code class=\"decorator\">@");
		html_expression(writer, text->slice, element->parent);
		str_adds(writer->out, "</code>\n");
	}
}

static void add_default(struct html_writer *writer, const struct record_element *parameter)
{
	struct slice text = parameter->default_syntax;
	size_t len = 0, character;

	if (!text.data)
		return;
	str_adds(writer->out, parameter->annotation ? " = <i>" : "=<i>");
	while (len < text.len && len < DEFAULT_LIMIT) {
		character = slice_character(slice_from(text, len));
		len += character ? character : 1;
	}
	html_text(writer->out, slice_of(text.data, len));
	str_adds(writer->out, len < text.len ? "\xe2\x80\xa6</i>" : "</i>");
}

/* A parameter is a piece that is not broken if it fits into a line. */
static void open_piece(struct html_writer *writer, struct slice id)
{
	str_adds(writer->out, "<span");
	if (id.len)
		markup_attribute(writer->out, "id", id);
	str_addc(writer->out, '>');
}

static void add_parameter(struct html_writer *writer, const struct record_element *parameter)
{
	static const char *const stars[] = {
	    [PARAMETER_VARARG] = "*", [PARAMETER_KWARG] = "**", [PARAMETER_PARAM_SPEC] = ""};

	open_piece(writer, parameter->anchor);
	if (stars[parameter->kind])
		str_adds(writer->out, stars[parameter->kind]);
	html_text(writer->out, parameter->identifier);
	if (parameter->annotation) {
		str_adds(writer->out, ": ");
		html_expression(writer, parameter->annotation->syntax,
		    record_type_scope(parameter->annotation, parameter->parent));
	}
	add_default(writer, parameter);
	if (parameter->next)
		str_adds(writer->out, ",</span> ");
	else if (parameter->kind == PARAMETER_POSITIONAL_ONLY)
		str_adds(writer->out, ",</span> <span>/)</span>");
	else
		str_adds(writer->out, ")</span>");
}

/* Parentheses are in the first and last piece, so that they do not stand alone in a line. */
static void add_parameters(struct html_writer *writer, const struct record_element *element)
{
	bool has_star = false;

	str_addc(writer->out, '(');
	for (const struct record_element *parameter = element->parameters; parameter;
	     parameter = parameter->next) {
		if (parameter->kind == PARAMETER_KEYWORD_ONLY && !has_star)
			str_adds(writer->out, "<span>*,</span> ");
		has_star = has_star || parameter->kind == PARAMETER_VARARG ||
			   parameter->kind == PARAMETER_KEYWORD_ONLY;
		add_parameter(writer, parameter);
		if (parameter->kind == PARAMETER_POSITIONAL_ONLY && parameter->next &&
		    parameter->next->kind != PARAMETER_POSITIONAL_ONLY)
			str_adds(writer->out, "<span>/,</span> ");
	}
	str_adds(writer->out, element->parameters ? "" : ")");
}

static void add_type_parameters(struct html_writer *writer, const struct record_element *element)
{
	if (!element->type_parameters)
		return;
	str_addc(writer->out, '[');
	for (const struct record_element *parameter = element->type_parameters; parameter;
	     parameter = parameter->next) {
		open_piece(writer, parameter->anchor);
		html_text(
		    writer->out, parameter->syntax.len ? parameter->syntax : parameter->identifier);
		str_adds(writer->out, parameter->next ? ",</span> " : "</span>");
	}
	str_addc(writer->out, ']');
}

static void add_bases(struct html_writer *writer, const struct record_element *element)
{
	const struct text *keyword = element->keywords.first;
	const struct record_type *base = element->bases;

	if (!base && !keyword)
		return;
	str_addc(writer->out, '(');
	for (; base; base = base->next) {
		str_adds(writer->out, "<span>");
		html_expression(writer, base->syntax, element->parent);
		str_adds(writer->out, base->next || keyword ? ",</span> " : "</span>");
	}
	for (; keyword && keyword->next; keyword = keyword->next->next) {
		bool is_last = !keyword->next->next;

		str_adds(writer->out, "<span>");
		html_text(writer->out, keyword->slice);
		str_adds(writer->out, keyword->slice.len ? "=" : "**");
		html_expression(writer, keyword->next->slice, element->parent);
		str_adds(writer->out, is_last ? "</span>" : ",</span> ");
	}
	str_addc(writer->out, ')');
}

void html_signature(struct html_writer *writer, const struct record_element *element)
{
	struct str *out = writer->out;

	add_decorators(writer, element);
	str_adds(out, "<code>");
	if (element->type == ELEMENT_CLASS)
		str_adds(out, "<b>class</b> ");
	else if (element->async)
		str_adds(out, "<b>async</b> ");
	str_adds(out, "<span class=d>");
	html_text(out, html_name_of(element->known->home.path));
	str_adds(out, "</span>");
	add_type_parameters(writer, element);
	if (element->type == ELEMENT_CLASS)
		add_bases(writer, element);
	else if (record_is_callable(element))
		add_parameters(writer, element);
	if (element->annotation) {
		str_adds(out, record_is_callable(element) ? " <span>-&gt; " : "<span>: ");
		html_expression(writer, element->annotation->syntax,
		    record_type_scope(element->annotation, element));
		str_adds(out, "</span>");
	}
	str_adds(out, "</code>");
}
