/*
 * Memory without failure: the size is the program's own (sizes from inputs are checked before they
 * get here). Out of memory ends the process with a message and status 3, at one place.
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
char *xmemdup0(const void *data, size_t size); /* a copy with a NUL behind it */

#endif
