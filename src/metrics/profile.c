#include "metrics/profile.h"

#include <stdlib.h>

#include "base/array.h"

uint64_t timing_own(const struct timing *timing)
{
	return timing->elapsed > timing->residency ? timing->elapsed - timing->residency : 0;
}

static int compare_elements(const void *a, const void *b)
{
	const struct timing *first = a, *second = b;
	uint64_t one = timing_own(first), other = timing_own(second);
	int order;

	if (one != other)
		return one < other ? 1 : -1;
	order = slice_compare(first->element, second->element);
	return order ? order : slice_compare(first->path, second->path);
}

/* Whether the source of a timing is reported. */
static bool is_selected(const struct measures *measures, const struct timing *timing)
{
	return timing->calls && (!timing->path.len || paths_select(measures->paths, timing->path));
}

void profile_make(const struct measures *measures, struct profile *ret)
{
	automap struct map found = {NULL};
	autoarena struct arena arena = {NULL};
	size_t most = measures->timings.count;

	*ret = (struct profile){xmalloc((most + 1) * sizeof(*ret->elements)), 0};
	for (size_t i = 0; i < most; i++) {
		const struct timing *timing = measures->timings.entries[i].value;
		autostr struct str key = STR_INIT;
		struct timing **place;

		if (!is_selected(measures, timing))
			continue;
		str_add_part(&key, timing->path);
		str_add_part(&key, timing->element);
		place = (struct timing **)map_at(&found, arena_slice(&arena, str_slice(&key)));
		if (*place) {
			timing_add(*place, timing);
			continue;
		}
		*place = &ret->elements[ret->count++];
		**place = *timing;
		(*place)->caller = SLICE_LITERAL("");
	}
	array_sort(ret->elements, ret->count, sizeof(*ret->elements), compare_elements);
}

void profile_add_milliseconds(uint64_t time, struct str *ret)
{
	str_addf(ret, "%ju.%03ju", (uintmax_t)(time / 1000000), (uintmax_t)(time / 1000 % 1000));
}

static void add_milliseconds(struct str *ret, uint64_t time)
{
	autostr struct str text = STR_INIT;

	profile_add_milliseconds(time, &text);
	str_addf(ret, "  %12s", str_c(&text));
}

void profile_write(const struct profile *profile, size_t most, struct str *ret)
{
	size_t count = most && most < profile->count ? most : profile->count;

	str_addf(ret, "%10s  %12s  %12s  %12s  %12s  %12s  %s\n", "Calls", "Total ms", "Own ms",
	    "Mean ms", "Least ms", "Most ms", "Element");
	for (size_t i = 0; i < count; i++) {
		const struct timing *timing = &profile->elements[i];

		str_addf(ret, "%10ju", (uintmax_t)timing->calls);
		add_milliseconds(ret, timing->elapsed);
		add_milliseconds(ret, timing_own(timing));
		add_milliseconds(ret, timing->elapsed / timing->calls);
		add_milliseconds(ret, timing->minimum);
		add_milliseconds(ret, timing->maximum);
		str_adds(ret, "  ");
		str_add_printable(ret, timing->element);
		str_addc(ret, '\n');
	}
	if (count < profile->count)
		str_addf(ret, "%zu more: 'kiln metrics --format profile' shows all\n",
		    profile->count - count);
}

static void add_number(struct json_writer *json, const char *key, uint64_t number)
{
	json_member_integer(json, key, number < INT64_MAX ? (int64_t)number : INT64_MAX);
}

void profile_write_element(const struct timing *timing, struct json_writer *json)
{
	double residency = timing->elapsed
			       ? 100.0 * (double)timing->residency / (double)timing->elapsed
			       : 0;

	json_object(json);
	json_member_slice(json, "element", timing->element);
	add_number(json, "calls", timing->calls);
	add_number(json, "mean", timing->elapsed / timing->calls);
	json_key(json, "residency");
	json_number(json, residency);
	add_number(json, "minimum", timing->minimum);
	add_number(json, "maximum", timing->maximum);
	json_object_end(json);
}

/* Append a name as a frame, which a semicolon ends. */
static void add_frame(struct str *ret, struct slice name)
{
	size_t begin = ret->len;

	str_add_printable(ret, name);
	for (size_t i = begin; i < ret->len; i++) {
		if (ret->data[i] == ';')
			ret->data[i] = ':';
	}
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void profile_write_stacks(const struct measures *measures, struct str *ret)
{
	autofree char **lines = xmalloc((measures->timings.count + 1) * sizeof(*lines));
	size_t count = 0;

	for (size_t i = 0; i < measures->timings.count; i++) {
		const struct timing *timing = measures->timings.entries[i].value;
		autostr struct str line = STR_INIT;

		if (!is_selected(measures, timing) || !timing_own(timing))
			continue;
		if (timing->caller.len) {
			add_frame(&line, timing->caller);
			str_addc(&line, ';');
		}
		add_frame(&line, timing->element);
		str_addf(&line, " %ju\n", (uintmax_t)timing_own(timing));
		lines[count++] = str_take(&line);
	}
	array_sort(lines, count, sizeof(*lines), compare_strings);
	for (size_t i = 0; i < count; i++) {
		str_adds(ret, lines[i]);
		free(lines[i]);
	}
}

void profile_release(struct profile *profile)
{
	free(profile->elements);
}
