/*
 * The content of an image's files, read once before it is written into an archive, whose headers
 * need its size.
 */
#ifndef KILN_IMAGE_ITEM_CONTENT_H
#define KILN_IMAGE_ITEM_CONTENT_H

#include "base/place.h"
#include "image/plan.h"
#include "image/sink.h"

/* Where contents are read, and how. */
struct item_reader {
	const char *output; /* the path of what is written; large contents are copied beside it */
	/* Files that are in this directory, under the item's path, are read there; or -1. */
	int stage;
	const struct plan_listener *listener; /* gets the problem of each item that is left out */
	bool (*interrupted)(void);	      /* or NULL */
	size_t skip; /* the bytes of an item's path that its path in the stage does not have */
};

/* Find where an item's content is read, and its state: 1, 0 if it is nowhere, or -1. */
int item_reader_look(const struct item_reader *reader, const struct item *item, struct place *ret,
    struct stat *ret_stat, struct error **err);

/* Of one reading of a file. */
struct item_content {
	uint64_t size;
	uint64_t start; /* where it begins in the file or in the bytes */
	int fd;		/* a private copy; -1 if the content is in memory */
	struct str bytes;
};

#define ITEM_CONTENT_INIT ((struct item_content){0, 0, -1, STR_INIT})

/* Read an item's content: up to 16 MiB into memory, a larger one into a file without a name beside
 * the output. `ret` may have been used before. Returns 1; 0 if the item cannot be read, or changed
 * meanwhile, which the listener got; -1 if the output cannot be written. */
int item_content_read(const struct item_reader *reader, const struct item *item,
    struct item_content *ret, struct error **err);

/* Give the listener the problem that the form cannot hold the item. */
void item_reader_refuse(
    const struct item_reader *reader, const struct item *item, const char *reason);

/* Hand the content over in blocks, from its start. */
int item_content_write(const struct item_reader *reader, const struct item_content *content,
    struct sink sink, struct error **err);

void item_content_release(struct item_content *content);

/* Create a file beside the output, without a name or with a name that is removed at once. Returns
 * its descriptor, or -1. */
int item_reader_unnamed(const struct item_reader *reader, struct error **err);

/* Fail with ERROR_SYSTEM if the run was interrupted. */
int item_reader_check(const struct item_reader *reader, struct error **err);

#endif
