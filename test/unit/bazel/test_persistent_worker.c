#include "bazel/persistent_worker.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "jobs/signals.h"
#include "suite.h"

/* How many bytes were moved within memory, by all processes. */
static _Atomic size_t *moved;

#ifndef __SANITIZE_ADDRESS__ /* which has its own */
void *memmove(void *to, const void *from, size_t len)
{
	/* What is volatile no compiler makes a call of memmove() of. */
	volatile char *target = to;
	const volatile char *source = from;

	if (moved)
		atomic_fetch_add(moved, len);
	for (size_t i = 0; target <= source && i < len; i++)
		target[i] = source[i];
	for (size_t i = len; target > source && i > 0; i--)
		target[i - 1] = source[i - 1];
	return to;
}
#endif

/* How many times this process can fork yet; any number of times if negative. */
static int forks_left = -1;

pid_t fork(void)
{
	pid_t (*real)(void);

	*(void **)&real = dlsym(RTLD_NEXT, "fork");
	if (forks_left == 0) {
		errno = EAGAIN;
		return -1;
	}
	forks_left -= forks_left > 0;
	return real();
}

/* Does what its first argument says. */
static int work(void *context, const struct work_request *request, struct str *output)
{
	const char *word = request->argument_count ? request->arguments[0] : "";

	(void)context;
	if (strcmp(word, "die") == 0)
		raise(SIGKILL);
	if (strcmp(word, "sleep") == 0)
		usleep(100000);
	if (strcmp(word, "much") == 0) {
		for (int i = 0; i < 1 << 16; i++)
			str_adds(output, "0123456789abcdef");
	}
	if (strcmp(word, "print") == 0 && write(STDOUT_FILENO, "loose", 5) != 5)
		return 9;
	if (strcmp(word, "wait") == 0) {
		(void)close(open("begun", O_CREAT | O_WRONLY, 0600));
		while (access(request->arguments[1], F_OK) < 0)
			usleep(1000);
	}
	str_adds(output, word);
	return request->argument_count;
}

/* A worker in a process of its own. */
struct client {
	pid_t pid;
	int to;
	int from;
};

/* Serve, in this process; if it can fork only so many times, with a reporter that writes to a file.
 */
static int serve(unsigned processes, int forks, struct error **err)
{
	struct persistent_worker service = {NULL, processes, work, NULL};
	struct reporter reporter;

	signals_install();
	if (forks >= 0) {
		autoclose int errors = open("errors", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		(void)dup2(errors, STDERR_FILENO);
		reporter_init(&reporter, WHEN_NEVER, WHEN_NEVER);
		service.reporter = &reporter;
		forks_left = forks;
	}
	return persistent_worker_serve(&service, STDIN_FILENO, STDOUT_FILENO, err);
}

static void start_limited(struct client *client, unsigned processes, int forks)
{
	int to[2], from[2];

	ck_assert_int_eq(pipe2(to, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(from, O_CLOEXEC), 0);
	client->pid = fork();
	ck_assert_int_ge(client->pid, 0);
	if (client->pid == 0) {
		autoerror struct error *error = NULL;

		(void)dup2(to[0], STDIN_FILENO);
		(void)dup2(from[1], STDOUT_FILENO);
		cleanup_close(&to[1]);
		cleanup_close(&from[0]);
		if (serve(processes, forks, &error) < 0)
			_exit(interrupted() ? 128 + signals_received() : (int)error->kind);
		_exit(0);
	}
	(void)close(to[0]);
	(void)close(from[1]);
	*client = (struct client){client->pid, to[1], from[0]};
}

static void start(struct client *client, unsigned processes)
{
	start_limited(client, processes, -1);
}

static void say(const struct client *client, const char *text)
{
	autoerror struct error *error = NULL;

	ck_ok(file_write_fd(client->to, "the worker", slice_c(text), &error), error);
}

/* One line of what it answers. */
static void hear(const struct client *client, struct str *ret)
{
	char c;

	str_truncate(ret, 0);
	while (read(client->from, &c, 1) == 1 && c != '\n')
		str_addc(ret, c);
}

static void expect(const struct client *client, const char *line)
{
	autostr struct str heard = STR_INIT;

	hear(client, &heard);
	ck_assert_str_eq(str_c(&heard), line);
}

/* End its input; its exit status, after `rest` as the rest of its output. */
static int end(struct client *client, const char *rest)
{
	autostr struct str output = STR_INIT;
	autoerror struct error *error = NULL;
	int status;

	(void)close(client->to);
	ck_ok(file_read_fd(client->from, "the worker", 1 << 24, &output, &error), error);
	ck_assert_str_eq(str_c(&output), rest);
	ck_assert_int_eq(waitpid(client->pid, &status, 0), client->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(requests_are_answered_until_input_ends)
{
	struct client client;

	start(&client, 2);
	say(&client, "{\"arguments\": [\"a\"], \"requestId\": 5}");
	expect(&client, "{\"exitCode\":1,\"output\":\"a\",\"requestId\":5}");
	say(&client, "\n{\"arguments\": [\"b\", \"c\"]}\n");
	expect(&client, "{\"exitCode\":2,\"output\":\"b\",\"requestId\":0}");
	ck_assert_int_eq(end(&client, ""), 0);
}
END_TEST

START_TEST(what_came_before_the_end_is_answered)
{
	struct client client;

	start(&client, 1);
	say(&client, "{\"arguments\":[\"sleep\"]}{\"arguments\":[\"b\"]}{\"arguments\":[\"c\"]}");
	ck_assert_int_eq(end(&client, "{\"exitCode\":1,\"output\":\"sleep\",\"requestId\":0}\n"
				      "{\"exitCode\":1,\"output\":\"b\",\"requestId\":0}\n"
				      "{\"exitCode\":1,\"output\":\"c\",\"requestId\":0}\n"),
	    0);
}
END_TEST

START_TEST(requests_with_ids_are_answered_as_they_are_done)
{
	struct client client;

	start(&client, 2);
	say(&client, "{\"arguments\": [\"wait\", \"go\"], \"requestId\": 1}"
		     "{\"arguments\": [\"quick\"], \"requestId\": 2}");
	expect(&client, "{\"exitCode\":1,\"output\":\"quick\",\"requestId\":2}");
	suite_put("go", "");
	expect(&client, "{\"exitCode\":2,\"output\":\"wait\",\"requestId\":1}");
	ck_assert_int_eq(end(&client, ""), 0);
}
END_TEST

START_TEST(requests_without_ids_are_answered_in_order)
{
	struct client client;

	start(&client, 4);
	say(&client, "{\"arguments\": [\"wait\", \"go\"]}{\"arguments\": [\"quick\"]}"
		     "{\"arguments\": [\"other\"], \"requestId\": 3}");
	expect(&client, "{\"exitCode\":1,\"output\":\"other\",\"requestId\":3}");
	suite_put("go", "");
	expect(&client, "{\"exitCode\":2,\"output\":\"wait\",\"requestId\":0}");
	expect(&client, "{\"exitCode\":1,\"output\":\"quick\",\"requestId\":0}");
	ck_assert_int_eq(end(&client, ""), 0);
}
END_TEST

START_TEST(a_request_that_waits_can_be_cancelled)
{
	struct client client;

	start(&client, 1);
	say(&client, "{\"arguments\": [\"wait\", \"go\"], \"requestId\": 1}"
		     "{\"arguments\": [\"b\"], \"requestId\": 2}"
		     "{\"requestId\": 2, \"cancel\": true}{\"requestId\": 9, \"cancel\": true}");
	expect(&client, "{\"requestId\":2,\"wasCancelled\":true}");
	suite_put("go", "");
	ck_assert_int_eq(end(&client, "{\"exitCode\":2,\"output\":\"wait\",\"requestId\":1}\n"), 0);
}
END_TEST

START_TEST(a_request_that_is_worked_on_is_answered_as_cancelled_when_it_is_done)
{
	struct client client;
	struct pollfd answer;

	start(&client, 1);
	say(&client, "{\"arguments\": [\"wait\", \"go\"], \"requestId\": 1}");
	while (!suite_exists("begun"))
		usleep(1000);
	say(&client, "{\"requestId\": 1, \"cancel\": true}");
	answer = (struct pollfd){client.from, POLLIN, 0};
	ck_assert_int_eq(poll(&answer, 1, 100), 0);
	suite_put("go", "");
	ck_assert_int_eq(end(&client, "{\"requestId\":1,\"wasCancelled\":true}\n"), 0);
}
END_TEST

START_TEST(a_process_that_dies_is_replaced)
{
	struct client client;

	start(&client, 1);
	for (int i = 0; i < 3; i++) {
		say(&client, "{\"arguments\": [\"die\"], \"requestId\": 1}");
		expect(&client, "{\"exitCode\":3,\"output\":\"kiln: error: the worker of this "
				"request ended: killed by signal 9 (Killed)\\n\",\"requestId\":1}");
		say(&client, "{\"arguments\": [\"a\"], \"requestId\": 2}");
		expect(&client, "{\"exitCode\":1,\"output\":\"a\",\"requestId\":2}");
	}
	ck_assert_int_eq(end(&client, ""), 0);
}
END_TEST

START_TEST(what_a_process_prints_is_no_response)
{
	struct client client;

	start(&client, 1);
	say(&client, "{\"arguments\": [\"print\"]}");
	expect(&client, "{\"exitCode\":1,\"output\":\"print\",\"requestId\":0}");
	ck_assert_int_eq(end(&client, ""), 0);
}
END_TEST

START_TEST(a_client_may_send_all_before_it_reads)
{
	struct client client;
	autostr struct str line = STR_INIT;

	start(&client, 2);
	for (int i = 1; i <= 8; i++) {
		autofree char *text = xasprintf(
		    "{\"arguments\": [\"much\"], \"requestId\": %d}", i);

		say(&client, text);
	}
	for (int i = 1; i <= 8; i++) {
		hear(&client, &line);
		ck_assert_uint_gt(line.len, 1 << 20);
	}
	ck_assert_int_eq(end(&client, ""), 0);
}
END_TEST

START_TEST(a_wrong_request_is_answered)
{
	struct client client;

	start(&client, 1);
	say(&client, "{\"arguments\": 1, \"requestId\": 4}{\"requestId\": 5}");
	expect(&client, "{\"exitCode\":2,\"output\":\"request: error: expected 'arguments' to be a "
			"list\\n\",\"requestId\":4}");
	expect(&client, "{\"exitCode\":0,\"output\":\"\",\"requestId\":5}");
	ck_assert_int_eq(end(&client, ""), 0);
}
END_TEST

START_TEST(after_what_is_no_request_nothing_is_read)
{
	static const char *const texts[] = {"[]", "{\"arguments\"", "{\"a\": }"};

	for (size_t i = 0; i < 2; i++) {
		struct client client;

		start(&client, 1);
		say(&client, "{\"arguments\": [\"a\"]}");
		say(&client, texts[i]);
		ck_assert_int_eq(
		    end(&client, "{\"exitCode\":1,\"output\":\"a\",\"requestId\":0}\n"),
		    ERROR_INPUT);
	}
}
END_TEST

START_TEST(a_signal_ends_it_without_an_answer)
{
	struct client client;

	start(&client, 2);
	say(&client, "{\"arguments\": [\"a\"]}");
	expect(&client, "{\"exitCode\":1,\"output\":\"a\",\"requestId\":0}");
	say(&client, "{\"arguments\": [\"wait\", \"never\"], \"requestId\": 1}");
	ck_assert_int_eq(kill(client.pid, SIGTERM), 0);
	ck_assert_int_eq(end(&client, ""), 128 + SIGTERM);
}
END_TEST

START_TEST(work_grows_with_a_request_no_faster_than_its_size)
{
	const size_t size = (size_t)2 << 20;
	autofree char *word = xmalloc(size + 1);
	autofree char *request = NULL, *answer = NULL;
	struct client client;

	memset(word, 'x', size);
	word[size] = '\0';
	request = xasprintf("{\"arguments\": [\"%s\"]}", word);
	answer = xasprintf("{\"exitCode\":1,\"output\":\"%s\",\"requestId\":0}\n", word);
	moved = mmap(
	    NULL, sizeof(*moved), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(moved != MAP_FAILED);
	start(&client, 1);
	say(&client, request);
	ck_assert_int_eq(end(&client, answer), 0);
	ck_assert_uint_lt(atomic_load(moved), 8 * size);
}
END_TEST

START_TEST(a_process_that_cannot_be_forked_is_a_warning)
{
	struct client client;

	start_limited(&client, 3, 1);
	say(&client, "{\"arguments\": [\"wait\", \"go\"], \"requestId\": 1}");
	while (!suite_exists("begun"))
		usleep(1000);
	/* They wait for the only process there is. */
	say(&client,
	    "{\"arguments\": [\"a\"], \"requestId\": 2}{\"arguments\": [\"b\"], \"requestId\": 3}"
	    "{\"arguments\": [\"c\"], \"requestId\": 4}");
	suite_put("go", "");
	ck_assert_int_eq(end(&client, "{\"exitCode\":2,\"output\":\"wait\",\"requestId\":1}\n"
				      "{\"exitCode\":1,\"output\":\"a\",\"requestId\":2}\n"
				      "{\"exitCode\":1,\"output\":\"b\",\"requestId\":3}\n"
				      "{\"exitCode\":1,\"output\":\"c\",\"requestId\":4}\n"),
	    0);
	suite_expect("errors",
	    "kiln: warning: fewer than 3 workers are running: cannot start a worker: "
	    "Resource temporarily "
	    "unavailable\n");
}
END_TEST

START_TEST(without_any_process_it_ends)
{
	struct client client;

	start_limited(&client, 3, 0);
	say(&client, "{\"arguments\": [\"a\"], \"requestId\": 1}");
	ck_assert_int_eq(end(&client, ""), ERROR_SYSTEM);
	suite_expect("errors", "");
}
END_TEST

/* The only process there was has died, and none can take its place. */
START_TEST(a_last_process_that_cannot_be_replaced_ends_it)
{
	struct client client;

	start_limited(&client, 2, 1);
	say(&client, "{\"arguments\": [\"die\"], \"requestId\": 1}");
	expect(&client, "{\"exitCode\":3,\"output\":\"kiln: error: the worker of this request "
			"ended: killed by signal 9 (Killed)\\n\",\"requestId\":1}");
	say(&client, "{\"arguments\": [\"a\"], \"requestId\": 2}");
	ck_assert_int_eq(end(&client, ""), ERROR_SYSTEM);
}
END_TEST

SUITE("bazel/persistent_worker", a_process_that_cannot_be_forked_is_a_warning,
    without_any_process_it_ends, a_last_process_that_cannot_be_replaced_ends_it,
    requests_are_answered_until_input_ends, what_came_before_the_end_is_answered,
    requests_with_ids_are_answered_as_they_are_done, requests_without_ids_are_answered_in_order,
    a_request_that_waits_can_be_cancelled,
    a_request_that_is_worked_on_is_answered_as_cancelled_when_it_is_done,
    a_process_that_dies_is_replaced, what_a_process_prints_is_no_response,
    a_client_may_send_all_before_it_reads, a_wrong_request_is_answered,
    after_what_is_no_request_nothing_is_read, work_grows_with_a_request_no_faster_than_its_size,
    a_signal_ends_it_without_an_answer)
