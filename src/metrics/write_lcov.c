#include "metrics/write.h"

#include <stdlib.h>

/* A section of a source: counts of its regions. */
struct section {
	const struct reported *source;
	const uint64_t *counts; /* by the index of the region */
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
	size_t hit = 0;

	for (size_t i = 0; i < source->function_count; i++) {
		str_addf(ret, "FN:%d,", source->functions[i].line);
		add_function_name(&source->functions[i], &seen, ret);
		str_addc(ret, '\n');
	}
	for (size_t i = 0; i < source->function_count; i++) {
		uint64_t count = section->counts[source->functions[i].region];

		str_addf(ret, "FNDA:%ju,", (uintmax_t)count);
		add_function_name(&source->functions[i], &seen, ret);
		str_addc(ret, '\n');
		hit += count > 0;
	}
	str_addf(ret, "FNF:%zu\nFNH:%zu\n", source->function_count, hit);
}

/* Whether a line ran. */
static bool is_line_hit(const struct section *section, int number)
{
	size_t low = 0, high = section->source->line_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (section->source->lines[middle].line < number)
			low = middle + 1;
		else
			high = middle;
	}
	return line_count_of(section, &section->source->lines[low]) > 0;
}

static void add_branches(const struct section *section, struct str *ret)
{
	const struct reported *source = section->source;
	size_t hit = 0, block = 0, number = 0;

	for (size_t i = 0; i < source->branch_count; i++) {
		const struct branch_count *branch = &source->branches[i];
		const struct branch_count *last = i ? &source->branches[i - 1] : NULL;
		uint64_t count = section->counts[branch->region];

		if (!last || last->line != branch->line)
			block = number = 0;
		else if (last->group != branch->group)
			block++, number = 0;
		str_addf(ret, "BRDA:%d,%zu,%zu,", branch->line, block, number++);
		if (is_line_hit(section, branch->line))
			str_addf(ret, "%ju\n", (uintmax_t)count);
		else
			str_adds(ret, "-\n");
		hit += count > 0;
	}
	str_addf(ret, "BRF:%zu\nBRH:%zu\n", source->branch_count, hit);
}

static void add_lines(const struct section *section, struct str *ret)
{
	const struct reported *source = section->source;
	size_t found = 0, hit = 0;

	for (size_t i = 0; i < source->line_count; i++) {
		uint64_t count = line_count_of(section, &source->lines[i]);

		if (source->lines[i].is_excluded)
			continue;
		str_addf(ret, "DA:%d,%ju\n", source->lines[i].line, (uintmax_t)count);
		found++;
		hit += count > 0;
	}
	str_addf(ret, "LF:%zu\nLH:%zu\n", found, hit);
}

/* LCOV's names of tests have letters, digits and underscores. Those that begin with a dot are none.
 */
static void add_test(struct slice identity, struct str *ret)
{
	str_adds(ret, "TN:");
	for (size_t i = 0; i < identity.len && identity.data[0] != '.'; i++) {
		unsigned char c = (unsigned char)identity.data[i];
		bool is_word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			       (c >= 'a' && c <= 'z');

		str_addc(ret, is_word ? (char)c : '_');
	}
	str_addc(ret, '\n');
}

static void add_section(
    const struct reported *source, const uint64_t *counts, struct slice identity, struct str *ret)
{
	struct section section = {source, counts};

	add_test(identity, ret);
	str_adds(ret, "SF:");
	str_add_printable(ret, source->shown);
	str_addc(ret, '\n');
	add_functions(&section, ret);
	add_branches(&section, ret);
	add_lines(&section, ret);
	str_adds(ret, "end_of_record\n");
}

static int compare_shares(const void *a, const void *b)
{
	const struct share *first = *(const struct share *const *)a;
	const struct share *second = *(const struct share *const *)b;

	return slice_compare(first->origin.identity, second->origin.identity);
}

/* Add the counts of a share to those of regions. */
static void add_share(const struct reported *source, const struct share *share, uint64_t *counts)
{
	for (size_t i = 0; i < source->count; i++) {
		size_t found = measured_find(source->measured, &source->regions[i].area);

		if (found < share->capacity)
			counts[i] = add_saturated(counts[i], share->counts[found]);
	}
}

/* Add a section for each identity that counted something of the source. */
static void add_shares(const struct reported *source, uint64_t *counts, struct str *ret)
{
	const struct map *shares = &source->measured->shares;
	autofree const struct share **sorted = xmalloc((shares->count + 1) * sizeof(*sorted));
	size_t next;

	for (size_t i = 0; i < shares->count; i++)
		sorted[i] = shares->entries[i].value;
	qsort(sorted, shares->count, sizeof(*sorted), compare_shares);
	for (size_t i = 0; i < shares->count; i = next) {
		memset(counts, 0, source->count * sizeof(*counts));
		for (next = i; next < shares->count; next++) {
			if (compare_shares(&sorted[next], &sorted[i]) != 0)
				break;
			add_share(source, sorted[next], counts);
		}
		add_section(source, counts, sorted[i]->origin.identity, ret);
	}
}

void write_lcov(const struct report *report, struct str *ret)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct reported *source = report->sources[i];
		autofree uint64_t *counts = xcalloc(source->count + 1, sizeof(*counts));

		if (source->is_other)
			continue;
		if (source->measured && source->measured->shares.count) {
			add_shares(source, counts, ret);
			continue;
		}
		for (size_t j = 0; j < source->count; j++)
			counts[j] = source->regions[j].count;
		add_section(source, counts, SLICE_LITERAL(""), ret);
	}
}
