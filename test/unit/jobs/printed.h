/*
 * What the tests of messages share: what was printed.
 */
#ifndef KILN_TEST_PRINTED_H
#define KILN_TEST_PRINTED_H

#include <fcntl.h>
#include <unistd.h>

#include "suite.h"

/* Let standard error be the file "errors", an empty one, from here on. */
static inline void keep_errors(void)
{
	autoclose int fd = open("errors", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
}

#endif
