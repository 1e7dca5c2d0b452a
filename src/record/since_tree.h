/*
 * The descriptions of an older version, in a directory that `kiln delineate -o` or `kiln record -o`
 * made.
 */
#ifndef KILN_RECORD_SINCE_TREE_H
#define KILN_RECORD_SINCE_TREE_H

#include "record/description_files.h"
#include "record/docstring_style.h"
#include "record/sources.h"

/* The description of a module. */
struct since_module {
	struct slice key;      /* "acme/feed.py" or, of a record, "acme.press/feed" */
	struct slice name;     /* "acme.feed", as far as the key tells */
	const char *path;      /* of the directory with its files */
	const char *interface; /* the same of its interface, or NULL */
	bool is_recorded;      /* by `kiln record`: its description has its dotted name */
};

struct since_tree {
	struct arena arena;
	struct since_module **modules; /* sorted by path; no interfaces of others */
	size_t count, capacity;
	struct map by_key;
	struct map by_factor; /* of records: the key without the project -> the only such module */
};

/* Find the descriptions. ERROR_USAGE if there are none. */
int since_tree_open(struct since_tree *tree, const char *path, struct error **err);

/* The module that a source was then; NULL if there was none. *ret_scope (may be NULL) is what keys
 * of the source's project begin with. */
const struct since_module *since_tree_find(
    const struct since_tree *tree, const struct record_source *source, struct slice *ret_scope);

/* A record of an older version. */
struct since_record {
	struct description_files files, interface_files;
	struct factor_record record, interface;
};

/* Read one; *ret is all zero. Malformed ones are ERROR_INPUT. */
int since_record_read(
    const struct since_module *module, struct since_record *ret, struct error **err);
void since_record_release(struct since_record *record);
#define autosince_record CLEANUP(since_record_release)

void since_tree_release(struct since_tree *tree);

#endif
