#include "suite.h"

#include <stdio.h>

#include "base/build_id.h"

static void function_of_this_program(void)
{
}

START_TEST(a_program_has_the_build_id_that_its_file_has)
{
	autoerror struct error *error = NULL;
	autofree char *command = NULL;
	struct slice id;
	char line[256];
	FILE *readelf;
	bool found = false;
	autostr struct str expected = STR_INIT;

	ck_ok(build_id_of(function_of_this_program, &id, &error), error);
	ck_assert_uint_eq(id.len, 20); /* SHA-1 */
	for (size_t i = 0; i < id.len; i++)
		str_addf(&expected, "%02x", (unsigned char)id.data[i]);
	command = xasprintf("readelf -n /proc/%ld/exe 2> /dev/null", (long)getpid());
	readelf = popen(command, "r");
	ck_assert_ptr_nonnull(readelf);
	while (fgets(line, sizeof(line), readelf))
		found = found || strstr(line, str_c(&expected));
	if (pclose(readelf) == 0)
		ck_assert(found);
}
END_TEST

START_TEST(a_library_has_another)
{
	autoerror struct error *error = NULL;
	struct slice own, other;

	ck_ok(build_id_of(function_of_this_program, &own, &error), error);
	if (build_id_of((void (*)(void))getppid, &other, NULL) < 0)
		return; /* the C library is linked in without, or has none */
	ck_assert(!slice_equal(own, other) || own.data == other.data);
}
END_TEST

START_TEST(what_is_not_loaded_has_none)
{
	autoerror struct error *error = NULL;
	struct slice id;

	ck_fails(build_id_of((void (*)(void))(uintptr_t)1, &id, &error), error, "no loaded object");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
}
END_TEST

SUITE("base/build_id", a_program_has_the_build_id_that_its_file_has, a_library_has_another,
    what_is_not_loaded_has_none)
