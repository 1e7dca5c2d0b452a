/*
 * What a loader of factors needs of products that were built in place: of each product the index,
 * the declarations of its projects, its built files, and the `.factor` of those that have one.
 *
 * A build notes the files; a scan of the products then takes these files alone.
 */
#ifndef KILN_BUILD_PRODUCT_FILES_H
#define KILN_BUILD_PRODUCT_FILES_H

#include "base/arena.h"
#include "build/executor.h"
#include "image/plan.h"

/* Valid when all zero. */
struct product_files {
	struct arena arena;
	struct map noted; /* absolute path -> struct noted_file */
	/* The same, and the directories above them with NULL, as the scan of a SOURCE has them. */
	struct map chosen;
};

/* Fail with ERROR_USAGE if a path is not the directory of a product with declared projects. */
int product_files_check(const char *path, const struct fields *trusted, struct error **err);

/* Note the files of a graph's products, and the built files that are current, with what they were
 * made from. */
void product_files_note(
    struct product_files *files, const struct graph *graph, const struct node_status *statuses);

/* Choose the noted files that are below a SOURCE. */
int product_files_choose(struct product_files *files, const char *source, struct error **err);

/* The function of a struct plan_recognizer: all but chosen files is left out. `context` is a struct
 * product_files. */
int product_files_why_not(void *context, const char *path, const struct stat *stat,
    const char **ret_reason, struct error **err);

/* The same of `built`. */
const struct plan_built *product_files_built(void *context, const char *path);

void product_files_release(struct product_files *files);

#endif
