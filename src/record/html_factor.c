#include "record/html_writer.h"

/* The first paragraph of the module's documentation, if it begins with one. */
static const struct text_node *lead_of(const struct record_element *module)
{
	const struct text_node *first = module->documentation ? module->documentation->first : NULL;

	return first && first->type == TEXT_PARAGRAPH ? first : NULL;
}

static bool has_rest(const struct record_element *module)
{
	const struct text_node *lead = lead_of(module);

	return module->documentation && (lead ? lead->next : module->documentation->first);
}

static void add_title(struct html_writer *writer)
{
	const struct record_element *module = writer->page->record->module;
	const struct site_factor *factor = writer->page->factor;
	struct area top = {{1, 1}, {1, 1}};

	str_addf(writer->out, "<div class=\"title\">\n<h1><span class=\"kind\">%s</span> ",
	    factor->is_package ? "package" : "module");
	html_text(writer->out, factor->name);
	str_adds(writer->out, "</h1>\n");
	html_source_links(writer, &top);
	str_adds(writer->out, "</div>\n");
	if (module->deprecated.data) {
		str_adds(writer->out, "<p class=\"deprecated\"><strong>Deprecated</strong> ");
		html_text(writer->out, module->deprecated);
		str_adds(writer->out, "</p>\n");
	}
}

static void add_rest(struct html_writer *writer)
{
	const struct record_element *module = writer->page->record->module;
	const struct text_node *lead = lead_of(module);

	str_adds(writer->out, "<section class=\"doc\" aria-labelledby=\"-description\">\n"
			      "<h2 id=\"-description\">Description</h2>\n");
	html_blocks_between(
	    writer, lead ? lead->next : module->documentation->first, NULL, module, 3);
	str_adds(writer->out, "</section>\n");
}

static void add_chapters(struct html_writer *writer)
{
	for (const struct html_chapter *chapter = html_chapters; chapter->title; chapter++) {
		if (!html_has(writer, chapter->choice))
			continue;
		str_addf(writer->out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n",
		    chapter->id, chapter->id, chapter->title);
		for (size_t i = 0; html_enter_source(writer, i); i++)
			html_elements(
			    writer, writer->page->record->module->first, chapter->choice, 3);
		str_adds(writer->out, "</section>\n");
	}
}

static void add_body(struct html_writer *writer)
{
	const struct record_element *module = writer->page->record->module;
	const struct text_node *lead = lead_of(module);

	add_title(writer);
	if (lead) {
		str_adds(writer->out, "<div class=\"lead\">\n");
		html_blocks_between(writer, lead, lead->next, module, 2);
		str_adds(writer->out, "</div>\n");
	}
	html_summary(writer);
	if (has_rest(module))
		add_rest(writer);
	add_chapters(writer);
}

int record_html_factor(const struct record_html *page, struct str *ret, struct error **err)
{
	autostr struct str body = STR_INIT, contents = STR_INIT;
	const struct site_factor *factor = page->factor;
	const struct html_crumb crumbs[] = {page->project, {.title = factor->name}};
	autohtml struct html_writer writer = {.out = &body,
	    .place = factor->place,
	    .index = page->index,
	    .whole = page,
	    .page = page};

	add_body(&writer);
	writer.out = &contents;
	html_contents(&writer, has_rest(page->record->module));
	if (writer.error)
		return fail_with(err, steal(&writer.error));
	html_site_page(ret,
	    &(struct html_site_page){.site = page->site,
		.type = "factor",
		.place = factor->place,
		.title = factor->name,
		.description = factor->count ? factor->elements[0].sentence : (struct slice){0},
		.language = page->language,
		.crumbs = page->project.title.len ? crumbs : crumbs + 1,
		.crumb_count = page->project.title.len ? 2 : 1,
		.contents = str_slice(&contents)},
	    str_slice(&body));
	return 0;
}
