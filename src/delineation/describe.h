/*
 * Describes sources: from a file to the files of its description.
 */
#ifndef KILN_DELINEATION_DESCRIBE_H
#define KILN_DELINEATION_DESCRIBE_H

#include "base/place.h"
#include "delineation/elements.h"

/* A source that was read and delineated. */
struct described {
	struct str bytes;
	struct tree *tree;
	struct delineation delineation;
};

/* Read and delineate a source; *ret is all zero. options->recorded NULL stands for the origin. Bad
 * sources are ERROR_INPUT. Needs a started interpreter. */
int described_read(const char *origin, const struct delineate_options *options, struct notes *notes,
    struct described *ret, struct error **err);

/* The same of a source whose bytes, ret->bytes, were read already. */
int described_parse(const char *origin, const struct delineate_options *options,
    struct notes *notes, struct described *ret, struct error **err);

void described_release(struct described *described);
#define autodescribed CLEANUP(described_release)

/* Make the directory `path` below `root`, a descriptor of a stage, with the files of a description:
 * elements.json, documented.json, documentation.json, data.json, and system-path, which has
 * `recorded`. An empty path is the stage itself. Parents exist. `time` is as for bundle_put(). */
int description_put(int root, const char *path, const struct description *description,
    struct slice recorded, int64_t time, struct error **err);

/* Whether a directory contains a description and nothing else. */
bool description_is_at(const char *path);

/*
 * delineate(output, origin, params): describe the source `origin` in the directory `output`, which
 * is replaced whole and atomically. Its parents are created. Bad sources are ERROR_INPUT; then the
 * output is untouched.
 */
int delineate(struct place output, const char *origin, const struct delineate_options *options,
    struct notes *notes, struct error **err);

#endif
