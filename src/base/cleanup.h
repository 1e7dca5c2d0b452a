/*
 * Release at the end of a scope.
 *
 * Each type declares its own scope attribute beside itself (autostr, autoerror, ...); those for
 * what the C library hands out are here. A released variable must be initialized where it is
 * declared. Releasing leaves errno as it is, for functions that return with it. steal() passes
 * ownership on, visibly, and leaves NULL (or -1 for descriptors).
 */
#ifndef KILN_BASE_CLEANUP_H
#define KILN_BASE_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(function) __attribute__((cleanup(function)))

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_close(int *fd)
{
	int number = errno;

	if (*fd >= 0)
		close(*fd);
	errno = number;
}

static inline void cleanup_closedir(DIR **dir)
{
	int number = errno;

	if (*dir)
		closedir(*dir);
	errno = number;
}

#define autofree CLEANUP(cleanup_free)
#define autoclose CLEANUP(cleanup_close)
#define autoclosedir CLEANUP(cleanup_closedir)

/* The value of a pointer variable, given by its address; the variable is NULL afterwards. */
#define steal(address)                                             \
	__extension__({                                            \
		__typeof__(address) steal_from = (address);        \
		__typeof__(*steal_from) steal_value = *steal_from; \
		*steal_from = NULL;                                \
		steal_value;                                       \
	})

/* The same for a descriptor, which is -1 afterwards. */
static inline int steal_fd(int *fd)
{
	int value = *fd;

	*fd = -1;
	return value;
}

#endif
