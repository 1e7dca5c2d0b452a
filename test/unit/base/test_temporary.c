#include "suite.h"

#include <limits.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/temporary.h"

static char *name_of(const char *path, const char *tail)
{
	struct str name = STR_INIT;

	temporary_path(&name, slice_c(path), tail);
	return str_take(&name);
}

static void write_out(const char *text)
{
	autoerror struct error *error = NULL;

	ck_ok(file_replace(place_at("out"), slice_c(text), 0644, 0, &error), error);
	suite_expect("out", text);
}

/* Begin a file in a process that is killed. */
static void begin_and_die(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct file_writer writer = FILE_WRITER_INIT;

		if (file_writer_open(&writer, place_at("out"), 0644, NULL) == 0)
			(void)raise(SIGKILL);
		_exit(1);
	}
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(a_name_is_recognized_by_its_check)
{
	static const char *const tails[] = {"", "-abcDEF", "-abcDE9~", "~", ".d"};
	static const char *const others[] = {"", ".", ".kiln-", ".out.kiln-", ".out.kiln-abcdef",
	    ".out.abcdef", "out", ".kiln-abcdef", "..kiln-abcdef-abcdef"};
	char longest[NAME_MAX + 1];

	memset(longest, 'n', NAME_MAX);
	longest[NAME_MAX] = '\0';
	for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
		autofree char *name = name_of("out", tails[i]);
		autofree char *odd = name_of("a.kiln-b", tails[i]);
		autofree char *cut = name_of(longest, tails[i]);
		autofree char *more = xasprintf("%sx", name);

		ck_assert_msg(temporary_is(slice_c(name)), "%s", name);
		ck_assert_msg(temporary_is(slice_c(odd)), "%s", odd);
		ck_assert_msg(temporary_is(slice_c(cut)), "%s", cut);
		ck_assert_uint_le(strlen(cut), NAME_MAX);
		ck_assert_msg(!temporary_is(slice_c(more)), "%s", more);
		ck_assert(!temporary_is(slice_c(name + 1)));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		ck_assert_msg(!temporary_is(slice_c(others[i])), "%s", others[i]);
}
END_TEST

START_TEST(what_a_killed_process_left_is_removed_by_the_next)
{
	suite_put(".out.abcdef", "mine");
	suite_put(".out.kiln-abcdef", "mine");
	for (int i = 0; i < 3; i++) {
		begin_and_die();
		ck_assert_uint_eq(suite_count("."), 3);
	}
	write_out("whole");
	ck_assert_uint_eq(suite_count("."), 3);
}
END_TEST

START_TEST(what_is_in_use_stays)
{
	CLEANUP(file_writer_discard) struct file_writer first = FILE_WRITER_INIT;
	CLEANUP(file_writer_discard) struct file_writer second = FILE_WRITER_INIT;
	autoerror struct error *error = NULL;

	ck_ok(file_writer_open(&first, place_at("out"), 0644, &error), error);
	ck_ok(file_writer_open(&second, place_at("out"), 0644, &error), error);
	ck_assert_str_ne(first.temporary, second.temporary);
	write_out("third");
	ck_ok(file_write_fd(second.fd, "out", SLICE_LITERAL("second"), &error), error);
	ck_ok(file_writer_commit(&second, 0, &error), error);
	suite_expect("out", "second");
	/* Of several at once one was killed. */
	begin_and_die();
	ck_assert_uint_eq(suite_count("."), 3);
	ck_ok(file_write_fd(first.fd, "out", SLICE_LITERAL("first"), &error), error);
	ck_ok(file_writer_commit(&first, 0, &error), error);
	suite_expect("out", "first");
	write_out("last");
	ck_assert_uint_eq(suite_count("."), 1);
}
END_TEST

START_TEST(what_is_of_another_kind_or_user_stays)
{
	autofree char *name = name_of("out", "");

	suite_make(name);
	write_out("beside a directory");
	ck_assert(suite_exists(name));
	ck_assert_int_eq(rmdir(name), 0);
	ck_assert_int_eq(symlink("out", name), 0);
	write_out("beside a link");
	ck_assert(suite_exists(name));
	ck_assert_int_eq(unlink(name), 0);
	if (geteuid() != 0)
		return;
	suite_put(name, "another's");
	ck_assert_int_eq(chown(name, 1, 1), 0);
	write_out("beside a file of another user");
	ck_assert(suite_exists(name));
	ck_assert_uint_eq(suite_count("."), 2);
}
END_TEST

/* Processes that write the same at once, and are killed at any moment. */
START_TEST(many_writers_leave_one_result)
{
	pid_t pids[8];

	for (int i = 0; i < 8; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			for (int k = 0; k < 200; k++) {
				autofree char *text = xasprintf("%d %d", i, k);

				if (file_replace(place_at("out"), slice_c(text), 0644, 0, NULL) < 0)
					_exit(1);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < 8; i++) {
		int status;

		if (i >= 6)
			(void)kill(pids[i], SIGKILL);
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		if (i < 6)
			ck_assert_int_eq(status, 0);
	}
	write_out("last");
	ck_assert_uint_eq(suite_count("."), 1);
}
END_TEST

SUITE("base/temporary", a_name_is_recognized_by_its_check,
    what_a_killed_process_left_is_removed_by_the_next, what_is_in_use_stays,
    what_is_of_another_kind_or_user_stays, many_writers_leave_one_result)
