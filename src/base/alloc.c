#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The exit status of ERROR_SYSTEM, which base/error.h defines above this file. */
#define STATUS 3

void out_of_memory(void)
{
	static const char message[] = "kiln: out of memory\n";

	/* A message that cannot be written has nowhere else to go. */
	(void)!write(STDERR_FILENO, message, sizeof(message) - 1);
	_exit(STATUS);
}

static void *checked(void *pointer)
{
	if (!pointer)
		out_of_memory();
	return pointer;
}

/* malloc(0) may return NULL without a failure, so nobody asks for 0 bytes. */
static size_t at_least_one(size_t size)
{
	return size ? size : 1;
}

void *xmalloc(size_t size)
{
	return checked(malloc(at_least_one(size)));
}

void *xcalloc(size_t count, size_t size)
{
	return checked(calloc(at_least_one(count), at_least_one(size)));
}

void *xrealloc(void *pointer, size_t size)
{
	return checked(realloc(pointer, at_least_one(size)));
}

void *xreallocarray(void *pointer, size_t count, size_t size)
{
	return checked(reallocarray(pointer, at_least_one(count), at_least_one(size)));
}

char *xstrdup(const char *string)
{
	return checked(strdup(string));
}

char *xmemdup0(const void *data, size_t size)
{
	char *copy;

	if (size == SIZE_MAX)
		out_of_memory();
	copy = xmalloc(size + 1);
	if (size)
		memcpy(copy, data, size);
	copy[size] = '\0';
	return copy;
}
