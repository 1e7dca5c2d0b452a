#include "jobs/signals.h"

#include <poll.h>
#include <sys/wait.h>

#include "base/spawn.h"
#include "suite.h"

static const int wishes[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define WISHES (sizeof(wishes) / sizeof(*wishes))

static bool is_ignored(int number)
{
	struct sigaction action;

	ck_assert_int_eq(sigaction(number, NULL, &action), 0);
	return action.sa_handler == SIG_IGN;
}

START_TEST(each_of_the_signals_is_noted)
{
	signals_install();
	ck_assert(!interrupted());
	for (size_t i = 0; i < WISHES; i++) {
		ck_assert_int_eq(raise(wishes[i]), 0);
		ck_assert(interrupted());
		ck_assert_int_eq(signals_received(), wishes[i]);
	}
}
END_TEST

START_TEST(what_was_ignored_stays_ignored)
{
	for (size_t i = 0; i < WISHES; i++) {
		ck_assert(signal(wishes[i], SIG_IGN) != SIG_ERR);
		signals_install();
		ck_assert_int_eq(raise(wishes[i]), 0);
		ck_assert(!interrupted());
		signals_uninstall();
		ck_assert(is_ignored(wishes[i]));
	}
}
END_TEST

START_TEST(a_child_takes_notice_of_a_termination_only)
{
	signals_install();
	signals_uninstall();
	for (size_t i = 0; i < WISHES; i++) {
		if (wishes[i] != SIGTERM)
			ck_assert_int_eq(raise(wishes[i]), 0);
	}
	ck_assert(!interrupted());
	if (fork() == 0) {
		(void)raise(SIGTERM);
		_exit(0);
	} else {
		int status;

		ck_assert_int_gt(wait(&status), 0);
		ck_assert(WIFSIGNALED(status));
	}
}
END_TEST

START_TEST(while_they_are_held_back_none_arrives)
{
	sigset_t mask;

	signals_install();
	for (size_t i = 0; i < WISHES; i++) {
		signals_hold(&mask);
		ck_assert_int_eq(raise(wishes[i]), 0);
		ck_assert_int_ne(signals_received(), wishes[i]);
		signals_release(&mask);
		ck_assert_int_eq(signals_received(), wishes[i]);
	}
}
END_TEST

START_TEST(they_arrive_while_something_is_waited_for)
{
	struct pollfd readable = {-1, POLLIN, 0};
	const struct timespec at_once = {0, 0};
	sigset_t mask;
	int ends[2];

	signals_install();
	ck_assert_int_eq(pipe(ends), 0);
	signals_hold(&mask);
	ck_assert_int_eq(raise(SIGHUP), 0);
	ck_assert_int_eq(signals_poll(&readable, 1, NULL, &mask), 0);
	ck_assert_int_eq(signals_received(), SIGHUP);
	/* Also when there is no need to wait. */
	readable.fd = ends[0];
	ck_assert_int_eq(write(ends[1], "", 1), 1);
	ck_assert_int_eq(raise(SIGTERM), 0);
	ck_assert_int_eq(signals_poll(&readable, 1, &at_once, &mask), 1);
	ck_assert_int_eq(signals_received(), SIGTERM);
	/* Afterwards they are held back again. */
	ck_assert_int_eq(raise(SIGINT), 0);
	ck_assert_int_eq(signals_received(), SIGTERM);
	signals_release(&mask);
	ck_assert_int_eq(signals_received(), SIGINT);
}
END_TEST

/* The signals that a program finds ignored. */
static unsigned long long ignored_by_programs(void)
{
	const char *arguments[] = {"grep", "^SigIgn", "/proc/self/status", NULL};
	struct spawn spawn = {.program = "grep", .arguments = arguments};
	autostr struct str output = STR_INIT;
	autoerror struct error *error = NULL;
	struct spawn_result result;
	unsigned long long set;

	ck_ok(spawn_run(&spawn, slice_of(NULL, 0), 4096, &output, NULL, &result, &error), error);
	ck_assert_int_eq(sscanf(str_c(&output), "SigIgn: %llx", &set), 1);
	return set;
}

START_TEST(programs_find_ignored_what_was_and_nothing_else)
{
	signals_install();
	ck_assert_uint_eq(ignored_by_programs() & 0x7fffffff, 0);
	signals_uninstall();
	ck_assert_uint_eq(ignored_by_programs() & 0x7fffffff, 0);
	ck_assert(signal(SIGHUP, SIG_IGN) != SIG_ERR);
	signals_install();
	signals_uninstall();
	ck_assert_uint_eq(ignored_by_programs() & 0x7fffffff, 1 << (SIGHUP - 1));
}
END_TEST

SUITE("jobs/signals", each_of_the_signals_is_noted, what_was_ignored_stays_ignored,
    a_child_takes_notice_of_a_termination_only, while_they_are_held_back_none_arrives,
    they_arrive_while_something_is_waited_for, programs_find_ignored_what_was_and_nothing_else)
