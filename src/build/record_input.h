/*
 * Reading a source, and checking later whether the source is still the same.
 */
#ifndef KILN_BUILD_RECORD_INPUT_H
#define KILN_BUILD_RECORD_INPUT_H

#include "build/build_state.h"

/* Read the source at an absolute path, which is known to be a regular file. Sets the digest of its
 * content, its stamp from before the reading, and whether the stamp is reliable. Errors have kind
 * ERROR_INPUT. */
int record_input_read(const char *path, struct record_input *ret, struct error **err);

/* Whether a source is still the same as when it was read: by its stamp if that was reliable, else
 * by its content. */
bool record_input_is_same(const char *path, const struct record_input *input);

#endif
