#include "html/site.h"

/* From templates/, written by src/ship/embed.py. */
extern const char html_site_template[];
extern const char html_site_style[];
extern const char html_site_script[];
extern const char html_site_icon[];

static const struct html_site_file files[] = {{"site.css", html_site_style},
    {"site.js", html_site_script}, {"site.svg", html_site_icon}, {NULL, NULL}};

const struct html_site_file *html_site_files(void)
{
	return files;
}

/* The length of the directory in a place, with its slash. */
static size_t directory_length(struct slice place)
{
	while (place.len && place.data[place.len - 1] != '/')
		place.len--;
	return place.len;
}

void html_site_url(struct str *ret, struct slice from, struct slice place, struct slice fragment)
{
	size_t common = 0, ups = 0;

	/* An empty URL is one, but nothing that a link may have. */
	if (!slice_equal(from, place) || !fragment.len) {
		for (size_t i = 0; i < from.len && i < place.len && from.data[i] == place.data[i];
		     i++)
			common = from.data[i] == '/' ? i + 1 : common;
		for (size_t i = common; i < directory_length(from); i++)
			ups += from.data[i] == '/';
		for (size_t i = 0; i < ups; i++)
			str_adds(ret, "../");
		html_url(ret, slice_from(place, common));
	}
	if (fragment.len) {
		str_addc(ret, '#');
		html_url(ret, fragment);
	}
}

void html_site_href(struct str *ret, struct slice from, struct slice place, struct slice fragment)
{
	str_adds(ret, " href=\"");
	html_site_url(ret, from, place, fragment);
	str_addc(ret, '"');
}

static void add_crumb(struct str *ret, struct slice from, const struct html_crumb *crumb)
{
	str_adds(ret, "<li>");
	if (crumb->place.len) {
		str_adds(ret, "<a");
		html_site_href(ret, from, crumb->place, SLICE_LITERAL(""));
		str_addc(ret, '>');
	} else {
		str_adds(ret, "<b>");
	}
	html_text(ret, crumb->title);
	str_adds(ret, crumb->place.len ? "</a>\n" : "</b>\n");
}

static void add_crumbs(struct str *ret, const struct html_site_page *page)
{
	const struct html_site *site = page->site;
	struct html_crumb front = {site->title, SLICE_LITERAL("index.html")};

	if (site->logo.len) {
		str_adds(ret, "<li><img alt=\"\" src=\"");
		html_site_url(ret, page->place, site->logo, SLICE_LITERAL(""));
		str_adds(ret, "\">\n");
	}
	if (slice_equal(page->place, front.place))
		front.place = SLICE_LITERAL("");
	add_crumb(ret, page->place, &front);
	for (size_t i = 0; i < page->crumb_count; i++)
		add_crumb(ret, page->place, &page->crumbs[i]);
}

/* What is in <head> of some pages only. */
static void add_head(struct str *ret, const struct html_site_page *page)
{
	const struct html_site *site = page->site;

	if (page->description.len) {
		str_adds(ret, "<meta name=\"description\"");
		markup_attribute(ret, "content", page->description);
		str_adds(ret, ">\n");
	}
	if (site->base_url.len) {
		str_adds(ret, "<link rel=\"canonical\" href=\"");
		markup_add(ret, site->base_url, true);
		html_url(ret, page->place);
		str_adds(ret, "\">\n");
	}
}

/* What the script has to know. */
static void add_data(struct str *ret, const struct html_site *site)
{
	if (site->version.len)
		markup_attribute(ret, "data-version", site->version);
	if (site->has_versions)
		str_adds(ret, " data-versions");
}

static void add_contents(struct str *ret, struct slice contents)
{
	if (!contents.len)
		return;
	str_adds(ret, "<nav class=\"contents\" aria-label=\"On this page\">\n");
	str_add_slice(ret, contents);
	str_adds(ret, "</nav>\n");
}

static void add_footer(struct str *ret, const struct html_site *site)
{
	html_text(ret, site->title);
	if (site->version.len) {
		str_addc(ret, ' ');
		html_text(ret, site->version);
	}
}

void html_site_page(struct str *ret, const struct html_site_page *page, struct slice body)
{
	autostr struct str root = STR_INIT, title = STR_INIT, head = STR_INIT, data = STR_INIT;
	autostr struct str crumbs = STR_INIT, contents = STR_INIT, footer = STR_INIT;
	autostr struct str language = STR_INIT;

	for (size_t i = 0; i < page->place.len; i++)
		str_adds(&root, page->place.data[i] == '/' ? "../" : "");
	html_text(&title, page->title);
	if (!slice_equal(page->title, page->site->title)) {
		str_adds(&title, " \xc2\xb7 ");
		html_text(&title, page->site->title);
	}
	markup_add(&language, page->language.len ? page->language : SLICE_LITERAL("en"), true);
	add_head(&head, page);
	add_data(&data, page->site);
	add_crumbs(&crumbs, page);
	add_contents(&contents, page->contents);
	add_footer(&footer, page->site);
	html_fill(ret, html_site_template,
	    (struct html_part[]){{"LANGUAGE", str_slice(&language)}, {"ROOT", str_slice(&root)},
		{"DATA", str_slice(&data)}, {"TITLE", str_slice(&title)},
		{"HEAD", str_slice(&head)}, {"TYPE", slice_c(page->type)},
		{"CRUMBS", str_slice(&crumbs)}, {"ASIDE", page->aside},
		{"CONTENTS", str_slice(&contents)},
		{"COLUMNS", slice_c(page->contents.len ? "columns two" : "columns")},
		{"BODY", body}, {"FOOTER", str_slice(&footer)}, {NULL}});
}
