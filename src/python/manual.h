/*
 * Where the manual of the embedded CPython documents its standard library: an inventory of Sphinx
 * (record/inventory.h) with the names of modules, classes, functions, and members of classes.
 * version/manual.py makes it when kiln is built. It is a snapshot: of a name that the manual does
 * not have the page is right, and the place in it missing.
 */
#ifndef KILN_PYTHON_MANUAL_H
#define KILN_PYTHON_MANUAL_H

#include <stddef.h>

extern const char manual_url[]; /* what the URIs are relative to */
extern const unsigned char manual_inventory[];
extern const size_t manual_inventory_size;

#endif
