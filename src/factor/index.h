/*
 * A product's index, `.product/PROJECTS`, and the mark beside it, `.product/PROJECTS.generated`
 * (docs/formats.rst, "Products and projects").
 *
 * The mark says that the index was generated, not written by a person: it has the digests of texts
 * that were. So an index that is edited becomes a person's by itself. The mark is a file of its own
 * because fault.io's tools read every line of the index as a project.
 */
#ifndef KILN_FACTOR_INDEX_H
#define KILN_FACTOR_INDEX_H

#include "base/arena.h"
#include "base/str.h"

#define INDEX_NAME "PROJECTS"
#define INDEX_MARK INDEX_NAME ".generated"

/* An index as it is on the disk. */
struct index {
	struct slice text; /* of the arena; empty if there is none */
	bool exists;
	bool is_generated; /* by the mark */
};

/* Read the index in a directory `.product`, which need not exist. Errors as declaration_read(). A
 * mark that is not one says nothing. */
int index_read(const char *directory, struct arena *arena, struct index *ret, struct error **err);

/* Write an index that was generated, and its mark, as far as they are not there already;
 * *ret_written (may be NULL) is about the index. The directory is made. A writer that is killed
 * leaves an index that its mark still says is generated. Errors have kind ERROR_SYSTEM. */
int index_write(const char *directory, struct slice text, bool *ret_written, struct error **err);

#endif
