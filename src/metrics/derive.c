#include "metrics/derive.h"

#include "base/array.h"
#include "metrics/areas.h"

/* A source whose lines are known; arrays have an entry for each line, from 1. */
struct deriver {
	struct reported *source;
	const struct outline *outline;
	int lines;
	bool *excluded;
	bool *partial; /* branches of these lines are meant to go one way */
};

static size_t first_at(const struct reported *source, struct point at)
{
	size_t low = 0, high = source->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (point_compare(source->regions[middle].area.first, at) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The largest region that begins at a point, an implicit one or none; NULL if there is none that
 * CPython makes code of. */
static struct counted *region_at(const struct reported *source, struct point at, bool is_implicit)
{
	struct counted *found = NULL;

	for (size_t i = first_at(source, at); i < source->count; i++) {
		struct counted *region = &source->regions[i];

		if (point_compare(region->area.first, at) != 0)
			break;
		if ((region->type == '~') == is_implicit)
			found = region;
	}
	return found && found->type != ' ' ? found : NULL;
}

static int number_of_lines(struct slice text)
{
	int count = 1;

	for (size_t i = 0; i < text.len; i++)
		count += text.data[i] == '\n';
	return count;
}

/* Set *ret to an array of which lines a rule matches. */
static int match_lines(
    const struct rules *rules, struct slice text, int lines, bool **ret, struct error **err)
{
	*ret = xcalloc((size_t)lines + 2, sizeof(**ret));
	return rules_match(rules, text, *ret, err);
}

/* Whether one of the lines is set. `before` has how many are set before each line. */
static bool any_of(const int *before, int first, int last)
{
	return before[last + 1] > before[first];
}

/* How many lines are set before each line, and before the end. */
static int *count_before(const bool *lines, int count)
{
	int *before = xcalloc((size_t)count + 3, sizeof(*before));

	for (int line = 1; line <= count + 1; line++)
		before[line + 1] = before[line] + lines[line];
	return before;
}

/* Extend what rules matched, lines, to the statements and clauses whose heads they are in. */
static void extend(const struct deriver *deriver, const bool *matches, bool *ret, bool whole)
{
	autofree int *before = count_before(matches, deriver->lines);
	autofree int *steps = xcalloc((size_t)deriver->lines + 3, sizeof(*steps));
	int depth = 0;

	for (size_t i = 0; i < deriver->outline->count; i++) {
		const struct outline_item *item = &deriver->outline->items[i];

		if (item->kind != OUTLINE_EXTENT || !any_of(before, item->line, item->head))
			continue;
		steps[item->line]++;
		steps[(whole ? item->last : item->head) + 1]--;
	}
	for (int line = 1; line <= deriver->lines; line++) {
		depth += steps[line];
		ret[line] = depth > 0;
	}
}

static int find_excluded(struct deriver *deriver, const struct source *text,
    const struct report_options *options, struct error **err)
{
	autofree bool *excluding = NULL;
	autofree bool *partial = NULL;

	if (match_lines(
		options->excluding, str_slice(&text->text), deriver->lines, &excluding, err) < 0 ||
	    match_lines(options->partial, str_slice(&text->text), deriver->lines, &partial, err) <
		0)
		return -1;
	extend(deriver, excluding, deriver->excluded, true);
	extend(deriver, partial, deriver->partial, false);
	return 0;
}

static bool is_changed(
    const struct reported *source, const struct changes *changes, const struct counted *region)
{
	int last = region->type == '~' ? region->area.first.line : region->area.last.line;

	return changes_have(changes, source->path, region->area.first.line, last);
}

static void exclude_regions(const struct deriver *deriver, const struct changes *changes)
{
	struct reported *source = deriver->source;

	for (size_t i = 0; i < source->count; i++) {
		struct counted *region = &source->regions[i];
		int line = region->area.first.line;

		if (deriver->outline && line <= deriver->lines)
			region->is_excluded = deriver->excluded[line] ||
					      (region->type == '~' && deriver->partial[line]);
		if (changes && !is_changed(source, changes, region))
			region->is_excluded = true;
	}
	for (size_t i = 0; deriver->outline && i < deriver->outline->count; i++) {
		const struct outline_item *item = &deriver->outline->items[i];
		struct counted *region = item->kind == OUTLINE_ELLIPSIS
					     ? region_at(source, item->at, false)
					     : NULL;

		if (region)
			region->is_excluded = true;
	}
}

static int compare_lines(const void *a, const void *b)
{
	const struct line_count *first = a, *second = b;

	return (first->line > second->line) - (first->line < second->line);
}

static int compare_statements(const void *a, const void *b)
{
	const struct statement *first = a, *second = b;

	if (first->line != second->line)
		return first->line < second->line ? -1 : 1;
	return (first->region > second->region) - (first->region < second->region);
}

/* Make lines of all statements, which are sorted then. A line counts if one of its statements
 * does. */
static void make_lines(struct reported *source)
{
	struct statement *statements = source->statements;
	size_t count = 0;

	array_sort(statements, source->statement_count, sizeof(*statements), compare_statements);
	source->lines = xmalloc(source->statement_count * sizeof(*source->lines) + 1);
	for (size_t i = 0; i < source->statement_count; i++) {
		const struct counted *region = &source->regions[statements[i].region];
		struct line_count *last = source->line_count
					      ? &source->lines[source->line_count - 1]
					      : NULL;

		if (!last || last->line != statements[i].line) {
			last = &source->lines[source->line_count++];
			*last = (struct line_count){statements[i].line, true, 0, count, count};
		}
		if (region->is_excluded)
			continue;
		statements[count++] = statements[i];
		last->is_excluded = false;
		last->end = count;
		if (region->count > last->count)
			last->count = region->count;
	}
	source->statement_count = count;
}

static void add_statement(struct reported *source, int line, const struct counted *region)
{
	source->statements[source->statement_count++] = (struct statement){
	    line, (size_t)(region - source->regions)};
}

/* Where the source is not there, a line is where a region begins. */
static void find_region_lines(struct reported *source)
{
	source->statements = xmalloc(source->count * sizeof(*source->statements) + 1);
	for (size_t i = 0; i < source->count; i++) {
		const struct counted *region = &source->regions[i];

		if (region->type != ' ' && region->type != '~')
			add_statement(source, region->area.first.line, region);
	}
	make_lines(source);
}

static void find_lines(const struct deriver *deriver)
{
	struct reported *source = deriver->source;
	const struct outline *outline = deriver->outline;

	source->statements = xmalloc(outline->count * sizeof(*source->statements) + 1);
	for (size_t i = 0; i < outline->count; i++) {
		const struct outline_item *item = &outline->items[i];
		const struct counted *region = item->kind == OUTLINE_LINE
						   ? region_at(source, item->at, false)
						   : NULL;

		if (region)
			add_statement(source, item->line, region);
	}
	make_lines(source);
}

static const struct line_count *find_line(const struct reported *source, int line)
{
	struct line_count wanted = {.line = line};
	const struct line_count *found = array_find(
	    &wanted, source->lines, source->line_count, sizeof(wanted), compare_lines);

	return found && !found->is_excluded ? found : NULL;
}

static int compare_branches(const void *a, const void *b)
{
	const struct branch_count *first = a, *second = b;

	if (first->line != second->line)
		return first->line < second->line ? -1 : 1;
	if (first->group != second->group)
		return first->group < second->group ? -1 : 1;
	return (first->to > second->to) - (first->to < second->to);
}

/* Drop branches that have one alternative. */
static void drop_single(struct reported *source)
{
	struct branch_count *branches = source->branches;
	size_t count = 0, next;

	for (size_t i = 0; i < source->branch_count; i = next) {
		for (next = i + 1; next < source->branch_count; next++) {
			if (branches[next].group != branches[i].group)
				break;
		}
		if (next - i > 1) {
			memmove(branches + count, branches + i, (next - i) * sizeof(*branches));
			count += next - i;
		}
	}
	source->branch_count = count;
}

static void find_branches(const struct deriver *deriver)
{
	struct reported *source = deriver->source;
	const struct outline *outline = deriver->outline;

	source->branches = xmalloc(outline->count * sizeof(*source->branches) + 1);
	for (size_t i = 0; i < outline->count; i++) {
		const struct outline_item *item = &outline->items[i];
		bool is_implicit = item->kind == OUTLINE_IMPLICIT;
		const struct line_count *line;
		const struct counted *region;

		if ((item->kind != OUTLINE_ALTERNATIVE && !is_implicit) ||
		    deriver->partial[item->line])
			continue;
		line = find_line(source, item->line);
		region = region_at(source, item->at, is_implicit);
		if (line && region && !region->is_excluded)
			source->branches[source->branch_count++] = (struct branch_count){item->line,
			    item->group, is_implicit ? 0 : region->area.first.line, region->count,
			    (size_t)(region - source->regions), line->count > 0};
	}
	array_sort(
	    source->branches, source->branch_count, sizeof(*source->branches), compare_branches);
	drop_single(source);
}

static int compare_functions(const void *a, const void *b)
{
	const struct function_count *first = a, *second = b;

	if (first->line != second->line)
		return first->line < second->line ? -1 : 1;
	return strcmp(first->name, second->name);
}

static void find_functions(const struct deriver *deriver, struct arena *arena)
{
	struct reported *source = deriver->source;
	const struct outline *outline = deriver->outline;

	source->functions = xmalloc(outline->count * sizeof(*source->functions) + 1);
	for (size_t i = 0; i < outline->count; i++) {
		const struct outline_item *item = &outline->items[i];
		const struct counted *region = item->kind == OUTLINE_FUNCTION
						   ? region_at(source, item->at, false)
						   : NULL;

		if (region && !region->is_excluded && find_line(source, item->line))
			source->functions[source->function_count++] = (struct function_count){
			    arena_strdup(arena, item->name), item->line, region->count,
			    (size_t)(region - source->regions)};
	}
	array_sort(source->functions, source->function_count, sizeof(*source->functions),
	    compare_functions);
}

static void count_totals(struct reported *source)
{
	struct totals *totals = &source->totals;
	int partial = 0; /* the last line that was counted as partial */

	for (size_t i = 0; i < source->count; i++) {
		totals->regions += counted_is_total(&source->regions[i]);
		totals->covered += counted_is_total(&source->regions[i]) &&
				   source->regions[i].count;
	}
	for (size_t i = 0; i < source->line_count; i++) {
		totals->lines += !source->lines[i].is_excluded;
		totals->covered_lines += !source->lines[i].is_excluded && source->lines[i].count;
		totals->excluded_lines += source->lines[i].is_excluded;
	}
	for (size_t i = 0; i < source->branch_count; i++) {
		const struct branch_count *branch = &source->branches[i];

		totals->branches++;
		totals->covered_branches += branch->count > 0;
		if (branch->is_reached && !branch->count && branch->line != partial) {
			totals->partial++;
			partial = branch->line;
		}
	}
}

int derive(struct reported *source, const struct source *text, const struct report_options *options,
    struct arena *arena, struct error **err)
{
	int lines = text ? number_of_lines(str_slice(&text->text)) : 0;
	autofree bool *excluded = xcalloc((size_t)lines + 2, sizeof(*excluded));
	autofree bool *partial = xcalloc((size_t)lines + 2, sizeof(*partial));
	struct deriver deriver = {source, text ? &text->outline : NULL, lines, excluded, partial};

	if (text && find_excluded(&deriver, text, options, err) < 0)
		return -1;
	exclude_regions(&deriver, options->changes);
	if (text) {
		find_lines(&deriver);
		find_branches(&deriver);
		find_functions(&deriver, arena);
	} else {
		find_region_lines(source);
	}
	count_totals(source);
	return 0;
}
