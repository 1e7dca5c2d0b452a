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

const struct html_chapter html_chapters[] = {{"-functions", "Functions", is_function, true},
    {"-classes", "Classes", is_class, true}, {"-data", "Data", is_other, true},
    {"-elsewhere", "Documented elsewhere", html_is_elsewhere, false},
    {"-internal", "Internal", html_is_internal_element, false},
    {"-imports", "Imports", html_is_import, false}, {NULL, NULL, NULL, false}};

bool html_has(struct html_writer *writer, html_choice *choice)
{
	bool has = false;

	for (size_t i = 0; html_enter_source(writer, i); i++) {
		const struct record_element *element = writer->page->record->module->first;

		while (element && !choice(writer, element))
			element = element->next;
		has = has || element;
	}
	return has;
}

/* Summary */

static void add_sentence(struct html_writer *writer, const struct site_element *known)
{
	if (known->is_deprecated)
		str_adds(writer->out, " <small>deprecated</small>");
	if (!known->sentence.len)
		return;
	str_adds(writer->out, " <span>");
	html_text(writer->out, known->sentence);
	str_adds(writer->out, "</span>");
}

/* An import that is exported leads to what it imports. */
static void add_line(struct html_writer *writer, const struct record_element *element)
{
	const struct site_element *known = element->known, *found = NULL;

	if (known->import.len)
		found = site_lookup(writer->index, known->import);
	str_adds(writer->out, "<li>");
	html_open_element(writer, found ? found : known);
	str_adds(writer->out, "<code>");
	html_text(writer->out, html_name_of(known->home.path));
	str_adds(writer->out, "</code></a>");
	add_sentence(writer, found ? found : known);
	str_adds(writer->out, "</li>\n");
}

static bool is_exported(const struct html_writer *writer, const struct record_element *element)
{
	return html_is_import(writer, element) && element->known->is_public &&
	       !slice_is(element->identifier, "*");
}

static void add_lines(
    struct html_writer *writer, const struct record_element *element, html_choice *choice)
{
	for (const struct record_element *next; element; element = next) {
		next = html_group_of(element).end;
		if (choice(writer, element))
			add_line(writer, element);
	}
}

static void add_summary(struct html_writer *writer, const char *title, html_choice *choice)
{
	if (!html_has(writer, choice))
		return;
	str_addf(writer->out, "<p class=\"label\">%s</p>\n<ul class=\"summary\">\n", title);
	for (size_t i = 0; html_enter_source(writer, i); i++)
		add_lines(writer, writer->page->record->module->first, choice);
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
    html_choice *choice, bool *is_open)
{
	for (const struct record_element *element = first, *next; element; element = next) {
		bool is_below = false;

		next = html_group_of(element).end;
		if (!choice(writer, element))
			continue;
		str_adds(writer->out, *is_open ? "" : "\n<ul>\n");
		*is_open = true;
		add_link(writer, element->anchor, html_name_of(element->known->home.path));
		if (element->type == ELEMENT_CLASS)
			add_names(writer, element->first, html_is_public_element, &is_below);
		str_adds(writer->out, is_below ? "</ul>\n</li>\n" : "</li>\n");
	}
}

static void add_chapter(struct html_writer *writer, html_choice *choice)
{
	bool is_open = false;

	for (size_t i = 0; html_enter_source(writer, i); i++)
		add_names(writer, writer->page->record->module->first, choice, &is_open);
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
		if (chapter->has_names)
			add_chapter(writer, chapter->choice);
		str_adds(writer->out, "</li>\n");
	}
	/* A module may have nothing. */
	if (writer->out->len == begun)
		str_truncate(writer->out, start);
	else
		str_adds(writer->out, "</ul>\n");
}
