#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include "base/str.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif

#ifdef HAS_ASAN
const char *__asan_default_options(void);

/* Sizes that cannot be had are part of these tests. */
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}
#endif

START_TEST(failing_returns_minus_one_and_sets_the_error)
{
	autoerror struct error *error = NULL;

	ck_assert_int_eq(fail(&error, ERROR_USAGE, "no %s in %d", "x", 3), -1);
	ck_assert_int_eq(error->kind, ERROR_USAGE);
	ck_assert_int_eq(error->number, 0);
	ck_assert_str_eq(error->message, "no x in 3");
	ck_assert_ptr_null(error->path);
	ck_assert_ptr_null(error->text);
	ck_assert_int_eq(error->line, 0);
}
END_TEST

START_TEST(the_kinds_are_the_exit_statuses)
{
	ck_assert_int_eq(ERROR_INPUT, 1);
	ck_assert_int_eq(ERROR_USAGE, 2);
	ck_assert_int_eq(ERROR_SYSTEM, 3);
}
END_TEST

START_TEST(a_system_error_ends_with_its_reason)
{
	autoerror struct error *error = NULL;

	ck_assert_int_eq(fail_errno(&error, ENOENT, "cannot open '%s'", "x"), -1);
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_assert_int_eq(error->number, ENOENT);
	ck_assert_str_eq(error->message, "cannot open 'x': No such file or directory");
}
END_TEST

START_TEST(an_unknown_errno_is_shown_as_a_number)
{
	autoerror struct error *error = NULL;

	fail_errno(&error, 4711, "failed");
	ck_assert_str_eq(error->message, "failed: error 4711");
}
END_TEST

START_TEST(an_input_that_cannot_be_read_is_the_place)
{
	autoerror struct error *error = NULL;

	ck_assert_int_eq(fail_input(&error, EACCES, "a/b.py", "cannot open"), -1);
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	ck_assert_int_eq(error->number, EACCES);
	ck_assert_str_eq(error->path, "a/b.py");
	ck_assert_str_eq(error->message, "cannot open: Permission denied");
	ck_assert_int_eq(error->line, 0);
}
END_TEST

START_TEST(what_the_system_refuses_is_not_the_inputs)
{
	static const int of_input[] = {0, EACCES, EPERM, ENOENT, ENOTDIR, ELOOP, EISDIR,
	    ENAMETOOLONG},
			 of_system[] = {EMFILE, ENFILE, ENOMEM, EIO, EINTR, ENOSPC, EDQUOT, ENOBUFS,
			     EAGAIN, EROFS, ESTALE, ETIMEDOUT, ENOSYS, 4711};

	for (size_t i = 0; i < sizeof(of_input) / sizeof(*of_input); i++) {
		autoerror struct error *error = NULL;

		fail_input(&error, of_input[i], "p", "cannot read");
		ck_assert_int_eq(error->kind, ERROR_INPUT);
	}
	for (size_t i = 0; i < sizeof(of_system) / sizeof(*of_system); i++) {
		autoerror struct error *error = NULL;

		fail_input(&error, of_system[i], "p", "cannot read");
		ck_assert_int_eq(error->kind, ERROR_SYSTEM);
		ck_assert_int_eq(error->number, of_system[i]);
		ck_assert_str_eq(error->path, "p");
		ck_assert(!errno_is_absence(of_system[i]));
	}
	ck_assert(errno_is_absence(ENOENT) && errno_is_absence(ENOTDIR));
	ck_assert(!errno_is_absence(EACCES) && !errno_is_absence(ELOOP));
}
END_TEST

START_TEST(an_inputs_error_may_be_about_more)
{
	autoerror struct error *error = NULL;

	fail_input(&error, EACCES, "p", "cannot read");
	ck_assert_int_eq(fail_as(&error, ERROR_USAGE), -1);
	ck_assert_int_eq(error->kind, ERROR_USAGE);
	ck_assert(error_is_local(error));
	fail_input(&error, EMFILE, "p", "cannot read");
	fail_as(&error, ERROR_USAGE);
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_assert(!error_is_local(error));
	fail_input(&error, EACCES, "p", "cannot read");
	fail_as(&error, ERROR_SYSTEM);
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_assert_int_eq(fail_as(NULL, ERROR_INPUT), -1);
}
END_TEST

START_TEST(an_error_in_a_source_has_its_place_and_text)
{
	autoerror struct error *error = NULL;
	char text[] = "x = (";

	ck_assert_int_eq(fail_at(&error, "b.py", 3, 5, text, "'%c' was never closed", '('), -1);
	memset(text, 0, sizeof(text));
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	ck_assert_str_eq(error->path, "b.py");
	ck_assert_int_eq(error->line, 3);
	ck_assert_int_eq(error->column, 5);
	ck_assert_int_eq(error->end_line, 0);
	ck_assert_str_eq(error->text, "x = (");
	ck_assert_str_eq(error->message, "'(' was never closed");
}
END_TEST

START_TEST(prefixes_are_added_in_front_and_nothing_else_changes)
{
	autoerror struct error *error = NULL;

	fail_input(&error, EISDIR, "p", "inner");
	ck_assert_int_eq(fail_prefix(&error, "unit '%s'", "u"), -1);
	fail_prefix(&error, "outer");
	ck_assert_str_eq(error->message, "outer: unit 'u': inner: Is a directory");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	ck_assert_int_eq(error->number, EISDIR);
	ck_assert_str_eq(error->path, "p");
}
END_TEST

START_TEST(hostile_names_cannot_break_a_message_into_lines)
{
	autoerror struct error *error = NULL;

	fail(&error, ERROR_INPUT, "no '%s'", "a\nerror: \x1b[31m\xff");
	fail_prefix(&error, "in '%s'", "\r");
	ck_assert_str_eq(error->message, "in '\\r': no 'a\\nerror: \\x1b[31m\\xff'");
}
END_TEST

START_TEST(errors_may_be_unwanted)
{
	ck_assert_int_eq(fail(NULL, ERROR_INPUT, "x"), -1);
	ck_assert_int_eq(fail_errno(NULL, EIO, "x"), -1);
	ck_assert_int_eq(fail_input(NULL, EIO, "p", "x"), -1);
	ck_assert_int_eq(fail_at(NULL, "p", 1, 1, "t", "x"), -1);
	ck_assert_int_eq(fail_prefix(NULL, "x"), -1);
	ck_assert_ptr_null(fail_null(fail(NULL, ERROR_INPUT, "x")));
	error_free(NULL);
}
END_TEST

START_TEST(a_later_error_replaces_the_earlier_one)
{
	autoerror struct error *error = NULL;

	fail(&error, ERROR_INPUT, "first");
	fail(&error, ERROR_SYSTEM, "then %s", error->message);
	ck_assert_str_eq(error->message, "then first");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
}
END_TEST

START_TEST(an_error_can_be_handed_over)
{
	autoerror struct error *from = NULL, *to = NULL;

	fail(&from, ERROR_INPUT, "x");
	fail(&to, ERROR_INPUT, "old");
	ck_assert_int_eq(fail_with(&to, steal(&from)), -1);
	ck_assert_str_eq(to->message, "x");
	ck_assert_int_eq(fail_with(NULL, steal(&to)), -1);
}
END_TEST

/* What a call writes to standard error, and that it ends the process with status 3. */
static void check_death(void (*call)(void))
{
	int status, ends[2];
	char text[64] = "";
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		call();
		_exit(0);
	}
	close(ends[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 3);
	for (size_t len = 0; len < sizeof(text) - 1; len++)
		if (read(ends[0], text + len, 1) <= 0)
			break;
#ifndef HAS_ASAN /* which has a word about it first */
	ck_assert_str_eq(text, "kiln: out of memory\n");
#endif
	close(ends[0]);
}

/* Sizes that the compiler does not see to be impossible. */
static volatile size_t huge = SIZE_MAX / 4, small = 8;

static void allocate_too_much(void)
{
	free(xmalloc(huge));
}

static void allocate_overflowing_product(void)
{
	free(xreallocarray(NULL, huge, small));
}

static void allocate_overflowing_zeroes(void)
{
	free(xcalloc(huge, small));
}

static void grow_str_beyond_memory(void)
{
	struct str str = STR_INIT;

	str_adds(&str, "x");
	str_reserve(&str, SIZE_MAX - small + 7);
	str_release(&str);
}

START_TEST(running_out_of_memory_ends_the_process_with_a_message)
{
	check_death(allocate_too_much);
	check_death(allocate_overflowing_product);
	check_death(allocate_overflowing_zeroes);
	check_death(grow_str_beyond_memory);
}
END_TEST

START_TEST(allocating_nothing_gives_memory)
{
	autofree char *nothing = xmalloc(0);
	autofree char *zeroes = xcalloc(0, 8);
	autofree char *shrunk = xrealloc(xmalloc(8), 0);
	autofree char *array = xreallocarray(xmalloc(8), 0, 8);
	autofree char *copy = xmemdup0(NULL, 0);

	ck_assert_ptr_nonnull(nothing);
	ck_assert_ptr_nonnull(zeroes);
	ck_assert_ptr_nonnull(shrunk);
	ck_assert_ptr_nonnull(array);
	ck_assert_str_eq(copy, "");
}
END_TEST

START_TEST(copies_are_equal_and_terminated)
{
	autofree char *string = xstrdup("abc");
	autofree char *bytes = xmemdup0("a\0b", 3);
	autofree char *formatted = xasprintf("%d-%s", 5, "x");

	ck_assert_str_eq(string, "abc");
	ck_assert_mem_eq(bytes, "a\0b", 4);
	ck_assert_str_eq(formatted, "5-x");
}
END_TEST

START_TEST(stealing_leaves_nothing_to_release)
{
	autofree char *from = xstrdup("x");
	autofree char *to = steal(&from);
	autoclose int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	autoclose int other = steal_fd(&fd);

	ck_assert_ptr_null(from);
	ck_assert_str_eq(to, "x");
	ck_assert_int_eq(fd, -1);
	ck_assert_int_ge(other, 0);
}
END_TEST

START_TEST(notes_are_kept_in_their_order)
{
	autonotes struct notes notes = {NULL, 0};

	for (long line = 1; line <= 3; line++) {
		struct error *note = NULL;

		(void)fail_at(&note, "a", line, 0, NULL, "note"); /* always -1 */
		notes_add(&notes, note);
	}
	ck_assert_uint_eq(notes.count, 3);
	ck_assert_int_eq(notes.items[2]->line, 3);
	notes_release(&notes);
	ck_assert_uint_eq(notes.count, 0);
}
END_TEST

SUITE("base/error", failing_returns_minus_one_and_sets_the_error, the_kinds_are_the_exit_statuses,
    a_system_error_ends_with_its_reason, an_unknown_errno_is_shown_as_a_number,
    an_input_that_cannot_be_read_is_the_place, what_the_system_refuses_is_not_the_inputs,
    an_inputs_error_may_be_about_more, an_error_in_a_source_has_its_place_and_text,
    prefixes_are_added_in_front_and_nothing_else_changes,
    hostile_names_cannot_break_a_message_into_lines, errors_may_be_unwanted,
    a_later_error_replaces_the_earlier_one, an_error_can_be_handed_over,
    running_out_of_memory_ends_the_process_with_a_message, allocating_nothing_gives_memory,
    copies_are_equal_and_terminated, stealing_leaves_nothing_to_release,
    notes_are_kept_in_their_order)
