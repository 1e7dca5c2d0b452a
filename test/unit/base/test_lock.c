#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/lock.h"

#define OTHER 12345

/* Open it; its mode is 0600 then, and it belongs to `user`. */
static void check_open(uid_t user)
{
	autoerror struct error *error = NULL;
	autoclose int fd = lock_open(place_below(AT_FDCWD, "in/lock", "shown"), &error);
	struct stat stat;

	ck_ok(fd, error);
	ck_assert_int_eq(fstat(fd, &stat), 0);
	ck_assert_int_eq(stat.st_mode & 07777, 0600);
	ck_assert_uint_eq(stat.st_uid, user);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
}

START_TEST(it_is_private_whatever_the_umask)
{
	suite_make("in");
	for (mode_t mask = 0; mask <= 0777; mask += 077) {
		(void)umask(mask);
		check_open(geteuid());
		ck_assert_int_eq(unlink("in/lock"), 0);
	}
}
END_TEST

START_TEST(one_that_others_may_read_is_made_private)
{
	suite_drop_privileges();
	suite_make("in");
	suite_put("in/lock", "");
	for (size_t i = 0; i < 3; i++) {
		static const mode_t modes[] = {0644, 0666, 0640};

		ck_assert_int_eq(chmod("in/lock", modes[i]), 0);
		check_open(geteuid());
	}
}
END_TEST

START_TEST(others_cannot_lock_it)
{
	autoerror struct error *error = NULL;

	if (geteuid() != 0)
		return;
	suite_make("in");
	check_open(0);
	suite_drop_privileges();
	ck_assert_int_lt(open("in/lock", O_RDONLY | O_CLOEXEC), 0);
	ck_assert_int_eq(errno, EACCES);
	ck_fails(lock_open(place_below(AT_FDCWD, "in/lock", "shown"), &error), error,
	    "cannot open 'shown': Permission denied");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
}
END_TEST

START_TEST(one_that_root_makes_is_that_of_the_directorys_owner)
{
	autoclose int directory = -1;
	autoerror struct error *error = NULL;

	if (geteuid() != 0)
		return;
	suite_make("in");
	ck_assert_int_eq(chown("in", OTHER, OTHER), 0);
	check_open(OTHER);
	ck_assert_int_eq(unlink("in/lock"), 0);
	directory = open("in", O_PATH | O_DIRECTORY | O_CLOEXEC);
	(void)close(lock_open(place_below(directory, "lock", "shown"), &error));
	check_open(OTHER);
	ck_assert_int_eq(chown("in", 0, 0), 0);
	check_open(OTHER); /* another's stays that */
}
END_TEST

START_TEST(what_is_no_file_is_no_lock)
{
	autoerror struct error *error = NULL;

	ck_fails(lock_open(place_below(AT_FDCWD, "in/lock", "shown"), &error), error,
	    "cannot open 'shown'");
	ck_assert_int_eq(error->number, ENOENT);
	suite_make("in/lock");
	ck_fails(lock_open(place_below(AT_FDCWD, "in/lock", "shown"), &error), error,
	    "cannot open 'shown': Is a directory");
	ck_assert_int_eq(rmdir("in/lock"), 0);
	ck_assert_int_eq(mkfifo("in/lock", 0644), 0);
	ck_fails(lock_open(place_below(AT_FDCWD, "in/lock", "shown"), &error), error,
	    "cannot lock 'shown': not a regular file");
	ck_assert_int_eq(unlink("in/lock"), 0);
	ck_assert_int_eq(symlink("../elsewhere", "in/lock"), 0);
	ck_fails(lock_open(place_below(AT_FDCWD, "in/lock", "shown"), &error), error,
	    "cannot open 'shown'");
	ck_assert(!suite_exists("elsewhere"));
}
END_TEST

SUITE("base/lock", it_is_private_whatever_the_umask, one_that_others_may_read_is_made_private,
    others_cannot_lock_it, one_that_root_makes_is_that_of_the_directorys_owner,
    what_is_no_file_is_no_lock)
