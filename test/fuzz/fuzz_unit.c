/*
 * Any bytes as a unit. The checksum is made right, so that what is behind it is reached: a unit is
 * refused with an error, or gives a tree that compiles or is refused by the compiler; nothing
 * crashes.
 */
#include "fuzz.h"
#include "python/interpreter.h"
#include "python/unit.h"

#define CHECKSUM 16

static void use(struct tree *tree)
{
	autotree struct tree *owned = tree;
	autocode struct code *code = NULL;
	autoerror struct error *error = NULL;
	autostr struct str bytes = STR_INIT;

	if (tree_compile(owned, 0, NULL, &code, &error) < 0)
		fuzz_assert(error);
	else if (code_marshal(code, &bytes, &error) < 0)
		fuzz_assert(error);
}

static void correct(struct str *unit)
{
	struct hash hash;

	if (unit->len < CHECKSUM)
		return;
	fuzz_assert(hash_compute(HASH_BLAKE2B, slice_of(unit->data, unit->len - CHECKSUM), &hash,
			NULL) == 0);
	memcpy(unit->data + unit->len - CHECKSUM, hash.bytes, CHECKSUM);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return interpreter_start(NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autostr struct str unit = STR_INIT;
	autoerror struct error *error = NULL;
	struct unit_facts facts;
	struct tree *tree = NULL;

	str_add(&unit, data, size);
	correct(&unit);
	if (unit_read(str_slice(&unit), "unit", &facts, &tree, &error) == 0)
		use(tree);
	else
		fuzz_assert(error);
	return 0;
}
