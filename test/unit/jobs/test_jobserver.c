#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <poll.h>
#include <sys/wait.h>
#include <time.h>

#include "jobs/jobserver.h"
#include "jobs/signals.h"

/* The state that a value of $MAKEFLAGS leads to. */
static enum jobserver_state file_stamp_of(const char *makeflags, struct str *ret_warning)
{
	autojobserver struct jobserver jobserver = {0};

	jobserver_open(&jobserver, makeflags, ret_warning);
	return jobserver.state;
}

static void check_none(const char *makeflags)
{
	autostr struct str warning = STR_INIT;

	ck_assert_msg(file_stamp_of(makeflags, &warning) == JOBSERVER_NONE, "'%s'", makeflags);
	ck_assert_str_eq(str_c(&warning), "");
}

START_TEST(without_a_jobserver_there_is_none)
{
	check_none(NULL);
	check_none("");
	check_none("k");
	check_none(" -j3");
	check_none("--jobserver-style=fifo");
	check_none(" -j --jobserver-auth=");
	check_none("k -- --jobserver-auth=3,4");
	check_none(" -- X=--jobserver-auth=3,4");
}
END_TEST

/* `format` with the descriptors of the pipe. */
static char *flags_of(const char *format, const int ends[2])
{
	autostr struct str input = STR_INIT, output = STR_INIT;
	struct str flags = STR_INIT;

	str_addf(&input, "%d", ends[0]);
	str_addf(&output, "%d", ends[1]);
	for (const char *c = format; *c; c++) {
		if (*c == 'R')
			str_add_slice(&flags, str_slice(&input));
		else if (*c == 'W')
			str_add_slice(&flags, str_slice(&output));
		else
			str_addc(&flags, *c);
	}
	return str_take(&flags);
}

/* Open a jobserver that works. */
static void open_ready(struct jobserver *jobserver, const char *makeflags)
{
	autostr struct str warning = STR_INIT;

	jobserver_open(jobserver, makeflags, &warning);
	ck_assert_str_eq(str_c(&warning), "");
	ck_assert_int_eq(jobserver->state, JOBSERVER_READY);
}

/* Wait for a token. */
static int acquire(struct jobserver *jobserver, unsigned char *ret_token, struct error **err)
{
	struct pollfd poll_one = {jobserver_fd(jobserver), POLLIN, 0};
	bool acquired = false;

	while (!acquired) {
		if (poll(&poll_one, 1, -1) < 0 ||
		    jobserver_try_acquire(jobserver, &acquired, ret_token, err) < 0)
			return -1;
	}
	return 0;
}

/* Take all tokens, which must be these in their order, and put them back. */
static void check_tokens(struct jobserver *jobserver, const char *tokens)
{
	autoerror struct error *error = NULL;
	unsigned char token;
	bool acquired;

	for (size_t i = 0; tokens[i]; i++) {
		if (i % 2) {
			ck_ok(acquire(jobserver, &token, &error), error);
		} else {
			ck_ok(jobserver_try_acquire(jobserver, &acquired, &token, &error), error);
			ck_assert(acquired);
		}
		ck_assert_int_eq(token, (unsigned char)tokens[i]);
	}
	ck_ok(jobserver_try_acquire(jobserver, &acquired, &token, &error), error);
	ck_assert(!acquired);
	for (size_t i = 0; tokens[i]; i++)
		ck_ok(jobserver_release(jobserver, (unsigned char)tokens[i], &error), error);
}

START_TEST(the_same_bytes_go_back_into_a_pipe)
{
	static const char *const formats[] = {" -j --jobserver-auth=R,W", "-j3 --jobserver-fds=R,W",
	    "k -j3 --jobserver-auth=R,W --no-print-directory -- X=1",
	    " --jobserver-auth=1,2 --jobserver-auth=fifo:/x --jobserver-auth=R,W"};
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "+a\xff", 3), 3);
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		autojobserver struct jobserver jobserver = {0};
		autofree char *flags = flags_of(formats[i], ends);

		open_ready(&jobserver, flags);
		check_tokens(&jobserver, "+a\xff");
		ck_assert(!jobserver.is_dry_run);
		/* Others wait in read(2). */
		ck_assert(!(fcntl(ends[0], F_GETFL) & O_NONBLOCK));
		ck_assert(!(fcntl(ends[1], F_GETFL) & O_NONBLOCK));
	}
	ck_assert_int_eq(fcntl(ends[0], F_GETFD), 0);
}
END_TEST

START_TEST(a_fifo_is_as_good)
{
	autojobserver struct jobserver jobserver = {0};
	autoclose int fd = -1;

	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	fd = open("fifo", O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "++", 2), 2);
	open_ready(&jobserver, " -j3 --jobserver-auth=fifo:fifo");
	check_tokens(&jobserver, "++");
	ck_assert_int_eq(jobserver_fd(&jobserver), jobserver.input);
}
END_TEST

static void check_unavailable(const char *makeflags, const char *message)
{
	autostr struct str warning = STR_INIT;

	ck_assert_msg(
	    file_stamp_of(makeflags, &warning) == JOBSERVER_UNAVAILABLE, "'%s'", makeflags);
	ck_assert_msg(
	    strstr(str_c(&warning), message), "'%s' lacks '%s'", str_c(&warning), message);
}

START_TEST(one_that_cannot_be_used_is_explained)
{
	static const char closed[] = "cannot use the jobserver of make: its pipe is closed; put "
				     "'+' before the command in the "
				     "makefile";
	autofree char *swapped = NULL, *strange = NULL;
	int ends[2], others[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(pipe(others), 0);
	check_unavailable(" --jobserver-auth=900,901", closed);
	check_unavailable(" --jobserver-auth=-2,-2", closed);
	swapped = flags_of("--jobserver-auth=W,R", ends);
	check_unavailable(swapped, closed);
	strange = flags_of("--jobserver-auth=R,W", (int[]){ends[0], others[1]});
	check_unavailable(strange, closed);
	ck_assert_int_eq(close(others[0]), 0);
	ck_assert_int_eq(open("/dev/null", O_RDONLY), others[0]);
	free(strange);
	strange = flags_of("--jobserver-auth=R,W", others);
	check_unavailable(strange, closed);
	suite_put("file", "x");
	check_unavailable(" --jobserver-auth=fifo:missing", "'missing': No such file");
	check_unavailable(" --jobserver-auth=fifo:file", "'file' is not a FIFO");
	check_unavailable(" --jobserver-auth=fifo:", "'': No such file");
	check_unavailable(
	    " --jobserver-auth=gmake_semaphore_1", "unknown address 'gmake_semaphore_1'");
	check_unavailable(" --jobserver-auth=3", "unknown address '3'");
	check_unavailable(" --jobserver-auth=3,", "unknown address '3,'");
	check_unavailable(" --jobserver-auth=3,4,5", "unknown address '3,4,5'");
	check_unavailable(" --jobserver-auth=3,4294967296", "unknown address");
	check_unavailable(" --jobserver-auth=-,2147483648", "unknown address");
	check_unavailable(" --jobserver-auth=\n\x1b", "unknown address '\\n\\x1b'");
}
END_TEST

static bool is_dry_run(const char *makeflags)
{
	autojobserver struct jobserver jobserver = {0};
	autostr struct str warning = STR_INIT;

	jobserver_open(&jobserver, makeflags, &warning);
	return jobserver.is_dry_run;
}

START_TEST(a_dry_run_is_known_by_the_first_word)
{
	ck_assert(is_dry_run("n"));
	ck_assert(is_dry_run("kn -j3 --jobserver-auth=900,901"));
	ck_assert(!is_dry_run(NULL));
	ck_assert(!is_dry_run(" n"));
	ck_assert(!is_dry_run("k n"));
	ck_assert(!is_dry_run("--no-print-directory"));
	ck_assert(!is_dry_run("NAME=n"));
	ck_assert(!is_dry_run("w -- n"));
}
END_TEST

START_TEST(waiting_ends_when_a_token_comes_back)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	autojobserver struct jobserver jobserver = {0};
	autoerror struct error *error = NULL;
	autofree char *flags = NULL;
	unsigned char token;
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	flags = flags_of("--jobserver-auth=R,W", ends);
	open_ready(&jobserver, flags);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)nanosleep(&pause, NULL);
		_exit(jobserver_release(&jobserver, 'x', NULL) < 0);
	}
	ck_ok(acquire(&jobserver, &token, &error), error);
	ck_assert_int_eq(token, 'x');
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

/* Take and put back many tokens; 0 if each was there. */
static int work(struct jobserver *jobserver)
{
	for (unsigned i = 0; i < 300; i++) {
		unsigned char token;

		if (acquire(jobserver, &token, NULL) < 0 ||
		    jobserver_release(jobserver, token, NULL) < 0)
			return 1;
	}
	return 0;
}

START_TEST(many_processes_share_the_tokens)
{
	autojobserver struct jobserver jobserver = {0};
	autofree char *flags = NULL;
	char tokens[4] = "";
	pid_t pids[6];
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "abc", 3), 3);
	flags = flags_of("--jobserver-auth=R,W", ends);
	open_ready(&jobserver, flags);
	for (size_t i = 0; i < 6; i++) {
		pids[i] = fork();
		ck_assert_int_ge(pids[i], 0);
		if (pids[i] == 0)
			_exit(work(&jobserver));
	}
	for (size_t i = 0; i < 6; i++) {
		int status;

		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_int_eq(read(ends[0], tokens, 4), 3);
	ck_assert(strchr(tokens, 'a') && strchr(tokens, 'b') && strchr(tokens, 'c'));
}
END_TEST

SUITE("jobs/jobserver", without_a_jobserver_there_is_none, the_same_bytes_go_back_into_a_pipe,
    a_fifo_is_as_good, one_that_cannot_be_used_is_explained, a_dry_run_is_known_by_the_first_word,
    waiting_ends_when_a_token_comes_back, many_processes_share_the_tokens)
