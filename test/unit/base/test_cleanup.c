#include "suite.h"

#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"

/* Fail with ENOTEMPTY where a descriptor is released whose close() fails. */
static int fail_beside_descriptor(void)
{
	autoclose int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(close(fd), 0);
	errno = ENOTEMPTY;
	return -1;
}

static int fail_beside_stream(void)
{
	autoclosedir DIR *dir = opendir(".");

	ck_assert_ptr_nonnull(dir);
	ck_assert_int_eq(close(dirfd(dir)), 0);
	errno = ENOTEMPTY;
	return -1;
}

START_TEST(what_cannot_be_closed_leaves_the_reason_of_a_failure)
{
	ck_assert_int_eq(fail_beside_descriptor(), -1);
	ck_assert_int_eq(errno, ENOTEMPTY);
	ck_assert_int_eq(fail_beside_stream(), -1);
	ck_assert_int_eq(errno, ENOTEMPTY);
}
END_TEST

SUITE("base/cleanup", what_cannot_be_closed_leaves_the_reason_of_a_failure)
