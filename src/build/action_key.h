/*
 * Keys: digests over all that decides what a command makes.
 *
 * Paths below the product are the same wherever the product is, where the command does not let them
 * into its result: then the same sources have the same keys in another directory.
 */
#ifndef KILN_BUILD_ACTION_KEY_H
#define KILN_BUILD_ACTION_KEY_H

#include "build/discovered_inputs.h"

/* The key of the unit of an input, whose command is executor->command, as far as it does not depend
 * on what the command tells that it read: of one that tells nothing, whatever it may read is part
 * of the key. The inputs' contents are known. */
int action_key_of_unit(struct executor *executor, const struct node *node, size_t input,
    enum inputs_report reported, struct hash *ret, struct error **err);

/* The key of the image: that of its command, executor->command, and of the units, inputs and images
 * it needs. */
int action_key_of_image(
    struct executor *executor, const struct node *node, struct hash *ret, struct error **err);

#endif
