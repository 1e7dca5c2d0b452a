/*
 * A product's build as far as it is known before anything is made: its context, its graph, and what
 * is current.
 *
 *	CLEANUP(build_session_release) struct build_session session = {0};
 *	build_session_open(&session, &options, reporter, err);
 *	... session.graph ...
 *	build_session_decide(&session, err);
 *	... session.executor.made ...
 */
#ifndef KILN_BUILD_BUILD_SESSION_H
#define KILN_BUILD_BUILD_SESSION_H

#include "build/executor.h"
#include "build/target.h"

struct build_session_options {
	/* Paths, or full factor paths in the current directory's product; ended by NULL. None: the
	 * current directory. */
	const char *const *targets;
	const char *context; /* of -X; NULL: $SYSTEMCONTEXT, PRODUCT/.system, or the built-in one */
	const struct fields *trusted; /* directories, as of struct products; NULL: none */
	const struct fields *modes;   /* one at least */
	const struct fields *features;
	enum image_layout layout;
	enum index_update index;
	bool reads_only;   /* nothing is written, nor locked */
	bool prefetches;   /* in a second thread */
	bool is_forced;	   /* what was named is made anew */
	bool forces_needs; /* and what it requires */
	bool is_verbose;   /* what is passed over is told */
	unsigned timeout;  /* seconds, of a program; 0 for no limit */
};

/* Memory that this process shares with those that it forks. */
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
	struct target *targets; /* one at least */
	size_t target_count;
	struct product *product; /* of the first target */
	char *host_system, *host_architecture;
	size_t problems;	       /* that were reported */
	_Atomic bool *is_stopped;      /* shared: nothing more is to be begun */
	struct shared_memory statuses; /* of all nodes */
	struct shared_memory records;  /* of those that are not current */
};

void build_session_release(struct build_session *session);

/* What build_session_open() begins with: find the products, then load the context. */
int build_session_find(struct build_session *session, const struct build_session_options *options,
    struct reporter *reporter, struct error **err);
int build_session_load(struct build_session *session, struct error **err);

/* Find the products and their factors, load the context, make the graph. Errors are ERROR_USAGE for
 * wrong targets and contexts; what concerns a project or factor is reported and counted. The
 * options are borrowed. */
int build_session_open(struct build_session *session, const struct build_session_options *options,
    struct reporter *reporter, struct error **err);

/* Lock the products, unless it only reads, read what their last builds knew, and decide what is
 * current. */
int build_session_decide(struct build_session *session, struct error **err);

/* Prepare a record for a node that has none: one that is current. For this process alone. */
void build_session_record(struct build_session *session, const struct node *node);

/* Find out why a node that was not decided is not current, as executor_examine(); those that it
 * needs were examined before. The outcome is OUTCOME_FAILED for a problem of the node alone, which
 * is reported and counted, and OUTCOME_SKIPPED if one that it needs failed. */
int build_session_examine(
    struct build_session *session, const struct node *node, struct error **err);

#endif
