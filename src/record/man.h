/*
 * Records as pages of the manual in section 3 (man(7), as mandoc and groff read it): NAME.3 for
 * each source, with the dotted name that programs import it by.
 *
 * Texts of sources are escaped: nothing in them is a request or an escape of roff.
 */
#ifndef KILN_RECORD_MAN_H
#define KILN_RECORD_MAN_H

#include "record/writer.h"

extern const struct record_writer record_writer_man;

#endif
