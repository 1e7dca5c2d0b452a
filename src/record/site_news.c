#include "record/since_list.h"
#include "record/site_pages.h"

/* A part of the page: its title, and which changes it has. */
struct part {
	const char *title;
	bool (*has)(enum since_kind kind);
};

static bool is_added(enum since_kind kind)
{
	return kind == SINCE_ADDED;
}

static bool is_removed(enum since_kind kind)
{
	return kind == SINCE_REMOVED || kind == SINCE_MOVED;
}

static bool is_changed(enum since_kind kind)
{
	return !is_added(kind) && !is_removed(kind);
}

static void add_name(const struct since_item *item, struct str *ret)
{
	const struct site_element *element =
	    item->factor ? site_element_find(item->factor, item->change.path) : NULL;
	bool is_there = element && !is_removed(item->change.kind);

	if (is_there) {
		str_adds(ret, "<a");
		html_site_href(ret, SITE_NEWS, element->home.factor->place, element->home.anchor);
		str_addc(ret, '>');
	}
	str_adds(ret, "<code>");
	html_text(ret, item->name);
	str_adds(ret, is_there ? "</code></a>" : "</code>");
}

static void add_item(const struct since_item *item, struct str *ret)
{
	autostr struct str text = STR_INIT;
	struct slice rest;

	str_adds(ret, "<li>");
	add_name(item, ret);
	if (item->change.kind == SINCE_ADDED || item->change.kind == SINCE_REMOVED) {
		str_adds(ret, "</li>\n");
		return;
	}
	since_describe(&item->change, item->name, &text);
	rest = str_slice(&text);
	str_adds(ret, " <span>");
	/* The name stands before already. */
	rest = slice_from(rest, item->name.len);
	if (slice_starts(rest, SLICE_LITERAL(": ")))
		rest = slice_from(rest, 2);
	html_text(ret, rest);
	str_adds(ret, "</span></li>\n");
}

static void add_part(const struct since_list *list, const struct part *part, struct str *ret)
{
	bool begun = false;

	for (size_t i = 0; i < list->count; i++) {
		if (!part->has(list->items[i].change.kind))
			continue;
		if (!begun)
			str_addf(ret, "<h2>%s</h2>\n<ul class=\"summary\">\n", part->title);
		begun = true;
		add_item(&list->items[i], ret);
	}
	if (begun)
		str_adds(ret, "</ul>\n");
}

int site_write_news(
    const struct record_site *site, struct record_output *output, struct error **err)
{
	static const struct part parts[] = {
	    {"Removed", is_removed}, {"Changed", is_changed}, {"Added", is_added}};
	struct html_crumb crumb = {SLICE_LITERAL("What is new"), {"", 0}};
	autostr struct str body = STR_INIT, page = STR_INIT;

	str_adds(&body, "<h1>What is new</h1>\n");
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		add_part(site->changes, &parts[i], &body);
	if (!site->changes->count)
		str_adds(&body, "<p>Nothing public has changed.</p>\n");
	html_site_page(&page,
	    &(struct html_site_page){
		.site = &site->settings->site,
		.type = "news",
		.place = SITE_NEWS,
		.title = crumb.title,
		.crumbs = &crumb,
		.crumb_count = 1,
	    },
	    str_slice(&body));
	return record_output_put(output, SITE_NEWS, str_slice(&page), err);
}
