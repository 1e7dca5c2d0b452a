#include "record/html_writer.h"

void html_writer_release(struct html_writer *writer)
{
	map_release(&writer->ids);
	arena_release(&writer->arena);
	error_free(writer->error);
	writer->error = NULL;
}

bool html_enter_source(struct html_writer *writer, size_t number)
{
	const struct record_html *whole = writer->whole;
	bool is_there = number <= whole->guest_count;

	writer->page = number && is_there ? &whole->guests[number - 1] : whole;
	return is_there;
}

static void open_place(struct html_writer *writer, struct slice place, struct slice fragment)
{
	str_adds(writer->out, "<a");
	html_site_href(writer->out, writer->place, place, fragment);
	str_addc(writer->out, '>');
}

void html_open_element(struct html_writer *writer, const struct site_element *element)
{
	open_place(writer, element->home.factor->place, element->home.anchor);
}

/* An import of what the site does not have stands for itself; an element that is unknown, for its
 * module. */
static const struct site_element *find_target(
    const struct html_writer *writer, const struct record_target *target)
{
	const struct site_factor *factor;
	const struct site_element *element;

	if (!writer->index)
		return NULL;
	factor = site_factor_find(writer->index, target->project, target->factor);
	if (!factor)
		return NULL;
	element = site_lookup_in(writer->index, factor, target->path);
	if (!element)
		element = site_element_find(factor, target->path);
	return element ? element : &factor->elements[0];
}

static bool is_scheme(struct slice scheme)
{
	static const char *const allowed[] = {"http", "https", "mailto", NULL};
	char lower[8] = "";

	if (scheme.len >= sizeof(lower))
		return false;
	for (size_t i = 0; i < scheme.len; i++) {
		char c = scheme.data[i];

		lower[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	for (size_t i = 0; allowed[i]; i++) {
		if (strcmp(allowed[i], lower) == 0)
			return true;
	}
	return false;
}

bool html_allows(struct slice url)
{
	size_t scheme = 0;

	/* Browsers skip some of these characters, and read a backslash as a slash. */
	for (size_t i = 0; i < url.len; i++) {
		unsigned char c = (unsigned char)url.data[i];

		if (c <= ' ' || c == 0x7f || c == '\\')
			return false;
	}
	while (scheme < url.len && !strchr(":/?#", url.data[scheme]))
		scheme++;
	if (scheme < url.len && url.data[scheme] == ':')
		return is_scheme(slice_of(url.data, scheme));
	return url.len && !slice_starts(url, SLICE_LITERAL("//"));
}

/* A link without a scheme is relative to the site. */
bool html_open_outside(struct html_writer *writer, struct slice url)
{
	autostr struct str whole = STR_INIT;

	if (!html_allows(url))
		return false;
	for (size_t i = 0; !memmem(url.data, url.len, ":", 1) && i < writer->place.len; i++)
		str_adds(&whole, writer->place.data[i] == '/' ? "../" : "");
	str_add_slice(&whole, url);
	str_adds(writer->out, "<a");
	markup_attribute(writer->out, "href", str_slice(&whole));
	str_addc(writer->out, '>');
	return true;
}

/* The page that an element, or the function that has it as a parameter, is documented on. */
static struct slice place_of(const struct html_writer *writer, const struct record_element *element)
{
	while (element && !element->known)
		element = element->parent;
	return element ? element->known->home.factor->place : writer->place;
}

bool html_open_target(struct html_writer *writer, const struct record_target *target)
{
	const struct site_element *element;

	if (!target || target->place == TARGET_INVALID)
		return false;
	if (target->place == TARGET_FACTOR_LOCAL && target->element) {
		open_place(writer, place_of(writer, target->element), target->element->anchor);
		return true;
	}
	element = find_target(writer, target);
	if (element) {
		html_open_element(writer, element);
		return true;
	}
	return target->place == TARGET_REMOTE && html_open_outside(writer, target->link);
}

/* Append --source-url with its parts. */
static void add_source_url(struct html_writer *writer, const struct record_html *page, int line)
{
	struct slice rest = page->source_url;
	static const struct slice path = {"{path}", 6}, number = {"{line}", 6};

	while (rest.len) {
		size_t step = 1;

		if (slice_starts(rest, path)) {
			html_url(writer->out, page->factor->source);
			step = path.len;
		} else if (slice_starts(rest, number)) {
			str_addf(writer->out, "%d", line);
			step = number.len;
		} else {
			markup_add(writer->out, slice_of(rest.data, 1), true);
		}
		rest = slice_from(rest, step);
	}
}

void html_open_source(struct html_writer *writer, const struct area *area, const char *class)
{
	autostr struct str line = STR_INIT;

	str_adds(writer->out, "<a");
	if (class)
		str_addf(writer->out, " class=\"%s\"", class);
	str_addf(&line, "L%d", area->first.line);
	html_site_href(
	    writer->out, writer->place, writer->page->factor->source_place, str_slice(&line));
	str_addc(writer->out, '>');
}

void html_source_links(struct html_writer *writer, const struct area *area)
{
	const struct record_html *page = writer->page;

	str_adds(writer->out, "<span class=\"src\">");
	html_open_source(writer, area, NULL);
	str_adds(writer->out, "source</a>");
	if (page->source_url.len) {
		str_adds(writer->out, " <a href=\"");
		add_source_url(writer, page, area->first.line);
		str_adds(writer->out, "\">online</a>");
	}
	str_adds(writer->out, "</span>\n");
}
