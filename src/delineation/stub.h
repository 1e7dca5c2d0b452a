/*
 * Sources as interface files (.pyi; the typing specification's "Distributing type information"):
 * what a user of a module may rely on.
 *
 * First it is decided what the interface says of each name of the module and of each of its
 * classes, once; then that is written. Of the files, stub_scope.c chooses the bindings of a name
 * that count, stub_implied.c what a class has without them, stub_class.c knows what annotations of
 * a class mean, stub_value.c decides what is said of data, stub_export.c of __all__, stub_used.c
 * which imports and deleted names are needed; stub_definition.c and stub_write.c write a
 * declaration, stub.c a body with its `if` statements.
 */
#ifndef KILN_DELINEATION_STUB_H
#define KILN_DELINEATION_STUB_H

#include "base/map.h"
#include "python/delineate.h"

struct stub_options {
	bool defaults;	 /* as in the source, else `...` */
	bool docstrings; /* of modules, classes and functions */
};

/* Something that is imported: a name of a module, or the module itself if the name is empty. */
struct stub_origin {
	struct slice module;
	struct slice name;
};

/* The __all__ of a module, as far as it is known. */
struct stub_exports {
	struct texts names;
	bool is_tuple;
};

/* A class as it stands in its source. */
struct stub_class {
	struct texts bases;    /* their dotted names */
	struct map names;      /* that it binds; names alone */
	struct texts abstract; /* those of them that are abstract */
	bool is_abstract;      /* its metaclass is said to be ABCMeta */
};

/* As many classes are looked at of those that one inherits from; more nobody has. */
#define STUB_LINEAGE 200

/* A source whose interface is made. */
struct stub_source {
	const struct delineation *delineation; /* made with delineate_options.interface */
	const char *shown;		       /* for errors */
	struct slice package;		       /* that contains the module, dotted; or empty */
	/* The __all__ of a module of the same tree, whose names live as long as the arena; *ret is
	 * all zero. `module` is its dotted name. 1 if all names are known, else 0, or -1. NULL if
	 * there is no tree. */
	int (*exported)(void *context, struct slice module, struct arena *arena,
	    struct stub_exports *ret, struct error **err);
	/* Where a module of the same tree gets a name from that its interface does not pass on,
	 * because it imports the name from outside of its package. 1 and *ret, which lives as long
	 * as the context, or 0, or -1. NULL if there is no tree. */
	int (*imported)(void *context, struct slice module, struct slice name,
	    struct stub_origin *ret, struct error **err);
	/* Whether a module of the same tree has a class of this name, whose calls make objects of
	 * it: 1 or 0, or -1. NULL if there is no tree. */
	int (*has_class)(void *context, struct slice module, struct slice name, struct error **err);
	/* A class of a module of the same tree behind those that it inherits from, the most basic
	 * first, as far as the tree has them: their number, at most STUB_LINEAGE, and *ret, which
	 * lives as long as the context; 0 if there is no such class, or -1. NULL if there is no
	 * tree. */
	int (*lineage)(void *context, struct slice module, struct slice name,
	    const struct stub_class *const **ret, struct error **err);
	/* Whether the tree has a module of this dotted name. */
	bool (*has_module)(void *context, struct slice module);
	void *context;
};

/* Append the interface of a source. ERROR_INPUT if CPython could not read it, because it would be
 * nested too deeply. */
int stub_add(const struct stub_source *source, const struct stub_options *options, struct str *ret,
    struct error **err);

/* Append the absolute dotted name of the module that a `from` import names, seen from a package.
 * False if it is outside of every package. */
bool stub_from_module(struct slice package, const struct element *import, struct str *ret);

/* Append the dotted name of the parts from one on and before another, which may be NULL. */
void stub_join(struct str *ret, const struct text *first, const struct text *end);

/* Whether an import is one of the module's own package, which its users see. */
bool stub_is_of_package(struct slice package, const struct element *import);

/* Describe a class in texts of an arena; *ret is all zero. Its map is the caller's to release. */
void stub_class_take(const struct element *class, struct arena *arena, struct stub_class *ret);

/* A source's __all__: 1 if all of its names are known, else 0, or -1 on errors that `exported` of
 * the source gave. They live as long as the source and the arena; *ret is all zero. */
int stub_exported(const struct stub_source *source, struct arena *arena, struct stub_exports *ret,
    struct error **err);

#endif
