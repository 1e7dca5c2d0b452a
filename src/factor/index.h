/*
 * A product's index, `.product/PROJECTS`, and the mark beside it, `.product/PROJECTS.generated`
 * (docs/formats.rst, "Products and projects").
 *
 * The mark has the digests of texts that kiln generated. An index whose digest is not among them
 * was written, or edited, by a person. The mark is a file of its own because fault.io's tools read
 * every line of the index as a project.
 */
#ifndef KILN_FACTOR_INDEX_H
#define KILN_FACTOR_INDEX_H

#include "base/arena.h"
#include "base/str.h"

#define INDEX_NAME "PROJECTS"
#define INDEX_MARK INDEX_NAME ".generated"

/* An index as read from the disk. */
struct index {
	struct slice text; /* in the arena; empty if there is none */
	bool exists;
	bool is_generated; /* whether the mark has its digest */
};

/* Read the index in a directory `.product`, which may be missing. Errors as declaration_read(). An
 * invalid mark is ignored. */
int index_read(const char *directory, struct arena *arena, struct index *ret, struct error **err);

/* Write a generated index and its mark, unless both are up to date; *ret_written (may be NULL)
 * tells about the index. The directory is created. If the writer is killed, the index that is left
 * still counts as generated. Errors are ERROR_SYSTEM. */
int index_write(const char *directory, struct slice text, bool *ret_written, struct error **err);

#endif
