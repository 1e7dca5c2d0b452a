/*
 * What a build has read of a source, and whether the source is still that.
 */
#ifndef KILN_BUILD_RECORD_INPUT_H
#define KILN_BUILD_RECORD_INPUT_H

#include "build/build_state.h"

/* Read a source, known to be a regular file, at an absolute path: its state, that from before the
 * reading, whether it is settled, and the digest of its content. Errors have kind ERROR_INPUT. */
int record_input_read(const char *path, struct record_input *ret, struct error **err);

/* Whether a source is still what it was when it was read: by its state if that was settled, else by
 * its content. */
bool record_input_is_same(const char *path, const struct record_input *input);

#endif
