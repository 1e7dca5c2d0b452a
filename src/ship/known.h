/*
 * What is known of the modules of a plan (known.c), for exports.c and ancestors.c (see exports.h).
 */
#ifndef KILN_SHIP_KNOWN_H
#define KILN_SHIP_KNOWN_H

#include "ship/exports.h"

/* What is known of a module. */
struct known {
	struct stub_exports exports;
	bool is_all;	     /* nothing else is in its __all__ */
	bool has_all;	     /* it has one */
	struct map imports;  /* struct stub_origin of names that are not passed on; names alone */
	struct map siblings; /* the same of those that come from its package */
	struct texts stars;  /* the modules of its star imports */
	struct map classes;  /* struct known_class */
	struct known *next;  /* of the reader */
};

struct known_class {
	struct stub_class stated;
	bool is_plain; /* it is called to make objects of it */
	enum {
		CLASS_STATED,
		CLASS_ASKED, /* its lineage is being found */
		CLASS_FOUND,
	} state;
	const struct stub_class **lineage;
	int count;
};

/* The dotted name of the package that the module at a path is in; empty if no import can name it.
 */
struct slice known_package(struct arena *arena, struct slice path);

/* What is known of a module; NULL if the plan does not have it. */
int known_by_name(struct exports_reader *reader, struct slice module, const struct known **ret,
    struct error **err);

/* As struct stub_source has them. */
bool known_has_module(void *context, struct slice module);
int known_exported(void *context, struct slice module, struct arena *arena,
    struct stub_exports *ret, struct error **err);
int known_lineage(void *context, struct slice module, struct slice name,
    const struct stub_class *const **ret, struct error **err);

#endif
