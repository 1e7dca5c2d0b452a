/*
 * Queries: lists of products, projects, factors and commands. Nothing is written or locked.
 *
 * The caller frees the arrays with free(); their items live as long as the session.
 */
#ifndef KILN_BUILD_QUERY_H
#define KILN_BUILD_QUERY_H

#include "build/build_session.h"

/* The products of the targets, then the existing products that those are connected to. Errors are
 * those of product_open(). */
int query_products(
    struct build_session *session, struct product ***ret, size_t *ret_count, struct error **err);

/* The projects that the targets name, in whole or in part. */
void query_projects(const struct build_session *session, struct project ***ret, size_t *ret_count);

/* The factors that the targets name. ERROR_USAGE for a path without factors. */
int query_factors(const struct build_session *session, struct factor ***ret, size_t *ret_count,
    struct error **err);

/* One factor of each type among these factors. */
void query_types(
    struct factor *const *factors, size_t count, struct factor ***ret, size_t *ret_count);

/* A command for a source or for an image, with all that it runs with. */
struct query_command {
	const struct node *node;
	const struct node_input *input; /* to translate; NULL: the command renders the image */
	const char *target;		/* absolute path of the unit or image */
	const struct context_command *command;
	struct fields words;	   /* as of command_words() */
	bool is_own;		   /* run in this process, which starts no program */
	struct fields environment; /* of the program, complete */
};

/* Call `visit` for each command of a node: those of its units, then that of its image. Call this
 * after build_session_decide(). Errors are those of the node, and of `visit`. */
int query_commands(struct build_session *session, const struct node *node,
    int (*visit)(void *context, const struct query_command *command, struct error **err),
    void *context, struct error **err);

#endif
