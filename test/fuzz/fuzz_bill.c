/*
 * Any text as a bill of materials: refused, or parts with names and links between them.
 */
#include "fuzz.h"
#include "inspect/bill.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static void check_part(const struct bill_part *part)
{
	fuzz_assert(*part->name && part->type);
	fuzz_assert(!part->purl.len || slice_starts(part->purl, SLICE_LITERAL("pkg:")));
	fuzz_assert(
	    !part->license.expression.len || license_is_expression(part->license.expression));
	for (const struct bill_digest *digest = part->digests; digest; digest = digest->next)
		fuzz_assert(strlen(digest->digits) == digest->kind->digits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autobill struct bill bill = {0};

	if (bill_parse(slice_of((const char *)data, size), "TEXT", &bill, NULL) < 0)
		return 0;
	for (size_t i = 0; i < bill.count; i++)
		check_part(&bill.parts[i]);
	for (size_t i = 0; i < bill.link_count; i++)
		fuzz_assert(bill.links[i].from < bill.count && bill.links[i].to < bill.count);
	return 0;
}
