/*
 * Docstrings in the styles that Python's packages have, as trees of texts (record/text.h).
 *
 *	documentation = docstring_parse(&arena, text, DOCSTRING_AUTO);
 *
 * The styles are Google's
 *(https://google.github.io/styleguide/pyguide.html#383-functions-and-methods, as
 *sphinx.ext.napoleon reads it), numpydoc's (https://numpydoc.readthedocs.io/en/latest/format.html),
 * Sphinx's field lists (https://www.sphinx-doc.org/en/master/usage/domains/python.html) with the
 * blocks and inline markup of reStructuredText, plain text, and the text format itself (fault).
 *
 * What a docstring says of parameters becomes the section Parameters with a directory, as if it
 *were written in the text format; so do Returns, Yields, Exceptions, Properties, and others. If it
 *gives a type, the documentation of the parameter begins with a set of (control)`property-set` and
 * (type/syntax)`TYPE`. Keys of parameters are names, also `*args` and `**kw`.
 *
 * Nothing in a docstring of another style becomes markup of the text format by chance: its
 *asterisks, ampersands and backquotes stand in literals, and a backquote that is no mark is U+02CB.
 *A tree that is rendered and parsed again is the same text.
 */
#ifndef KILN_RECORD_DOCSTRING_H
#define KILN_RECORD_DOCSTRING_H

#include "record/docstring_style.h"
#include "record/text.h"

/* The largest docstring of another style that is taken apart. A larger one, and what is nested too
 * deeply, is literal lines. */
#define DOCSTRING_SIZE_LIMIT ((size_t)256 << 10)

/* Parse a docstring without indentation (its lines as documentation.json has them) into a
 * TEXT_CHAPTER. It must be UTF-8 and live as long as the tree. Every docstring has a tree. The time
 * grows with the text. */
struct text_node *docstring_parse(
    struct arena *arena, struct slice text, enum docstring_style style);

/* Remove the set that tells a type from the documentation of a parameter: an annotation is right
 * where they differ. */
void docstring_drop_type(struct text_node *value);

/* The style of a docstring: never DOCSTRING_AUTO. */
enum docstring_style docstring_style_of(struct slice text);

#endif
