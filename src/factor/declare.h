/*
 * What declares a product and its projects: `.product/PROJECTS`, `.project/f-identity`,
 * `.project/polynomial-1` and beside it `icon` and `synopsis`; `.factor`, which declares a factor.
 *
 * Wrong texts are ERROR_USAGE, naming `name` and the line. What is parsed is copied to the arena,
 * each string with a NUL behind it.
 */
#ifndef KILN_FACTOR_DECLARE_H
#define KILN_FACTOR_DECLARE_H

#include "factor/project.h"

/* The protocol of projects that are read here. */
#define PROJECT_PROTOCOL "factors/polynomial-1"

/* A line of PROJECTS. */
struct index_entry {
	struct slice identifier, path, protocol;
	long line;
};

/* Parse an index; the entries are in the order of the text. Whether identifiers and paths are there
 * twice is not looked at. */
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

/* Whether a directory, by its path, has `.project/f-identity`: 1 or 0, -1 if that cannot be told.
 */
int is_project(const char *directory, struct error **err);

/* Read the project in a directory below the product, which is "" for an implicit product; with an
 * empty `path` it is that of the project's name. ERROR_USAGE. */
struct project *project_read(
    struct product *product, struct slice directory, struct slice path, struct error **err);

/* The implicit project of a product that is a plain directory. */
struct project *project_plain(struct product *product);

#endif
