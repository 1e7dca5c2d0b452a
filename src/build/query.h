/*
 * What is known of products: lists for those who ask. Nothing is written or locked.
 *
 * The arrays are for free(); what they point to lives as long as the session.
 */
#ifndef KILN_BUILD_QUERY_H
#define KILN_BUILD_QUERY_H

#include "build/build_session.h"

/* The products of the targets, then those that they are connected to, as far as these exist. Errors
 * are those of product_open(). */
int query_products(
    struct build_session *session, struct product ***ret, size_t *ret_count, struct error **err);

/* The projects that the targets name, or name parts of. */
void query_projects(const struct build_session *session, struct project ***ret, size_t *ret_count);

/* The factors that the targets name. ERROR_USAGE for a path that has none. */
int query_factors(const struct build_session *session, struct factor ***ret, size_t *ret_count,
    struct error **err);

/* The types of factors among these: one factor of each. */
void query_types(
    struct factor *const *factors, size_t count, struct factor ***ret, size_t *ret_count);

/* A command for a source or for an image, in full. */
struct query_command {
	const struct node *node;
	const struct node_input *input; /* that is translated; NULL for the image's command */
	const char *target;		/* absolute path of the unit or image */
	const struct context_command *command;
	struct fields words;	   /* all, the name that it runs under first */
	bool is_own;		   /* performed in this program, which starts nothing */
	struct fields environment; /* of the program that is started, all of it */
};

/* Compose the commands of a node, after build_session_decide(): those of its units, then that of
 * its image. Errors are those of the node, and what `visit` failed with. */
int query_commands(struct build_session *session, const struct node *node,
    int (*visit)(void *context, const struct query_command *command, struct error **err),
    void *context, struct error **err);

#endif
