/*
 * The configuration hash: a digest over what decides the results of many nodes alike. That is the
 * version and build of this program, the context, mode and features, the host, the environment, and
 * the programs that commands start, with their stamps.
 */
#ifndef KILN_BUILD_CONFIG_HASH_H
#define KILN_BUILD_CONFIG_HASH_H

#include "build/graph.h"

/* What images of factors in one variant share. */
struct config_hash {
	/* As long as it is the same, an unchanged factor has the same commands, and these do the
	 * same. */
	struct hash digest;
	/* Whether the factor has an image: the context translates one of its sources, or it has no
	 * sources. */
	bool is_rendered;
};

/* The hash for the images of a factor in a variant. Results are kept in mode->configs. */
int config_hash_find(struct graph *graph, struct build_mode *mode, const struct variant *variant,
    const struct factor *factor, struct config_hash *ret, struct error **err);

/* Whether the context has a command that translates a source. True also if the context is wrong:
 * composing the command reports the error. */
bool config_hash_translate(struct context *context, const struct build_mode *mode,
    const struct variant *variant, const struct factor *factor, const struct source *source);

#endif
