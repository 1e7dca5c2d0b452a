/*
 * Any bytes as a source: refused with an error, or compiled, directly and through a unit to the
 * same bytes.
 */
#include "fuzz.h"
#include "python/interpreter.h"
#include "python/source.h"
#include "python/unit.h"

/* Larger inputs find nothing new and take long. */
#define SIZE_LIMIT 4096

static bool parse(const struct str *text, struct tree **ret)
{
	struct tree_source source = {str_slice(text), "shown", "recorded", NULL};
	autoerror struct error *error = NULL;

	if (tree_parse(&source, NULL, ret, &error) == 0)
		return true;
	fuzz_assert(error && error->kind == ERROR_INPUT);
	return false;
}

static bool add_bytecode(struct tree *tree, struct str *ret)
{
	autotree struct tree *owned = tree;
	autocode struct code *code = NULL;
	autoerror struct error *error = NULL;

	if (tree_compile(owned, 0, NULL, &code, &error) == 0 &&
	    code_marshal(code, ret, &error) == 0)
		return true;
	fuzz_assert(error);
	return false;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return interpreter_start(NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unit_facts facts = {.origin = {"recorded", 8}};
	autostr struct str text = STR_INIT;
	autostr struct str unit = STR_INIT;
	autostr struct str direct = STR_INIT;
	autostr struct str stored = STR_INIT;
	autoerror struct error *error = NULL;
	struct tree *tree = NULL, *read = NULL;
	struct hash hash;

	if (size > SIZE_LIMIT)
		return 0;
	str_add(&text, data, size);
	str_reserve(&text, 1);
	(void)source_hash(str_slice(&text), NULL, "shown", &hash, NULL); /* must only not crash */
	if (!parse(&text, &tree))
		return 0;
	if (unit_write(tree, &facts, &unit, &error) < 0) {
		tree_free(tree);
		return 0;
	}
	fuzz_assert(unit_read(str_slice(&unit), "unit", &facts, &read, NULL) == 0);
	fuzz_assert(add_bytecode(tree, &direct) == add_bytecode(read, &stored));
	fuzz_assert(slice_equal(str_slice(&direct), str_slice(&stored)));
	return 0;
}
