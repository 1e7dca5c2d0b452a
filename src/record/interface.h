/*
 * The interface of a module (.pyi) and the module as one record: signatures, types and overloads
 * are the interface's; documentation, areas and the source are the module's. What only the
 * interface has follows what the module has.
 */
#ifndef KILN_RECORD_INTERFACE_H
#define KILN_RECORD_INTERFACE_H

#include "record/factor_record.h"

/* Give a record, before its references are resolved, the signatures, types and further elements of
 * an interface. These become parts of the record, so the interface must live as long and is not to
 * be used any more. */
void interface_apply(struct factor_record *record, struct factor_record *interface);

#endif
