#include "run/target.h"

#include <sys/stat.h>

#include "suite.h"

/* Make a program that prints. */
static void make_interpreter(const char *name, const char *script)
{
	autofree char *text = xasprintf("#!/bin/sh\n%s\n", script);

	suite_put(name, text);
	ck_assert_int_eq(chmod(name, 0755), 0);
}

START_TEST(an_interpreter_says_what_it_is)
{
	autotarget struct target target = {0};
	autoerror struct error *error = NULL;

	make_interpreter("python", "printf '3.11\\0.so\\0/usr/lib\\0/usr/a b\\0'");
	ck_ok(target_ask("./python", &target, &error), error);
	ck_assert_str_eq(target.program, "./python");
	ck_assert_str_eq(str_c(&target.version), "3.11");
	ck_assert_str_eq(str_c(&target.suffix), ".so");
	ck_assert_uint_eq(target.others_own.count, 2);
	ck_assert(slice_is(fields_at(&target.others_own, 1), "/usr/a b"));
}
END_TEST

START_TEST(what_says_too_little_or_fails_is_refused)
{
	static const struct {
		const char *script, *message;
	} cases[] = {
	    {"printf '3.11\\0'", "says nothing of itself"},
	    {"printf '3.11\\0.so\\0'", "says nothing of itself"},
	    {"printf hello", "says nothing of itself"},
	    {"echo no >&2; exit 3", "cannot be used: no"},
	    {"kill -9 $$", "cannot be used"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autotarget struct target target = {0};
		autoerror struct error *error = NULL;

		make_interpreter("python", cases[i].script);
		ck_fails(target_ask("./python", &target, &error), error, cases[i].message);
		ck_assert_int_eq(error->kind, ERROR_USAGE);
	}
}
END_TEST

START_TEST(what_talks_without_end_is_refused)
{
	autotarget struct target target = {0};
	autoerror struct error *error = NULL;

	make_interpreter("python", "exec yes");
	ck_assert_int_lt(target_ask("./python", &target, &error), 0);
	ck_assert(error);
}
END_TEST

START_TEST(python3_goes_before_python_in_path)
{
	autotarget struct target target = {0};
	autoerror struct error *error = NULL;

	ck_assert_int_eq(setenv("PATH", ".", 1), 0);
	ck_fails(target_ask(NULL, &target, &error), error, "there is no python3 in PATH");
	error_free(steal(&error));
	make_interpreter("python", "printf '3.1\\0.so\\0/usr/lib\\0'");
	ck_ok(target_ask(NULL, &target, &error), error);
	ck_assert_str_eq(str_c(&target.version), "3.1");
	target_release(&target);
	make_interpreter("python3", "printf '3.2\\0.so\\0/usr/lib\\0'");
	ck_ok(target_ask(NULL, &target, &error), error);
	ck_assert_str_eq(target.program, "python3");
}
END_TEST

SUITE("run/target", an_interpreter_says_what_it_is, what_says_too_little_or_fails_is_refused,
    what_talks_without_end_is_refused, python3_goes_before_python_in_path)
