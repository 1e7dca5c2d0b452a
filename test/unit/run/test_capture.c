#include "run/capture.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"

/* Make the default directory as a run leaves it that measured something. */
static void run_once(const char *text)
{
	autocapture struct capture capture = CAPTURE_INIT;
	autoerror struct error *error = NULL;

	ck_ok(capture_open(&capture, NULL, &error), error);
	suite_make(CAPTURE_DEFAULT "/coverage");
	suite_put(CAPTURE_DEFAULT "/coverage/counts", text);
	ck_ok(capture_replace(&capture, &error), error);
}

START_TEST(what_a_killed_run_set_aside_is_dropped)
{
	autocapture struct capture capture = CAPTURE_INIT;
	autoerror struct error *error = NULL;

	run_once("1\n");
	suite_make(CAPTURE_DEFAULT "/.kiln-before/coverage");
	suite_put(CAPTURE_DEFAULT "/.kiln-before/coverage/counts", "0\n");
	ck_ok(capture_open(&capture, NULL, &error), error);
	ck_assert(!capture_has(&capture, NULL));
	suite_expect(CAPTURE_DEFAULT "/.kiln-before/coverage/counts", "1\n");
	ck_assert(capture_restore(&capture));
	suite_expect(CAPTURE_DEFAULT "/coverage/counts", "1\n");
	ck_assert(!suite_exists(CAPTURE_DEFAULT "/.kiln-before"));
	ck_assert(!capture_restore(&capture));
}
END_TEST

START_TEST(what_was_measured_before_an_error_stays_beside_what_is_put_back)
{
	autocapture struct capture capture = CAPTURE_INIT;
	autoerror struct error *error = NULL;

	run_once("1\n");
	ck_ok(capture_open(&capture, NULL, &error), error);
	suite_make(CAPTURE_DEFAULT "/coverage");
	suite_put(CAPTURE_DEFAULT "/coverage/new", "2\n");
	/* A directory that is there cannot be replaced: nothing is lost. */
	ck_assert(capture_restore(&capture));
	suite_expect(CAPTURE_DEFAULT "/coverage/new", "2\n");
	suite_expect(CAPTURE_DEFAULT "/.kiln-before/coverage/counts", "1\n");
}
END_TEST

START_TEST(a_name_that_something_else_has_is_refused)
{
	struct capture capture = CAPTURE_INIT;
	autoerror struct error *error = NULL;

	ck_assert_int_eq(symlink("elsewhere", CAPTURE_DEFAULT), 0);
	ck_fails(capture_open(&capture, NULL, &error), error, "is not of kiln run");
	ck_assert_int_eq(error->kind, ERROR_USAGE);
	ck_assert(!suite_exists("elsewhere"));
	capture_close(&capture);
}
END_TEST

START_TEST(a_directory_that_may_not_be_read_is_refused)
{
	struct capture capture = CAPTURE_INIT;
	autoerror struct error *error = NULL;

	suite_make("given");
	ck_assert_int_eq(chmod("given", 0), 0);
	suite_drop_privileges();
	ck_assert_int_lt(capture_open(&capture, "given", &error), 0);
	ck_assert_int_eq(error->number, EACCES);
	capture_close(&capture);
}
END_TEST

SUITE("run/capture", what_a_killed_run_set_aside_is_dropped,
    what_was_measured_before_an_error_stays_beside_what_is_put_back,
    a_name_that_something_else_has_is_refused, a_directory_that_may_not_be_read_is_refused)
