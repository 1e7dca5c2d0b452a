/*
 * Names of distributions and of their dist-info directories.
 *
 * Format: https://packaging.python.org/en/latest/specifications/name-normalization/ (PEP 503), and
 * recording-installed-packages on the same site.
 */
#ifndef KILN_DISTRIBUTION_NAME_H
#define KILN_DISTRIBUTION_NAME_H

#include "base/str.h"

/* Whether the text is a name: ASCII letters and digits, with "-", "_" and "." between them. */
bool distribution_is_name(struct slice name);

/* Append the normalized name: lower case, each run of "-", "_" and "." is one "-". Names are those
 * of one distribution exactly if they are equal then. */
void distribution_add_normalized(struct str *ret, struct slice name);

/* Append NAME-VERSION as names of wheels and dist-info directories begin: the name normalized, with
 * "_" for "-" in both. */
void distribution_add_stem(struct str *ret, struct slice name, struct slice version);

/* Whether a directory of this name, without a slash, is a dist-info: NAME-VERSION.dist-info.
 * *ret_name and *ret_version (may be NULL) are as written. */
bool distribution_is_dist_info(
    struct slice directory, struct slice *ret_name, struct slice *ret_version);

/* Whether a directory or file of this name, without a slash, is what an installer of before wheels
 * left: NAME-VERSION.egg-info, Python's version may stand behind. *ret_name is as written. What
 * setuptools leaves in a project that is being worked on has no version. */
bool distribution_is_egg_info(struct slice name, struct slice *ret_name);

/* Whether a path is that of the file `name`, such as RECORD, of a dist-info. */
bool distribution_is_file(struct slice path, const char *name);

/* Whether a name or path is that of what describes a distribution: ends in .dist-info or .egg-info,
 * whatever is before that. */
bool distribution_is_described_by(struct slice path);

/* The part of a path up to the first component that describes a distribution; empty if there is
 * none. */
struct slice distribution_directory(struct slice path);

#endif
