/*
 * Projects and their factors.
 *
 * A project is declared by `.project/f-identity` and `.project/polynomial-1`, or implicit: a plain
 * directory of sources. project_walk() lists its factors.
 */
#ifndef KILN_FACTOR_PROJECT_H
#define KILN_FACTOR_PROJECT_H

#include "base/file_stamp.h"
#include "factor/names.h"
#include "factor/product.h"

#define FACTOR_TYPE_CONTEXT "http://if.fault.io/factors/"
#define FACTOR_UNKNOWN FACTOR_TYPE_CONTEXT "meta.unknown"
#define FACTOR_REFERENCES FACTOR_TYPE_CONTEXT "meta.references"
#define FACTOR_SYSTEM_REFERENCES FACTOR_TYPE_CONTEXT "system.references"

/* All strings here have a NUL after them, and live as long as the set of products. */

struct format {
	struct slice extension; /* without its dot */
	struct slice type;	/* an IRI, such as http://if.fault.io/factors/python.module */
	struct slice language;
	struct slice dialect; /* may be empty */
};

struct source {
	struct slice path;	     /* below the project's directory */
	const struct format *format; /* NULL: unknown */
	struct file_stamp stamp;     /* taken during the walk */
};

struct requirement;

struct factor {
	struct project *project;
	struct slice path;	    /* in the project: "feed.deep.sensor" */
	struct slice type;	    /* an IRI, without isolation */
	struct slice isolation;	    /* the text after the "#" of the type, or empty */
	bool is_explicit;	    /* a directory with a .factor */
	bool is_incomplete;	    /* some of its sources could not be read; reported */
	struct slice *requirements; /* as written in .factor */
	size_t requirement_count;
	struct source *sources;
	size_t source_count;
	struct factor *twin;	  /* the next factor of the same path, or NULL */
	struct factor *last_twin; /* of the first factor of a path */
	/* What factor_requirements() found; NULL before. */
	struct requirement *resolved;
	size_t resolved_count;
};

struct project {
	struct product *product;
	struct slice path; /* below the product: "acme.press"; an implicit product's: its name */
	struct slice directory; /* below the product: "acme/press"; "" for an implicit product */
	struct slice identifier;
	struct slice protocol;
	struct slice name;
	struct slice authority, contact, icon, synopsis; /* empty for none */
	bool implicit;					 /* the project is implicit */
	struct map formats;				 /* extension -> struct format */
	struct factor **factors; /* directory by directory, each one's files first */
	size_t factor_count;
	struct map by_path; /* path -> the first struct factor of it */
	struct map unseen;  /* what the walk could not read: project_is_unseen() */
	bool walked;
	struct project *next; /* of all that the set has */
};

/*
 * List the factors of a project, once; a second call does nothing.
 *
 * Reported, and left out: an explicitly typed factor with a wrong `.factor`, or one in the
 * project's own directory, which has no factor path; directories that cannot be read or form a
 * cycle by links; directories and sources whose names are not UTF-8 or have control characters;
 * what cannot be looked at, as a link to what is forbidden.
 * An implicit project has no factors of unknown type. Fails (ERROR_SYSTEM) only if the system
 * refuses a look at anything; the project is not to be used then.
 */
int project_walk(struct project *project, struct error **err);

/* The first factor of a path; the others are its twins. NULL if there is none. The project must
 * have been walked. */
struct factor *project_factor(const struct project *project, struct slice path);

/* Whether a factor of this path, or below it, may exist but could not be read: its directory could
 * not be listed, its entry not examined, its .factor is wrong. That was reported. Nothing may
 * conclude that such a factor was deleted. */
bool project_is_unseen(const struct project *project, struct slice path);

/* Whether a factor has this path or is below it; every factor is below the empty path. */
bool factor_is_below(const struct factor *factor, struct slice path);

/* Append the absolute path of a source. */
void source_path(const struct factor *factor, const struct source *source, struct str *ret);

#endif
