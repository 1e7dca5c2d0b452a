#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/spawn.h"

#define LIMIT ((size_t)64 << 20)

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Run a script of the shell; what it wrote is appended to `output`. */
static void run_shell(const char *script, struct slice input, struct str *output)
{
	struct spawn spawn = {.program = "/bin/sh", .arguments = ARGUMENTS("sh", "-c", script)};
	autoerror struct error *error = NULL;
	struct spawn_result result;

	ck_ok(spawn_run(&spawn, input, LIMIT, output, NULL, &result, &error), error);
	ck_assert_int_eq(result.status, 0);
}

START_TEST(output_error_output_and_status_are_returned)
{
	struct spawn spawn = {.program = "sh",
	    .arguments = ARGUMENTS("sh", "-c", "printf out; printf err >&2; exit 3")};
	autostr struct str output = STR_INIT, error_output = STR_INIT, described = STR_INIT;
	autoerror struct error *error = NULL;
	struct spawn_result result;

	str_adds(&output, "before ");
	ck_ok(spawn_run(&spawn, slice_of(NULL, 0), LIMIT, &output, &error_output, &result, &error),
	    error);
	ck_assert_str_eq(str_c(&output), "before out");
	ck_assert_str_eq(str_c(&error_output), "err");
	ck_assert(WIFEXITED(result.status));
	ck_assert_int_eq(WEXITSTATUS(result.status), 3);
	ck_assert_int_gt(result.usage.ru_maxrss, 0);
	spawn_describe(result.status, &described);
	ck_assert_str_eq(str_c(&described), "exit status 3");
}
END_TEST

START_TEST(arguments_arrive_as_they_are)
{
	struct spawn spawn = {.program = "printf",
	    .arguments = ARGUMENTS("printf", "[%s]", "a b", "", "*", "$HOME", "'\"\\", "\n\xff")};
	autostr struct str output = STR_INIT;
	autoerror struct error *error = NULL;
	struct spawn_result result;

	ck_ok(spawn_run(&spawn, slice_of(NULL, 0), LIMIT, &output, NULL, &result, &error), error);
	ck_assert_str_eq(str_c(&output), "[a b][][*][$HOME]['\"\\][\n\xff]");
}
END_TEST

START_TEST(the_environment_is_the_given_one)
{
	struct spawn spawn = {.program = "env",
	    .arguments = ARGUMENTS("env"),
	    .environment = ARGUMENTS("A=1", "B=x y")};
	autostr struct str output = STR_INIT;
	autoerror struct error *error = NULL;
	struct spawn_result result;

	ck_ok(spawn_run(&spawn, slice_of(NULL, 0), LIMIT, &output, NULL, &result, &error), error);
	ck_assert_str_eq(str_c(&output), "A=1\nB=x y\n");
}
END_TEST

START_TEST(without_an_environment_the_own_is_passed_on)
{
	autostr struct str output = STR_INIT;

	ck_assert_int_eq(setenv("KILN_TEST", "passed on", 1), 0);
	run_shell("printf %s \"$KILN_TEST\"", slice_of(NULL, 0), &output);
	ck_assert_str_eq(str_c(&output), "passed on");
}
END_TEST

START_TEST(a_child_starts_in_its_directory)
{
	struct spawn spawn = {
	    .program = "./script", .arguments = ARGUMENTS("script"), .directory = "sub"};
	autostr struct str output = STR_INIT;
	autoerror struct error *error = NULL;
	struct spawn_result result;

	ck_assert_int_eq(mkdir("sub", 0755), 0);
	ck_ok(
	    file_replace(place_at("sub/script"), SLICE_LITERAL("#!/bin/sh\nls\n"), 0755, 0, &error),
	    error);
	ck_ok(spawn_run(&spawn, slice_of(NULL, 0), LIMIT, &output, NULL, &result, &error), error);
	ck_assert_str_eq(str_c(&output), "script\n");
}
END_TEST

static void check_start_fails(const struct spawn *spawn, int number, const char *message)
{
	autoerror struct error *error = NULL;
	pid_t pid;

	ck_assert_int_eq(spawn_start(spawn, &pid, &error), -1);
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_assert_int_eq(error->number, number);
	ck_assert_str_eq(error->message, message);
	/* Nothing was left that would have to be waited for. */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}

START_TEST(what_cannot_be_executed_is_an_error)
{
	struct spawn spawn = {.program = "no-such-program",
	    .arguments = ARGUMENTS("x"),
	    .input = -1,
	    .output = -1,
	    .error = -1};
	autoerror struct error *error = NULL;

	ck_assert_int_eq(setenv("PATH", "/usr/bin:/bin", 1), 0);
	check_start_fails(
	    &spawn, ENOENT, "cannot run 'no-such-program': No such file or directory");
	ck_ok(file_replace(place_at("file"), SLICE_LITERAL("exit 0\n"), 0644, 0, &error), error);
	spawn.program = "./file";
	check_start_fails(&spawn, EACCES, "cannot run './file': Permission denied");
	ck_assert_int_eq(chmod("file", 0755), 0);
	check_start_fails(&spawn, ENOEXEC, "cannot run './file': Exec format error");
	spawn.program = "true";
	spawn.directory = "missing";
	check_start_fails(
	    &spawn, ENOENT, "cannot run 'true' in 'missing': No such file or directory");
}
END_TEST

/* `len` bytes that are not all the same. */
static void fill(struct str *str, size_t len)
{
	str_reserve(str, len);
	for (size_t i = 0; i < len; i++)
		str_addc(str, (char)(i * 31 >> 3));
}

START_TEST(much_input_and_output_do_not_wait_for_each_other)
{
	struct spawn spawn = {.program = "sh",
	    .arguments = ARGUMENTS("sh", "-c",
		"head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; cat; cat <&- >&2")};
	autostr struct str input = STR_INIT, output = STR_INIT, error_output = STR_INIT;
	autoerror struct error *error = NULL;
	struct spawn_result result;

	fill(&input, (size_t)4 << 20);
	ck_ok(spawn_run(&spawn, str_slice(&input), LIMIT, &output, &error_output, &result, &error),
	    error);
	ck_assert_uint_ge(error_output.len, 300000);
	ck_assert_uint_eq(output.len, 300000 + input.len);
	ck_assert(slice_ends(str_slice(&output), str_slice(&input)));
}
END_TEST

START_TEST(a_child_need_not_read_its_input)
{
	autostr struct str input = STR_INIT, output = STR_INIT;

	fill(&input, (size_t)1 << 20);
	run_shell("exec <&-; echo done", str_slice(&input), &output);
	ck_assert_str_eq(str_c(&output), "done\n");
}
END_TEST

START_TEST(without_input_and_output_there_is_dev_null)
{
	struct spawn spawn = {
	    .program = "sh", .arguments = ARGUMENTS("sh", "-c", "cat && echo out && echo err >&2")};
	autoerror struct error *error = NULL;
	struct spawn_result result;

	ck_ok(spawn_run(&spawn, slice_of(NULL, 0), 0, NULL, NULL, &result, &error), error);
	ck_assert_int_eq(result.status, 0);
}
END_TEST

START_TEST(too_much_output_ends_the_child)
{
	struct spawn spawn = {.program = "yes", .arguments = ARGUMENTS("yes")};
	struct spawn noisy = {.program = "sh", .arguments = ARGUMENTS("sh", "-c", "exec yes >&2")};
	autostr struct str output = STR_INIT, error_output = STR_INIT;
	autoerror struct error *error = NULL;
	struct spawn_result result;

	ck_fails(spawn_run(&spawn, slice_of(NULL, 0), 1000, &output, NULL, &result, &error), error,
	    "'yes': output is larger than 1000 bytes");
	ck_assert(WIFSIGNALED(result.status) && WTERMSIG(result.status) == SIGKILL);
	ck_fails(
	    spawn_run(&noisy, slice_of(NULL, 0), 1000, &output, &error_output, &result, &error),
	    error, "'sh': output is larger than 1000 bytes");
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

static bool is_interrupted(void)
{
	static unsigned count;

	return ++count % 3 == 0;
}

START_TEST(an_interruption_ends_the_child)
{
	/* It closes its output in the second case. */
	static const char *const scripts[] = {"exec sleep 1000", "exec sleep 1000 >&- 2>&-"};
	struct spawn spawn = {.program = "sh", .interrupted = is_interrupted};
	autostr struct str output = STR_INIT;
	struct spawn_result result;

	for (size_t i = 0; i < 2; i++) {
		autoerror struct error *error = NULL;

		spawn.arguments = ARGUMENTS("sh", "-c", scripts[i]);
		ck_fails(
		    spawn_run(&spawn, slice_of(NULL, 0), LIMIT, &output, NULL, &result, &error),
		    error, "'sh': interrupted");
		ck_assert(WIFSIGNALED(result.status) && WTERMSIG(result.status) == SIGKILL);
	}
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(output_of_just_the_limit_is_fine)
{
	struct spawn spawn = {.program = "printf", .arguments = ARGUMENTS("printf", "12345")};
	autostr struct str output = STR_INIT;
	autoerror struct error *error = NULL;
	struct spawn_result result;

	ck_ok(spawn_run(&spawn, slice_of(NULL, 0), 5, &output, NULL, &result, &error), error);
	ck_assert_str_eq(str_c(&output), "12345");
	ck_fails(spawn_run(&spawn, slice_of(NULL, 0), 4, &output, NULL, &result, &error), error,
	    "output is larger than 4 bytes");
}
END_TEST

START_TEST(no_other_descriptor_is_inherited)
{
	autostr struct str output = STR_INIT;

	ck_assert_int_eq(dup2(STDERR_FILENO, 7), 7);
	ck_assert_int_eq(dup2(STDERR_FILENO, 200), 200);
	run_shell("for fd in 7 200; do [ ! -e /proc/$$/fd/$fd ] || echo $fd; done",
	    slice_of(NULL, 0), &output);
	ck_assert_str_eq(str_c(&output), "");
}
END_TEST

START_TEST(signals_are_as_for_any_new_process)
{
	struct spawn spawn = {.program = "grep",
	    .arguments = ARGUMENTS("grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status")};
	/* 32 and 33, which glibc has for itself, are its own business. */
	const unsigned long long internal = 3ULL << 31;
	autostr struct str output = STR_INIT;
	autoerror struct error *error = NULL;
	struct spawn_result result;
	unsigned long long block, ignored;
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGUSR1);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &blocked, NULL), 0);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGUSR2, SIG_IGN);
	ck_ok(spawn_run(&spawn, slice_of(NULL, 0), LIMIT, &output, NULL, &result, &error), error);
	ck_assert_int_eq(sscanf(str_c(&output), "SigBlk: %llx SigIgn: %llx", &block, &ignored), 2);
	ck_assert_uint_eq(block, 0);
	ck_assert_uint_eq(ignored & ~internal, 0);
}
END_TEST

START_TEST(a_program_is_killed_when_the_process_that_started_it_ends)
{
	struct spawn spawn = {
	    .program = "cat", .arguments = ARGUMENTS("cat", "/dev/zero"), .input = -1, .error = -1};
	int ends[2], status;
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	spawn.output = ends[1];
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)spawn_start(&spawn, &pid, NULL);
		(void)raise(SIGKILL);
	}
	(void)close(ends[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	/* It would never end by itself: the pipe is full, or read. */
	while (read(ends[0], &byte, 1) > 0)
		;
}
END_TEST

START_TEST(waiting_for_the_end_has_a_limit)
{
	struct spawn spawn = {.program = "sleep",
	    .arguments = ARGUMENTS("sleep", "1000"),
	    .input = -1,
	    .output = -1,
	    .error = -1};
	autoerror struct error *error = NULL;
	struct spawn_result result;
	pid_t pid;

	ck_ok(spawn_start(&spawn, &pid, &error), error);
	ck_assert(!spawn_await(pid, 10));
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert(spawn_await(pid, 60000));
	ck_ok(spawn_wait(pid, &result, &error), error);
	ck_assert(WIFSIGNALED(result.status));
}
END_TEST

/* What can be read from a pipe until all its writers are gone. */
static void check_pipe(int fd, const char *expected)
{
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;

	ck_ok(file_read_fd(fd, "pipe", LIMIT, &text, &error), error);
	ck_assert_str_eq(str_c(&text), expected);
}

START_TEST(standard_descriptors_can_be_exchanged)
{
	struct spawn spawn = {.program = "sh",
	    .arguments = ARGUMENTS("sh", "-c", "echo out; echo err >&2"),
	    .input = -1,
	    .output = STDERR_FILENO,
	    .error = STDOUT_FILENO};
	autoerror struct error *error = NULL;
	struct spawn_result result;
	int one[2], two[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(one, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(two, O_CLOEXEC), 0);
	ck_assert_int_eq(dup2(one[1], STDOUT_FILENO), STDOUT_FILENO);
	ck_assert_int_eq(dup2(two[1], STDERR_FILENO), STDERR_FILENO);
	ck_ok(spawn_start(&spawn, &pid, &error), error);
	ck_ok(spawn_wait(pid, &result, &error), error);
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		close(fd);
	close(one[1]);
	close(two[1]);
	check_pipe(one[0], "err\n");
	check_pipe(two[0], "out\n");
}
END_TEST

START_TEST(a_descriptor_in_its_place_survives_close_on_exec)
{
	struct spawn spawn = {.program = "echo",
	    .arguments = ARGUMENTS("echo", "out"),
	    .input = -1,
	    .output = STDOUT_FILENO,
	    .error = -1};
	autoerror struct error *error = NULL;
	struct spawn_result result;
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(dup3(ends[1], STDOUT_FILENO, O_CLOEXEC), STDOUT_FILENO);
	ck_ok(spawn_start(&spawn, &pid, &error), error);
	ck_ok(spawn_wait(pid, &result, &error), error);
	close(STDOUT_FILENO);
	close(ends[1]);
	check_pipe(ends[0], "out\n");
}
END_TEST

START_TEST(a_child_can_be_given_standard_input_by_descriptor)
{
	struct spawn spawn = {
	    .program = "sh", .arguments = ARGUMENTS("sh", "-c", "read x; exit $x")};
	autoerror struct error *error = NULL;
	struct spawn_result result;
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	spawn.input = ends[0];
	spawn.output = -1;
	spawn.error = -1;
	ck_ok(spawn_start(&spawn, &pid, &error), error);
	ck_ok(file_write_fd(ends[1], "pipe", SLICE_LITERAL("42\n"), &error), error);
	ck_ok(spawn_wait(pid, &result, &error), error);
	ck_assert_int_eq(WEXITSTATUS(result.status), 42);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

static void do_nothing(int number)
{
	(void)number;
}

START_TEST(interrupting_signals_change_nothing)
{
	struct sigaction action = {.sa_handler = do_nothing}; /* without SA_RESTART */
	struct itimerval interval = {{0, 1000}, {0, 1000}};
	autostr struct str output = STR_INIT;

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &interval, NULL), 0);
	run_shell("sleep 0.1; cat; exec >&-; sleep 0.1", SLICE_LITERAL("in"), &output);
	ck_assert_str_eq(str_c(&output), "in");
}
END_TEST

START_TEST(waiting_for_no_child_is_an_error)
{
	autoerror struct error *error = NULL;
	struct spawn_result result;

	ck_fails(spawn_wait(getpid(), &result, &error), error, "cannot wait for process");
	ck_assert_int_eq(error->number, ECHILD);
}
END_TEST

START_TEST(the_end_of_a_process_is_described)
{
	static const struct {
		int status;
		const char *text;
	} cases[] = {
	    {W_EXITCODE(0, 0), "exit status 0"},
	    {W_EXITCODE(255, 0), "exit status 255"},
	    {W_EXITCODE(0, SIGKILL), "killed by signal 9 (Killed)"},
	    {W_EXITCODE(0, SIGSEGV) | WCOREFLAG, "killed by signal 11 (Segmentation fault)"},
	    {W_EXITCODE(0, 40), "killed by signal 40"},
	    {W_STOPCODE(SIGSTOP), "wait status 0x137f"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str text = STR_INIT;

		spawn_describe(cases[i].status, &text);
		ck_assert_str_eq(str_c(&text), cases[i].text);
	}
}
END_TEST

START_TEST(a_usage_has_bytes_and_seconds)
{
	const struct rusage usage = {
	    .ru_maxrss = 3, .ru_utime = {1, 500000}, .ru_stime = {2, 250000}};

	ck_assert_uint_eq(usage_memory(&usage), 3 * 1024);
	ck_assert_double_eq(usage_seconds(&usage), 3.75);
}
END_TEST

SUITE("base/spawn", a_usage_has_bytes_and_seconds, output_error_output_and_status_are_returned,
    arguments_arrive_as_they_are, the_environment_is_the_given_one,
    without_an_environment_the_own_is_passed_on, a_child_starts_in_its_directory,
    what_cannot_be_executed_is_an_error, much_input_and_output_do_not_wait_for_each_other,
    a_child_need_not_read_its_input, without_input_and_output_there_is_dev_null,
    too_much_output_ends_the_child, an_interruption_ends_the_child,
    output_of_just_the_limit_is_fine, no_other_descriptor_is_inherited,
    signals_are_as_for_any_new_process, a_program_is_killed_when_the_process_that_started_it_ends,
    waiting_for_the_end_has_a_limit, standard_descriptors_can_be_exchanged,
    a_descriptor_in_its_place_survives_close_on_exec,
    a_child_can_be_given_standard_input_by_descriptor, interrupting_signals_change_nothing,
    waiting_for_no_child_is_an_error, the_end_of_a_process_is_described)
