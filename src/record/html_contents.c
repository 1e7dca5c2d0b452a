#include "record/html_writer.h"

static bool is_function(const struct html_writer *writer, const struct record_element *element)
{
	return html_is_public_element(writer, element) && record_is_callable(element);
}

static bool is_class(const struct html_writer *writer, const struct record_element *element)
{
	return html_is_public_element(writer, element) && element->type == ELEMENT_CLASS;
}

static bool is_other(const struct html_writer *writer, const struct record_element *element)
{
	return html_is_public_element(writer, element) && !record_is_callable(element) &&
	       element->type != ELEMENT_CLASS;
}

const struct html_chapter html_chapters[] = {{"-functions", "Functions", is_function},
    {"-classes", "Classes", is_class}, {"-data", "Data", is_other},
    {"-internal", "Internal", html_is_internal_element}, {"-imports", "Imports", html_is_import},
    {NULL, NULL, NULL}};

bool html_has(const struct html_writer *writer,
    bool (*choice)(const struct html_writer *writer, const struct record_element *element))
{
	const struct record_element *element = writer->page->record->module->first;

	while (element && !choice(writer, element))
		element = element->next;
	return element != NULL;
}

/* Summary */

static void add_sentence(struct html_writer *writer, const struct site_element *known)
{
	if (known && known->is_deprecated)
		str_adds(writer->out, " <small>deprecated</small>");
	if (!known || !known->sentence.len)
		return;
	str_adds(writer->out, " <span>");
	html_text(writer->out, known->sentence);
	str_adds(writer->out, "</span>");
}

static void add_line(struct html_writer *writer, const struct record_element *element,
    const struct site_element *known)
{
	str_adds(writer->out, "<li>");
	if (known)
		html_open_element(writer, known);
	str_adds(writer->out, "<code>");
	html_text(writer->out, element->identifier);
	str_adds(writer->out, known ? "</code></a>" : "</code>");
	add_sentence(writer, known);
	str_adds(writer->out, "</li>\n");
}

/* An import that is exported leads to what it imports. */
static const struct site_element *shown(
    const struct html_writer *writer, const struct record_element *element)
{
	const struct site_element *known = html_site_element(writer, element), *found = NULL;

	if (known && known->import.len)
		found = site_lookup(writer->index, known->import);
	return found ? found : known;
}

static bool is_exported(const struct html_writer *writer, const struct record_element *element)
{
	const struct site_element *known = html_site_element(writer, element);

	return element->type == ELEMENT_IMPORT && known && known->is_public &&
	       !slice_is(element->identifier, "*");
}

static void add_summary(struct html_writer *writer, const char *title,
    bool (*choice)(const struct html_writer *writer, const struct record_element *element))
{
	const struct record_element *element = writer->page->record->module->first;

	if (!html_has(writer, choice))
		return;
	str_addf(writer->out, "<p class=\"label\">%s</p>\n<ul class=\"summary\">\n", title);
	for (const struct record_element *next; element; element = next) {
		next = html_group_of(element).end;
		if (choice(writer, element))
			add_line(writer, element, shown(writer, element));
	}
	str_adds(writer->out, "</ul>\n");
}

void html_summary(struct html_writer *writer)
{
	size_t begin = writer->out->len, empty;

	str_adds(writer->out, "<section class=\"overview\" aria-labelledby=\"-summary\">\n"
			      "<h2 id=\"-summary\">Summary</h2>\n");
	empty = writer->out->len;
	add_summary(writer, "Exports", is_exported);
	add_summary(writer, "Functions", is_function);
	add_summary(writer, "Classes", is_class);
	add_summary(writer, "Data", is_other);
	if (writer->out->len == empty)
		str_truncate(writer->out, begin);
	else
		str_adds(writer->out, "</section>\n");
}

/* Contents */

static void add_link(struct html_writer *writer, struct slice anchor, struct slice title)
{
	str_adds(writer->out, "<li><a");
	html_site_href(writer->out, writer->place, writer->place, anchor);
	str_addc(writer->out, '>');
	html_text(writer->out, title);
	str_adds(writer->out, "</a>");
}

static void add_names(struct html_writer *writer, const struct record_element *first,
    bool (*choice)(const struct html_writer *writer, const struct record_element *element))
{
	bool is_open = false;

	for (const struct record_element *element = first, *next; element; element = next) {
		next = html_group_of(element).end;
		if (!choice(writer, element))
			continue;
		str_adds(writer->out, is_open ? "" : "\n<ul>\n");
		is_open = true;
		add_link(writer, element->anchor, element->identifier);
		if (element->type == ELEMENT_CLASS)
			add_names(writer, element->first, html_is_public_element);
		str_adds(writer->out, "</li>\n");
	}
	str_adds(writer->out, is_open ? "</ul>\n" : "");
}

/* The sections of the module's documentation. */
static void add_sections(struct html_writer *writer)
{
	const struct record_element *module = writer->page->record->module;
	const struct text_node *node = module->documentation ? module->documentation->first : NULL;
	bool is_open = false;

	for (; node; node = node->next) {
		autostr struct str id = STR_INIT;

		if (node->type != TEXT_SECTION)
			continue;
		str_adds(writer->out, is_open ? "" : "\n<ul>\n");
		is_open = true;
		html_section_id(module, node, &id);
		add_link(writer, str_slice(&id), node->text);
		str_adds(writer->out, "</li>\n");
	}
	str_adds(writer->out, is_open ? "</ul>\n" : "");
}

void html_contents(struct html_writer *writer, bool rest)
{
	const struct record_element *first = writer->page->record->module->first;
	size_t start = writer->out->len, begun;

	str_adds(writer->out, "<ul>\n");
	begun = writer->out->len;
	if (rest) {
		add_link(writer, SLICE_LITERAL("-description"), SLICE_LITERAL("Description"));
		add_sections(writer);
		str_adds(writer->out, "</li>\n");
	}
	for (const struct html_chapter *chapter = html_chapters; chapter->title; chapter++) {
		if (!html_has(writer, chapter->choice))
			continue;
		add_link(writer, slice_c(chapter->id), slice_c(chapter->title));
		if (chapter->choice != html_is_import &&
		    chapter->choice != html_is_internal_element)
			add_names(writer, first, chapter->choice);
		str_adds(writer->out, "</li>\n");
	}
	/* A module may have nothing. */
	if (writer->out->len == begun)
		str_truncate(writer->out, start);
	else
		str_adds(writer->out, "</ul>\n");
}
