/*
 * What captures say, merged: counts of the regions of sources, and times of elements.
 *
 * Merging is addition, so neither the order of captures nor how they were divided matters. A source
 * is known by its path and the hash of its text: two texts of one path are two sources. Sums that
 * do not fit stay at the largest number.
 *
 * What is merged comes from files that anybody may have written. The memory is bounded by their
 * size.
 */
#ifndef KILN_METRICS_MEASURES_H
#define KILN_METRICS_MEASURES_H

#include "base/arena.h"
#include "base/map.h"
#include "metrics/paths.h"
#include "python/element.h"

/* Who counted: a test or what else ran, and where. Both as they are in captures, with %XX. */
struct origin {
	struct slice identity;
	struct slice isolation;
};

/* What one origin counted of one source. */
struct share {
	struct origin origin;
	uint64_t *counts; /* parallel to the source's areas; those beyond the capacity are 0 */
	size_t capacity;
};

/* Areas that captures list: which areas of the source they are. */
struct layout {
	char *text; /* the lines */
	size_t len;
	uint32_t *indices; /* of each area in the source's list */
	size_t count;
	bool plain; /* the indices are 0, 1, 2, ... */
};

/* Captures mostly list the same areas; so many lists of a source are remembered. */
#define LAYOUTS_KEPT 8

/* One text of a source. */
struct measured {
	struct slice path; /* absolute, as `paths` says */
	struct slice hash; /* hexadecimal; empty if a capture does not say it */
	struct area *areas;
	uint64_t *counts; /* parallel to the areas; those beyond the capacity are 0 */
	size_t count;
	size_t area_capacity;
	size_t count_capacity;
	struct map index; /* from the bytes of an area to its number, plus 1 */
	struct layout layouts[LAYOUTS_KEPT];
	size_t layout_count; /* of all that there were: the latest ones are kept */
	struct map shares;   /* if wanted: struct share by origin; they add up to the counts */
};

/* How long one element took when another one called it. */
struct timing {
	struct slice path;    /* of the source that has the element, absolute; empty if unknown */
	struct slice element; /* with its module */
	struct slice caller;  /* empty if unknown */
	uint64_t calls;	      /* that have ended */
	uint64_t elapsed;     /* nanoseconds: the sum, the least and the most of a call */
	uint64_t minimum, maximum;
	uint64_t residency; /* the part of the sum in other elements */
};

/* a + b, or the largest number. */
static inline uint64_t add_saturated(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

/* Add the calls and times of a timing to a sum, whose minimum is UINT64_MAX at first. */
void timing_add(struct timing *sum, const struct timing *timing);

struct measures {
	const struct paths *paths; /* borrowed */
	bool has_shares;	   /* wanted: who counted what, */
	struct slice shared;	   /* only of the source with this path, if it is not empty */
	struct arena arena;
	struct map sources;
	struct map timings;
	struct map instrumented; /* struct instrumented by the digest of its text */
};

/* Append the key of a source in `sources`; the path is absolute. */
void measures_key(struct slice path, struct slice hash, struct str *ret);

/* The source with this path, as a capture says it, and hash; a new one if there is none. */
struct measured *measures_source(struct measures *measures, struct slice path, struct slice hash);

/*
 * The layout for `count` areas, or fewer at the end of the text, that `text` begins with: `LINE
 * COLUMN LINE COLUMN` each, whole lines. *ret_len is the length of these lines. It is valid until
 * the next call for the source. ERROR_INPUT for a line that is no area; `name` and `line`, the
 * number of the first one, are its place.
 */
const struct layout *measured_layout(struct measures *measures, struct measured *measured,
    struct slice text, size_t count, const char *name, long line, size_t *ret_len,
    struct error **err);

/* Add counts, `count` of them or as many as the layout has, whichever is less. */
void measured_add(struct measures *measures, struct measured *measured, const struct layout *layout,
    const struct origin *origin, const uint64_t *counts, size_t count);

/* Where counts of one origin are added. The arrays hold all areas; `share` is NULL if not wanted.
 */
struct sums {
	uint64_t *all;
	uint64_t *share;
};

struct sums measured_sums(
    struct measures *measures, struct measured *measured, const struct origin *origin);

static inline void sums_add(const struct sums *sums, uint32_t area, uint64_t count)
{
	sums->all[area] = add_saturated(sums->all[area], count);
	if (sums->share)
		sums->share[area] = add_saturated(sums->share[area], count);
}

/* The number of an area in the source's lists; SIZE_MAX if it does not have it. */
size_t measured_find(const struct measured *measured, const struct area *area);

/* Add times. All strings are copied. */
void measures_time(struct measures *measures, const struct timing *timing);

/* Keep only what the other captures have counted, too: the smaller one of two counts. */
void measures_intersect(struct measures *measures, const struct measures *other);

/* Regions and elements that the other captures have reached were not reached. */
void measures_subtract(struct measures *measures, const struct measures *other);

void measures_release(struct measures *measures);
#define automeasures CLEANUP(measures_release)

#endif
