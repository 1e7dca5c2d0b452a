/*
 * Reading the build state and the stamps of images in a thread, while the main thread still looks
 * for factors. Both take about equally long.
 *
 * The product is not locked yet. So the result counts only if the state file is still the same once
 * the product is locked. If another build changed an image meanwhile, the image's stamp differs
 * from its record, and the stamp is taken again.
 */
#ifndef KILN_BUILD_PREFETCH_H
#define KILN_BUILD_PREFETCH_H

#include "build/build_state.h"

struct prefetch;

/* Start the thread for a product. `product` is the descriptor of its directory, borrowed; `place`
 * is that of its state file, copied. NULL if a thread is not worth it or cannot be started: the
 * file is missing or small. */
struct prefetch *prefetch_begin(int product, struct place place);

/* Wait for the thread. If the state file is not damaged and still the same, move the state to
 * `ret`; else return false. Call this once, in the process that started the thread. */
bool prefetch_take(struct prefetch *prefetch, struct build_state *ret);

/* The stamp of the image of an entry in the state that was taken; NULL if there was no image. */
const struct file_stamp *prefetch_image(
    const struct prefetch *prefetch, const struct map_entry *entry);

/* Wait for the thread and release all. NULL is allowed. */
void prefetch_free(struct prefetch *prefetch);

static inline void cleanup_prefetch(struct prefetch **prefetch)
{
	prefetch_free(*prefetch);
}
#define autoprefetch CLEANUP(cleanup_prefetch)

#endif
