/*
 * Inventories of Sphinx, objects.inv: which names of Python a site documents, and where.
 *
 *	autoinventories struct inventories inventories = {.count = 0};
 *	if (inventories_add(&inventories, "https://numpy.org/doc/stable/=numpy.inv", err) < 0)
 *		return -1;
 *	inventories_add_manual(&inventories);
 *	names.lookup = inventories_lookup;
 *	names.context = &inventories;
 *
 * The format is version 2 (https://sphobjinv.readthedocs.io/en/stable/syntax.html, and
 * sphinx/util/inventory.py): four lines of text, then a zlib stream of lines
 * `NAME DOMAIN:ROLE PRIORITY URI TITLE`, where a URI that ends in `$` ends in the name instead.
 */
#ifndef KILN_RECORD_INVENTORY_H
#define KILN_RECORD_INVENTORY_H

#include "base/map.h"
#include "record/names.h"

/* The largest file, the most that is unpacked of one, and the most names. */
#define INVENTORY_FILE_LIMIT ((size_t)16 << 20)
#define INVENTORY_SIZE_LIMIT ((size_t)128 << 20)
#define INVENTORY_NAME_LIMIT ((size_t)1 << 20)

/* Names of all inventories that were added. Valid when all zero. */
struct inventories {
	struct arena arena;
	struct map names; /* -> struct inventory_name */
	size_t count;	  /* of names */
};

/* Read an inventory. URIs in it are relative to `base`, which is borrowed. `name` is its place in
 * errors, which are ERROR_INPUT: it is no inventory, damaged, or too large. What another inventory
 * has already stays. Lines that are malformed or of other domains than Python's are skipped. */
int inventories_read(struct inventories *inventories, struct slice content, struct slice base,
    const char *name, struct error **err);

/* Read the file of an option: FILE, or URL=FILE with the URL that the inventory is at. Without URL
 * links are those of the inventory itself, relative to the record. */
int inventories_add(struct inventories *inventories, const char *argument, struct error **err);

/* Add the snapshot of the standard library's names (python/manual.h). */
int inventories_add_manual(struct inventories *inventories, struct error **err);

/* For record_names.lookup; the context is the inventories. */
bool inventories_lookup(void *context, struct slice name, struct record_outside *ret);

/* Append all names and what they lead to, for a digest. */
void inventories_add_names(const struct inventories *inventories, struct str *ret);

void inventories_release(struct inventories *inventories);
#define autoinventories CLEANUP(inventories_release)

/* A name that is written. Neither it nor the URI may have white space. */
struct inventory_item {
	struct slice name;
	const char *role; /* "class", of Python's domain */
	struct slice uri;
};

/* Append an inventory. The items are sorted: equal items give equal bytes. Items that cannot be
 * written are left out. */
void inventory_write(struct slice project, struct slice version, struct inventory_item *items,
    size_t count, struct str *ret);

#endif
