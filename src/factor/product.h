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

/* Receives each problem of one project or factor, and what is merely to be told of one; it takes
 * the error over. */
struct factor_listener {
	void (*problem)(void *context, struct error *problem);
	void (*warning)(void *context, struct error *warning);
	void *context;
};

struct products {
	struct arena arena;
	struct map by_path;	  /* path -> struct product */
	struct map implicit;	  /* the same, of implicit ones */
	struct product *products; /* all; of projects those that were replaced, too */
	struct project *projects;
	struct factor_listener listener;
	/* Directories whose declarations count also where another user may have made them and they
	 * are found above what was named: borrowed; NULL for none. To be set after products_init().
	 */
	const struct fields *trusted;
	const char
	    *context;	 /* the product of the construction context, searched last; NULL for none */
	size_t problems; /* how many were reported */
	bool keeps_indexes; /* what a generated index lists counts, though directories may have
			       changed */
};

/* All strings have a NUL behind them, and live as long as the set. */
struct product {
	struct products *set;
	struct product *next; /* of all that the set has */
	struct slice path;    /* absolute, without links */
	/* Neither it nor a directory above is declared a product: it is the directory of its one
	 * project. */
	bool implicit;
	bool indexed;		   /* the projects are those of .product/PROJECTS */
	bool is_index_current;	   /* they were looked for, and a generated index has them all */
	bool is_complete;	   /* none was reported, nor a directory in which one might be */
	struct slice index;	   /* the text of .product/PROJECTS, as it was read */
	struct project **projects; /* sorted by identifier */
	size_t project_count;
	struct map by_path; /* factor path -> struct project */
	struct map unseen;  /* what looking for projects could not see: product_is_unseen() */
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

/* Whether there may be a project of this factor path, or something below it, that could not be
 * seen: a directory could not be listed, an entry not be looked at, a declaration not be read. That
 * was reported, and nothing says that such a project is gone. */
bool product_is_unseen(const struct product *product, struct slice path);

/* The text of its index. */
void product_index(const struct product *product, struct str *ret);

/* Write the index, and the mark that it was generated, unless they are there already; *ret_written
 * (may be NULL) tells of the index. An implicit product has none: nothing is done. Errors have kind
 * ERROR_SYSTEM. */
int product_write_index(const struct product *product, bool *ret_written, struct error **err);

/* Append the directories, below the product, of the projects that its index does not list; none if
 * its projects are not those of an index. What cannot be read is passed over, but for the product's
 * directory. */
int product_unlisted(const struct product *product, struct fields *ret, struct error **err);

/* Open a product that this one is connected to; *ret is NULL if it does not exist. Where another
 * user may have made the connection, it has to be trusted to lead out of the product
 * (trust_check_leading(), --trust): else ERROR_USAGE. */
int product_connected(
    const struct product *product, size_t index, struct product **ret, struct error **err);

/* The project with an identifier, NULL if there is none. */
struct project *product_project(const struct product *product, struct slice identifier);

/* The same, if there is none also of the connected products, in their order, and last of the
 * construction context's; these are opened when they are needed, and those that do not exist are
 * passed over. *ret is NULL if there is none. */
int product_find_project(
    struct product *product, struct slice identifier, struct project **ret, struct error **err);

/* Split a full factor path, such as "acme.press.feed.tray", into project and factor path in it,
 * which is a part of `path` (empty for the project itself). NULL when no project holds it. */
struct project *product_split(
    const struct product *product, struct slice path, struct slice *ret_factor);

/* Where a path, that need not exist, stands in a product: the project that holds it (NULL if none)
 * and the factor path in it, in the set's arena: empty for the project's directory; the name of a
 * file counts up to its first dot. ERROR_USAGE if it is not in the product's directory. */
int product_locate(struct product *product, const char *path, struct project **ret_project,
    struct slice *ret_factor, struct error **err);

#endif
