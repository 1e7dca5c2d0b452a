/*
 * The sources below the directories of a run, and their instrumented code.
 */
#ifndef KILN_RUN_SOURCES_H
#define KILN_RUN_SOURCES_H

#include "base/fields.h"
#include "cache/store.h"
#include "jobs/reporter.h"
#include "run/target.h"

struct sources_options {
	const char *const *directories; /* ended by NULL, at least one */
	const struct target *target;	/* whose directories are left out, unless they are named */
	const char *capture;		/* left out as well */
	unsigned features;		/* python/instrument.h */
	bool describes;			/* write their regions, too */
	unsigned workers;		/* at least 1 */
	struct cache *cache;		/* may be off */
};

/* Valid when all zero. */
struct sources {
	struct fields roots; /* the directories, absolute and without links */
	struct fields paths; /* of the sources, the same, each once */
};

/* Find the sources. Entries that cannot be read are warnings, and a directory that is none is
 * ERROR_USAGE. Paths with a newline are left out. */
int sources_find(const struct sources_options *options, struct reporter *reporter,
    struct sources *ret, struct error **err);

/* Write the code of each source into the open directory `root` as `code/NUMBER`, perhaps its
 * regions as `regions/NUMBER` (run/described.h), and `index`. A source that cannot be compiled has
 * neither. Starts the interpreter. ERROR_SYSTEM. */
int sources_compile(const struct sources *sources, const struct sources_options *options, int root,
    struct reporter *reporter, struct error **err);

/* Compile the text of a module of this program, without counters, to a .pyc file. Starts the
 * interpreter. */
int sources_compile_own(const struct sources_options *options, const char *name, const char *text,
    struct place target, struct error **err);

void sources_release(struct sources *sources);
#define autosources CLEANUP(sources_release)

#endif
