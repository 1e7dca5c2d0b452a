#include "record/html_writer.h"

static const char *const kind_names[] = {
    [ELEMENT_MODULE] = "module",
    [ELEMENT_IMPORT] = "import",
    [ELEMENT_DATA] = "data",
    [ELEMENT_CLASS] = "class",
    [ELEMENT_FUNCTION] = "function",
    [ELEMENT_METHOD] = "method",
    [ELEMENT_CLASSMETHOD] = "class method",
    [ELEMENT_STATICMETHOD] = "static method",
    [ELEMENT_ABSTRACTMETHOD] = "abstract method",
    [ELEMENT_PROPERTY] = "property",
    [ELEMENT_ABSTRACTPROPERTY] = "abstract property",
    [ELEMENT_FIELD] = "field",
    [ELEMENT_TYPE_PARAMETER] = "type parameter",
    [ELEMENT_PARAMETER] = "parameter",
};

static bool is_property(const struct record_element *element)
{
	return element->type == ELEMENT_PROPERTY || element->type == ELEMENT_ABSTRACTPROPERTY;
}

/* Not imports, and not data that have no documentation. */
static bool has_heading(const struct record_element *element)
{
	return element->type != ELEMENT_IMPORT &&
	       (!record_is_data(element) || element->documentation);
}

static bool is_here(const struct html_writer *writer, const struct record_element *element)
{
	const struct site_element *known = element->known;

	return known->home.factor == writer->whole->factor && !known->exported;
}

bool html_is_public_element(const struct html_writer *writer, const struct record_element *element)
{
	return element->type != ELEMENT_IMPORT && element->known->is_public &&
	       is_here(writer, element);
}

bool html_is_internal_element(
    const struct html_writer *writer, const struct record_element *element)
{
	return element->type != ELEMENT_IMPORT && !element->known->is_public &&
	       is_here(writer, element);
}

bool html_is_import(const struct html_writer *writer, const struct record_element *element)
{
	return element->type == ELEMENT_IMPORT && is_here(writer, element);
}

bool html_is_elsewhere(const struct html_writer *writer, const struct record_element *element)
{
	return writer->page == writer->whole && site_is_elsewhere(element->known) &&
	       !element->known->is_alternative;
}

/* Groups */

static bool has_decorator(const struct record_element *element, struct slice name)
{
	for (const struct text *text = element->decorators.first; text; text = text->next) {
		if (slice_equal(html_name_of(text->slice), name))
			return true;
	}
	return false;
}

static bool is_overload(const struct record_element *element)
{
	return has_decorator(element, SLICE_LITERAL("overload"));
}

struct html_group html_group_of(const struct record_element *first)
{
	const struct record_element *end = first->next;
	bool goes_on = is_overload(first);

	while (end && slice_equal(end->path, first->path) &&
	       (is_property(first) ? end->accessor.len != 0 : goes_on && record_is_callable(end))) {
		goes_on = is_overload(end);
		end = end->next;
	}
	return (struct html_group){first, end};
}

/* Parts of an element */

static void add_heading(
    struct html_writer *writer, const struct record_element *element, unsigned level)
{
	unsigned heading = level < HEADING_LIMIT ? level : HEADING_LIMIT;
	struct slice path = element->known->home.path;
	size_t owner = path.len - html_name_of(path).len;

	str_addf(writer->out, "<h%u><span class=\"kind\">%s%s</span> <a", heading,
	    element->async ? "async " : "", kind_names[element->type]);
	html_site_href(writer->out, writer->place, writer->place, element->anchor);
	str_addc(writer->out, '>');
	if (owner) {
		str_adds(writer->out, "<span class=\"owner\">");
		html_text(writer->out, slice_of(path.data, owner));
		str_adds(writer->out, "</span>");
	}
	html_text(writer->out, html_name_of(path));
	str_addf(writer->out, "</a></h%u>\n", heading);
}

static void add_flag(struct html_writer *writer, bool *is_open, const char *flag)
{
	str_adds(writer->out, *is_open ? " \xc2\xb7 " : "<p class=\"flags\">");
	str_adds(writer->out, flag);
	*is_open = true;
}

static void add_flags(struct html_writer *writer, const struct record_element *element)
{
	bool is_open = false;

	for (const struct text *text = element->qualifiers.first; text; text = text->next) {
		/* The signature has it. */
		if (has_decorator(element, text->slice))
			continue;
		add_flag(writer, &is_open, "");
		html_text(writer->out, text->slice);
	}
	if (element->is_declared)
		add_flag(writer, &is_open, "declared in the interface");
	if (element->conditional)
		add_flag(writer, &is_open, "conditional");
	if (element->yields)
		add_flag(writer, &is_open, "generator");
	str_adds(writer->out, is_open ? "</p>\n" : "");
	if (!element->deprecated.data)
		return;
	str_adds(writer->out, "<p class=\"deprecated\"><strong>Deprecated</strong>");
	str_adds(writer->out, element->deprecated.len ? ": " : "");
	html_text(writer->out, element->deprecated);
	str_adds(writer->out, "</p>\n");
}

/* Append a time in a unit that suits it. */
static void add_time(struct str *ret, double nanoseconds)
{
	static const char *const units[] = {"ns", "\xc2\xb5s", "ms", "s"};
	unsigned unit = 0;

	while (nanoseconds >= 1000 && unit < 3) {
		nanoseconds /= 1000;
		unit++;
	}
	str_addf(ret, "%.3g %s", nanoseconds, units[unit]);
}

/* What was measured: coverage, and times of calls. */
static void add_measures(struct html_writer *writer, const struct record_measures *measures)
{
	bool is_open = false;

	if (!measures)
		return;
	if (measures->counters) {
		add_flag(writer, &is_open, "");
		str_addf(writer->out, "%zu of %zu regions covered",
		    measures->counters - measures->zeros, measures->counters);
	}
	if (measures->calls > 0) {
		add_flag(writer, &is_open, "");
		str_addf(writer->out, "%.15g call%s, on average ", measures->calls,
		    measures->calls > 1 ? "s" : "");
		add_time(writer->out, measures->duration);
	}
	str_adds(writer->out, is_open ? "</p>\n" : "");
}

/* The module that a guest of the page comes from; the public name if that is another one, for whose
 * page had no room. */
static void add_names(struct html_writer *writer, const struct record_element *element)
{
	const struct site_element *known = element->known;
	const struct site_factor *home = known->home.factor;
	autostr struct str name = STR_INIT;

	if (site_is_elsewhere(known) && !known->parent->parent) {
		str_adds(writer->out, "<p class=\"flags\">from ");
		html_open_element(writer, &known->factor->elements[0]);
		str_adds(writer->out, "<code>");
		html_text(writer->out, known->factor->name);
		str_adds(writer->out, "</code></a></p>\n");
	}
	if (!known->public.len || !known->names)
		return;
	str_add_slice(&name, home->name);
	str_addc(&name, '.');
	str_add_slice(&name, known->home.path);
	if (slice_equal(str_slice(&name), known->public))
		return;
	str_adds(writer->out, "<p class=\"flags\">public as <code>");
	html_text(writer->out, known->public);
	str_adds(writer->out, "</code></p>\n");
}

static void open_part(struct html_writer *writer, const char *tag, const char *class,
    const struct record_element *element, const struct record_element *first)
{
	str_addf(writer->out, "<%s class=\"%s\"", tag, class);
	/* The section has the anchor of the first one. */
	if (element != first)
		markup_attribute(writer->out, "id", element->anchor);
	str_addc(writer->out, '>');
}

/* The anchors of parameters that no signature shows. */
static void add_anchors(struct html_writer *writer, const struct record_element *parameter)
{
	for (; parameter; parameter = parameter->next) {
		str_adds(writer->out, "<span");
		markup_attribute(writer->out, "id", parameter->anchor);
		str_adds(writer->out, "></span>");
	}
}

static void add_signature(struct html_writer *writer, const struct record_element *element,
    const struct record_element *first)
{
	if (record_is_data(element)) {
		str_adds(writer->out, "<pre class=\"source code\">");
		html_value(writer, element, 0);
		add_anchors(writer, element->type_parameters);
		str_adds(writer->out, "</pre>\n");
		return;
	}
	open_part(writer, "div", "sig", element, first);
	html_signature(writer, element);
	if (is_property(element))
		add_anchors(writer, element->parameters);
	str_adds(writer->out, "</div>\n");
}

/* The exceptions that a body raises, unless its documentation says them. */
static void add_raises(struct html_writer *writer, const struct record_element *element)
{
	const struct text_node *node = element->documentation ? element->documentation->first
							      : NULL;

	while (node && !(node->type == TEXT_SECTION && slice_is(node->text, "Exceptions")))
		node = node->next;
	if (node || !element->raises.first)
		return;
	str_adds(writer->out, "<p class=\"flags\">raises ");
	for (const struct text *text = element->raises.first; text; text = text->next) {
		str_adds(writer->out, "<code>");
		html_expression(writer, text->slice, element);
		str_adds(writer->out, text->next ? "</code>, " : "</code></p>\n");
	}
}

/* The implementation of overloads has no signature of its own; a setter is a word. */
static void add_other(struct html_writer *writer, const struct record_element *element,
    const struct record_element *first)
{
	if (element->accessor.len) {
		open_part(writer, "p", "flags", element, first);
		html_text(writer->out, html_name_of(element->accessor));
		add_anchors(writer, element->parameters);
		str_adds(writer->out, "</p>\n");
	} else if (is_overload(element)) {
		add_signature(writer, element, first);
	} else {
		open_part(writer, "div", "implementation", element, first);
		add_anchors(writer, element->parameters);
		add_anchors(writer, element->type_parameters);
		str_adds(writer->out, "</div>\n");
	}
}

/* The one documentation of overloads is mostly that of the implementation. */
static void add_documents(struct html_writer *writer, struct html_group group, unsigned level)
{
	const struct record_element *last = NULL;
	size_t begin = writer->out->len, empty;
	bool is_written = false;

	str_adds(writer->out, "<div class=\"doc\">\n");
	empty = writer->out->len;
	for (const struct record_element *element = group.first; element != group.end;
	     element = element->next) {
		if (element->documentation)
			html_document(writer, element, level);
		is_written = is_written || element->documentation;
		last = element;
	}
	if (!is_written)
		html_document(writer, group.first, level);
	add_raises(writer, last);
	if (writer->out->len == empty)
		str_truncate(writer->out, begin);
	else
		str_adds(writer->out, "</div>\n");
}

static void add_text(struct html_writer *writer, struct html_group group, unsigned level)
{
	const struct record_element *first = group.first, *last = first;

	str_adds(writer->out, "<div class=\"text\">\n");
	add_heading(writer, first, level);
	if (!first->is_declared)
		html_source_links(writer, &first->area);
	add_names(writer, first);
	add_flags(writer, first);
	add_signature(writer, first, first);
	for (const struct record_element *element = first->next; element != group.end;
	     element = element->next) {
		add_other(writer, element, first);
		last = element;
	}
	/* Of overloads only the implementation runs. */
	add_measures(writer, last->measures);
	add_documents(writer, group, level + 1);
	str_adds(writer->out, "</div>\n");
	if (first->known->is_public && !first->is_declared &&
	    (record_is_callable(first) || is_property(first)))
		html_excerpt(writer, is_property(first) ? first : last);
}

static void add_group(struct html_writer *writer, struct html_group group, unsigned level)
{
	const struct record_element *element = group.first;

	str_addf(writer->out, "<section class=\"%s%s\"", "element",
	    element->known->is_public ? "" : " internal");
	markup_attribute(writer->out, "id", element->anchor);
	str_adds(writer->out, ">\n<div class=\"row\">\n");
	add_text(writer, group, level);
	str_adds(writer->out, "</div>\n");
	if (element->type == ELEMENT_CLASS)
		html_relatives(writer, element->known);
	html_elements(writer, element->first, html_is_public_element, level + 1);
	html_elements(writer, element->first, html_is_internal_element, level + 1);
	html_elements(writer, element->first, html_is_import, level + 1);
	str_adds(writer->out, "</section>\n");
}

static void add_import(struct html_writer *writer, const struct record_element *element)
{
	struct slice name = element->known->import;
	const struct site_element *found = name.len ? site_lookup(writer->index, name) : NULL;

	str_adds(writer->out, "<code>");
	html_text(writer->out, element->identifier);
	str_adds(writer->out, "</code> ");
	if (!name.len)
		return;
	str_adds(writer->out, "from ");
	if (found)
		html_open_element(writer, found);
	str_adds(writer->out, "<code>");
	html_text(writer->out, name);
	str_adds(writer->out, found ? "</code></a>" : "</code>");
}

static void add_anchor(struct html_writer *writer, const struct site_element *element)
{
	str_adds(writer->out, "<span");
	markup_attribute(writer->out, "id", element->anchor);
	str_adds(writer->out, "></span>");
}

/* The anchors that the other definitions of an element, and what is in all of them, would have
 * here. */
static void add_former_anchors(struct html_writer *writer, const struct site_element *moved)
{
	const struct site_element *end = moved->factor->elements + moved->factor->count;

	for (const struct site_element *other = moved; other; other = other->namesake) {
		if (other->type == ELEMENT_IMPORT)
			continue;
		if (other != moved)
			add_anchor(writer, other);
		for (const struct site_element *element = other + 1;
		     element < end && element->parent != moved->parent; element++)
			add_anchor(writer, element);
	}
}

/* What is documented elsewhere has a line here, to which old links lead. */
static void add_moved(struct html_writer *writer, const struct record_element *element)
{
	const struct site_element *known = element->known;

	str_adds(writer->out, "<li");
	markup_attribute(writer->out, "id", known->anchor);
	str_adds(writer->out, "><code>");
	html_text(writer->out, element->identifier);
	str_adds(writer->out, "</code> as ");
	html_open_element(writer, known);
	str_adds(writer->out, "<code>");
	html_text(writer->out, known->public);
	str_adds(writer->out, "</code></a> <span>");
	html_text(writer->out, known->sentence);
	add_former_anchors(writer, known);
	str_adds(writer->out, "</span>\n");
	if (!element->is_declared)
		html_source_links(writer, &element->area);
	str_adds(writer->out, "</li>\n");
}

static void add_item(struct html_writer *writer, const struct record_element *element)
{
	if (html_is_elsewhere(writer, element)) {
		add_moved(writer, element);
		return;
	}
	str_adds(writer->out, "<li");
	markup_attribute(writer->out, "id", element->anchor);
	str_addc(writer->out, '>');
	if (element->type == ELEMENT_IMPORT) {
		add_import(writer, element);
	} else {
		str_adds(writer->out, "<code class=\"source\">");
		html_value(writer, element, 1);
		add_anchors(writer, element->type_parameters);
		str_adds(writer->out, "</code>");
	}
	str_addc(writer->out, '\n');
	if (element->type != ELEMENT_IMPORT && !element->is_declared)
		html_source_links(writer, &element->area);
	str_adds(writer->out, "</li>\n");
}

void html_elements(struct html_writer *writer, const struct record_element *first,
    html_choice *choice, unsigned level)
{
	const struct record_element *next;
	bool is_list = false;

	for (const struct record_element *element = first; element; element = next) {
		struct html_group group = html_group_of(element);
		bool is_item = !has_heading(element) || html_is_elsewhere(writer, element);

		next = element->next;
		if (!choice(writer, element))
			continue;
		if (is_item != is_list)
			str_adds(writer->out, is_list ? "</ul>\n" : "<ul class=\"names\">\n");
		is_list = is_item;
		if (is_item) {
			add_item(writer, element);
		} else {
			add_group(writer, group, level);
			next = group.end;
		}
	}
	str_adds(writer->out, is_list ? "</ul>\n" : "");
}
