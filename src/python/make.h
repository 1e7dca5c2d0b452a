/*
 * The processing instructions: mkast and mkbytecode.
 */
#ifndef KILN_PYTHON_MAKE_H
#define KILN_PYTHON_MAKE_H

#include "base/hash.h"
#include "base/place.h"
#include "python/bytecode.h"
#include "python/tree.h"

/* Options of both. A missing one is NULL, MAKE_OPTIMIZE_NONE, or `has_check` false. */
struct make_options {
	const char *factor;	  /* absolute factor path, injected as __factor__ */
	const char *recorded;	  /* the path to record; default: the origin as given */
	const char *encoding;	  /* overrides the cookie */
	const char *metrics_trap; /* injected as __metrics_trap__ when reducing */
	unsigned instrumentation; /* of mkast, as in python/instrument.h */
	int optimize;
	bool has_check;
	enum check check;
};

#define MAKE_OPTIMIZE_NONE (-2)

/* The level when none is given anywhere. */
#define MAKE_OPTIMIZE_DEFAULT 1

/* Inject what every translation injects: `__factor__`, unless factor is NULL, and
 * `__source_hash__`. */
int tree_inject_identity(
    struct tree *tree, const char *factor, const struct hash *source, struct error **err);

/*
 * Store the syntax tree of the source `origin`, with its constants, as the unit `target`. The
 * level, check and trap are kept in the unit as the defaults of its reduction. Bad sources are
 * ERROR_INPUT; then the target is untouched. The target's parent directories are created.
 */
int mkast(struct place target, const char *origin, const struct make_options *options,
    struct notes *notes, struct error **err);

/* Compile the unit and store its code object with the header of the check. What is instrumented is
 * compiled at level 0. */
int mkbytecode(struct place target, struct place unit, const struct make_options *options,
    struct notes *notes, struct error **err);

#endif
