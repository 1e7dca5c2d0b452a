/*
 * Parses what declares a product, its projects and their factors: `.product/PROJECTS`;
 * `.project/f-identity`, `.project/polynomial-1` and beside it `icon` and `synopsis`; `.factor`.
 *
 * Errors are ERROR_USAGE with `name` and the line as their place. Results are copied to the arena,
 * each string with a NUL after it.
 */
#ifndef KILN_FACTOR_DECLARE_H
#define KILN_FACTOR_DECLARE_H

#include "factor/project.h"

/* The protocol of projects that kiln reads. */
#define PROJECT_PROTOCOL "factors/polynomial-1"

/* A line of PROJECTS. */
struct index_entry {
	struct slice identifier, path, protocol;
	long line;
};

/* Parse an index. Entries are in the order of the text. Duplicate identifiers and paths are not
 * detected. */
int index_parse(struct slice text, const char *name, struct arena *arena, struct index_entry **ret,
    size_t *ret_count, struct error **err);

/* Parse f-identity: name, identifier, protocol, authority and contact. */
int identity_parse(struct slice text, const char *name, struct arena *arena, struct project *ret,
    struct error **err);

/* Parse polynomial-1 into a map from extension to struct format. */
int formats_parse(
    struct slice text, const char *name, struct arena *arena, struct map *ret, struct error **err);

/* Parse .factor: type, isolation, requirements. Errors are ERROR_INPUT: they concern one factor. */
int factor_parse(struct slice text, const char *name, struct arena *arena, struct factor *ret,
    struct error **err);

/* Whether the directory has `.project/f-identity`: 1, 0, or -1 if the system refuses to tell. */
int is_project(const char *directory, struct error **err);

/* Read the project in a directory below the product; the directory is "" for an implicit product.
 * An empty `path` is replaced by the name of the project. ERROR_USAGE. */
struct project *project_read(
    struct product *product, struct slice directory, struct slice path, struct error **err);

/* The implicit project of a product that is a plain directory. */
struct project *project_plain(struct product *product);

#endif
