/*
 * Keys: digests over all that decides what a command makes. Results are cached under them.
 *
 * A product in another directory has the same keys, as long as its commands do not put the
 * product's path into results: then paths count as they are below the product.
 */
#ifndef KILN_BUILD_ACTION_KEY_H
#define KILN_BUILD_ACTION_KEY_H

#include "build/discovered_inputs.h"

/* The key of the command that makes the unit of an input; the command is in executor->command, and
 * the record has the contents of all inputs. Files that the command will report as read
 * (`reported`) are not in this key: dependencies_key() adds them. If the command reports nothing,
 * all that it may read is in this key. */
int action_key_of_unit(struct executor *executor, const struct node *node, size_t input,
    enum inputs_report reported, struct hash *ret, struct error **err);

/* The key of a node's image: a digest over its command, which is in executor->command, its units,
 * the inputs without units, and the images that it needs. */
int action_key_of_image(
    struct executor *executor, const struct node *node, struct hash *ret, struct error **err);

#endif
