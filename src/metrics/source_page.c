#include "metrics/source_page.h"

#include <stdlib.h>

#include "base/array.h"
#include "html/source.h"
#include "metrics/areas.h"
#include "metrics/missed.h"

/* So many missed areas are listed openly. */
#define OPEN_LIMIT 20

/* How a stretch of a source is marked. */
enum mark { MARK_NONE, MARK_MISSED, MARK_IMPLICIT };

#define BEGIN_MISSED "<mark title=\"never reached\">"
#define BEGIN_MISSED_LINE "<mark class=\"line\" title=\"never reached\">"
#define BEGIN_IMPLICIT "<mark class=\"implicit\" title=\"the way past this was never taken\">"

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
	static const char *const begins[] = {
	    [MARK_MISSED] = BEGIN_MISSED, [MARK_IMPLICIT] = BEGIN_IMPLICIT};

	if (mark == painter->mark)
		return;
	if (painter->mark != MARK_NONE)
		painter->marks[painter->mark_count - 1].end = at;
	if (mark != MARK_NONE)
		add_mark(painter, (struct html_stretch){at, at, begins[mark], "</mark>"});
	painter->mark = mark;
}

/* Mark a line. Returns whether all of it was missed. */
static bool mark_line(struct painter *painter, struct slice line)
{
	const char *start = str_c(&painter->source->text);
	bool is_missed = slice_trim(line).len > 0;

	for (painter->at.column = 1; line.len; painter->at.column++) {
		size_t len = slice_character(line);
		enum mark mark = mark_at(painter, line.data[0]);

		/* Indentation is not marked. */
		if (!char_is_space(line.data[0]))
			is_missed = is_missed && mark == MARK_MISSED;
		else if (painter->mark != mark)
			mark = MARK_NONE;
		set_mark(painter, mark, (size_t)(line.data - start));
		len = len ? len : 1;
		line = slice_from(line, len);
	}
	set_mark(painter, MARK_NONE, (size_t)(line.data - start));
	return is_missed;
}

/* Whether a branch of a line has an alternative that was never taken. */
static bool is_partial(const struct reported *source, int line, size_t *branch)
{
	bool found = false;

	while (*branch < source->branch_count && source->branches[*branch].line < line)
		++*branch;
	for (; *branch < source->branch_count && source->branches[*branch].line == line; ++*branch)
		found = found || !source->branches[*branch].count;
	return found;
}

/* Set what a line shows, and mark it. `count` is NULL where no statement begins. */
static void paint_line(struct painter *painter, struct slice line, const struct line_count *count,
    bool is_partial, struct html_line *ret)
{
	size_t first = painter->mark_count;
	size_t begin = (size_t)(line.data - str_c(&painter->source->text));
	bool is_missed = mark_line(painter, line);

	*ret = (struct html_line){.class = is_partial ? "partial" : NULL};
	if (count && count->is_excluded) {
		ret->class = "excluded";
		if (line.len && first == painter->mark_count)
			add_mark(painter, (struct html_stretch){begin, begin + line.len,
					      "<span class=\"excluded\">", "</span>"});
	} else if (count) {
		ret->is_counted = true;
		ret->count = count->count;
		is_missed = !count->count;
	}
	if (!is_missed)
		return;
	ret->class = "missed";
	for (size_t i = first; i < painter->mark_count; i++)
		painter->marks[i].open = BEGIN_MISSED_LINE;
}

/* Find the marks of the text, and what its lines show. The caller frees the list of lines. */
static struct html_line *paint(struct painter *painter, size_t *ret_count)
{
	const struct reported *source = painter->source;
	struct slice rest = str_slice(&source->text), line;
	struct html_line *lines = NULL;
	size_t next = 0, branch = 0, capacity = 0;

	while (rest.len) {
		const struct line_count *count = NULL;
		int number = ++painter->at.line;

		(void)slice_next(&rest, '\n', &line);
		if ((size_t)number > capacity) {
			capacity = 2 * capacity + 256;
			lines = xreallocarray(lines, capacity, sizeof(*lines));
		}
		if (next < source->line_count && source->lines[next].line == number)
			count = &source->lines[next++];
		paint_line(
		    painter, line, count, is_partial(source, number, &branch), &lines[number - 1]);
	}
	*ret_count = (size_t)painter->at.line;
	return lines;
}

static void add_text(struct str *ret, const struct reported *source)
{
	autofree const struct counted **regions = xmalloc((source->count + 1) * sizeof(*regions));
	autofree const struct counted **open = xmalloc((source->count + 1) * sizeof(*open));
	struct painter painter = {.source = source, .regions = regions, .open = open};
	autotokens struct tokens tokens = {.items = NULL};
	struct html_source page = {.text = str_slice(&source->text), .tokens = &tokens};
	autofree struct html_line *lines = NULL;

	for (size_t i = 0; i < source->count; i++)
		regions[i] = &source->regions[i];
	array_sort(regions, source->count, sizeof(*regions), compare_outer);
	tokens_find(page.text, &tokens);
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
	if (!missing.count)
		return;
	str_addf(ret, "<details class=\"missing\"%s>\n<summary>",
	    missing.count <= OPEN_LIMIT ? " open" : "");
	str_add_count(ret, missing.count, "area was missed|areas were missed");
	str_adds(ret, "</summary>\n<ul>\n");
	for (size_t i = 0; i < missing.count; i++) {
		autofree char *fragment = xasprintf("L%d", missing.items[i].area.first.line);
		autostr struct str text = STR_INIT;

		missed_add(&missing.items[i], &text);
		str_adds(ret, "<li>");
		if (source->has_text)
			html_link(ret, SLICE_LITERAL(""), fragment, str_slice(&text));
		else
			html_text(ret, str_slice(&text));
		str_adds(ret, "</li>\n");
	}
	str_adds(ret, "</ul>\n</details>\n");
	if (source->has_text)
		str_adds(ret,
		    "<p class=\"legend\">" BEGIN_MISSED "never reached</mark> " BEGIN_IMPLICIT
		    "never passed by</mark></p>\n");
}

void source_page(const struct reported *source, struct str *ret)
{
	add_missing(ret, source);
	if (source->has_text)
		add_text(ret, source);
	else
		str_adds(ret, "<p>The source is not at its path, or another one is.</p>\n");
}
