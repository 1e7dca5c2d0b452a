#include "metrics/report.h"

#include <stdlib.h>

#include "base/array.h"
#include "metrics/areas.h"
#include "metrics/derive.h"

/* A report that is made. */
struct maker {
	const struct measures *measures;
	const struct report_options *options;
	struct report *report;
	size_t capacity;
};

static struct reported *add_source(struct maker *maker, struct slice path, struct slice hash)
{
	struct report *report = maker->report;
	struct reported *source = arena_zalloc(&report->arena, 1, sizeof(*source));

	if (report->count == maker->capacity) {
		maker->capacity = maker->capacity ? 2 * maker->capacity : 64;
		report->sources = xreallocarray(
		    report->sources, maker->capacity, sizeof(*report->sources));
	}
	report->sources[report->count++] = source;
	source->path = path;
	source->hash = hash;
	source->shown = paths_shown(maker->options->paths, path);
	return source;
}

static int compare_counted(const void *a, const void *b)
{
	const struct counted *first = a, *second = b;

	return area_compare(&first->area, &second->area);
}

static void set_regions(
    struct reported *source, const struct area *areas, const char *types, size_t count)
{
	source->regions = xcalloc(count + 1, sizeof(*source->regions));
	source->count = count;
	for (size_t i = 0; i < count; i++) {
		source->regions[i].area = areas[i];
		source->regions[i].type = types ? types[i] : '+';
	}
	array_sort(source->regions, count, sizeof(*source->regions), compare_counted);
}

/* Add what a capture counted of a source. */
static void add_counts(struct reported *source, const struct measured *measured)
{
	for (size_t i = 0; i < source->count; i++) {
		struct counted *region = &source->regions[i];
		size_t found = measured_find(measured, &region->area);

		if (found < measured->count_capacity)
			region->count = add_saturated(region->count, measured->counts[found]);
	}
	source->measured = measured;
}

static struct counted *find_area(const struct reported *source, const struct area *area)
{
	struct counted wanted = {.area = *area};

	return array_find(&wanted, source->regions, source->count, sizeof(wanted), compare_counted);
}

/* Give regions the types that the source says. */
static void take_types(struct reported *source, const struct source *text)
{
	for (size_t i = 0; i < text->count; i++) {
		struct counted *region = find_area(source, &text->areas[i]);

		if (region)
			region->type = text->types[i];
	}
}

/* Complete a source whose regions and counts are known. */
static int finish_source(
    struct maker *maker, struct reported *source, bool has_types, struct error **err)
{
	autosource struct source text = {.text = STR_INIT};
	struct error *problem;
	int found = source_read(source->path, source->hash, !has_types, &text, &problem, err);

	if (found < 0)
		return -1;
	if (problem)
		notes_add(
		    problem->number ? &maker->report->errors : &maker->report->warnings, problem);
	else
		maker->report->missing_count += !found;
	if (found && !has_types)
		take_types(source, &text);
	if (derive(source, found ? &text : NULL, maker->options, &maker->report->arena, err) < 0)
		return -1;
	source->has_text = found;
	if (found) {
		source->text = text.text;
		text.text = STR_INIT;
	}
	return 0;
}

static const struct measured *find_measured(
    const struct measures *measures, struct slice path, struct slice hash)
{
	autostr struct str key = STR_INIT;

	measures_key(path, hash, &key);
	return map_get(&measures->sources, str_slice(&key));
}

static void warn(struct maker *maker, struct slice path, const char *text)
{
	autofree char *name = xmemdup0(path.data, path.len);
	struct error *note = NULL;

	(void)fail_input(&note, 0, name, "%s", text);
	notes_add(&maker->report->warnings, note);
}

/* Report a source of the image. */
static int report_described(
    struct maker *maker, const struct described_source *described, struct error **err)
{
	const struct measured *measured = find_measured(
	    maker->measures, described->path, described->hash);
	const struct measured *unknown = find_measured(
	    maker->measures, described->path, SLICE_LITERAL(""));
	struct reported *source = add_source(maker, described->path, described->hash);

	source->name = described->factor.len ? described->factor.data : source->shown.data;
	set_regions(source, described->areas, described->types, described->count);
	if (measured)
		add_counts(source, measured);
	if (unknown && unknown != measured)
		add_counts(source, unknown);
	if (measured)
		source->measured = measured;
	return finish_source(maker, source, true, err);
}

/* Report a source of which only captures are known. */
static int report_measured(
    struct maker *maker, const struct measured *measured, const char *name, struct error **err)
{
	struct reported *source = add_source(maker, measured->path, measured->hash);

	source->name = name ? name : source->shown.data;
	set_regions(source, measured->areas, NULL, measured->count);
	add_counts(source, measured);
	return finish_source(maker, source, false, err);
}

/* Captures and image share no source: mostly they have different paths for the same ones. */
static void warn_strangers(struct maker *maker, struct slice captured, struct slice described)
{
	struct error *note = NULL;

	(void)fail(&note, ERROR_INPUT,
	    "the image has no source of the captures: they have '%.*s', it has '%.*s' (see --map)",
	    (int)captured.len, captured.data, (int)described.len, described.data);
	notes_add(&maker->report->warnings, note);
}

/* Report the sources of the image, and other texts of them. */
static int report_image(struct maker *maker, struct error **err)
{
	const struct description_tree *image = maker->options->image;
	automap struct map known = {NULL};
	const struct measured *stranger = NULL; /* a source that only the captures have */
	bool is_shared = false;

	for (size_t i = 0; i < image->count; i++) {
		const struct described_source *described = &image->sources[i];

		if (!paths_select(maker->options->paths, described->path))
			continue;
		*map_at(&known, described->path) = (void *)(uintptr_t)described;
		if (report_described(maker, described, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < maker->measures->sources.count; i++) {
		const struct measured *measured = maker->measures->sources.entries[i].value;
		const struct described_source *described = map_get(&known, measured->path);

		if (described)
			is_shared = true;
		else if (paths_select(maker->options->paths, measured->path))
			stranger = measured;
		if (!described || !measured->count || !measured->hash.len || !described->hash.len ||
		    slice_equal(measured->hash, described->hash))
			continue;
		warn(maker, measured->path,
		    "the captures have counts of another text than the image: both are reported");
		if (report_measured(maker, measured, described->factor.data, err) < 0)
			return -1;
		maker->report->sources[maker->report->count - 1]->is_other = true;
	}
	if (stranger && known.count && !is_shared)
		warn_strangers(maker, stranger->path, known.entries[0].key);
	return 0;
}

/* Whether a text of a source is reported. It is afterwards. */
static bool is_known(struct map *known, struct arena *arena, struct slice path, struct slice hash)
{
	autostr struct str key = STR_INIT;
	void **place;

	measures_key(path, hash, &key);
	place = map_at(known, arena_slice(arena, str_slice(&key)));
	if (*place)
		return true;
	*place = known;
	return false;
}

/* Report what the captures describe and have. */
static int report_captured(struct maker *maker, struct error **err)
{
	const struct description_tree *described = maker->options->described;
	struct arena *arena = &maker->report->arena;
	automap struct map known = {NULL};

	for (size_t i = 0; i < described->count; i++) {
		const struct described_source *source = &described->sources[i];

		if (!paths_select(maker->options->paths, source->path) ||
		    is_known(&known, arena, source->path, source->hash))
			continue;
		/* Counts without a hash are added to it. */
		(void)is_known(&known, arena, source->path, SLICE_LITERAL(""));
		if (report_described(maker, source, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < maker->measures->sources.count; i++) {
		const struct measured *measured = maker->measures->sources.entries[i].value;

		/* Without regions it was only timed. */
		if ((measured->count || maker->options->has_timed) &&
		    paths_select(maker->options->paths, measured->path) &&
		    !is_known(&known, arena, measured->path, measured->hash) &&
		    report_measured(maker, measured, NULL, err) < 0)
			return -1;
	}
	return 0;
}

static int compare_sources(const void *a, const void *b)
{
	const struct reported *first = *(struct reported *const *)a;
	const struct reported *second = *(struct reported *const *)b;
	int order = strcmp(first->name, second->name);

	if (order == 0)
		order = slice_compare(first->path, second->path);
	return order ? order : slice_compare(first->hash, second->hash);
}

/* Of several texts of a path, the one to show is the first that is there, else the first. */
static void mark_others(struct maker *maker)
{
	struct report *report = maker->report;
	size_t next;

	for (size_t i = 0; i < report->count; i = next) {
		size_t shown = i;

		for (next = i + 1; next < report->count; next++) {
			if (!slice_equal(report->sources[next]->path, report->sources[i]->path))
				break;
			if (!report->sources[shown]->has_text && report->sources[next]->has_text)
				shown = next;
		}
		if (next - i == 1 || maker->options->image)
			continue;
		warn(maker, report->sources[i]->path,
		    "the captures have counts of different texts: all are reported");
		for (size_t j = i; j < next; j++)
			report->sources[j]->is_other = j != shown;
	}
}

static void add_totals(struct totals *sum, const struct totals *totals)
{
	sum->regions += totals->regions;
	sum->covered += totals->covered;
	sum->lines += totals->lines;
	sum->covered_lines += totals->covered_lines;
	sum->branches += totals->branches;
	sum->covered_branches += totals->covered_branches;
	sum->partial += totals->partial;
	sum->excluded_lines += totals->excluded_lines;
}

int report_make(const struct measures *measures, const struct report_options *options,
    struct report *ret, struct error **err)
{
	struct maker maker = {.measures = measures, .options = options, .report = ret};

	if ((options->image ? report_image : report_captured)(&maker, err) < 0)
		return -1;
	array_sort(ret->sources, ret->count, sizeof(struct reported *), compare_sources);
	mark_others(&maker);
	for (size_t i = 0; i < ret->count; i++)
		add_totals(&ret->totals, &ret->sources[i]->totals);
	return 0;
}

void reported_add_name(const struct reported *source, struct str *ret)
{
	str_add_printable(ret, slice_c(source->name));
	if (source->is_other)
		str_addf(ret, " (%.*s)", (int)(source->hash.len < 12 ? source->hash.len : 12),
		    source->hash.data);
}

int reported_line_of(const struct reported *source, struct slice element)
{
	size_t longest = 0;
	int line = 0;

	for (size_t i = 0; i < source->function_count; i++) {
		struct slice name = slice_c(source->functions[i].name);

		if (name.len > longest && name.len < element.len && slice_ends(element, name) &&
		    element.data[element.len - name.len - 1] == '.') {
			longest = name.len;
			line = source->functions[i].line;
		}
	}
	return line;
}

void report_release(struct report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		struct reported *source = report->sources[i];

		str_release(&source->text);
		free(source->regions);
		free(source->lines);
		free(source->statements);
		free(source->branches);
		free(source->functions);
	}
	free(report->sources);
	notes_release(&report->warnings);
	notes_release(&report->errors);
	arena_release(&report->arena);
}
