/*
 * Places: what has a path below an open directory, and the one way to it.
 *
 * Whoever may write to a directory can put a link in the place of what is in it, at any moment. So
 * what belongs to a directory is reached from its descriptor: no component of the path may be a
 * link, nothing leads out of it, and whatever its own name leads to meanwhile does not matter. The
 * kernel does that in one call, openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS. Where it
 * does not have it (before Linux 5.6), or a filter refuses it, the components are opened one after
 * the other, each with O_NOFOLLOW.
 *
 * What writes, removes or walks takes a place by value (base/file.h, base/tree.h):
 *
 *	tree_remove(place_at("out/a.i"), err)
 *		is of a path that the user named: links are followed;
 *	tree_remove(place_below(workspace->fd, "a/b.i", "/p/a/b.i"), err)
 *		is of what is ours in a product: links are not followed.
 */
#ifndef KILN_BASE_PLACE_H
#define KILN_BASE_PLACE_H

#include <fcntl.h>
#include <sys/stat.h>

#include "base/str.h"

struct place {
	int root;	   /* a descriptor, O_PATH is enough, borrowed; or AT_FDCWD */
	const char *path;  /* below it: confined (path_is_confined()), or empty for the root itself;
			      with AT_FDCWD any */
	const char *shown; /* the path for messages */
};

/* A path as the user gave it. */
static inline struct place place_at(const char *path)
{
	return (struct place){AT_FDCWD, path, path};
}

static inline struct place place_below(int root, const char *path, const char *shown)
{
	return (struct place){root, path, shown};
}

/* These return -1 with errno. It is ELOOP for a link on the way or at the end, ENOTDIR for a file
 * on the way, EXDEV for a path that is not confined. */

/* open(2), with O_CLOEXEC, and O_NOFOLLOW below a directory. */
int place_open(struct place place, int flags, mode_t mode);

/* Open, with O_PATH, the directory that contains the place. *ret_name is the last component of the
 * path, which must be a name. */
int place_open_parent(struct place place, const char **ret_name);

/* lstat(2), and the state of what place_open() would open: a link is followed where the user named
 * the path. */
int place_stat(struct place place, struct stat *ret);
int place_look(struct place place, struct stat *ret);

/* Create a directory below another, with its parents (mode 0777 under the umask), where they are
 * missing, and open it with O_PATH. For a path that the user named use tree_make() of base/tree.h.
 * */
int place_make(struct place place);

/* Fail with "cannot ACTION 'SHOWN'" and the text of `number`. Below a directory the error is
 * ERROR_INPUT if the number is about what is at the place (a link or file in the way, a name that
 * is too long, a permission), since results elsewhere are not affected; else ERROR_SYSTEM. */
int place_fail(struct place place, int number, const char *action, struct error **err);

#endif
