/*
 * Paths as byte strings: nothing here touches the file system.
 */
#ifndef KILN_BASE_PATH_H
#define KILN_BASE_PATH_H

#include "base/str.h"

/* What follows the last slash. Trailing slashes are ignored: "a/b/" has name "b"; "/" has "". */
struct slice path_name(struct slice path);

/* What precedes the name, without the slash: "." for "a", "/" for "/a". */
struct slice path_parent(struct slice path);

/* The same, to be joined: "" for "a". */
struct slice path_above(struct slice path);

/* `a`, a slash if there is none between them, and `b`; either may be empty. */
void path_join(struct str *ret, struct slice a, struct slice b);

/* Append the relative path from the directory `from` to `to`: "." if they are the same. Both are
 * normalized, and absolute or relative to the same directory. */
void path_relative(struct str *ret, struct slice from, struct slice to);

/* Append the path without empty and "." components, with ".." resolved by text (kept at the start
 * of a relative path); "." if nothing is left. A leading slash stays. */
void path_normalize(struct str *ret, struct slice path);

/* Append a hidden name beside `path`, whose last component must be a name: its directory, ".", the
 * name and `tail`. The name is shortened, between characters, where the result would exceed
 * NAME_MAX. */
void path_sibling(struct str *ret, struct slice path, const char *tail);

/* Append a name of at most `room` bytes (64 or more): `name` itself, or its beginning and a digest
 * of all of it, so that different names stay different. */
void path_add_short(struct str *ret, struct slice name, size_t room);

/* Whether `path` is relative, not empty, and without empty, "." or ".." components and NUL: joined
 * to a directory, the path cannot lead out of it. */
bool path_is_confined(struct slice path);

/* The most components of a name in an archive that is read: each costs an entry of its own. */
#define PATH_DEPTH_LIMIT 256

/* The number of components of a confined path. */
size_t path_depth(struct slice path);

/* Whether a link at `link` (confined, relative to the root of a tree) with the text `target` stays
 * in the tree, decided by text: `target` is relative, not empty, and never above the root on its
 * way. */
bool path_link_is_confined(struct slice link, struct slice target);

/* Whether `path` is `prefix` or below it, by components; *ret_rest (may be NULL) is what follows,
 * without leading slash. An empty prefix holds every relative path. */
bool path_below(struct slice path, struct slice prefix, struct slice *ret_rest);

/* Append the path of the source of a file of bytecode (PEP 3147): "a/m.py" of "a/m.pyc" and of
 * "a/__pycache__/m.TAG.pyc". *ret_tag (may be NULL) is TAG; empty if there is none. False, with
 * nothing appended, for any other file. */
bool path_add_source(struct str *ret, struct slice path, struct slice *ret_tag);

/* Whether the text is an absolute factor path: UTF-8, parts with dots between them. */
bool path_is_factor(struct slice path);

#endif
