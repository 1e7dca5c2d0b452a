/*
 * An image while it is assembled from sources (for src/ship/assemble.c): what is known of it, and
 * the work of the pool: compiling, describing and copying into the stage.
 */
#ifndef KILN_SHIP_ASSEMBLY_H
#define KILN_SHIP_ASSEMBLY_H

#include "image/plan.h"
#include "ship/assemble.h"
#include "ship/descriptions.h"
#include "ship/image_cache.h"
#include "ship/scripts.h"

/* The work for one item. */
struct task {
	const struct item *item;
	bool uncompiled; /* a source whose bytecode has no place in the bundle */
	bool failed;	 /* and was reported */
	bool lost;	 /* its worker died */
};

struct assembly {
	const struct assemble_options *options;
	struct compile_options compile;
	struct reporter *reporter;
	struct assemble_result *result;
	struct plan plan; /* the sources, and scripts */
	struct scripts scripts;
	struct map bytecode; /* path of each file of bytecode -> the task that makes it */
	struct plan bundle;  /* what the bundle will hold */
	struct tree_stage stage;
	struct descriptions descriptions;
	struct tree_stage scratch; /* never committed */
	struct image_cache cache;
	struct task *tasks;
	size_t task_count;
};

/* Report a problem, which is taken over, of the struct assembly. */
void assembly_report(void *context, struct error *problem);

/* Whether an item is to be described. */
bool assembly_is_described(const struct assembly *assembly, const struct item *item);

/* Whether the image has the item itself, not only its bytecode. */
bool assembly_has(const struct assembly *assembly, const struct item *item);

/* Do the tasks in the pool, and remove from the stage what failed ones left, but for complete
 * sources. A task that fails because of its input is reported and marked. */
int assembly_work(struct assembly *assembly, struct error **err);

/* Remove the directory for what CPython writes, if there is one. */
void assembly_remove_scratch(struct assembly *assembly);

#endif
