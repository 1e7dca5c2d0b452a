#include "metrics/write.h"

#include "base/json.h"
#include "metrics/percent.h"

static void add_percent(
    struct json_writer *json, const char *key, uint64_t part, uint64_t whole, unsigned decimals)
{
	autostr struct str text = STR_INIT;

	percent_add(part, whole, decimals, &text);
	json_key(json, key);
	json_string(json, str_slice(&text));
}

static void add_count(struct json_writer *json, const char *key, uint64_t count)
{
	/* JSON's readers have doubles. */
	json_member_integer(json, key, count < INT64_MAX ? (int64_t)count : INT64_MAX);
}

/* coverage.py's percentage is that of lines and branches together. */
static void add_totals(
    struct json_writer *json, const char *key, const struct totals *totals, unsigned decimals)
{
	uint64_t covered = totals->covered_lines + totals->covered_branches;
	uint64_t all = totals->lines + totals->branches;

	json_key(json, key);
	json_object(json);
	add_count(json, "covered_lines", totals->covered_lines);
	add_count(json, "num_statements", totals->lines);
	json_key(json, "percent_covered");
	json_number(json, all ? 100.0 * (double)covered / (double)all : 100.0);
	add_percent(json, "percent_covered_display", covered, all, decimals);
	add_count(json, "missing_lines", totals->lines - totals->covered_lines);
	add_count(json, "excluded_lines", totals->excluded_lines);
	add_count(json, "num_branches", totals->branches);
	add_count(json, "num_partial_branches", totals->partial);
	add_count(json, "covered_branches", totals->covered_branches);
	add_count(json, "missing_branches", totals->branches - totals->covered_branches);
	add_count(json, "regions", totals->regions);
	add_count(json, "covered_regions", totals->covered);
	add_percent(json, "percent_regions_display", totals->covered, totals->regions, decimals);
	json_object_end(json);
}

enum line_state { LINE_EXECUTED, LINE_MISSING, LINE_EXCLUDED };

static void add_lines(struct json_writer *json, const char *key, const struct reported *source,
    enum line_state wanted)
{
	json_key(json, key);
	json_array(json);
	for (size_t i = 0; i < source->line_count; i++) {
		const struct line_count *line = &source->lines[i];
		enum line_state state = line->is_excluded ? LINE_EXCLUDED
					: line->count	  ? LINE_EXECUTED
							  : LINE_MISSING;

		if (state == wanted)
			json_integer(json, line->line);
	}
	json_array_end(json);
}

static void add_branches(
    struct json_writer *json, const char *key, const struct reported *source, bool executed)
{
	json_key(json, key);
	json_array(json);
	for (size_t i = 0; i < source->branch_count; i++) {
		if ((source->branches[i].count > 0) != executed)
			continue;
		json_array(json);
		json_integer(json, source->branches[i].line);
		json_integer(json, source->branches[i].to);
		json_array_end(json);
	}
	json_array_end(json);
}

static void add_regions(struct json_writer *json, const struct reported *source)
{
	json_key(json, "regions");
	json_array(json);
	for (size_t i = 0; i < source->count; i++) {
		const struct counted *region = &source->regions[i];

		json_array(json);
		json_array(json);
		json_integer(json, region->area.first.line);
		json_integer(json, region->area.first.column);
		json_integer(json, region->area.last.line);
		json_integer(json, region->area.last.column);
		json_array_end(json);
		json_string(json, slice_of(&region->type, 1));
		json_integer(json, region->count < INT64_MAX ? (int64_t)region->count : INT64_MAX);
		json_bool(json, region->is_excluded);
		json_array_end(json);
	}
	json_array_end(json);
}

static void add_source(struct json_writer *json, const struct reported *source, unsigned decimals)
{
	json_object(json);
	json_member(json, "name", source->name);
	json_member_slice(json, "hash", source->hash);
	add_lines(json, "executed_lines", source, LINE_EXECUTED);
	add_totals(json, "summary", &source->totals, decimals);
	add_lines(json, "missing_lines", source, LINE_MISSING);
	add_lines(json, "excluded_lines", source, LINE_EXCLUDED);
	add_branches(json, "executed_branches", source, true);
	add_branches(json, "missing_branches", source, false);
	add_regions(json, source);
	json_object_end(json);
}

void write_json(const struct report *report, unsigned decimals, struct str *ret)
{
	struct json_writer json;

	json_begin(&json, ret);
	json_object(&json);
	json_key(&json, "meta");
	json_object(&json);
	json_member_integer(&json, "format", 2);
	json_member(&json, "version", "kiln " KILN_VERSION);
	json_key(&json, "branch_coverage");
	json_bool(&json, true);
	json_key(&json, "show_contexts");
	json_bool(&json, false);
	json_object_end(&json);
	json_key(&json, "files");
	json_object(&json);
	for (size_t i = 0; i < report->count; i++) {
		const struct reported *source = report->sources[i];
		autostr struct str key = STR_INIT;

		str_add_slice(&key, source->shown);
		if (source->is_other)
			str_addf(&key, "@%s", source->hash.data);
		json_key_slice(&json, str_slice(&key));
		add_source(&json, source, decimals);
	}
	json_object_end(&json);
	add_totals(&json, "totals", &report->totals, decimals);
	json_object_end(&json);
	str_addc(ret, '\n');
}
