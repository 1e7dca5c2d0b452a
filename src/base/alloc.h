/*
 * Allocation that cannot fail. The caller checks a size that comes from an input first. When memory
 * runs out, the process ends with a message and status 3.
 */
#ifndef KILN_BASE_ALLOC_H
#define KILN_BASE_ALLOC_H

#include <stddef.h>

_Noreturn void out_of_memory(void);
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *pointer, size_t size);
void *xreallocarray(void *pointer, size_t count, size_t size);
char *xstrdup(const char *string);
char *xmemdup0(const void *data, size_t size); /* a copy with a NUL after it */

#endif
