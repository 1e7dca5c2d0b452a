/*
 * Products: directories of projects (docs/formats.rst, "Products and projects").
 *
 * A set of products owns all that is read of them, their projects and factors, in one arena; each
 * product is in it once, by its path, however it is reached: opened, or connected to another. What
 * concerns one project or factor alone goes to the listener, and the rest goes on. What the system
 * refuses ends what is asked: what is not seen is not gone.
 *
 *	CLEANUP(products_release) struct products products;
 *	products_init(&products, &listener);
 *	struct product *product = product_of(&products, path, err);
 *	for (size_t i = 0; i < product->project_count; i++)
 *		project_walk(product->projects[i], err);
 *
 * Not for several threads at once.
 */
#ifndef KILN_FACTOR_PRODUCT_H
#define KILN_FACTOR_PRODUCT_H

#include "base/arena.h"
#include "base/fields.h"
#include "base/map.h"
#include "base/str.h"

struct project;

/* Receives each problem of one project or factor, and each note about one. Takes the error over. */
struct factor_listener {
	void (*problem)(void *context, struct error *problem);
	void (*warning)(void *context, struct error *warning);
	void *context;
};

struct products {
	struct arena arena;
	struct map by_path;	  /* path -> struct product */
	struct map implicit;	  /* the same, of implicit ones */
	struct product *products; /* all, including projects that a rescan replaced */
	struct project *projects;
	struct factor_listener listener;
	/* Directories whose declarations count even if another user may have written them and they
	 * are above the directory that was named. Borrowed; NULL for none. Set after
	 * products_init(). */
	const struct fields *trusted;
	const char
	    *context;	 /* the product of the construction context, searched last; NULL for none */
	size_t problems; /* number of problems reported */
	bool keeps_indexes; /* trust a generated index without searching directories again */
};

/* All strings have a NUL after them, and live as long as the set. */
struct product {
	struct products *set;
	struct product *next; /* of all that the set has */
	struct slice path;    /* absolute, without links */
	/* Not declared by a `.product`: the product is the directory of its one project. */
	bool implicit;
	bool indexed;	       /* the projects are those of .product/PROJECTS */
	bool is_index_current; /* the directories were searched, and a generated index lists all
				  projects */
	bool is_complete;      /* no project, and no directory that may have one, was reported */
	struct slice index;    /* the text of .product/PROJECTS */
	struct project **projects; /* sorted by identifier */
	size_t project_count;
	struct map by_path; /* factor path -> struct project */
	struct map unseen;  /* what the search for projects could not read: product_is_unseen() */
	struct slice *connections; /* absolute paths without links, in order */
	size_t connection_count;
};

/* The listener is copied. */
void products_init(struct products *products, const struct factor_listener *listener);
void products_release(struct products *products);

/*
 * The product that a directory is: that of its index `.product/PROJECTS`, or, where there is none,
 * where it was generated (factor/index.h) or if `rescan`, of the projects that are found in it,
 * which may be none. Nothing is written. A directory that has `.project/f-identity`, but no
 * `.product`, is an implicit product of that project, whose factor path is then its name. A product
 * that is in the set already is given as it is, but for `rescan`, which finds its projects anew
 * (they are other objects then).
 *
 * A project that cannot be read is reported and left out. Fails if the directory cannot be read
 * (ERROR_USAGE if it does not exist), for a wrong PROJECTS or CONNECTIONS, for two projects of
 * one identifier or path (ERROR_USAGE), and if the system refuses a look at anything
 * (ERROR_SYSTEM).
 */
struct product *product_open(
    struct products *products, const char *path, bool rescan, struct error **err);

/*
 * The product that a path, of a file or directory that exists, belongs to:
 * - where a directory `.project/f-identity` holds the path: the nearest `.product` at or above the
 *   nearest of those, if a project of it holds the path; else the implicit product of that project;
 * - else, if the path is a directory with a `.product`, or has projects of one below it: that;
 * - else the directory, or the one the file is in, is an implicit product of one implicit project,
 *   both named after it.
 * What is found above the path counts only if nobody else can have made it (base/trust.h) or its
 * directory is trusted; else it is ERROR_USAGE. Fails as product_open() does.
 */
struct product *product_of(struct products *products, const char *path, struct error **err);

/* Whether a project of this factor path, or below it, may exist but could not be read: a directory
 * could not be listed, an entry not examined, a declaration not read. That was reported. Nothing
 * may conclude that such a project was deleted. */
bool product_is_unseen(const struct product *product, struct slice path);

/* The text of its index. */
void product_index(const struct product *product, struct str *ret);

/* Write the index, and the mark that it was generated, unless both are up to date; *ret_written
 * (may be NULL) tells about the index. For an implicit product, which has no index, nothing is
 * done. Errors are ERROR_SYSTEM. */
int product_write_index(const struct product *product, bool *ret_written, struct error **err);

/* Append the directories, below the product, of projects that its index does not list; none if the
 * product has no index. What cannot be read is skipped, except the product's own directory. */
int product_unlisted(const struct product *product, struct fields *ret, struct error **err);

/* Open a connected product; *ret is NULL if it does not exist. A connection that another user may
 * have written, and that leads out of the product, must be trusted (trust_check_leading(),
 * --trust): else ERROR_USAGE. */
int product_connected(
    const struct product *product, size_t index, struct product **ret, struct error **err);

/* The project with an identifier, NULL if there is none. */
struct project *product_project(const struct product *product, struct slice identifier);

/* The same, and if there is none, that of the connected products in their order, then of the
 * construction context's product. These are opened when needed; missing ones are skipped. *ret is
 * NULL if there is none. */
int product_find_project(
    struct product *product, struct slice identifier, struct project **ret, struct error **err);

/* Split a full factor path, such as "acme.press.feed.tray", into the project and the rest, a part
 * of `path` (empty for the project itself). NULL when no project holds the path. */
struct project *product_split(
    const struct product *product, struct slice path, struct slice *ret_factor);

/* Find the project that holds a path, which need not exist (NULL if none), and the factor path in
 * that project, in the set's arena: empty for the project's directory; a file's name counts up to
 * its first dot. ERROR_USAGE if the path is outside of the product. */
int product_locate(struct product *product, const char *path, struct project **ret_project,
    struct slice *ret_factor, struct error **err);

#endif
