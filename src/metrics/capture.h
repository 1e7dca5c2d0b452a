/*
 * Reads captures (docs/formats.rst, "Captures"): directories of any depth that have
 * `.fault-syntax-counters`, `.fault-timing-deltas` or `.kiln-counters`.
 *
 * Files that end in the middle, since their process was killed, give what is whole. What is no
 * capture is refused, and the other files are read all the same.
 */
#ifndef KILN_METRICS_CAPTURE_H
#define KILN_METRICS_CAPTURE_H

#include "metrics/measures.h"

struct capture_notes {
	struct notes warnings;	 /* files that end in the middle */
	struct notes errors;	 /* files that cannot be read */
	size_t count;		 /* of what was read */
	struct fields described; /* paths of directories that have descriptions of sources */
};

/* Add what a directory has to the measures. Wrong files are noted, what the system refuses fails.
 * ERROR_INPUT if `path` is no directory. */
int capture_read(
    struct measures *measures, const char *path, struct capture_notes *notes, struct error **err);

/*
 * The parts, of texts in memory; `name` is their place in errors, all of which are ERROR_INPUT.
 */

/* The files of `.fault-syntax-counters`. `cut` is set if they end in the middle. */
struct capture_text {
	struct slice sources, areas, counts;
	struct slice hashes; /* may be empty */
};
int capture_counts(struct measures *measures, const struct capture_text *text,
    struct slice identity, const char *name, bool *ret_cut, struct error **err);

/* The files of `.fault-timing-deltas`; `modules` may be empty. */
int capture_times(struct measures *measures, struct slice timings, struct slice modules,
    const char *name, bool *ret_cut, struct error **err);

/* The map files of one process, which are read one by one, in any order, and last its identities;
 * these may be empty. Then all is added. The texts must live until then. */
struct capture_maps {
	struct capture_block *blocks;
	size_t count;
	size_t capacity;
};
int capture_map(struct measures *measures, struct capture_maps *maps, struct slice map,
    const char *name, bool *ret_cut, struct error **err);
int capture_identities(struct measures *measures, struct capture_maps *maps,
    struct slice identities, const char *name, bool *ret_cut, struct error **err);
void capture_maps_release(struct capture_maps *maps);

void capture_notes_release(struct capture_notes *notes);
#define autocapture_notes CLEANUP(capture_notes_release)

#endif
