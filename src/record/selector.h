/*
 * Selectors of sections: what stands in the brackets, [ >> A >> B ].
 */
#ifndef KILN_RECORD_SELECTOR_H
#define KILN_RECORD_SELECTOR_H

#include "record/text.h"

/* Read a selector, its path into `titles`, which has room for `limit`; of a longer path ret->count
 * is beyond it. False if the marks are malformed. ret->titles is not set. */
bool selector_read(struct slice text, struct slice *titles, size_t limit, struct text_section *ret);

/* How many titles it keeps of a current path of `titles`. */
size_t selector_keeps(const struct text_section *selector, size_t titles);

#endif
