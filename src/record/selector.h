/*
 * Section selectors, the text in the brackets of [ >> A >> B ].
 */
#ifndef KILN_RECORD_SELECTOR_H
#define KILN_RECORD_SELECTOR_H

#include "record/text.h"

/* Read a selector and its path into `titles`, which has room for `limit`; if the path is longer,
 * ret->count exceeds `limit`. False if the marks are malformed. ret->titles is not set. */
bool selector_read(struct slice text, struct slice *titles, size_t limit, struct text_section *ret);

/* How many titles the selector keeps of a current path of `titles`. */
size_t selector_keeps(const struct text_section *selector, size_t titles);

#endif
