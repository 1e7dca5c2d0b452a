/*
 * What the tests of src/python share: from a source's text to its bytes in one call.
 */
#ifndef KILN_TEST_PYTHON_SUPPORT_H
#define KILN_TEST_PYTHON_SUPPORT_H

#include "python/bytecode.h"
#include "python/interpreter.h"
#include "python/unit.h"
#include "suite.h"

/* Start the interpreter, in the process of the test. */
void start_python(void);

struct tree *parse(const char *text);
struct code *compile(struct tree *tree, int level); /* takes the tree */

/* Append the marshalled code of a source. */
void add_bytecode(struct str *ret, const char *text);

/* The same of a source with a path and encoding of its own. */
void add_source_bytecode(struct str *ret, const struct tree_source *source);

/* Append the unit of a source whose facts are these. */
void add_unit(struct str *ret, const char *text, const struct unit_facts *facts);

#endif
