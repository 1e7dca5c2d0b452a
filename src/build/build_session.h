/*
 * A build up to the point where commands run: targets, construction context, graph, and which
 * images are current. Builds, dry runs and queries share this part.
 *
 *	CLEANUP(build_session_release) struct build_session session = {0};
 *	build_session_open(&session, &options, reporter, err);
 *	... session.graph ...
 *	build_session_decide(&session, err);
 *	... session.executor.statuses ...
 */
#ifndef KILN_BUILD_BUILD_SESSION_H
#define KILN_BUILD_BUILD_SESSION_H

#include "build/executor.h"
#include "build/target.h"

struct build_session_options {
	/* Paths, or full factor paths in the current directory's product; ended by NULL. An empty
	 * list stands for the current directory. */
	const char *const *targets;
	const char *context; /* of -X; NULL: $SYSTEMCONTEXT, PRODUCT/.system, or the built-in one */
	const struct fields *trusted; /* directories, as in struct products; NULL: none */
	const struct fields *modes;   /* at least one */
	const struct fields *features;
	const struct fields
	    *variants; /* names that a variant must have one of; NULL or empty: any */
	const struct installed *installed; /* the versions of CPython that there are */
	/* Architectures of Python's variants, "cpython311 cpython313"; NULL: this program's. */
	const char *pythons;
	enum image_layout layout;
	enum index_update index;
	bool read_only;	   /* write nothing, lock nothing */
	bool prefetches;   /* read the build state in a second thread (build/prefetch.h) */
	bool is_forced;	   /* rebuild what the targets name */
	bool forces_needs; /* rebuild also what the targets require */
	bool is_verbose;   /* report what is left out */
	unsigned timeout;  /* seconds that a program may run; 0 for no limit */
};

/* Memory that this process shares with its forked workers. */
struct shared_memory {
	void *data;
	size_t size;
};

struct build_session {
	const struct build_session_options *options;
	struct reporter *reporter;
	struct graph graph;
	struct executor executor;
	struct cache cache;
	struct target *targets; /* at least one */
	size_t target_count;
	struct product *product; /* of the first target */
	char *host_system, *host_architecture;
	size_t problems;	       /* that were reported */
	_Atomic bool *is_stopped;      /* in shared memory: no worker starts another task */
	struct shared_memory statuses; /* of all nodes, then `is_stopped` */
	struct shared_memory records;  /* of the nodes that are not current */
};

void build_session_release(struct build_session *session);

/* The first two steps of build_session_open(): find the products of the targets, then load the
 * construction context and make the modes. */
int build_session_find(struct build_session *session, const struct build_session_options *options,
    struct reporter *reporter, struct error **err);
int build_session_load(struct build_session *session, struct error **err);

/* Find the products and their factors, load the context, make the graph. Problems of one project or
 * factor are reported and counted. Wrong targets and contexts are ERROR_USAGE. The options are
 * borrowed as long as the session lives. */
int build_session_open(struct build_session *session, const struct build_session_options *options,
    struct reporter *reporter, struct error **err);

/* Lock the products, unless the session only reads, load their build states, and decide which
 * images are current. Write the indexes of products that need a new one. */
int build_session_decide(struct build_session *session, struct error **err);

/* Make the record of a node that has none because the node is current. The record is in the memory
 * of this process, not shared. */
void build_session_record(struct build_session *session, const struct node *node);

/* Find out why a node is not current, as executor_examine() does; nodes that this node needs must
 * be examined before. Sets the outcome: OUTCOME_FAILED for a problem of this node, which is
 * reported and counted, OUTCOME_SKIPPED if a node that is needed failed or was skipped. */
int build_session_examine(
    struct build_session *session, const struct node *node, struct error **err);

#endif
