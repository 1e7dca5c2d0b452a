/*
 * Making one image: what the workers of a build do.
 *
 * What is known of a node before and after stands in memory that all processes of a build share
 * (struct made), so that a worker may go on where another one stopped, and the coordinator writes
 * the state from it. A node of one source is made at once; of one with more, the units may be made
 * by several workers: executor_begin() says which are needed.
 */
#ifndef KILN_BUILD_EXECUTOR_H
#define KILN_BUILD_EXECUTOR_H

#include "base/file_stamp.h"
#include "build/command_runner.h"
#include "build/graph.h"
#include "cache/store.h"

enum outcome {
	OUTCOME_WAITING, /* nothing was done yet */
	OUTCOME_UNITS,	 /* units are needed */
	OUTCOME_CURRENT, /* the image was what it has to be */
	OUTCOME_CACHED,	 /* it was taken from the cache */
	OUTCOME_PROCESSED,
	OUTCOME_FAILED,
	OUTCOME_SKIPPED, /* something that it needs failed */
};

/* Why an image is not current. */
enum reason {
	REASON_NONE,
	REASON_FORCED,
	REASON_NEW,	    /* nothing is known of it */
	REASON_DECLARATION, /* other sources or requirements */
	REASON_SOURCE,	    /* a source's content */
	REASON_REQUIREMENT, /* the content of an image that it needs */
	REASON_DEPENDENCY,  /* the content of what was read beside the sources */
	REASON_COMMAND,
	REASON_MISSING, /* the image is not there */
	REASON_CHANGED, /* it is not what was made */
};

/* Of an input, beside its record. */
struct input_status {
	bool is_known;	/* its content is, from the last build */
	bool is_needed; /* its unit has to be made */
	bool is_made;	/* that was done */
	/* The key of the unit's command, which decides together with what the command reads. */
	struct hash command;
};

struct node_status {
	enum outcome outcome;
	enum reason reason;
	size_t reason_index;		  /* of the input or need that is the reason */
	const struct dependency *changed; /* that is the reason */
	/* Of the image, once that is there; the key also before, all zero as long as it is not
	 * known. */
	struct hash key, content;
	const struct record *last; /* what was known before, or NULL; not of one that is current */
	/* Of one that is not current, in shared memory: for the next state. */
	struct record *record;
	struct input_status *inputs; /* as many as the record has */
	bool is_forced;		     /* made anew whatever is known */
	bool inputs_changed; /* a source changed meanwhile: not to be trusted the next time */
	unsigned commands;   /* that were performed */
	uint64_t stored;     /* bytes, in the cache */
	struct command_usage usage; /* of the commands: the sum, and the most */
};

struct executor {
	struct graph *graph;
	struct command_runner command_runner;
	struct cache *cache;	      /* all zero: off */
	struct slice python_include;  /* the directory of CPython's headers, or empty */
	struct node_status *statuses; /* of each node, by its index; shared */
	/* What is used again for each node; of a process. */
	struct context_command command;
	struct map programs;   /* path of a program -> struct hash of its content */
	struct map files;      /* path of what commands read -> struct dependency */
	struct arena arena;    /* of the keys and values of both, and of records */
	struct str discovered; /* for the coordinator: see inputs_receive() */
	struct str text;
	struct str image_directory; /* of the last image that was made */
	int image_directory_fd;	    /* and its descriptor, or -1 */
	struct stamp_reader reader; /* at images */
};

/* Release what it owns, which is what it uses again. */
void executor_release(struct executor *executor);

/* Decide without reading any file whether a node is current, from what the last build knew (`last`,
 * or NULL), which is used during the call only. The state of its image is looked at if it is not
 * known (`image`, or NULL). Those that it needs were decided before. */
void executor_decide(struct executor *executor, const struct node *node, const struct record *last,
    const struct file_stamp *image);

/* Prepare a node that is not current: made->record has room for its inputs and needs, made->last is
 * set. */
void executor_prepare(struct executor *executor, const struct node *node);

/* Find out why a node is not current, reading what changed and composing its commands: sets the
 * reason, and the outcome if it is current after all. Nothing is written. Errors are those of the
 * node's inputs. */
int executor_examine(struct executor *executor, const struct node *node, struct error **err);

/* Make a node, or as far as others may go on: sets the outcome, OUTCOME_UNITS if several units are
 * needed. What failed is an error; what concerns the node alone is ERROR_INPUT or ERROR_USAGE. */
int executor_begin(
    struct executor *executor, const struct node *node, struct str *messages, struct error **err);

/* Make the unit of an input. */
int executor_translate(struct executor *executor, const struct node *node, size_t input,
    struct str *messages, struct error **err);

/* Make the image of a node whose units are there. */
int executor_render(
    struct executor *executor, const struct node *node, struct str *messages, struct error **err);

/* Compose the command for an input, or with SIZE_MAX that for the image. */
int executor_compose(struct executor *executor, const struct node *node, size_t input,
    struct context_command *ret, bool *ret_present, struct error **err);

/* Compose into executor->command the command for an input: there is none for a source of unknown
 * format. */
int executor_compose_unit(struct executor *executor, const struct node *node, size_t input,
    bool *ret_present, struct error **err);

/* The same for the image, for which it is ERROR_INPUT that there is none. */
int executor_compose_image(struct executor *executor, const struct node *node, struct error **err);

/* Append what the reason of a node is, for a person. */
void executor_explain(const struct executor *executor, const struct node *node, struct str *ret);

#endif
