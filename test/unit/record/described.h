/*
 * Records of sources that a test has as text.
 */
#ifndef KILN_TEST_RECORD_DESCRIBED_H
#define KILN_TEST_RECORD_DESCRIBED_H

#include "../delineation/support.h"
#include "delineation/elements.h"
#include "record/factor_record.h"

/* A record with all that it borrows. */
struct described_record {
	struct described described;
	struct description description;
	struct factor_record record;
};

/* Describe a module and read its record. */
static inline void described_record_make(
    struct described_record *ret, const char *name, const char *text)
{
	autoerror struct error *error = NULL;
	struct record_parts parts = {.source = slice_c(text), .name = name};

	*ret = (struct described_record){
	    .record = {.project = SLICE_LITERAL("p"), .factor = slice_c(name)}};
	describe_text(&ret->described, name, text);
	ck_ok(
	    description_write(&ret->described.delineation, name, &ret->description, &error), error);
	parts.elements = str_slice(&ret->description.elements);
	parts.documented = str_slice(&ret->description.documented);
	parts.documentation = str_slice(&ret->description.documentation);
	parts.data = str_slice(&ret->description.data);
	ck_ok(factor_record_read(&parts, DOCSTRING_FAULT, NULL, &ret->record, &error), error);
}

static inline void described_record_release(struct described_record *record)
{
	factor_record_release(&record->record);
	description_release(&record->description);
	described_release(&record->described);
}

#endif
