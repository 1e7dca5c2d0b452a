/*
 * The graph of a build: a node for each image, and edges to the images that each one needs.
 *
 * Nodes come from the selected factors and from what these require, in the products of the build
 * and in products that those are connected to.
 */
#ifndef KILN_BUILD_GRAPH_H
#define KILN_BUILD_GRAPH_H

#include "base/place.h"
#include "build/foreign_cc.h"
#include "build/prefetch.h"
#include "context/context.h"
#include "factor/answer.h"
#include "factor/reference.h"

/* The directory in a product for the build state, the lock, units and logs. */
#define BUILD_DIRECTORY ".kiln-build"

/* A product of the build, and what is known of the product's last build. */
struct workspace {
	struct product *product;
	char *directory; /* absolute path of PRODUCT/.kiln-build */
	struct build_state state;
	struct prefetch *prefetch; /* or NULL */
	/* For each dependency of the state whether the file is unchanged (enum check in
	 * build/discovered_inputs.c); NULL until the first one is checked. */
	unsigned char *checks;
	size_t wanted; /* records that belong to a node; complete once all nodes are decided */
	int fd;	       /* of the product's directory */
	int lock;      /* of the lock file; -1 while the product is not locked */
	bool is_busy;  /* the note `busy` is written (build/workspace.h) */
	bool is_state_damaged;
	/* The last build was killed, or the state has no records: there may be images without a
	 * record. */
	bool was_killed;
	bool is_whole;	     /* all projects of the product were selected */
	struct map selected; /* project path -> struct project, of those selected whole */
};

/* A mode of the build. */
struct build_mode {
	struct context_request request;
	struct map configs;    /* variant and format -> struct config_hash */
	struct map unrendered; /* addresses of factors without an image, which were reported */
};

struct node_input {
	struct factor *factor; /* to which the source belongs */
	const struct source *source;
	struct slice path; /* below the node's product; absolute for a source of another product */
	bool is_own;	   /* a source of the node's own factor, which may have a unit */
};

struct node {
	size_t index;
	struct workspace *workspace;
	struct factor *factor;
	struct factor *interface; /* of the module, described together with it; or NULL */
	struct build_mode *mode;
	const struct variant *variant;
	struct slice image;    /* path below the product */
	struct slice absolute; /* absolute path of the same */
	struct hash config;    /* build/config_hash.h */
	struct node_input *inputs;
	size_t input_count, own_count; /* own inputs come first */
	struct node **needs;
	size_t need_count;
	struct node **dependents;
	size_t dependent_count;
	bool is_selected; /* by a target, not only required by another node */
	bool is_broken;	  /* cannot be built; the problem was reported */
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
	struct node **nodes; /* once the graph is complete, each after the nodes that it needs */
	size_t node_count, node_capacity;
	struct map by_image;		/* absolute path -> struct node */
	const struct fields *wanted;	/* names of variants; NULL or empty: all are selected */
	struct foreign_pythons pythons; /* versions of CPython of other executables */
	size_t problems;		/* that were reported here, each with a broken node */
	/* Gets each problem of a single factor. */
	struct factor_listener listener;
};

/* Release everything, also workspaces and their locks. A graph is valid when all zero except for
 * the listener. */
void graph_release(struct graph *graph);

/* The workspace of a product; the first call for a product makes it. */
struct workspace *graph_workspace(struct graph *graph, struct product *product, struct error **err);

/* The place of an absolute path below the product of a workspace. It is reached from the product's
 * descriptor, so that nobody can redirect it by a link. */
static inline struct place workspace_place(const struct workspace *workspace, const char *absolute)
{
	return place_below(workspace->fd, absolute + workspace->product->path.len + 1, absolute);
}

/* The place of a node's image. */
static inline struct place node_place(const struct node *node)
{
	return place_below(node->workspace->fd, node->image.data, node->absolute.data);
}

/* Add the nodes of a factor in all modes. A factor with sources gets no node if the context
 * translates none of them, as there is nothing to render; the listener gets a warning. */
int graph_select(struct graph *graph, struct factor *factor, struct error **err);

/* Add the nodes that nodes require, and sort all. The listener gets problems: two factors for one
 * image, a cycle, wrong requirements. The nodes concerned are broken then. */
int graph_complete(struct graph *graph, struct error **err);

/* The node of an image, by its path below a product; NULL if there is none. */
struct node *graph_node(
    const struct graph *graph, const struct workspace *workspace, struct slice image);

/* Append the absolute path of the directory for units and logs of a factor in a form, of all its
 * variants. Names that are too long for the file system are shortened, also those of units. */
void workspace_work(const struct workspace *workspace, struct slice form, struct slice project,
    struct slice factor, struct str *ret);

/* Append the absolute path of the directory for units and logs of a node. */
void node_work(const struct node *node, struct str *ret);

/* Append the node's declaration as text: the types, formats and requirements of its factors, which
 * decide about the image together with the contents of sources. */
void node_declaration(const struct node *node, struct str *ret);

/* Append the absolute path of an input. */
void node_input_path(const struct node *node, size_t input, struct str *ret);

/* Append the path of an own input's unit, relative to `units` in the node's directory. */
void node_unit_name(const struct node *node, size_t input, struct str *ret);

/* Append the absolute path of an own input's unit. */
void node_unit(const struct node *node, size_t input, struct str *ret);

/* Append the path by which a command names the dependency file of an own input's unit, or the
 * partial one. The file is made in a stage and not kept (build/command_runner.h). */
void node_dependencies(const struct node *node, size_t input, bool partial, struct str *ret);

/* Append the full factor path of a node, such as "acme.press.feed.tray". */
void node_name(const struct node *node, struct str *ret);

#endif
