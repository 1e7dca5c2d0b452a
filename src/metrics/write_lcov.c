#include "metrics/write.h"

#include "base/array.h"

/* A section of a source: counts of its regions. */
struct section {
	const struct reported *source;
	const uint64_t *counts; /* by the index of the region */
	bool is_whole;		/* what was not reached is there, too */
};

static uint64_t line_count_of(const struct section *section, const struct line_count *line)
{
	uint64_t most = 0;

	for (size_t i = line->first; i < line->end; i++) {
		uint64_t count = section->counts[section->source->statements[i].region];

		if (count > most)
			most = count;
	}
	return most;
}

/* How often a line ran. */
static uint64_t hits_of(const struct section *section, int number)
{
	size_t low = 0, high = section->source->line_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (section->source->lines[middle].line < number)
			low = middle + 1;
		else
			high = middle;
	}
	return line_count_of(section, &section->source->lines[low]);
}

/* Whether the section has a line. */
static bool is_listed(const struct section *section, int number)
{
	return section->is_whole || hits_of(section, number);
}

/* Names of functions must differ: where one is there before, the line is added. */
static void add_function_name(
    const struct function_count *function, struct map *seen, struct str *ret)
{
	struct slice name = slice_c(function->name);
	void **place = map_at(seen, name);

	str_add_slice(ret, name);
	if (*place && *place != function)
		str_addf(ret, "@%d", function->line);
	else
		*place = (void *)(uintptr_t)function;
}

static void add_functions(const struct section *section, struct str *ret)
{
	const struct reported *source = section->source;
	automap struct map seen = {NULL};
	autostr struct str counts = STR_INIT;
	size_t found = 0, hit = 0;

	for (size_t i = 0; i < source->function_count; i++) {
		const struct function_count *function = &source->functions[i];
		uint64_t count = section->counts[function->region];
		autostr struct str name = STR_INIT;

		add_function_name(function, &seen, &name);
		if (!is_listed(section, function->line))
			continue;
		str_addf(ret, "FN:%d,%s\n", function->line, str_c(&name));
		str_addf(&counts, "FNDA:%ju,%s\n", (uintmax_t)count, str_c(&name));
		found++;
		hit += count > 0;
	}
	str_add_slice(ret, str_slice(&counts));
	str_addf(ret, "FNF:%zu\nFNH:%zu\n", found, hit);
}

static void add_taken(bool is_line_hit, uint64_t count, struct str *ret)
{
	if (is_line_hit)
		str_addf(ret, "%ju\n", (uintmax_t)count);
	else
		str_adds(ret, "-\n");
}

/* Whether none of the alternatives of a line was ever taken, though it ran: each time an exception,
 * or the end of a generator, left it. `end` is behind its last one. */
static bool is_left(const struct reported *source, size_t end)
{
	const struct branch_count *branches = source->branches;
	size_t at = end;

	while (at && branches[at - 1].line == branches[end - 1].line && !branches[at - 1].count)
		at--;
	return branches[end - 1].is_reached &&
	       (!at || branches[at - 1].line != branches[end - 1].line);
}

static void add_branches(const struct section *section, struct str *ret)
{
	const struct reported *source = section->source;
	size_t found = 0, hit = 0, block = 0, number = 0;

	for (size_t i = 0; i < source->branch_count; i++) {
		const struct branch_count *branch = &source->branches[i];
		const struct branch_count *last = i ? &source->branches[i - 1] : NULL;
		uint64_t hits = hits_of(section, branch->line);
		uint64_t count = section->counts[branch->region];

		if (!last || last->line != branch->line)
			block = number = 0;
		else if (last->group != branch->group)
			block++, number = 0;
		if (!is_listed(section, branch->line))
			continue;
		str_addf(ret, "BRDA:%d,%zu,%zu,", branch->line, block, number++);
		add_taken(hits > 0, count, ret);
		found++;
		hit += count > 0;
		if (i + 1 < source->branch_count && branch[1].line == branch->line)
			continue;
		/* LCOV refuses a line that ran without a way out; `e` is an exception's. */
		if (is_left(source, i + 1)) {
			str_addf(ret, "BRDA:%d,e%zu,%zu,", branch->line, block, number);
			add_taken(hits > 0, hits, ret);
		}
	}
	str_addf(ret, "BRF:%zu\nBRH:%zu\n", found, hit);
}

static void add_lines(const struct section *section, struct str *ret)
{
	const struct reported *source = section->source;
	size_t found = 0, hit = 0;

	for (size_t i = 0; i < source->line_count; i++) {
		uint64_t count = line_count_of(section, &source->lines[i]);

		if (source->lines[i].is_excluded || (!section->is_whole && !count))
			continue;
		str_addf(ret, "DA:%d,%ju\n", source->lines[i].line, (uintmax_t)count);
		found++;
		hit += count > 0;
	}
	str_addf(ret, "LF:%zu\nLH:%zu\n", found, hit);
}

/* LCOV's names of tests have letters, digits and underscores. */
static void add_test(struct slice identity, struct str *ret)
{
	str_adds(ret, "TN:");
	for (size_t i = 0; i < identity.len; i++) {
		unsigned char c = (unsigned char)identity.data[i];
		bool is_word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			       (c >= 'a' && c <= 'z');

		str_addc(ret, is_word ? (char)c : '_');
	}
	str_addc(ret, '\n');
}

static void add_section(const struct section *section, struct slice identity, struct str *ret)
{
	add_test(identity, ret);
	str_adds(ret, "SF:");
	str_add_printable(ret, section->source->shown);
	str_addc(ret, '\n');
	add_functions(section, ret);
	add_branches(section, ret);
	add_lines(section, ret);
	str_adds(ret, "end_of_record\n");
}

static int compare_shares(const void *a, const void *b)
{
	const struct share *first = *(const struct share *const *)a;
	const struct share *second = *(const struct share *const *)b;

	return slice_compare(first->origin.identity, second->origin.identity);
}

/* What the sections of a source share. */
struct sections {
	const struct reported *source;
	size_t *areas; /* the number of each region in the lists of captures, or SIZE_MAX */
	uint64_t *counts;
};

static void add_share(const struct sections *sections, const struct share *share)
{
	for (size_t i = 0; i < sections->source->count; i++) {
		if (sections->areas[i] < share->capacity)
			sections->counts[i] = add_saturated(
			    sections->counts[i], share->counts[sections->areas[i]]);
	}
}

/* Sort the shares of a source by their identities. */
static const struct share **sort_shares(const struct map *shares)
{
	const struct share **sorted = xmalloc((shares->count + 1) * sizeof(*sorted));

	for (size_t i = 0; i < shares->count; i++)
		sorted[i] = shares->entries[i].value;
	array_sort(sorted, shares->count, sizeof(*sorted), compare_shares);
	return sorted;
}

static bool is_test(const struct share *share)
{
	return share->origin.identity.len && share->origin.identity.data[0] != '.';
}

/* Append a section for what belongs to no test, which has all lines, and one with the lines that
 * were reached for each test. */
static void add_sections(const struct sections *sections, const struct map *shares, struct str *ret)
{
	autofree const struct share **sorted = sort_shares(shares);
	struct section section = {sections->source, sections->counts, true};
	size_t next;

	for (size_t i = 0; i < shares->count; i++) {
		if (!is_test(sorted[i]))
			add_share(sections, sorted[i]);
	}
	add_section(&section, SLICE_LITERAL(""), ret);
	section.is_whole = false;
	for (size_t i = 0; i < shares->count; i = next) {
		memset(sections->counts, 0, sections->source->count * sizeof(*sections->counts));
		for (next = i; next < shares->count; next++) {
			if (compare_shares(&sorted[next], &sorted[i]) != 0)
				break;
			add_share(sections, sorted[next]);
		}
		if (is_test(sorted[i]))
			add_section(&section, sorted[i]->origin.identity, ret);
	}
}

static void add_source(const struct reported *source, struct str *ret)
{
	autofree uint64_t *counts = xcalloc(source->count + 1, sizeof(*counts));
	autofree size_t *areas = xcalloc(source->count + 1, sizeof(*areas));
	struct sections sections = {source, areas, counts};
	struct section section = {source, counts, true};

	for (size_t i = 0; i < source->count; i++) {
		counts[i] = source->regions[i].count;
		if (source->measured)
			areas[i] = measured_find(source->measured, &source->regions[i].area);
	}
	if (!source->measured || !source->measured->shares.count) {
		add_section(&section, SLICE_LITERAL(""), ret);
		return;
	}
	memset(counts, 0, source->count * sizeof(*counts));
	add_sections(&sections, &source->measured->shares, ret);
}

void write_lcov(const struct report *report, struct str *ret)
{
	for (size_t i = 0; i < report->count; i++) {
		if (!report->sources[i]->is_other)
			add_source(report->sources[i], ret);
	}
}
