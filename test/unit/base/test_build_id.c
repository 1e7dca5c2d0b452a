#include "suite.h"

#include <stdio.h>

#include "base/build_id.h"
#include "base/file.h"
#include "base/spawn.h"

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

START_TEST(a_file_has_the_build_id_that_the_loaded_program_has)
{
	autoerror struct error *error = NULL;
	autostr struct str of_file = STR_INIT;
	struct slice id;

	ck_ok(build_id_of(function_of_this_program, &id, &error), error);
	ck_ok(build_id_of_file(spawn_self(), &of_file, &error), error);
	ck_assert(slice_equal(id, str_slice(&of_file)));
}
END_TEST

static void put(const char *path, struct slice bytes)
{
	autoerror struct error *error = NULL;

	ck_ok(file_replace(place_at(path), bytes, 0600, 0, &error), error);
}

START_TEST(a_file_that_is_no_executable_has_none)
{
	autostr struct str id = STR_INIT;
	autostr struct str program = STR_INIT;
	const size_t sizes[] = {0, 3, 63, 64, 100, 200, 1000, 5000};

	ck_assert_int_eq(file_read(spawn_self(), 1 << 30, &program, NULL, NULL), 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		autoerror struct error *error = NULL;

		/* Cut before the notes, or with none. */
		put("cut", slice_of(program.data, sizes[i]));
		if (build_id_of_file("cut", &id, &error) < 0)
			ck_assert_int_eq(error->kind, ERROR_SYSTEM);
		else
			ck_assert_uint_eq(id.len, 20);
		str_truncate(&id, 0);
	}
	for (size_t at = 0; at < 1024; at++) {
		/* Damaged headers are not followed out of the file. */
		program.data[at] = (char)~program.data[at];
		put("bad", slice_of(program.data, 8192));
		(void)build_id_of_file("bad", &id, NULL);
		program.data[at] = (char)~program.data[at];
	}
	ck_assert_int_lt(build_id_of_file("missing", &id, NULL), 0);
}
END_TEST

SUITE("base/build_id", a_program_has_the_build_id_that_its_file_has, a_library_has_another,
    what_is_not_loaded_has_none, a_file_has_the_build_id_that_the_loaded_program_has,
    a_file_that_is_no_executable_has_none)
