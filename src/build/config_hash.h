/*
 * What decides about the results of many nodes alike: the program's version and build, the context,
 * mode and features, the host, the environment, and the programs that commands start, by their
 * states.
 */
#ifndef KILN_BUILD_CONFIG_HASH_H
#define KILN_BUILD_CONFIG_HASH_H

#include "build/graph.h"

/* What is the same for many images of factors in a variant. */
struct config_hash {
	struct hash digest; /* while it is the same, the commands are the same if the factor is, and
			       do the same */
	bool is_rendered;   /* a source is translated, or there is none: else there is nothing to
			       render */
};

/* The settings for a factor's image. What was found once is kept in the mode. */
int config_hash_find(struct graph *graph, struct build_mode *mode, const struct variant *variant,
    const struct factor *factor, struct config_hash *ret, struct error **err);

/* Whether a source is translated; also if the context is wrong about it, which its command then
 * tells. */
bool config_hash_translate(struct context *context, const struct build_mode *mode,
    const struct variant *variant, const struct factor *factor, const struct source *source);

#endif
