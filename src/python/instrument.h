/*
 * Instrumentation: syntax trees are rewritten so that the code that CPython makes of them counts
 * its regions, and times its calls. docs/formats.rst has what an instrumented module looks like.
 *
 * Only counting is added: values, exceptions, positions and names stay. A counter is an expression
 * on a constant, `0 not in b"_fi_..."`, which is false; a header at the top of the module has the
 * runtime replace these constants by objects that count.
 */
#ifndef KILN_PYTHON_INSTRUMENT_H
#define KILN_PYTHON_INSTRUMENT_H

#include "base/hash.h"
#include "python/tree.h"

/* What can be asked for, as bits. */
#define INSTRUMENT_COVERAGE 1
#define INSTRUMENT_PROFILE 2
#define INSTRUMENT_ALL (INSTRUMENT_COVERAGE | INSTRUMENT_PROFILE)

/* How the placeholder of a counter begins; a letter and a number follow. */
#define INSTRUMENT_MARK "_fi_\0"

/* How the description begins that an instrumented module has as a constant. */
#define INSTRUMENT_START "kiln-regions 1\n"

/* Parse words separated by colons, which may be none: `coverage`, `profile`. False for any other.
 */
bool instrument_of_words(struct slice words, unsigned *ret);

/* Append the words of features, as above. */
void instrument_add_words(unsigned features, struct str *ret);

/* Instrument a tree right after parsing, before anything is injected. `encoding` is what
 * tree_parse() was told, or NULL; `hash` is the value of __source_hash__. Nothing happens if
 * `features` is 0, if there is nothing to count, or if the recorded path has a newline. */
int tree_instrument(struct tree *tree, unsigned features, const char *encoding,
    const struct hash *hash, struct error **err);

#endif
