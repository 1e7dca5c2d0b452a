/*
 * All that changed in a site since an older version.
 */
#ifndef KILN_RECORD_SINCE_LIST_H
#define KILN_RECORD_SINCE_LIST_H

#include "record/since.h"
#include "record/since_tree.h"
#include "record/site_index.h"

struct since_item {
	struct since_change change;
	const struct record_source *source; /* NULL: the module is gone */
	const struct site_factor *factor;   /* NULL as well */
	const char *path;		    /* of the source, or of what describes the module */
	struct slice name;		    /* the dotted name */
	size_t number;			    /* in the order in which it was taken */
};

struct since_list {
	struct arena arena;
	struct since_item *items; /* in the end in the order of sources */
	size_t count, capacity;
};

/* Append a change, for since_list_take(); from a worker. */
void since_pack(const struct since_change *change, struct str *ret);

/* Add the changes of a module. What is public neither where it is nor elsewhere is left out. */
void since_list_take(struct since_list *list, const struct record_source *source,
    const struct site_factor *factor, struct slice packed);

/* Add the modules that are gone: those of the projects that none of the sources was. What was
 * removed at one place and added at another has moved. */
int since_list_finish(struct since_list *list, const struct since_tree *tree,
    const struct record_sources *sources, struct error **err);

void since_list_release(struct since_list *list);

#endif
