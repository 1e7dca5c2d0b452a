/*
 * Compares the parser of src/python/parse with CPython's, for tests: what it accepts, CPython must
 * accept without a warning, and the trees must be equal. The layout that it finds must be the one
 * that is found where CPython's parser made the tree.
 */
#ifndef KILN_TEST_COMPARE_H
#define KILN_TEST_COMPARE_H

#include "base/str.h"

enum comparison {
	COMPARED_REFUSED, /* the parser gives up */
	COMPARED_EQUAL,
	COMPARED_DIFFERENT,
	COMPARED_ACCEPTED, /* what CPython refuses */
	COMPARED_SILENT,   /* where CPython warns */
	COMPARED_LAYOUT,   /* the layouts differ */
};

/* Start the interpreter, with all warnings on. False if that fails. */
bool compare_start(void);

/* Compare what the parsers make of a source, UTF-8 that has a NUL behind it and no other. */
enum comparison compare_parsers(struct slice text);

/* The same without CPython's parser: only the layouts are compared. */
enum comparison compare_layouts(struct slice text);

/* What is wrong with a result; NULL for the first two. */
const char *comparison_fault(enum comparison comparison);

/* Print a source and what is wrong with it. */
void compare_print(struct slice text, const char *fault);

#endif
