/*
 * Recognizing what builds in place generated among sources. A bundle leaves these files out, so
 * that the bundle is the same whether the sources were built in place before or not.
 *
 * A name alone proves nothing. `.kiln-build` is recognized by its lock, a directory of images by
 * its mark (mark.h) or, without a mark, each image by the build state, and an index by its
 * own mark (factor/index.h).
 */
#ifndef KILN_BUILD_GENERATED_H
#define KILN_BUILD_GENERATED_H

#include "base/arena.h"
#include "base/map.h"
#include "image/plan.h"

/* Valid when all zero. */
struct generated {
	struct arena arena;
	struct map known; /* paths of images in directories without a mark, from build states */
};

/* The function of a struct plan_recognizer; `context` is a struct generated. */
int generated_why_not(void *context, const char *path, const struct stat *stat,
    const char **ret_reason, struct error **err);

void generated_release(struct generated *generated);

#endif
