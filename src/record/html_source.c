#include "record/html_source.h"

#include <stdlib.h>

#include "base/array.h"
#include "html/source.h"

struct links {
	const struct record_html_source *page;
	struct arena arena;
	const struct tokens *tokens;
	size_t token; /* none before it belongs to what is still to come */
	struct html_stretch *items;
	size_t count, capacity;
};

static void add_link(struct links *links, const struct record_element *element, size_t first)
{
	autostr struct str open = STR_INIT;

	if (links->count == links->capacity) {
		links->capacity = 2 * links->capacity + 64;
		links->items = xreallocarray(links->items, links->capacity, sizeof(*links->items));
	}
	str_adds(&open, "<a");
	html_site_href(&open, links->page->factor->source_place, element->known->home.factor->place,
	    element->anchor);
	str_addc(&open, '>');
	links->items[links->count++] = (struct html_stretch){first, first + element->identifier.len,
	    arena_copy(&links->arena, str_slice(&open)), "</a>"};
}

/* The offset of a position, whose line the source has. */
static size_t offset_of(const struct factor_record *record, struct point point)
{
	struct slice line = record->lines[point.line - 1];
	size_t at = 0;

	for (int column = 1; column < point.column && at < line.len; column++) {
		size_t len = slice_character(slice_from(line, at));

		at += len ? len : 1;
	}
	return (size_t)(line.data - record->source.data) + at;
}

static bool is_at(const struct links *links, size_t at, struct slice word)
{
	struct slice text = links->page->record->source;

	return at <= text.len && slice_starts(slice_from(text, at), word);
}

/* Link the name of a class or function: the first name that is defined from where the element
 * begins. */
static void link_definition(struct links *links, const struct record_element *element, size_t at)
{
	for (size_t i = links->token; i < links->tokens->count; i++) {
		const struct token *token = &links->tokens->items[i];

		if (token->first < at || token->kind != TOKEN_DEFINITION)
			continue;
		if (token->end - token->first == element->identifier.len &&
		    is_at(links, token->first, element->identifier))
			add_link(links, element, token->first);
		links->token = i;
		return;
	}
}

/* Link a name that a statement binds first, also as `self.NAME`. */
static void link_name(struct links *links, const struct record_element *element, size_t at)
{
	if (element->type == ELEMENT_FIELD && is_at(links, at, SLICE_LITERAL("self.")))
		at += strlen("self.");
	if (is_at(links, at, element->identifier))
		add_link(links, element, at);
}

static void link_element(struct links *links, const struct record_element *element)
{
	const struct factor_record *record = links->page->record;
	struct point first = element->area.first;

	if (element->parent && !element->is_declared && (size_t)first.line <= record->line_count) {
		size_t at = offset_of(record, first);

		if (record_is_data(element))
			link_name(links, element, at);
		else if (element->type != ELEMENT_IMPORT)
			link_definition(links, element, at);
	}
	for (const struct record_element *child = element->first; child; child = child->next)
		link_element(links, child);
}

static int compare_stretches(const void *a, const void *b)
{
	const struct html_stretch *first = a, *second = b;

	return first->first < second->first ? -1 : first->first > second->first;
}

/* Sort the links, and leave out what overlaps another. */
static void order_links(struct links *links)
{
	size_t kept = 0;

	array_sort(links->items, links->count, sizeof(*links->items), compare_stretches);
	for (size_t i = 0; i < links->count; i++) {
		if (!kept || links->items[i].first >= links->items[kept - 1].end)
			links->items[kept++] = links->items[i];
	}
	links->count = kept;
}

/* What was measured, by lines: of the regions that begin on a line the largest count. NULL if
 * nothing was. The caller frees the list. */
static struct html_line *measured_lines(const struct factor_record *record)
{
	struct html_line *lines;

	if (!record->region_count)
		return NULL;
	lines = xcalloc(record->line_count, sizeof(*lines));
	for (size_t i = 0; i < record->region_count; i++) {
		const struct record_region *region = &record->regions[i];
		size_t number = (size_t)region->area.first.line;
		struct html_line *line;

		/* Not regions that do not count, and implicit ways out. */
		if (region->type == ' ' || region->type == '~' || !number ||
		    number > record->line_count)
			continue;
		line = &lines[number - 1];
		if (!line->is_counted || line->count < region->count)
			line->count = region->count;
		line->is_counted = true;
		line->class = line->count ? NULL : "missed";
	}
	return lines;
}

void record_html_source(const struct record_html_source *page, struct str *ret)
{
	const struct factor_record *record = page->record;
	autotokens struct tokens tokens = {.items = NULL};
	autofree struct html_line *lines = NULL;
	struct links links = {.page = page, .tokens = &tokens};
	autostr struct str body = STR_INIT, title = STR_INIT;
	struct html_site_page whole = {
	    .site = page->site,
	    .type = "source",
	    .place = page->factor->source_place,
	    .crumbs = page->crumbs,
	    .crumb_count = page->crumb_count,
	};

	if (!page->is_prose)
		tokens_find(record->source, &tokens);
	lines = measured_lines(record);
	link_element(&links, record->module);
	order_links(&links);
	str_addf(&title, "Source of %.*s", (int)page->factor->name.len, page->factor->name.data);
	str_adds(&body, "<h1>");
	html_text(&body, str_slice(&title));
	str_adds(&body, "</h1>\n");
	html_source(&body, &(struct html_source){
			       .text = record->source,
			       .tokens = &tokens,
			       .links = links.items,
			       .link_count = links.count,
			       .lines = lines,
			       .line_count = lines ? record->line_count : 0,
			   });
	whole.title = str_slice(&title);
	html_site_page(ret, &whole, str_slice(&body));
	free(links.items);
	arena_release(&links.arena);
}
