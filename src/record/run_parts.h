/*
 * The parts of a run that makes records (record/record_run.h): run_workers.c is what workers do,
 * run_output.c what happens in the directory, record_run.c the rest.
 */
#ifndef KILN_RECORD_RUN_PARTS_H
#define KILN_RECORD_RUN_PARTS_H

#include "cache/store.h"
#include "record/kept.h"
#include "record/record_run.h"
#include "record/spool.h"

#define DIGEST_SIZE (2 * HASH_SIZE + 1)

/* A source, and what workers reported about it. */
struct task {
	const struct record_source *source;
	bool done; /* in the current pool */
	bool failed;
	bool current;		   /* its page */
	char digest[DIGEST_SIZE];  /* of the source */
	char content[DIGEST_SIZE]; /* of the page */
	struct str summary;
	struct str files;
	struct spooled spooled; /* its description, if the format does not keep it */
};

struct run {
	const struct record_run *options;
	struct reporter *reporter;
	struct record_result *result;
	struct record_sources sources;
	struct task *tasks;
	size_t count;
	int root; /* the output */
	struct kept kept;
	struct str identity;
	struct site_index index;
	struct site_factor **factors; /* parallel to the tasks */
	size_t *task_of;	      /* a factor's number -> its task */
	char common[DIGEST_SIZE];     /* of all that every page is made from */
	struct str files;	      /* of the whole site */
	struct spool spool;
	struct cache *cache;  /* may be off; each worker has its own */
	struct str *warnings; /* of the cache, rendered, until they are in a report */
	struct checking checking;
};

/* How many other sources a page has elements of: factor->guests, or none. */
static inline size_t run_guests(const struct run *run, const struct site_factor *factor)
{
	return run->options->writer->is_at_home ? factor->guest_count : 0;
}

/* run_workers.c: the work of worker_pool.h. A report begins with whether the source failed, and
 * messages. */

/* Describe and summarize a source. */
int run_summary(void *context, size_t number, struct str *report, struct error **err);

/* Write the page of a source. */
int run_page(void *context, size_t number, struct str *report, struct error **err);

/* run_output.c */

struct record_output run_output(const struct run *run, struct str *files);

/* Open the directory, make it the output of kiln, and read what the last run knew. */
int run_open_output(struct run *run, struct error **err);

/* Write what there is of all sources, remove what is not needed, and remember the rest. */
int run_finish_output(struct run *run, struct error **err);

#endif
