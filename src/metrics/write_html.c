#include "metrics/write_files.h"

#include <stdlib.h>

#include "html/source.h"
#include "metrics/areas.h"
#include "metrics/missed.h"
#include "metrics/percent.h"

/* A source and its page. */
struct entry {
	const struct reported *source;
	struct slice page;
};

/* The index in one order. */
struct order {
	const char *page;
	const char *title; /* of the column */
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

static const struct order orders[] = {{"index.html", "Source", compare_names},
    {"regions.html", "Regions", compare_regions}, {"missed.html", "Missed", compare_missed},
    {"reached.html", "Reached", compare_shares}};

#define ORDERS (sizeof(orders) / sizeof(*orders))

static void add_percent(
    struct str *ret, const struct totals *totals, unsigned decimals, bool with_bar)
{
	str_adds(ret, "<td>");
	percent_add(totals->covered, totals->regions, decimals, ret);
	str_adds(ret, "%");
	if (with_bar) {
		str_adds(ret, "</td><td><span class=\"bar\"><span style=\"width:");
		percent_add(totals->covered, totals->regions, 1, ret);
		str_adds(ret, "%\"></span></span>");
	}
	str_adds(ret, "</td>");
}

static void add_numbers(struct str *ret, const struct totals *totals, unsigned decimals)
{
	str_addf(ret, "<td>%ju</td><td>%ju</td>", (uintmax_t)totals->regions,
	    (uintmax_t)(totals->regions - totals->covered));
	add_percent(ret, totals, decimals, true);
	str_adds(ret, "</tr>\n");
}

/* Append the name of a source, with its hash if another text of it is reported, too. */
static void add_name(const struct reported *source, struct str *ret)
{
	str_add_printable(ret, slice_c(source->name));
	if (source->is_other)
		str_addf(ret, " (%.*s)", (int)(source->hash.len < 12 ? source->hash.len : 12),
		    source->hash.data);
}

static void add_heads(struct str *ret, const struct order *current)
{
	str_adds(ret, "<table>\n<thead><tr>");
	for (size_t i = 0; i < ORDERS; i++) {
		str_adds(ret, "<th scope=\"col\">");
		if (&orders[i] == current)
			str_addf(ret, "<a href=\"%s\" aria-current=\"true\">%s</a>", orders[i].page,
			    orders[i].title);
		else
			html_link(ret, slice_c(orders[i].page), NULL, slice_c(orders[i].title));
		str_adds(ret, "</th>");
	}
	str_adds(ret, "<th></th></tr></thead>\n<tbody>\n");
}

static void write_index(const struct report *report, const struct entry *entries,
    const struct order *order, unsigned decimals, struct report_files *files)
{
	autostr struct str body = STR_INIT;
	autostr struct str page = STR_INIT;

	str_adds(&body, "<h1>Coverage</h1>\n<p>");
	str_add_count(&body, report->count, "source, |sources, ");
	percent_add(report->totals.covered, report->totals.regions, decimals, &body);
	str_addf(&body, "%% of %ju regions reached</p>\n", (uintmax_t)report->totals.regions);
	add_heads(&body, order);
	for (size_t i = 0; i < report->count; i++) {
		autostr struct str name = STR_INIT;

		add_name(entries[i].source, &name);
		str_adds(&body, "<tr><td>");
		html_link(&body, entries[i].page, NULL, str_slice(&name));
		str_adds(&body, "</td>");
		add_numbers(&body, &entries[i].source->totals, decimals);
	}
	str_adds(&body, "</tbody>\n<tfoot><tr><td>Total</td>");
	add_numbers(&body, &report->totals, decimals);
	str_adds(&body, "</tfoot>\n</table>\n");
	html_page(&page, SLICE_LITERAL("Coverage"), str_slice(&body));
	report_files_add(files, slice_c(order->page), &page);
}

/* How a stretch of a source is marked. */
enum mark { MARK_NONE, MARK_MISSED, MARK_IMPLICIT };

/* Goes through the text of a source together with its regions. */
struct painter {
	const struct reported *source;
	const struct counted **regions; /* outer ones first */
	size_t next;
	const struct counted **open; /* those that the position is in */
	size_t depth;
	struct point at;
	bool is_word; /* the position is in the word that an implicit way out begins with */
	enum mark mark;
	struct html_stretch *marks;
	size_t mark_count, mark_capacity;
};

static int compare_outer(const void *a, const void *b)
{
	const struct counted *first = *(const struct counted *const *)a;
	const struct counted *second = *(const struct counted *const *)b;
	int order = point_compare(first->area.first, second->area.first);

	return order ? order : point_compare(second->area.last, first->area.last);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z');
}

/* The mark of the character at the position. */
static enum mark mark_at(struct painter *painter, char c)
{
	const struct reported *source = painter->source;

	while (painter->next < source->count &&
	       point_compare(painter->regions[painter->next]->area.first, painter->at) <= 0) {
		const struct counted *region = painter->regions[painter->next++];

		if (region->type != '~')
			painter->open[painter->depth++] = region;
		else if (counted_is_missed(region))
			painter->is_word = true;
	}
	while (painter->depth &&
	       point_compare(painter->open[painter->depth - 1]->area.last, painter->at) < 0)
		painter->depth--;
	painter->is_word = painter->is_word && is_letter(c);
	if (painter->depth && counted_is_missed(painter->open[painter->depth - 1]))
		return MARK_MISSED;
	return painter->is_word ? MARK_IMPLICIT : MARK_NONE;
}

static void add_mark(struct painter *painter, struct html_stretch mark)
{
	if (painter->mark_count == painter->mark_capacity) {
		painter->mark_capacity = 2 * painter->mark_capacity + 16;
		painter->marks = xreallocarray(
		    painter->marks, painter->mark_capacity, sizeof(*painter->marks));
	}
	painter->marks[painter->mark_count++] = mark;
}

/* Let the mark begin or end at an offset in the text. */
static void set_mark(struct painter *painter, enum mark mark, size_t at)
{
	static const char *const begins[] = {[MARK_MISSED] = "<mark title=\"never reached\">",
	    [MARK_IMPLICIT] =
		"<mark class=\"implicit\" title=\"the way past this was never taken\">"};

	if (mark == painter->mark)
		return;
	if (painter->mark != MARK_NONE)
		painter->marks[painter->mark_count - 1].end = at;
	if (mark != MARK_NONE)
		add_mark(painter, (struct html_stretch){at, at, begins[mark], "</mark>"});
	painter->mark = mark;
}

static void mark_line(struct painter *painter, struct slice line)
{
	const char *start = str_c(&painter->source->text);

	for (painter->at.column = 1; line.len; painter->at.column++) {
		size_t len = slice_character(line);

		set_mark(painter, mark_at(painter, line.data[0]), (size_t)(line.data - start));
		len = len ? len : 1;
		line = slice_of(line.data + len, line.len - len);
	}
	set_mark(painter, MARK_NONE, (size_t)(line.data - start));
}

/* The class of a line. */
static const char *class_of(
    const struct reported *source, const struct line_count *line, size_t *branch)
{
	bool is_partial = false;

	while (*branch < source->branch_count && source->branches[*branch].line < line->line)
		++*branch;
	for (size_t i = *branch; i < source->branch_count && source->branches[i].line == line->line;
	     i++)
		is_partial = is_partial || !source->branches[i].count;
	if (line->is_excluded)
		return "excluded";
	if (!line->count)
		return "missed";
	return is_partial ? "partial" : NULL;
}

/* Find the marks of the text, and what its lines show. The caller frees the list of lines. */
static struct html_line *paint(struct painter *painter, size_t *ret_count)
{
	const struct reported *source = painter->source;
	struct slice rest = str_slice(&source->text), line;
	struct html_line *lines = NULL;
	size_t next = 0, branch = 0, capacity = 0;

	while (rest.len) {
		const struct line_count *count;
		struct html_line *about;
		size_t marked, first;

		(void)slice_next(&rest, '\n', &line);
		if ((size_t)painter->at.line == capacity) {
			capacity = 2 * capacity + 256;
			lines = xreallocarray(lines, capacity, sizeof(*lines));
		}
		about = &lines[painter->at.line++];
		*about = (struct html_line){.class = NULL};
		if (next < source->line_count && source->lines[next].line == painter->at.line) {
			count = &source->lines[next++];
			about->class = class_of(source, count, &branch);
			about->is_counted = !count->is_excluded;
			about->count = (uint64_t)count->count;
		}
		marked = painter->mark_count;
		mark_line(painter, line);
		first = (size_t)(line.data - str_c(&source->text));
		if (about->class && !about->is_counted && line.len && marked == painter->mark_count)
			add_mark(painter, (struct html_stretch){first, first + line.len,
					      "<span class=\"excluded\">", "</span>"});
	}
	*ret_count = (size_t)painter->at.line;
	return lines;
}

static void add_text(struct str *ret, const struct reported *source)
{
	autofree const struct counted **regions = xmalloc((source->count + 1) * sizeof(*regions));
	autofree const struct counted **open = xmalloc((source->count + 1) * sizeof(*open));
	struct painter painter = {.source = source, .regions = regions, .open = open};
	struct html_source page = {.text = str_slice(&source->text)};
	autofree struct html_line *lines = NULL;

	for (size_t i = 0; i < source->count; i++)
		regions[i] = &source->regions[i];
	qsort(regions, source->count, sizeof(*regions), compare_outer);
	lines = paint(&painter, &page.line_count);
	page.lines = lines;
	page.marks = painter.marks;
	page.mark_count = painter.mark_count;
	html_source(ret, &page);
	free(painter.marks);
}

/* Append links to what was missed. */
static void add_missing(struct str *ret, const struct reported *source)
{
	automissing struct missing missing;

	missing_find(source, &missing);
	str_adds(ret, missing.count ? "<p>Missed: " : "<p>Nothing was missed.");
	for (size_t i = 0; i < missing.count; i++) {
		autofree char *fragment = xasprintf("L%d", missing.items[i].area.first.line);
		autostr struct str text = STR_INIT;

		missed_add(&missing.items[i], &text);
		str_adds(ret, i ? ", " : "");
		if (source->has_text)
			html_link(ret, SLICE_LITERAL(""), fragment, str_slice(&text));
		else
			html_text(ret, str_slice(&text));
	}
	str_adds(ret, "</p>\n");
}

static void write_source(const struct entry *entry, unsigned decimals, struct report_files *files)
{
	const struct reported *source = entry->source;
	autostr struct str name = STR_INIT;
	autostr struct str body = STR_INIT;
	autostr struct str page = STR_INIT;

	add_name(source, &name);
	str_adds(&body, "<p><a href=\"index.html\">Coverage</a></p>\n<h1>");
	html_text(&body, str_slice(&name));
	str_adds(&body, "</h1>\n<p>");
	percent_add(source->totals.covered, source->totals.regions, decimals, &body);
	str_addf(&body, "%% of %ju regions reached</p>\n", (uintmax_t)source->totals.regions);
	add_missing(&body, source);
	if (source->has_text)
		add_text(&body, source);
	else
		str_adds(&body, "<p>The source is not at its path, or another one is.</p>\n");
	html_page(&page, str_slice(&name), str_slice(&body));
	report_files_add(files, entry->page, &page);
}

void write_html(const struct report *report, unsigned decimals, struct report_files *ret)
{
	autofree struct entry *entries = xmalloc((report->count + 1) * sizeof(*entries));

	for (size_t i = 0; i < ORDERS; i++)
		(void)report_files_name(ret, slice_c(orders[i].page), "", true);
	for (size_t i = 0; i < report->count; i++) {
		const struct reported *source = report->sources[i];

		entries[i] = (struct entry){
		    source, report_files_name(ret, slice_c(source->name), ".html", true)};
		write_source(&entries[i], decimals, ret);
	}
	for (size_t i = 0; i < ORDERS; i++) {
		qsort(entries, report->count, sizeof(*entries), orders[i].compare);
		write_index(report, entries, &orders[i], decimals, ret);
	}
}
