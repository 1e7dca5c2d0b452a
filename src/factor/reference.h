/*
 * What a factor requires: references to factors and items of the system.
 *
 * A requirement in `.factor` is a factor path, absolute from the project or relative with dots in
 * front. Factors of the types meta.references and system.references stand for what their sources
 * list: the first for references PROJECT-IRI/FACTOR.PATH#ISOLATION, one per line, the second for
 * sets of names in a directory of the system.
 */
#ifndef KILN_FACTOR_REFERENCE_H
#define KILN_FACTOR_REFERENCE_H

#include "factor/project.h"

struct reference {
	struct slice project;	/* an identifier */
	struct slice factor;	/* a path in it */
	struct slice isolation; /* empty for none */
	long line;		/* in the text it was in */
};

/* Parse the references of a `.fr` file, which are parts of the text; the array is in the arena. A
 * line that is not a reference is ERROR_INPUT, with `name` and the line. */
int references_parse(struct slice text, const char *name, struct arena *arena,
    struct reference **ret, size_t *ret_count, struct error **err);

enum system_kind { SYSTEM_LIBRARY, SYSTEM_INTERFACES, SYSTEM_FRAMEWORK };

struct system_set {
	enum system_kind kind;
	struct slice directory; /* empty for none */
	struct slice *names;
	size_t count;
};

/* Parse the sets of a `.sr` file in the same way. */
int system_sets_parse(struct slice text, const char *name, struct arena *arena,
    struct system_set **ret, size_t *ret_count, struct error **err);

/* The project and factor path that a line of a factor's `.factor` refers to. Whether that factor
 * exists is not checked. ERROR_INPUT about the `.factor` if no project holds the path. */
int factor_reference(
    const struct factor *factor, size_t index, struct reference *ret, struct error **err);

struct requirement {
	struct factor *factor;	/* NULL for an item of the system */
	struct slice type;	/* the factor's, or that of the item, such as system.library-name */
	struct slice value;	/* of an item of the system: a path or a name */
	struct slice isolation; /* that was asked for, or empty */
};

/*
 * What a factor requires, in order and each once, with meta.references and system.references
 * expanded; factors of other products are among them. Of a path that is a factor index all factors
 * below it are required. Stored in factor->resolved; a second call gives the same.
 *
 * ERROR_INPUT, about the `.factor` or the source with the references: a path or identifier that
 * nothing holds, a reference file that leads to itself (naming the chain).
 */
int factor_requirements(struct factor *factor, struct error **err);

#endif
