#include "metrics/write.h"

#include "metrics/missed.h"
#include "metrics/percent.h"

/* Append the areas that were missed, in order, with ", " between them. */
static void add_missing(const struct reported *source, struct str *ret)
{
	automissing struct missing missing;

	missing_find(source, &missing);
	for (size_t i = 0; i < missing.count; i++) {
		if (i)
			str_adds(ret, ", ");
		missed_add(&missing.items[i], ret);
	}
}

/* How many characters a text has; what is no UTF-8 counts as one each. */
static size_t width_of(struct slice text)
{
	size_t width = 0;

	while (text.len) {
		size_t len = slice_character(text);

		len = len ? len : 1;
		text = slice_from(text, len);
		width++;
	}
	return width;
}

static void add_row(struct str *ret, struct slice name, size_t width, const struct totals *totals,
    unsigned decimals, struct slice missing)
{
	autostr struct str percent = STR_INIT;

	percent_add(totals->covered, totals->regions, decimals, &percent);
	str_adds(&percent, "%");
	str_add_slice(ret, name);
	str_addf(ret, "%*s  %8ju  %7ju  %*s", (int)(width - width_of(name)), "",
	    (uintmax_t)totals->regions, (uintmax_t)(totals->regions - totals->covered),
	    (int)(decimals ? 5 + decimals : 4), str_c(&percent));
	if (missing.len) {
		str_adds(ret, "  ");
		str_add_slice(ret, missing);
	}
	str_addc(ret, '\n');
}

void write_text(const struct report *report, unsigned decimals, struct str *ret)
{
	autofree struct str *names = xcalloc(report->count + 1, sizeof(*names));
	size_t width = strlen("Source");

	for (size_t i = 0; i < report->count; i++) {
		reported_add_name(report->sources[i], &names[i]);
		if (width_of(str_slice(&names[i])) > width)
			width = width_of(str_slice(&names[i]));
	}
	str_addf(ret, "%-*s  %8s  %7s  %*s  Missing\n", (int)width, "Source", "Regions", "Missed",
	    (int)(decimals ? 5 + decimals : 4), "%");
	for (size_t i = 0; i < report->count; i++) {
		autostr struct str missing = STR_INIT;

		add_missing(report->sources[i], &missing);
		add_row(ret, str_slice(&names[i]), width, &report->sources[i]->totals, decimals,
		    str_slice(&missing));
		str_release(&names[i]);
	}
	add_row(ret, SLICE_LITERAL("Total"), width, &report->totals, decimals, SLICE_LITERAL(""));
}

/* Append a name as a cell of a table of Markdown, where `__init__.py` would be partly bold. */
static void add_cell(struct slice name, struct str *ret)
{
	autostr struct str text = STR_INIT;

	str_add_printable(&text, name);
	for (size_t i = 0; i < text.len; i++) {
		if (strchr("\\`*_|<>[]~&", text.data[i]))
			str_addc(ret, '\\');
		str_addc(ret, text.data[i]);
	}
}

static void add_summary(const struct totals *totals, unsigned decimals, struct str *ret)
{
	const struct {
		uint64_t covered, all;
	} columns[] = {{totals->covered, totals->regions}, {totals->covered_lines, totals->lines},
	    {totals->covered_branches, totals->branches}};

	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		str_adds(ret, " | ");
		percent_add(columns[i].covered, columns[i].all, decimals, ret);
		str_addf(
		    ret, "%% (%ju/%ju)", (uintmax_t)columns[i].covered, (uintmax_t)columns[i].all);
	}
	str_adds(ret, " |\n");
}

void write_summary(const struct report *report, unsigned decimals, struct str *ret)
{
	str_adds(ret, "| Source | Regions | Lines | Branches |\n| --- | ---: | ---: | ---: |\n");
	for (size_t i = 0; i < report->count; i++) {
		autostr struct str name = STR_INIT;

		reported_add_name(report->sources[i], &name);
		str_adds(ret, "| ");
		add_cell(str_slice(&name), ret);
		add_summary(&report->sources[i]->totals, decimals, ret);
	}
	str_adds(ret, "| **Total**");
	add_summary(&report->totals, decimals, ret);
}
