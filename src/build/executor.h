/*
 * Deciding about one node and making its image: what each worker of a build does.
 *
 * What is known of a node stands in memory that all processes of a build share (struct
 * node_status). So one worker can go on where another one stopped, and the coordinator can write
 * the build state. A worker makes a node with one unit at once. If several units are to be made,
 * executor_begin() says so, and other workers may translate them.
 */
#ifndef KILN_BUILD_EXECUTOR_H
#define KILN_BUILD_EXECUTOR_H

#include "base/file_stamp.h"
#include "build/command_runner.h"
#include "build/graph.h"
#include "cache/store.h"

enum outcome {
	OUTCOME_WAITING,   /* nothing was done yet */
	OUTCOME_UNITS,	   /* several units have to be made first */
	OUTCOME_CURRENT,   /* the image is up to date */
	OUTCOME_CACHED,	   /* the image was taken from the cache */
	OUTCOME_PROCESSED, /* a command made the image */
	OUTCOME_FAILED,
	OUTCOME_SKIPPED, /* a node that this node needs failed, or the build was stopped */
};

/* Why an image is not current. */
enum reason {
	REASON_NONE,
	REASON_FORCED,
	REASON_NEW,	    /* the build state has no record of the image */
	REASON_DECLARATION, /* the list of sources, their formats or the requirements changed */
	REASON_SOURCE,	    /* the content of a source changed */
	REASON_REQUIREMENT, /* the content of an image that this one requires changed */
	REASON_DEPENDENCY,  /* the content of a file that was read beside the sources changed */
	REASON_COMMAND,	    /* the commands changed */
	REASON_MISSING,	    /* the image does not exist */
	REASON_CHANGED,	    /* somebody changed the image since it was built */
};

/* What is known of an input, beside its record. */
struct input_status {
	bool is_known;	/* the record has the input's present content */
	bool is_needed; /* the input's unit has to be made */
	bool is_made;	/* that was done */
	/* The key of the unit's command, without the files that the command reads beside its
	 * source: both together make the key of the unit. */
	struct hash command;
};

struct node_status {
	enum outcome outcome;
	enum reason reason;
	size_t reason_index;		  /* of the input or need that is the reason */
	const struct dependency *changed; /* the file that is the reason */
	/* Of the image, once it exists. The key may be known before; it is all zero while it is
	 * not. */
	struct hash key, content;
	const struct record *last; /* of the last build, or NULL; not set if the node is current */
	/* For the next build state, in shared memory; NULL if the node is current. */
	struct record *record;
	struct input_status *inputs; /* one for each input of the record */
	bool is_forced;		     /* rebuild, whatever is known */
	bool inputs_changed;	     /* during the build: the result is not cached, and is rebuilt
					the next time */
	unsigned commands;	     /* that were run */
	uint64_t stored;	     /* bytes, in the cache */
	struct command_usage usage;  /* of the commands: total time, largest memory */
};

struct executor {
	struct graph *graph;
	struct command_runner command_runner;
	struct cache *cache;	      /* all zero: no cache */
	struct slice python_include;  /* the directory of CPython's headers, or empty */
	struct node_status *statuses; /* of each node, by its index; in shared memory */
	/* Buffers and knowledge of this process, used again for each node. */
	struct context_command command;
	struct map programs;	    /* path of a program -> struct hash of its content */
	struct map files;	    /* path of a file that commands read -> struct dependency */
	struct arena arena;	    /* for keys and values of both maps, and for records */
	struct str discovered;	    /* what inputs_send() sends to the coordinator */
	struct str text;	    /* scratch */
	struct str image_directory; /* absolute path of the directory of the last image */
	int image_directory_fd;	    /* its descriptor, or -1 */
	struct stamp_reader reader; /* of images */
};

/* Release what the executor owns: the buffers and knowledge of this process. */
void executor_release(struct executor *executor);

/* Decide whether a node is current, without reading any file: compare `last`, the record of the
 * last build (or NULL), with stamps. `last` is used during the call only. `image` is the image's
 * stamp as it was seen before, or NULL; the image is looked at unless that stamp is the recorded
 * one. Nodes that this node needs must be decided before. */
void executor_decide(struct executor *executor, const struct node *node, const struct record *last,
    const struct file_stamp *image);

/* Fill in status->record of a node that is not current, as far as that needs no file to be read.
 * The record must have room for all inputs and needs, and status->last must be set. */
void executor_prepare(struct executor *executor, const struct node *node);

/* Find out why a node is not current: read the sources that changed, compose the commands and
 * compute the keys. Sets the reason, and OUTCOME_CURRENT if the node is current after all. Writes
 * nothing. Errors are those of the node's inputs. */
int executor_examine(struct executor *executor, const struct node *node, struct error **err);

/* Make a node as far as this worker can alone, and set the outcome: OUTCOME_UNITS if several units
 * have to be made first. `messages` gets what is to be printed. A problem of this node alone is
 * ERROR_INPUT or ERROR_USAGE. */
int executor_begin(
    struct executor *executor, const struct node *node, struct str *messages, struct error **err);

/* Make the unit of an input. */
int executor_translate(struct executor *executor, const struct node *node, size_t input,
    struct str *messages, struct error **err);

/* Make the image of a node that has all its units. */
int executor_render(
    struct executor *executor, const struct node *node, struct str *messages, struct error **err);

/* Compose the command that translates an input, or with SIZE_MAX the one that renders the image.
 * *ret_present is false if the context has no such command. */
int executor_compose(struct executor *executor, const struct node *node, size_t input,
    struct context_command *ret, bool *ret_present, struct error **err);

/* Compose the command for an input into executor->command. A source of unknown format has none. */
int executor_compose_unit(struct executor *executor, const struct node *node, size_t input,
    bool *ret_present, struct error **err);

/* Compose the command for the image into executor->command. ERROR_INPUT if there is none. */
int executor_compose_image(struct executor *executor, const struct node *node, struct error **err);

/* Append the reason of a node as text for a person. */
void executor_explain(const struct executor *executor, const struct node *node, struct str *ret);

#endif
