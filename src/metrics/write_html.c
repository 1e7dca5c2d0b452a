#include "metrics/write_files.h"

#include "base/array.h"
#include "html/page.h"
#include "metrics/percent.h"
#include "metrics/profile.h"
#include "metrics/source_page.h"

/* From templates/metrics.css, written by src/ship/embed.py. */
extern const char metrics_style[];

/* A source and its page. */
struct entry {
	const struct reported *source;
	struct slice page;
};

/* What all pages have in common. */
struct site {
	const struct report *report;
	struct entry *entries; /* as many as sources are reported */
	struct map pages;      /* of sources, by their paths: entries, until these are sorted */
	struct profile profile;
	unsigned decimals;
	struct report_files *files;
};

/* The index in one order. */
struct order {
	const char *page;
	const char *title; /* of the column */
	const char *direction;
	int (*compare)(const void *a, const void *b);
};

static int compare_names(const void *a, const void *b)
{
	const struct entry *first = a, *second = b;
	int order = strcmp(first->source->name, second->source->name);

	return order ? order : slice_compare(first->source->hash, second->source->hash);
}

static int compare_regions(const void *a, const void *b)
{
	uint64_t first = ((const struct entry *)a)->source->totals.regions;
	uint64_t second = ((const struct entry *)b)->source->totals.regions;

	return first != second ? (first < second ? 1 : -1) : compare_names(a, b);
}

static uint64_t missed_of(const struct entry *entry)
{
	return entry->source->totals.regions - entry->source->totals.covered;
}

static int compare_missed(const void *a, const void *b)
{
	uint64_t first = missed_of(a), second = missed_of(b);

	return first != second ? (first < second ? 1 : -1) : compare_names(a, b);
}

static double share_of(const void *entry)
{
	const struct totals *totals = &((const struct entry *)entry)->source->totals;

	return totals->regions ? (double)totals->covered / (double)totals->regions : 1;
}

static int compare_shares(const void *a, const void *b)
{
	double first = share_of(a), second = share_of(b);

	return first != second ? (first > second ? 1 : -1) : compare_names(a, b);
}

static const struct order orders[] = {
    {"index.html", "Source", "ascending", compare_names},
    {"regions.html", "Regions", "descending", compare_regions},
    {"missed.html", "Missed", "descending", compare_missed},
    {"reached.html", "Reached", "ascending", compare_shares},
};

#define ORDERS (sizeof(orders) / sizeof(*orders))
#define PROFILE_PAGE "profile.html"

/* Append `SHARE% of COUNT WHAT`. */
static void add_share(
    struct str *ret, uint64_t part, uint64_t whole, const char *what, unsigned decimals)
{
	percent_add(part, whole, decimals, ret);
	str_addf(ret, "%% of ");
	str_add_count(ret, whole, what);
}

/* Append a paragraph of totals. Lines and branches are known where sources are. */
static void add_totals(struct str *ret, const struct totals *totals, unsigned decimals)
{
	add_share(ret, totals->covered, totals->regions, "region|regions", decimals);
	if (totals->lines) {
		str_adds(ret, ", ");
		add_share(ret, totals->covered_lines, totals->lines, "line|lines", decimals);
	}
	if (totals->branches) {
		str_adds(ret, ", ");
		add_share(
		    ret, totals->covered_branches, totals->branches, "branch|branches", decimals);
	}
	str_adds(ret, " reached</p>\n");
}

/* Append the cells of a row's numbers, and its end. */
static void add_numbers(struct str *ret, const struct totals *totals, unsigned decimals)
{
	str_addf(ret, "<td>%ju</td><td>%ju</td><td class=\"bar\">", (uintmax_t)totals->regions,
	    (uintmax_t)(totals->regions - totals->covered));
	str_adds(ret, "<span><span style=\"width:");
	percent_add(totals->covered, totals->regions, 1, ret);
	str_adds(ret, "%\"></span></span></td><td>");
	percent_add(totals->covered, totals->regions, decimals, ret);
	str_adds(ret, "%</td></tr>\n");
}

static void add_heads(struct str *ret, const struct order *current)
{
	str_adds(ret, "<table class=\"listing\">\n<thead><tr>");
	for (size_t i = 0; i < ORDERS; i++) {
		str_adds(ret, "<th scope=\"col\"");
		if (i == ORDERS - 1)
			str_adds(ret, " colspan=\"2\""); /* a bar is before the number */
		if (&orders[i] == current)
			str_addf(ret, " aria-sort=\"%s\"", orders[i].direction);
		str_adds(ret, ">");
		html_link(ret, slice_c(orders[i].page), NULL, slice_c(orders[i].title));
		str_adds(ret, "</th>");
	}
	str_adds(ret, "</tr></thead>\n<tbody>\n");
}

static void add_page(
    const struct site *site, struct slice path, struct slice title, const struct str *body)
{
	autostr struct str page = STR_INIT;

	html_page(&page, title, metrics_style, str_slice(body));
	report_files_add(site->files, path, &page);
}

static void write_index(const struct site *site, const struct order *order)
{
	const struct report *report = site->report;
	autostr struct str body = STR_INIT;

	array_sort(site->entries, report->count, sizeof(*site->entries), order->compare);
	if (site->profile.count)
		str_adds(&body, "<nav><a href=\"" PROFILE_PAGE "\">Profile</a></nav>\n");
	str_adds(&body, "<h1>Coverage</h1>\n<p>");
	str_add_count(&body, report->count, "source: |sources: ");
	add_totals(&body, &report->totals, site->decimals);
	add_heads(&body, order);
	for (size_t i = 0; i < report->count; i++) {
		const struct entry *entry = &site->entries[i];
		autostr struct str name = STR_INIT;

		reported_add_name(entry->source, &name);
		str_adds(&body, "<tr><th scope=\"row\">");
		html_link(&body, entry->page, NULL, str_slice(&name));
		str_adds(&body, "</th>");
		add_numbers(&body, &entry->source->totals, site->decimals);
	}
	str_adds(&body, "</tbody>\n<tfoot><tr><th scope=\"row\">Total</th>");
	add_numbers(&body, &report->totals, site->decimals);
	str_adds(&body, "</tfoot>\n</table>\n");
	add_page(site, slice_c(order->page), SLICE_LITERAL("Coverage"), &body);
}

static void write_source(const struct site *site, const struct entry *entry)
{
	autostr struct str name = STR_INIT;
	autostr struct str body = STR_INIT;

	reported_add_name(entry->source, &name);
	str_adds(&body, "<nav><a href=\"index.html\">Coverage</a></nav>\n<h1>");
	html_text(&body, str_slice(&name));
	str_adds(&body, "</h1>\n<p>");
	add_totals(&body, &entry->source->totals, site->decimals);
	source_page(entry->source, &body);
	add_page(site, entry->page, str_slice(&name), &body);
}

/* Append the name of an element, as a link to it if its source is reported. */
static void add_element(const struct site *site, const struct timing *timing, struct str *ret)
{
	const struct entry *entry = map_get(&site->pages, timing->path);
	autostr struct str name = STR_INIT;

	str_add_printable(&name, timing->element);
	if (entry) {
		int line = reported_line_of(entry->source, timing->element);
		autofree char *fragment = line ? xasprintf("L%d", line) : NULL;

		html_link(ret, entry->page, fragment, str_slice(&name));
	} else {
		html_text(ret, str_slice(&name));
	}
}

static void add_milliseconds(struct str *ret, uint64_t time)
{
	str_adds(ret, "<td>");
	profile_add_milliseconds(time, ret);
	str_adds(ret, "</td>");
}

static void write_profile(const struct site *site)
{
	autostr struct str body = STR_INIT;

	str_adds(&body,
	    "<nav><a href=\"index.html\">Coverage</a></nav>\n<h1>Profile</h1>\n<p>Milliseconds "
	    "of all calls, in the element itself (own), and of a call</p>\n"
	    "<table class=\"listing\">\n<thead><tr><th scope=\"col\">Element</th>"
	    "<th scope=\"col\">Calls</th><th scope=\"col\">Total</th><th scope=\"col\" "
	    "aria-sort=\"descending\">Own</th><th scope=\"col\">Mean</th>"
	    "<th scope=\"col\">Least</th><th scope=\"col\">Most</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < site->profile.count; i++) {
		const struct timing *timing = &site->profile.elements[i];

		str_adds(&body, "<tr><th scope=\"row\">");
		add_element(site, timing, &body);
		str_addf(&body, "</th><td>%ju</td>", (uintmax_t)timing->calls);
		add_milliseconds(&body, timing->elapsed);
		add_milliseconds(&body, timing_own(timing));
		add_milliseconds(&body, timing->elapsed / timing->calls);
		add_milliseconds(&body, timing->minimum);
		add_milliseconds(&body, timing->maximum);
		str_adds(&body, "</tr>\n");
	}
	str_adds(&body, "</tbody>\n</table>\n");
	add_page(site, SLICE_LITERAL(PROFILE_PAGE), SLICE_LITERAL("Profile"), &body);
}

void write_html(const struct report *report, const struct measures *measures, unsigned decimals,
    struct report_files *ret)
{
	autofree struct entry *entries = xmalloc((report->count + 1) * sizeof(*entries));
	struct site site = {
	    .report = report, .entries = entries, .decimals = decimals, .files = ret};

	profile_make(measures, &site.profile);
	for (size_t i = 0; i < ORDERS; i++)
		(void)report_files_name(ret, slice_c(orders[i].page), "", true);
	(void)report_files_name(ret, SLICE_LITERAL(PROFILE_PAGE), "", true);
	for (size_t i = 0; i < report->count; i++) {
		const struct reported *source = report->sources[i];

		entries[i] = (struct entry){
		    source, report_files_name(ret, slice_c(source->name), ".html", true)};
		if (!source->is_other)
			*map_at(&site.pages, source->path) = &entries[i];
		write_source(&site, &entries[i]);
	}
	if (site.profile.count)
		write_profile(&site);
	for (size_t i = 0; i < ORDERS; i++)
		write_index(&site, &orders[i]);
	profile_release(&site.profile);
	map_release(&site.pages);
}
