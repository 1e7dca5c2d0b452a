/*
 * The descent that walking and removing a tree share (for walk.c and tree.c; others use tree.h).
 *
 * A stack of directories from a first one down to the current one. Only the deepest few have an
 * open descriptor, so that depth costs memory alone; the others are opened again through "..", and
 * must then be the very directories they were. Below the first one no link is followed.
 *
 *	CLEANUP(descent_release) struct descent descent = {0};
 *	descent_begin(&descent, fd);
 *	while (descent.depth > 0)
 *		if (descent_next(&descent))
 *			... look at the entry; if it is a directory: descent_enter(&descent);
 *		else
 *			descent_leave(&descent);
 *
 * What can fail returns 0, or -1 with errno set, and has then changed nothing.
 */
#ifndef KILN_BASE_WALK_H
#define KILN_BASE_WALK_H

#include <fcntl.h>
#include <sys/types.h>

#include "base/str.h"

struct descent_level {
	int fd; /* -1 while it is closed */
	dev_t device;
	ino_t inode;
	struct str names;   /* of all entries, as directory_names() gives them */
	const char **order; /* them, by their bytes */
	size_t count;
	size_t next;	 /* index of the entry after the current one */
	size_t path_len; /* of the directory's path, which begins descent.path */
};

/* Valid when all zero. */
struct descent {
	/* The order of names; NULL for that of their bytes. */
	int (*compare)(const char *a, const char *b);
	struct descent_level *levels;
	size_t depth;
	size_t capacity;
	struct str path; /* of the current entry, relative to the first directory */
};

/* Append the entries of a directory except "." and "..", in no order: of each its type (DT_REG and
 * so on of readdir(3)) as one byte, then the name, ended by a NUL. Reads on from the descriptor's
 * position. */
int directory_names(int fd, struct str *ret);

/* How directories are opened. */
#define DESCENT_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* Enter the first directory, which `fd` is open for: it is taken over. -1 is a call that failed. */
int descent_begin(struct descent *descent, int fd);

/* Go on to the next entry. Returns its name, NULL when there is none left. */
const char *descent_next(struct descent *descent);

/* The type of the current entry, DT_UNKNOWN where the file system does not tell. */
unsigned char descent_type(const struct descent *descent);

/* The descriptor of the current directory, which has the current entry. */
int descent_fd(const struct descent *descent);

/* The name of the current entry. */
const char *descent_name(const struct descent *descent);

/* Enter the current entry, a directory. */
int descent_enter(struct descent *descent);

/* Leave the current directory, which becomes the current entry of the one above. ESTALE if that is
 * no longer where it was. */
int descent_leave(struct descent *descent);

void descent_release(struct descent *descent);

#endif
