/*
 * The sources that `kiln record` makes records of: the modules, interfaces and chapters among the
 * factors of projects.
 */
#ifndef KILN_RECORD_SOURCES_H
#define KILN_RECORD_SOURCES_H

#include "factor/project.h"

/* Factors of a project at or below a path. */
struct record_selection {
	struct project *project;
	struct slice factor; /* empty: all */
	/* What names of modules of an implicit project begin with; empty: the packages that its
	 * directory is in, which have `__init__`. */
	struct slice prefix;
};

struct record_source {
	struct project *project;
	struct slice factor; /* the factor path in the project: "store.crate" */
	struct slice name;   /* of the module, as programs import it: "orchard.tools.store.crate" */
	struct slice prefix; /* what such names of the project begin with; may be empty */
	struct slice directory; /* of its record below the output: PROJECT/FACTOR */
	struct slice shown;	/* the path below the project's directory */
	const char *origin;	/* the path of the module, or of an interface without one */
	const char *interface;	/* the path of the interface of a module; or NULL */
	bool is_chapter;	/* a text (record/chapter.h), no module */
	bool is_package;	/* an `__init__`, which `name` does not have */
};

/* In the order of their directories. */
struct record_sources {
	struct arena arena;
	struct record_source *items;
	size_t count;
	size_t capacity;
};

/* Find the sources of selected factors, each once; *ret is all zero. Fails as project_walk() does.
 */
int record_sources_find(const struct record_selection *selections, size_t count,
    struct record_sources *ret, struct error **err);

/* Fail with ERROR_USAGE if a source is in the directory `output`, which kiln may replace once it
 * has written there, or if that is in what is selected: the next run would record it. */
int record_sources_check(const struct record_sources *sources,
    const struct record_selection *selections, size_t count, const char *output,
    struct error **err);

void record_sources_release(struct record_sources *sources);
#define autorecord_sources CLEANUP(record_sources_release)

#endif
