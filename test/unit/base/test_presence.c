#include <errno.h>
#include <fcntl.h>

#include "base/presence.h"

#include "suite.h"

START_TEST(what_is_there_is_described)
{
	struct error *error = NULL;
	struct stat stat;

	suite_make("d");
	suite_put("d/f", "text");
	ck_assert_int_eq(presence_of("d/f", &stat, &error), 1);
	ck_assert_int_eq(stat.st_size, 4);
	ck_assert_int_eq(presence_of("d", NULL, &error), 1);
	ck_assert_int_eq(presence_of_directory("d", &error), 1);
	ck_assert_int_eq(presence_of_directory("d/f", &error), 0);
	ck_assert_int_eq(presence_of_file("d", &error), 0);
	ck_assert_int_eq(presence_of_file("d/f", &error), 1);
	ck_assert_ptr_null(error);
}
END_TEST

START_TEST(only_what_does_not_exist_is_absent)
{
	struct error *error = NULL;

	suite_put("f", "");
	ck_assert_int_eq(presence_of("missing", NULL, &error), 0);
	ck_assert_int_eq(presence_of("f/below", NULL, &error), 0);
	ck_assert_int_eq(presence_of_directory("missing/below", &error), 0);
	ck_assert_ptr_null(error);
}
END_TEST

START_TEST(a_link_that_leads_nowhere_is_there_only_as_a_link)
{
	struct error *error = NULL;

	ck_assert_int_eq(symlink("missing", "l"), 0);
	ck_assert_int_eq(presence_of("l", NULL, &error), 0);
	ck_assert_int_eq(presence_at(AT_FDCWD, "l", AT_SYMLINK_NOFOLLOW, NULL, NULL, &error), 1);
	ck_assert_ptr_null(error);
}
END_TEST

START_TEST(what_is_forbidden_may_be_there)
{
	struct error *error = NULL;

	suite_make("d");
	suite_put("d/f", "");
	ck_assert_int_eq(chmod("d", 0), 0);
	suite_drop_privileges();
	ck_assert_int_eq(presence_of("d/f", NULL, &error), -1);
	ck_assert_str_eq(error->message, "cannot examine: Permission denied");
	ck_assert_str_eq(error->path, "d/f");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	error_free(error);
	error = NULL;
	ck_assert_int_eq(presence_of_file("d/missing", &error), -1);
	ck_assert_int_eq(error->number, EACCES);
	error_free(error);
}
END_TEST

START_TEST(a_link_to_itself_may_be_anything)
{
	struct error *error = NULL;

	ck_assert_int_eq(symlink("l", "l"), 0);
	ck_assert_int_eq(presence_at(AT_FDCWD, "l", 0, NULL, "shown", &error), -1);
	ck_assert_str_eq(error->path, "shown");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	error_free(error);
}
END_TEST

SUITE("base/presence", what_is_there_is_described, only_what_does_not_exist_is_absent,
    a_link_that_leads_nowhere_is_there_only_as_a_link, what_is_forbidden_may_be_there,
    a_link_to_itself_may_be_anything)
