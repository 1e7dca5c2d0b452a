/*
 * Sorted arrays. One without items may be NULL, which qsort(3) and bsearch(3) do not allow.
 */
#ifndef KILN_BASE_ARRAY_H
#define KILN_BASE_ARRAY_H

#include <stdlib.h>

/* Sort items of `size` bytes, as qsort() does. */
static inline void array_sort(
    void *items, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	if (count)
		qsort(items, count, size, compare);
}

/* An item of a sorted array that is equal to `wanted`; NULL if there is none. */
static inline void *array_find(const void *wanted, const void *items, size_t count, size_t size,
    int (*compare)(const void *, const void *))
{
	/* The function, not the macro of newer C libraries, whose result is as const as the items.
	 */
	return count ? (bsearch)(wanted, items, count, size, compare) : NULL;
}

#endif
