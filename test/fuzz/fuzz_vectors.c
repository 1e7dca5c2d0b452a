/*
 * Any vectors file, composed with the conclusions of its first line: refused, or fields.
 */
#include "context/vectors.h"
#include "fuzz.h"

#define SIZE_LIMIT 4096

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

/* A query's name is its answer, once for each of its bytes; one with a question mark has none. */
static int answer(
    void *context, struct slice name, struct fields *ret, bool *known, struct error **err)
{
	(void)context;
	(void)err;
	if (memchr(name.data, '?', name.len))
		return 0;
	for (size_t i = 1; i < name.len; i++)
		fields_add(ret, name);
	*known = true;
	return 0;
}

static const char *variable(void *context, const char *name)
{
	(void)context;
	return *name == 'A' ? name : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autovectors struct vectors *vectors = vectors_new();
	autofields struct fields conclusions = FIELDS_INIT, constants = FIELDS_INIT,
				 value = FIELDS_INIT, names = FIELDS_INIT, fields = FIELDS_INIT;
	const struct composition composition = {
	    &conclusions, &constants, &value, answer, variable, NULL};
	struct slice rest = {(const char *)data, size}, line, word;
	autoerror struct error *error = NULL;

	if (size > SIZE_LIMIT || !slice_next(&rest, '\n', &line) || !rest.data)
		return 0;
	while (slice_next(&line, ' ', &word))
		fields_add(&conclusions, word);
	fields_adds(&constants, "constant");
	fields_adds(&value, "a value");
	if (vectors_add(vectors, rest, "input", &error) < 0) {
		fuzz_assert(error && error->kind == ERROR_USAGE && error->line > 0);
		return 0;
	}
	vectors_names(vectors, &names);
	for (size_t i = 0; i < names.count && i < 8; i++) {
		autoerror struct error *problem = NULL;
		int result = vectors_compose(
		    vectors, fields_at(&names, i), &composition, &fields, &problem);

		fuzz_assert((result < 0) == !!problem);
		fields_truncate(&fields, 0);
	}
	return 0;
}
