/*
 * What declares products, projects and factors: the first byte tells which text it is.
 */
#include "factor/declare.h"
#include "factor/lines.h"
#include "factor/reference.h"
#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static void ignore(void *context, struct error *problem)
{
	(void)context;
	error_free(problem);
}

/* A path in an index leads out of no directory. */
static void parse_index(struct slice text, struct arena *arena, struct error **err)
{
	struct index_entry *entries;
	size_t count;

	if (index_parse(text, "input", arena, &entries, &count, err) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		fuzz_assert(factor_path_is_valid(entries[i].path));
}

static void parse_references(struct slice text, struct arena *arena, struct error **err)
{
	struct reference *references;
	size_t count;

	if (references_parse(text, "input", arena, &references, &count, err) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		fuzz_assert(
		    factor_path_is_valid(references[i].factor) && references[i].project.len);
}

static void parse_formats(struct slice text, struct arena *arena, struct error **err)
{
	automap struct map formats = {0};

	if (formats_parse(text, "input", arena, &formats, err) < 0)
		return;
	for (size_t i = 0; i < formats.count; i++)
		fuzz_assert(slice_equal(formats.entries[i].key,
		    ((const struct format *)formats.entries[i].value)->extension));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct factor_listener listener = {ignore, ignore, NULL};
	CLEANUP(products_release) struct products products = {0};
	autoerror struct error *error = NULL;
	struct project project = {0};
	struct factor factor = {0};
	struct system_set *sets;
	struct slice text;
	size_t count;

	if (size == 0)
		return 0;
	products_init(&products, &listener);
	text = slice_of(
	    arena_copy(&products.arena, slice_of((const char *)data + 1, size - 1)), size - 1);
	if (declaration_check(text, "input", &error) < 0)
		return 0;
	/* Whether a text is right or wrong, either is an answer. */
	switch (data[0]) {
	case 'i':
		(void)identity_parse(text, "input", &products.arena, &project, &error);
		break;
	case 'p':
		parse_formats(text, &products.arena, &error);
		break;
	case 'x':
		parse_index(text, &products.arena, &error);
		break;
	case 'r':
		parse_references(text, &products.arena, &error);
		break;
	case 's':
		(void)system_sets_parse(text, "input", &products.arena, &sets, &count, &error);
		break;
	case 'f':
		(void)factor_parse(text, "input", &products.arena, &factor, &error);
		break;
	default:
		break;
	}
	return 0;
}
