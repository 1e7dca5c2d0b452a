#include "metrics/write_files.h"

#include "base/array.h"
#include "base/json.h"
#include "metrics/profile.h"
#include "python/regions.h"

void write_annotated(const struct report *report, struct report_files *ret)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct reported *source = report->sources[i];
		struct slice rest = str_slice(&source->text), line;
		autostr struct str text = STR_INIT;
		size_t next = 0;

		if (!source->has_text)
			continue;
		for (int number = 1; rest.len; number++) {
			const struct line_count *count = NULL;

			(void)slice_next(&rest, '\n', &line);
			if (next < source->line_count && source->lines[next].line == number)
				count = &source->lines[next++];
			if (count && count->is_excluded)
				str_addf(&text, "%9s", "x");
			else if (!count)
				str_addf(&text, "%*s", line.len ? 9 : 0, "");
			else if (count->count)
				str_addf(&text, "%9ju", (uintmax_t)count->count);
			else
				str_addf(&text, "%9s", "!");
			str_adds(&text, line.len ? "  " : "");
			str_add_slice(&text, line);
			str_addc(&text, '\n');
		}
		report_files_add(
		    ret, report_files_name(ret, slice_c(source->name), ",cover", false), &text);
	}
}

/* Add a file of a source's directory. */
static void add_file(
    struct report_files *files, struct slice directory, const char *name, struct str *text)
{
	autofree char *path = xasprintf("%s/%s", directory.data, name);

	report_files_add(files, slice_c(path), text);
}

static void add_areas(
    struct report_files *files, struct slice directory, const struct reported *source)
{
	autostr struct str areas = STR_INIT;
	autostr struct str types = STR_INIT;

	for (size_t i = 0; i < source->count; i++) {
		const struct counted *region = &source->regions[i];

		str_addf(&areas, "%ju ", (uintmax_t)region->count);
		region_add_area(&region->area, &areas);
		str_addc(&areas, '\n');
		str_addc(&types, region->type);
	}
	add_file(files, directory, "coverage-areas", &areas);
	add_file(files, directory, "area-types", &types);
}

static int compare_origins(const void *a, const void *b)
{
	const struct share *first = *(const struct share *const *)a;
	const struct share *second = *(const struct share *const *)b;
	int order = slice_compare(first->origin.identity, second->origin.identity);

	return order ? order : slice_compare(first->origin.isolation, second->origin.isolation);
}

static void add_origin(const struct share *share, size_t count, struct str *ret)
{
	uint64_t sum = 0;
	size_t reached = 0;

	for (size_t i = 0; i < share->capacity && i < count; i++) {
		reached += share->counts[i] > 0;
		sum = add_saturated(sum, share->counts[i]);
	}
	str_addf(ret, "%zu %ju ", reached, (uintmax_t)sum);
	str_add_slice(ret, share->origin.isolation);
	str_addc(ret, ' ');
	str_add_slice(ret, share->origin.identity);
	str_addc(ret, '\n');
}

static void add_constituents(
    struct report_files *files, struct slice directory, const struct reported *source)
{
	const struct map *shares = source->measured ? &source->measured->shares : NULL;
	size_t count = shares ? shares->count : 0;
	autofree const struct share **sorted = xmalloc((count + 1) * sizeof(*sorted));
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < count; i++)
		sorted[i] = shares->entries[i].value;
	array_sort(sorted, count, sizeof(*sorted), compare_origins);
	for (size_t i = 0; i < count; i++)
		add_origin(sorted[i], source->measured->count, &text);
	add_file(files, directory, "constituents", &text);
}

static void add_timings(struct report_files *files, struct slice directory,
    const struct profile *profile, struct slice path)
{
	autostr struct str text = STR_INIT;
	struct json_writer json;

	json_begin(&json, &text);
	json_array(&json);
	for (size_t i = 0; i < profile->count; i++) {
		const struct timing *timing = &profile->elements[i];

		if (slice_equal(timing->path, path))
			profile_write_element(timing, &json);
	}
	json_array_end(&json);
	str_addc(&text, '\n');
	add_file(files, directory, "profile-timings", &text);
}

void write_metrics(
    const struct report *report, const struct measures *measures, struct report_files *ret)
{
	autoprofile struct profile profile;

	profile_make(measures, &profile);
	for (size_t i = 0; i < report->count; i++) {
		const struct reported *source = report->sources[i];
		struct slice directory = report_files_name(ret, slice_c(source->name), "", false);

		add_areas(ret, directory, source);
		add_constituents(ret, directory, source);
		add_timings(ret, directory, &profile, source->path);
	}
}
