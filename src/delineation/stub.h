/*
 * Elements as an interface file (.pyi; the typing specification's "Distributing type information"):
 * imports, signatures, classes and data of a source, without what they do.
 */
#ifndef KILN_DELINEATION_STUB_H
#define KILN_DELINEATION_STUB_H

#include "python/delineate.h"

struct stub_options {
	bool defaults;	 /* as in the source, else `...` */
	bool docstrings; /* of modules, classes and functions */
};

/* Append the interface of a source. Definitions in both arms of an `if` keep the `if`; those in
 * other blocks do not keep the block. Data without annotation get the type of their value, else
 * Incomplete (of _typeshed). */
void stub_add(
    const struct delineation *delineation, const struct stub_options *options, struct str *ret);

#endif
