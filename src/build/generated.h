/*
 * What builds in place have made in the sources of an image: it is no part of that, whether they
 * were built before or not.
 *
 * It is recognized by what builds put there, not by its name: `.kiln-build` by its lock,
 * directories of images by their marks (mark.h), in others images by the state, an index by its own
 * mark (factor/index.h).
 */
#ifndef KILN_BUILD_GENERATED_H
#define KILN_BUILD_GENERATED_H

#include "base/arena.h"
#include "base/map.h"
#include "image/plan.h"

/* Valid when all zero. */
struct generated {
	struct arena arena;
	struct map known; /* paths in directories without marks that states tell of */
};

/* As struct plan_recognizer has it; `context` is a struct generated. */
int generated_why_not(void *context, const char *path, const struct stat *stat,
    const char **ret_reason, struct error **err);

void generated_release(struct generated *generated);

#endif
