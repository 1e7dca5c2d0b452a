/*
 * The interface of a module (.pyi) and the module as one record: signatures, types and overloads
 * are the interface's; documentation, areas and the source are the module's.
 */
#ifndef KILN_RECORD_INTERFACE_H
#define KILN_RECORD_INTERFACE_H

#include "record/factor_record.h"

/* Give the elements of a record, before its references are resolved, the signatures and types of an
 * interface. Its elements become those of the record, so it must live as long and is not to be used
 * any more. What only the interface has is left out: it has no source. */
void interface_apply(struct factor_record *record, struct factor_record *interface);

#endif
