#include "record/html_writer.h"

static bool has_kwarg(const struct record_element *element)
{
	const struct record_element *parameter = element->parameters;

	while (parameter && parameter->kind != PARAMETER_KWARG)
		parameter = parameter->next;
	return parameter != NULL;
}

static void add_described(
    struct html_writer *writer, const struct record_element *parameter, unsigned level)
{
	const struct record_element *function = parameter->parent;

	str_adds(writer->out, "<dt><var>");
	html_text(writer->out, parameter->identifier);
	str_adds(writer->out, "</var>");
	if (parameter->annotation) {
		str_adds(writer->out, ": <code>");
		html_expression(writer, parameter->annotation->syntax,
		    record_type_scope(parameter->annotation, function));
		str_adds(writer->out, "</code>");
	}
	html_value_of(writer, parameter->documentation, function, level);
}

/* A key that is no parameter, for one of **kw. */
static void add_other(struct html_writer *writer, const struct text_node *item,
    const struct record_element *function, unsigned level)
{
	const struct record_element *parameter = function->parameters;

	while (parameter && parameter->documentation != item->last)
		parameter = parameter->next;
	if (!parameter)
		html_item(writer, item, function, level);
}

static bool is_of(const struct text_node *directory, const struct record_element *parameter)
{
	return parameter->documentation && parameter->documentation->parent &&
	       parameter->documentation->parent->parent == directory;
}

/* The parameters in their order. */
static void add_parameters(struct html_writer *writer, const struct text_node *directory,
    const struct record_element *function, unsigned level)
{
	size_t begin = writer->out->len, empty;

	str_adds(writer->out, "<dl class=\"parameters\">\n");
	empty = writer->out->len;
	for (const struct record_element *parameter = function->parameters; parameter;
	     parameter = parameter->next) {
		if (is_of(directory, parameter))
			add_described(writer, parameter, level);
	}
	if (has_kwarg(function)) {
		for (const struct text_node *item = directory->first; item; item = item->next)
			add_other(writer, item, function, level);
	}
	if (writer->out->len == empty)
		str_truncate(writer->out, begin);
	else
		str_adds(writer->out, "</dl>\n");
}

static void add_parameter_section(struct html_writer *writer, const struct text_node *section,
    const struct record_element *function, unsigned level)
{
	bool is_first = true;

	html_section_heading(writer, section, function, level);
	for (const struct text_node *node = section->first; node; node = node->next) {
		if (node->type == TEXT_DIRECTORY && is_first) {
			add_parameters(writer, node, function, level + 1);
			is_first = false;
		} else {
			html_blocks_between(writer, node, node->next, function, level + 1);
		}
	}
}

static void add_own(
    struct html_writer *writer, const struct record_element *element, unsigned level)
{
	for (const struct text_node *node = element->documentation->first; node;
	     node = node->next) {
		if (element->parameters && node->type == TEXT_SECTION &&
		    slice_is(node->text, "Parameters"))
			add_parameter_section(writer, node, element, level);
		else
			html_blocks_between(writer, node, node->next, element, level);
	}
}

/* The same factor has all of the documentation, of another one there is the first sentence. */
static void add_inherited(
    struct html_writer *writer, const struct site_element *from, unsigned level)
{
	const struct record_element *element = NULL;
	autostr struct str name = STR_INIT;

	if (from->factor == writer->page->factor)
		element = factor_record_find(writer->page->record, from->path);
	while (element && element->known != from)
		element = element->next;
	html_full_name(from, &name);
	str_adds(writer->out, "<div class=\"inherited\"><p class=\"label\">Inherited from ");
	html_open_element(writer, from);
	str_adds(writer->out, "<code>");
	html_text(writer->out, str_slice(&name));
	str_adds(writer->out, "</code></a></p>\n");
	if (element && element->documentation) {
		add_own(writer, element, level);
	} else if (from->sentence.len) {
		str_adds(writer->out, "<p>");
		html_text(writer->out, from->sentence);
		str_adds(writer->out, "</p>\n");
	}
	str_adds(writer->out, "</div>\n");
}

void html_document(struct html_writer *writer, const struct record_element *element, unsigned level)
{
	const struct site_element *from = element->documentation ? NULL
								 : html_inherited(element->known);

	if (element->documentation)
		add_own(writer, element, level);
	else if (from)
		add_inherited(writer, from, level);
}
