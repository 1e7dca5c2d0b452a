/*
 * Looking at images while the sources are still looked for.
 *
 * What the last build of a product knew is read, and the images that it made are looked at, in a
 * thread of its own, which takes about as long as finding the factors. The product is not locked
 * yet: what was seen counts only if the state file is still the same one once it is. An image that
 * another build makes meanwhile then differs from what is known of it, and is looked at again.
 */
#ifndef KILN_BUILD_PREFETCH_H
#define KILN_BUILD_PREFETCH_H

#include "build/build_state.h"

struct prefetch;

/* Begin with a product, by the descriptor of its directory, which is borrowed, and its state file,
 * whose place is copied. NULL if that is not worth it: a file that is not there, or small, or a
 * thread that cannot be had. */
struct prefetch *prefetch_begin(int product, struct place place);

/* Wait for the end. If the file is still the one that was read, and not damaged, the state is moved
 * to `ret`; else nothing counts, and false is returned. To be called once, by the process that
 * began. */
bool prefetch_take(struct prefetch *prefetch, struct build_state *ret);

/* The state of the image of an entry of the state that was taken; NULL if there was none. */
const struct file_stamp *prefetch_image(
    const struct prefetch *prefetch, const struct map_entry *entry);

/* Release it, waiting for its end if need be. Does nothing for NULL. */
void prefetch_free(struct prefetch *prefetch);

static inline void cleanup_prefetch(struct prefetch **prefetch)
{
	prefetch_free(*prefetch);
}
#define autoprefetch CLEANUP(cleanup_prefetch)

#endif
