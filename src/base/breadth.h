/*
 * The walk that goes directory by directory, breadth first, and follows links to directories.
 *
 *	CLEANUP(breadth_release) struct breadth breadth = {0};
 *	if (breadth_begin(&breadth, path, err) < 0) ...
 *	while ((step = breadth_next(&breadth, &problem)) != 0)
 *		if (step < 0)
 *			... report the problem, and go on
 *		else
 *			for (size_t i = 0; i < breadth.count; i++)
 *				... breadth_kind(&breadth, i), and breadth_enter() for directories
 *
 * Each directory is opened once, by its path below the first one, and read; an entry costs a system
 * call of its own only where it is a link, or its state is asked for. The path of a directory has
 * no more than PATH_MAX bytes; one that is deeper is a problem of its own. What is not entered
 * costs nothing. For walking where links are not followed there is base/tree.h.
 */
#ifndef KILN_BASE_BREADTH_H
#define KILN_BASE_BREADTH_H

#include <sys/stat.h>

#include "base/arena.h"
#include "base/str.h"

/* Most entries that are read in directories reached through links: links between n directories make
 * n! paths. */
#define BREADTH_LINK_LIMIT 1000000

/* A directory that waits to be read, or is above one that waits. */
struct breadth_directory {
	struct breadth_directory *above; /* NULL for the first */
	struct breadth_directory *next;	 /* that waits */
	struct slice path;		 /* below the first one; NUL-terminated */
	void *mark;			 /* the caller's */
	bool by_link;			 /* it, or one above it, is a link */
	dev_t device;
	ino_t inode;
};

/* Valid when all zero. */
struct breadth {
	struct arena arena;
	const char *root; /* the path of the first directory, as given */
	int root_fd;
	struct breadth_directory *waiting, **last;
	size_t linked_count; /* entries in directories reached by links */
	bool is_cut;	     /* directories beyond the limit were dropped */
	/* The current directory: */
	struct breadth_directory *directory;
	int fd;
	struct str names;
	const char **order; /* the names of its entries, by their bytes */
	size_t count;
	size_t capacity;
};

enum breadth_kind {
	BREADTH_GONE, /* or a link that leads nowhere */
	BREADTH_FILE, /* a regular file, or a link to one */
	BREADTH_DIRECTORY,
	BREADTH_OTHER,
	BREADTH_UNSEEN, /* it could not be looked at, for the reason in errno: it may be anything */
};

/* Begin at a directory, which may be a link; `path` is borrowed. ERROR_SYSTEM if it cannot be
 * opened. */
int breadth_begin(struct breadth *breadth, const char *path, struct error **err);

/* Read the next waiting directory. 1, or 0 at the end. -1 if the directory cannot be read (also in
 * the middle), is a directory above itself by way of a link (the error names both paths), or has
 * entries beyond the limit: ERROR_INPUT with its path as the place, or ERROR_SYSTEM. The walk can
 * go on after that without this directory, which is `directory`; beyond the limit (`is_cut`) the
 * walk is at its end. */
int breadth_next(struct breadth *breadth, struct error **err);

/* What an entry of the current directory is. */
enum breadth_kind breadth_kind(const struct breadth *breadth, size_t index);

/* The same, and the entry's state, in one system call; a link is followed. */
enum breadth_kind breadth_stat(const struct breadth *breadth, size_t index, struct stat *ret);

/* Queue an entry of the current directory, a BREADTH_DIRECTORY. */
void breadth_enter(struct breadth *breadth, size_t index, void *mark);

/* Fail for a BREADTH_UNSEEN entry with its path as the place; the number is errno. */
int breadth_fail(const struct breadth *breadth, size_t index, int number, struct error **err);

/* Append the path of an entry of the current directory, below the first one. */
void breadth_path(const struct breadth *breadth, size_t index, struct str *ret);

void breadth_release(struct breadth *breadth);

#endif
