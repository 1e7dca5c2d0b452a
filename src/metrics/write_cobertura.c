#include "metrics/write.h"

#include "base/array.h"
#include "base/markup.h"
#include "base/path.h"

/* Append ` NAME="RATE"`, rounded down: what is not complete is not 1. */
static void add_rate(struct str *ret, const char *name, uint64_t part, uint64_t whole)
{
	uint64_t rate = whole ? (uint64_t)((double)part * 10000 / (double)whole) : 10000;

	if (rate == 10000 && part < whole)
		rate = 9999;
	str_addf(
	    ret, " %s=\"%ju.%04ju\"", name, (uintmax_t)(rate / 10000), (uintmax_t)(rate % 10000));
}

static void add_rates(struct str *ret, const struct totals *totals)
{
	add_rate(ret, "line-rate", totals->covered_lines, totals->lines);
	add_rate(ret, "branch-rate", totals->covered_branches, totals->branches);
	str_adds(ret, " complexity=\"0\"");
}

/* Append the element of a line with its branches, of which those from `first` up to `end` are. */
static void add_line(struct str *ret, const struct reported *source, const struct line_count *line,
    size_t first, size_t end)
{
	size_t hit = 0, all = end - first;

	str_addf(ret, "<line number=\"%d\" hits=\"%ju\"", line->line, (uintmax_t)line->count);
	if (all) {
		for (size_t i = first; i < end; i++)
			hit += source->branches[i].count > 0;
		str_addf(ret, " branch=\"true\" condition-coverage=\"%zu%% (%zu/%zu)\"",
		    100 * hit / all, hit, all);
	}
	str_adds(ret, "/>\n");
}

static void add_class(struct str *ret, const struct reported *source)
{
	size_t branch = 0;

	str_adds(ret, "<class");
	markup_attribute(ret, "name", path_name(source->shown));
	markup_attribute(ret, "filename", source->shown);
	add_rates(ret, &source->totals);
	str_adds(ret, ">\n<methods/>\n<lines>\n");
	for (size_t i = 0; i < source->line_count; i++) {
		const struct line_count *line = &source->lines[i];
		size_t first;

		while (branch < source->branch_count && source->branches[branch].line < line->line)
			branch++;
		first = branch;
		while (branch < source->branch_count && source->branches[branch].line == line->line)
			branch++;
		if (!line->is_excluded)
			add_line(ret, source, line, first, branch);
	}
	str_adds(ret, "</lines>\n</class>\n");
}

/* Append the name of a package: the directory with dots for slashes. */
static void add_package_name(struct str *ret, struct slice directory)
{
	autostr struct str name = STR_INIT;

	str_add_slice(&name, directory);
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] == '/')
			name.data[i] = '.';
	}
	markup_attribute(ret, "name", str_slice(&name));
}

static void add_totals(struct totals *sum, const struct totals *totals)
{
	sum->lines += totals->lines;
	sum->covered_lines += totals->covered_lines;
	sum->branches += totals->branches;
	sum->covered_branches += totals->covered_branches;
}

/* Append the package of the sources with one directory. */
static void add_package(
    struct str *ret, const struct reported *const *sources, size_t count, struct slice directory)
{
	struct totals totals = {.lines = 0};

	for (size_t i = 0; i < count; i++)
		add_totals(&totals, &sources[i]->totals);
	str_adds(ret, "<package");
	add_package_name(ret, directory);
	add_rates(ret, &totals);
	str_adds(ret, ">\n<classes>\n");
	for (size_t i = 0; i < count; i++)
		add_class(ret, sources[i]);
	str_adds(ret, "</classes>\n</package>\n");
}

static int compare_paths(const void *a, const void *b)
{
	const struct reported *first = *(const struct reported *const *)a;
	const struct reported *second = *(const struct reported *const *)b;
	int order = slice_compare(path_parent(first->shown), path_parent(second->shown));

	return order ? order : slice_compare(first->shown, second->shown);
}

void write_cobertura(const struct report *report, struct slice directory, struct str *ret)
{
	autofree const struct reported **sources = xmalloc((report->count + 1) * sizeof(*sources));
	struct totals totals = {.lines = 0};
	size_t count = 0, next;

	for (size_t i = 0; i < report->count; i++) {
		if (report->sources[i]->is_other)
			continue;
		sources[count++] = report->sources[i];
		add_totals(&totals, &report->sources[i]->totals);
	}
	array_sort(sources, count, sizeof(*sources), compare_paths);
	str_adds(ret, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE coverage SYSTEM "
		      "\"http://cobertura.sourceforge.net/xml/coverage-04.dtd\">\n<coverage");
	add_rates(ret, &totals);
	str_addf(ret,
	    " lines-covered=\"%ju\" lines-valid=\"%ju\" branches-covered=\"%ju\""
	    " branches-valid=\"%ju\" version=\"kiln " KILN_VERSION "\" timestamp=\"0\">\n"
	    "<sources>\n<source>",
	    (uintmax_t)totals.covered_lines, (uintmax_t)totals.lines,
	    (uintmax_t)totals.covered_branches, (uintmax_t)totals.branches);
	markup_add(ret, directory, false);
	str_adds(ret, "</source>\n</sources>\n<packages>\n");
	for (size_t i = 0; i < count; i = next) {
		struct slice parent = path_parent(sources[i]->shown);

		for (next = i + 1; next < count; next++) {
			if (!slice_equal(path_parent(sources[next]->shown), parent))
				break;
		}
		add_package(ret, sources + i, next - i, parent);
	}
	str_adds(ret, "</packages>\n</coverage>\n");
}
