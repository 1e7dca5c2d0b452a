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

/* `a`, a slash if there is none between them, and `b`; either may be empty. */
void path_join(struct str *ret, struct slice a, struct slice b);

/* How `to` is reached from the directory `from`, both normalized, absolute or relative to the same
 * place: "." if they are the same. */
void path_relative(struct str *ret, struct slice from, struct slice to);

/* Without empty and "." components, ".." resolved lexically (kept in front of a relative path);
 * "." if nothing is left. A leading slash stays. */
void path_normalize(struct str *ret, struct slice path);

/* A hidden name beside `path`, whose last component is a name: its directory part, ".", the name,
 * and `tail`. The name is shortened, at a character, where the result would exceed NAME_MAX. */
void path_sibling(struct str *ret, struct slice path, const char *tail);

/* A name of at most `room` bytes (64 or more) for `name`: that itself, or what begins like it and
 * ends with a digest of all of it, so that it is another one for another name. */
void path_add_short(struct str *ret, struct slice name, size_t room);

/* Whether `path` is relative, not empty, and has no empty, "." or ".." component and no NUL: a
 * name that cannot lead out of the directory it is joined to. */
bool path_is_confined(struct slice path);

/* Whether a link at `link` (confined, relative to a tree's root) whose text is `target` stays in
 * that tree, decided lexically: relative, not empty, and never above the root on its way. */
bool path_link_is_confined(struct slice link, struct slice target);

/* Whether `path` is `prefix` or below it, by components; *ret_rest (may be NULL) is what follows,
 * without leading slash. An empty prefix holds every relative path. */
bool path_below(struct slice path, struct slice prefix, struct slice *ret_rest);

/* Whether text is an absolute factor path: UTF-8, parts with dots between them. */
bool path_is_factor(struct slice path);

#endif
