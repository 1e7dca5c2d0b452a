/*
 * What a build makes of its factors: a node for each image, and which images need which.
 *
 * Nodes are found from the factors that were selected and what these require, in the products of a
 * build and those they are connected to.
 */
#ifndef KILN_BUILD_GRAPH_H
#define KILN_BUILD_GRAPH_H

#include "base/place.h"
#include "build/prefetch.h"
#include "context/context.h"
#include "factor/answer.h"
#include "factor/reference.h"

/* What a build keeps in the directory of a product: its state, lock, units and logs. */
#define BUILD_DIRECTORY ".kiln-build"

/* A product of the build, and what is known of its last one. */
struct workspace {
	struct product *product;
	char *directory; /* of the state, units and logs: PRODUCT/.kiln-build */
	struct build_state state;
	struct prefetch *prefetch; /* or NULL */
	unsigned char *checks;	   /* whether each dependency of it is as it was
					(build/discovered_inputs.h); or NULL */
	size_t wanted;		   /* records of it that are of nodes, once these are decided */
	int fd;			   /* of the product's directory */
	int lock;		   /* -1 while it is not locked */
	bool is_state_damaged;
	/* The last build was, or nothing is known of it: there may be images of which nothing is
	 * known. */
	bool was_killed;
	bool is_whole;	     /* all its projects were selected */
	struct map selected; /* project path -> struct project, of those wholly selected */
};

/* A mode of the build. */
struct build_mode {
	struct context_request request;
	struct map configs;    /* variant and format -> struct config_hash */
	struct map unrendered; /* factors that were told of, by their addresses, since nothing of
			      them is translated */
};

struct node_input {
	struct factor *factor; /* that has the source */
	const struct source *source;
	struct slice path; /* below the node's product, or absolute if it is another's */
	bool is_own;	   /* a source of the factor: it may have a unit */
};

struct node {
	size_t index;
	struct workspace *workspace;
	struct factor *factor;
	struct factor *interface; /* a twin whose sources are described with its own; or NULL */
	struct build_mode *mode;
	const struct variant *variant;
	struct slice image;    /* below the product */
	struct slice absolute; /* the same, from the root */
	struct hash config;    /* what is the same for many nodes */
	struct node_input *inputs;
	size_t input_count, own_count; /* its own sources come first */
	struct node **needs;
	size_t need_count;
	struct node **dependents;
	size_t dependent_count;
	bool is_selected; /* named, not only required */
	bool is_broken; /* its sources could not be seen, or its requirements resolved; reported */
};

struct graph {
	struct arena arena;
	struct products products;
	struct context *context;
	struct build_mode *modes;
	size_t mode_count;
	enum image_layout layout;
	struct workspace **workspaces;
	size_t workspace_count;
	struct node **nodes; /* once it is complete, each after those that it needs */
	size_t node_count, node_capacity;
	struct map by_image; /* absolute path -> struct node */
	size_t problems;     /* that were reported here: their nodes are broken */
	/* Takes each problem of one factor, as struct factor_listener. */
	struct factor_listener listener;
};

/* Valid when all zero, but for the listener. Release everything, also workspaces and their locks.
 */
void graph_release(struct graph *graph);

/* The workspace of a product, made when it is new. */
struct workspace *graph_workspace(struct graph *graph, struct product *product, struct error **err);

/* The place of an absolute path below the product of a workspace: reached from its descriptor,
 * wherever the path leads meanwhile. */
static inline struct place workspace_place(const struct workspace *workspace, const char *absolute)
{
	return place_below(workspace->fd, absolute + workspace->product->path.len + 1, absolute);
}

/* The place of a node's image. */
static inline struct place node_place(const struct node *node)
{
	return place_below(node->workspace->fd, node->image.data, node->absolute.data);
}

/* Add the nodes of a factor in all modes. A factor with sources, none of which is translated, has
 * none: there is nothing to render, and the listener is warned. */
int graph_select(struct graph *graph, struct factor *factor, struct error **err);

/* Add what the nodes require, and that in turn. Two factors for one image, a cycle, and
 * requirements that are wrong are reported to the listener; the nodes are broken then. */
int graph_complete(struct graph *graph, struct error **err);

/* The node of an image, by its path below a product; NULL if there is none. */
struct node *graph_node(
    const struct graph *graph, const struct workspace *workspace, struct slice image);

/* Append the absolute path of the directory for units and logs of all variants of a factor in a
 * form. Names that are too long for a directory are shortened, here and in those of units. */
void workspace_work(const struct workspace *workspace, struct slice form, struct slice project,
    struct slice factor, struct str *ret);

/* Append the absolute path of a node's directory for units and logs. */
void node_work(const struct node *node, struct str *ret);

/* Append what of a node's factors decides about its image, beside contents: their types, formats
 * and requirements. */
void node_declaration(const struct node *node, struct str *ret);

/* Append the absolute path of an input. */
void node_input_path(const struct node *node, size_t input, struct str *ret);

/* Append the path of an own input's unit below the directory `units` of that one. */
void node_unit_name(const struct node *node, size_t input, struct str *ret);

/* Append the absolute path of an own input's unit. */
void node_unit(const struct node *node, size_t input, struct str *ret);

/* Append the path by which a command is told of the dependency file of an own input's unit, or of a
 * partial one. It is in a stage while the command runs, and not kept. */
void node_dependencies(const struct node *node, size_t input, bool partial, struct str *ret);

/* Append "acme.press.feed.tray". */
void node_name(const struct node *node, struct str *ret);

#endif
