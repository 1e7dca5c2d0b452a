/*
 * Answers to the queries of a construction context's vectors.
 */
#ifndef KILN_FACTOR_ANSWER_H
#define KILN_FACTOR_ANSWER_H

#include "base/fields.h"
#include "factor/image.h"

/* Suffixes of a unit's path: the file in which a program lists all, or a part, of what it read for
 * the unit. */
#define ANSWER_DEPENDENCIES ".d"
#define ANSWER_PARTIAL_DEPENDENCIES ".partial.d"

/* What a query is about: a factor for a variant and, while a source is translated, that source. All
 * members are borrowed. Empty slices are unknown, and a query for one has no answer. */
struct factor_view {
	struct factor *factor;
	struct image_variant variant;
	enum image_layout layout;
	const struct source *source; /* the source that is translated, or NULL */
	const struct fields
	    *units;	   /* paths: of that source's unit, or when rendering of all; or NULL */
	struct slice work; /* the factor's work directory for the variant */
	struct slice telemetry;	     /* where captures go; empty: the image of the form "metrics" */
	struct slice context;	     /* the construction context's directory */
	struct slice python_include; /* the directory with CPython's headers */
	const struct factor_view *asker; /* of a requirement: what requires it */
};

/*
 * Append the answer to a query (a `struct factor_view *` as the first argument, so that it can be
 * given to a construction context as it is); *ret_known tells whether the name is one of ours. A
 * known query may have an empty answer.
 *
 * source, source-relative-path (below the product), language, dialect: of the source that is
 * translated. unit: if there is exactly one. dependency-file, partial-dependency-file: where a
 * program tells what it read for that source; no answer when rendering. units. factor-image,
 * factor-image-name, image-directory, executable-image, delineated-image, retained-image,
 * factor-image:FORM. work-directory, log-directory, unit-directory, telemetry-directory,
 * construction-context-path. factor-path, factor-relative-path, factor-name, factor-id,
 * factor-index, factor-type, project-path, project-name, project-id, context-path, context-name,
 * product-path, corpus, source-paths (the directory of the sources), sources,
 * python-include-directory (no answer where there is none), relative-image-directory (from the
 * directory of what requires it). TYPE-IRI#FIELD: that field of every requirement of that type, for
 * the same variant, in their order; of an item of the system its value, for the fields
 * factor-image, factor-image-name and source-paths.
 *
 * Fails where requirements are asked for that cannot be resolved.
 */
int factor_answer(
    void *view, struct slice name, struct fields *ret, bool *ret_known, struct error **err);

#endif
