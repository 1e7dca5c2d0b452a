/*
 * The parts of interface files (for stub.c): elements without children.
 */
#ifndef KILN_DELINEATION_STUB_PARTS_H
#define KILN_DELINEATION_STUB_PARTS_H

#include "base/map.h"
#include "delineation/stub.h"

struct stub {
	const struct stub_options *options;
	struct str out;
	int depth;			/* of indentation */
	const struct stub_scope *scope; /* that is being written, or NULL */
	const struct map *globals;	/* the module's names */
	const char *unknown;		/* the type of data without one */
	const char *import;		/* the line that imports it */
	bool incomplete;		/* it was used */
	size_t futures;			/* where the imports that must come first end */
};

/* What all elements of one name in a module or class tell. */
struct stub_name {
	const struct element *field;	  /* that has a type, or NULL */
	const struct element *definition; /* the first class, function or import, or NULL */
	/* Of what is assigned to data and fields without a type, but for None: VALUE_NONE if there
	 * is nothing, VALUE_OTHER if there are several kinds. */
	enum value_kind kind;
	bool null; /* None is assigned */
};

/* The module or class whose data are written. */
struct stub_scope {
	const struct stub_scope *outer; /* or NULL */
	const struct element *container;
	struct map names; /* struct stub_name of each name that it binds */
	bool enumeration; /* values are what its data stand for */
};

/* Begin a line, and a line of its own. */
void stub_begin_line(struct stub *stub);
void stub_line(struct stub *stub, const char *text);

/* What follows the last dot of a dotted name. */
struct slice stub_last_part(struct slice name);

/* Whether a name is one of the words, which are ended by NULL. */
bool stub_is_among(struct slice name, const char *const *words);

/* Whether an element of a class is no part of the class's body. */
bool stub_is_of_head(const struct element *element);

/* The docstring of an element, if it has one and docstrings are wanted. */
void stub_docstring(struct stub *stub, const struct element *element);

void stub_import(struct stub *stub, const struct element *import);
void stub_decorators(struct stub *stub, const struct definition *definition);

/* End the head of a definition whose body is nothing but its docstring. */
void stub_empty_body(struct stub *stub, const struct element *element);

void stub_function(struct stub *stub, const struct element *function);

/* Data that a `type` statement binds. */
void stub_alias(struct stub *stub, const struct element *data);

/* Other data, or a field. */
void stub_data(struct stub *stub, const struct stub_scope *scope, const struct element *data);

#endif
