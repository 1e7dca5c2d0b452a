/*
 * What names in documentation and annotations refer to: elements of the same factor, factors of its
 * project, of the other projects of its product and of connected ones, and names of inventories.
 * The rules are in docs/formats.rst, "References".
 */
#ifndef KILN_RECORD_NAMES_H
#define KILN_RECORD_NAMES_H

#include "factor/project.h"
#include "record/site_index.h"

/* Where it is, as the first word of a reference's cast. */
enum target_place {
	TARGET_FACTOR_LOCAL,
	TARGET_PROJECT_LOCAL,
	TARGET_CONTEXT_LOCAL,
	TARGET_REMOTE,
	TARGET_INVALID, /* nothing has the name */
};

struct record_target {
	enum target_place place;
	/* The second word: the type of an element of the factor ("method"), "project-name",
	 * "project-factor", "factor-element", "python-class" and so on for an inventory, "unknown".
	 */
	struct slice kind;
	/* Of the factor itself; else NULL. */
	const struct record_element *element;
	/* Of another factor: the project's factor path and IRI, the factor's path in the project
	 * (empty for the project itself), and the path of an element in it (empty for the factor
	 * itself). */
	struct slice project, identifier, factor, path;
	struct slice title; /* what is shown; data NULL for none */
	struct slice link;  /* as in a text: #a.b, FACTOR#a.b, PROJECT/FACTOR#a.b, or an IRI */
};

/* What a name of an inventory leads to. */
struct record_outside {
	struct slice kind; /* python-class */
	struct slice url;
};

/* What is known beside the factor. */
struct record_names {
	struct product *product; /* or NULL */
	struct project *project; /* the factor's, walked; or NULL */
	/* What names of modules of an implicit project begin with (record/sources.h). */
	struct slice prefix;
	const struct site_index *index; /* what the factors have, or NULL */
	/* Looks up a name in inventories; or NULL. */
	bool (*lookup)(void *context, struct slice name, struct record_outside *ret);
	void *context;
};

/* What a reference means in the documentation or annotations of `around`, an element of the record:
 * "name.path", ".press.Press", "..core.tree", "@IRI". Allocated in the record's arena; never NULL,
 * but for references with three or more dots in front, which have no meaning. Fails (ERROR_SYSTEM)
 * only if the system refuses a look at projects. */
int resolve_name(struct factor_record *record, const struct record_names *names,
    const struct record_element *around, struct slice reference, const struct record_target **ret,
    struct error **err);

/* The same of a dotted name in an annotation or base, where a part of the name does not stand for
 * all of it. */
int resolve_type_name(struct factor_record *record, const struct record_names *names,
    const struct record_element *around, struct slice reference, const struct record_target **ret,
    struct error **err);

/* The same of a name that may be the end of one: what nothing else has, but just one public element
 * of the project. */
int resolve_end_name(struct factor_record *record, const struct record_names *names,
    const struct record_element *around, struct slice reference, const struct record_target **ret,
    struct error **err);

/* Resolve all references in the documentation, and all types and bases. Such a reference becomes a
 * hyperlink (REFERENCE_HYPERLINK with `target`). */
int resolve_all(struct factor_record *record, const struct record_names *names, struct error **err);

/* Make a reference in a text the hyperlink to a target: (BEFOREplace/kind)&<link[title]>.
 * *ret_source becomes the node's text. All is in the arena. */
void target_reference(struct arena *arena, const struct record_target *target, const char *before,
    struct text_reference *ret, struct slice *ret_source);

#endif
