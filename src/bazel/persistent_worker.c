#include "bazel/persistent_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "base/spawn.h"
#include "bazel/work_request.h"
#include "jobs/signals.h"

#define READ_SIZE 65536

/* So much can be written to a pipe that poll(2) calls writable (PIPE_BUF). */
#define WRITE_SIZE 4096

/* While so much waits nothing more is read. */
#define WAITING_REQUESTS 1024
#define WAITING_OUTPUT ((size_t)16 << 20)

/* What the exit code of a request is whose process died, or that could not be given to one. */
#define EXIT_LOST 3

/* How long processes that are to end have for what they are on. */
#define GRACE_MILLISECONDS 1000

/* A request that waits, as it came. */
struct waiting {
	struct request_head head;
	char *json;
	size_t len;
};

/* A process that works, and what it works on. */
struct process {
	pid_t pid; /* 0 when there is none */
	int fd;	   /* of a socket to it */
	bool busy;
	bool cancelled;
	int64_t id;
	struct str received;
};

/* What goes to a process before a request, and comes from it before its output. */
struct head {
	uint64_t len;
	int64_t code; /* exit code */
};

struct server {
	const struct persistent_worker *service;
	int input;
	int output;
	bool ended;	       /* nothing more is read */
	struct error *problem; /* why, if that was an error */
	struct str received;
	struct request_scanner scanner;
	struct waiting *waiting;
	size_t waiting_count;
	struct process *processes;
	bool has_warned;      /* that there are fewer of them */
	struct pollfd *polls; /* input, output, processes */
	struct str answers;
	size_t answered; /* bytes of the answers that were written */
};

void work_request_path(const struct work_request *request, const char *path, struct str *ret)
{
	if (request->directory && *path != '/')
		path_join(ret, slice_c(request->directory), slice_c(path));
	else
		str_adds(ret, path);
}

static void answer(
    struct server *server, int64_t id, int64_t code, struct slice output, bool cancelled)
{
	struct json_writer json;

	json_begin(&json, &server->answers);
	json_object(&json);
	if (!cancelled) {
		json_member_integer(&json, "exitCode", code);
		json_member_slice(&json, "output", output);
	}
	json_member_integer(&json, "requestId", id);
	if (cancelled) {
		json_key(&json, "wasCancelled");
		json_bool(&json, true);
	}
	json_object_end(&json);
	str_addc(&server->answers, '\n');
}

static int say(int fd, int64_t code, struct slice content, struct error **err)
{
	struct head head = {content.len, code};
	struct slice bytes = slice_of((const char *)&head, sizeof(head));

	if (file_write_fd(fd, "the other process", bytes, err) < 0)
		return -1;
	return file_write_fd(fd, "the other process", content, err);
}

/* A whole message of those received; *ret_len is its length with its head, 0 if it is not there. */
static struct slice message_of(const struct str *received, struct head *ret, size_t *ret_len)
{
	*ret_len = 0;
	if (received->len < sizeof(*ret))
		return SLICE_LITERAL("");
	memcpy(ret, received->data, sizeof(*ret));
	if (received->len - sizeof(*ret) < ret->len)
		return SLICE_LITERAL("");
	*ret_len = sizeof(*ret) + ret->len;
	return slice_of(received->data + sizeof(*ret), ret->len);
}

static void drop_front(struct str *str, size_t len)
{
	memmove(str->data, str->data + len, str->len - len);
	str_truncate(str, str->len - len);
}

/* Append what can be read now. Returns how much, 0 at the end. */
static ssize_t receive(int fd, struct str *ret)
{
	ssize_t len;

	str_reserve(ret, READ_SIZE);
	len = read(fd, ret->data + ret->len, READ_SIZE);
	if (len > 0)
		ret->len += (size_t)len;
	ret->data[ret->len] = '\0';
	return len;
}

static int do_request(
    const struct persistent_worker *service, struct slice json, struct str *output)
{
	CLEANUP(request_release) struct request request = {0};
	autoerror struct error *error = NULL;

	if (request_parse(json, &request, &error) == 0)
		return service->work(service->context, &request.work, output);
	str_addf(output, "%s: error: %s\n", error->path, error->message);
	return ERROR_USAGE;
}

/* What a process answers that could not become one that works. */
static int refuse(const struct error *problem, struct str *output)
{
	str_addf(output, "kiln: error: %s\n", problem->message);
	return EXIT_LOST;
}

/* The life of a process: it ends with its socket, or after it told of its problem. */
static int work(const struct persistent_worker *service, const struct error *problem, int fd)
{
	autostr struct str received = STR_INIT;
	autostr struct str output = STR_INIT;

	for (;;) {
		struct head head;
		size_t len;
		struct slice json = message_of(&received, &head, &len);
		int code;

		if (!len) {
			ssize_t got = TEMP_FAILURE_RETRY(receive(fd, &received));

			if (got <= 0)
				return got < 0 || received.len ? ERROR_SYSTEM : 0;
			continue;
		}
		str_truncate(&output, 0);
		code = problem ? refuse(problem, &output) : do_request(service, json, &output);
		drop_front(&received, len);
		if (say(fd, code, str_slice(&output), NULL) < 0 || problem)
			return ERROR_SYSTEM;
	}
}

/* What a process has of the one it was forked from: its standard input and output are not the
 * client's. */
static int leave_parent(const struct server *server, struct error **err)
{
	autoclose int null = TEMP_FAILURE_RETRY(open("/dev/null", O_RDWR | O_CLOEXEC));

	for (unsigned i = 0; i < server->service->processes; i++)
		cleanup_close(&server->processes[i].fd);
	if (null < 0 || TEMP_FAILURE_RETRY(dup2(null, server->input)) < 0 ||
	    TEMP_FAILURE_RETRY(dup2(null, server->output)) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return fail_errno(
		    err, errno, "cannot detach from the process that serves requests");
	return 0;
}

static bool has_process(const struct server *server)
{
	for (unsigned i = 0; i < server->service->processes; i++) {
		if (server->processes[i].pid)
			return true;
	}
	return false;
}

static int start_process(struct server *server, struct process *process, struct error **err)
{
	autoclose int here = -1, there = -1;
	pid_t parent = getpid();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return fail_errno(err, errno, "cannot create a socket for a worker");
	here = ends[0];
	there = ends[1];
	process->pid = fork();
	if (process->pid < 0) {
		process->pid = 0;
		return fail_errno(err, errno, "cannot start a worker");
	}
	if (process->pid == 0) {
		autoerror struct error *problem = NULL;

		signals_uninstall();
		cleanup_close(&here);
		(void)leave_parent(server, &problem); /* it is told of the first request */
		if (getppid() != parent)
			process_end(ERROR_SYSTEM); /* nobody is there to be told */
		process_end(work(server->service, problem, there));
	}
	process->fd = steal_fd(&here);
	process->busy = false;
	str_truncate(&process->received, 0);
	return 0;
}

/* Whether a process could be started. That others have to do is told once, that there are none is
 * an error. */
static int need_process(
    struct server *server, struct process *process, bool *ret, struct error **err)
{
	const struct persistent_worker *service = server->service;
	autoerror struct error *error = NULL;

	*ret = start_process(server, process, &error) == 0;
	if (*ret)
		return 0;
	if (!has_process(server))
		return fail_with(err, steal(&error));
	if (service->reporter && !server->has_warned) {
		/* Always -1. */
		(void)fail_prefix(&error, "fewer than %u workers are running", service->processes);
		reporter_warning(service->reporter, error);
	}
	server->has_warned = true;
	return 0;
}

/* It has ended, or nothing can be said to it: what it worked on is answered for it. */
static int bury(struct server *server, struct process *process, struct error **err)
{
	autostr struct str text = STR_INIT;
	struct spawn_result end;

	(void)close(steal_fd(&process->fd)); /* nothing more is wanted of it */
	if (spawn_wait(process->pid, &end, err) < 0)
		return -1;
	process->pid = 0;
	if (!process->busy)
		return 0;
	process->busy = false;
	str_adds(&text, "kiln: error: the worker of this request ended: ");
	spawn_describe(end.status, &text);
	str_addc(&text, '\n');
	answer(server, process->id, EXIT_LOST, str_slice(&text), process->cancelled);
	return 0;
}

static int hear(struct server *server, struct process *process, struct error **err)
{
	struct head head;
	struct slice output;
	size_t len;
	ssize_t got = receive(process->fd, &process->received);

	if (got < 0 && errno == EINTR)
		return 0;
	if (got <= 0)
		return bury(server, process, err);
	output = message_of(&process->received, &head, &len);
	if (!len)
		return 0;
	answer(server, process->id, head.code, output, process->cancelled);
	process->busy = false;
	str_truncate(&process->received, 0);
	return 0;
}

static void drop_waiting(struct server *server, size_t at)
{
	free(server->waiting[at].json);
	server->waiting_count--;
	memmove(&server->waiting[at], &server->waiting[at + 1],
	    (server->waiting_count - at) * sizeof(*server->waiting));
}

/* Of a request that is not in flight there is nothing to cancel. */
static void cancel(struct server *server, int64_t id)
{
	for (size_t i = 0; i < server->waiting_count; i++) {
		if (server->waiting[i].head.id == id) {
			drop_waiting(server, i);
			answer(server, id, 0, SLICE_LITERAL(""), true);
			return;
		}
	}
	for (unsigned i = 0; i < server->service->processes; i++) {
		struct process *process = &server->processes[i];

		if (process->busy && process->id == id)
			process->cancelled = true;
	}
}

static void take_request(struct server *server, struct slice json)
{
	CLEANUP(request_release) struct request request = {0};
	autoerror struct error *error = NULL;

	if (request_parse(json, &request, &error) < 0) {
		autofree char *text = xasprintf("%s: error: %s\n", error->path, error->message);

		answer(server, request.head.id, ERROR_USAGE, slice_c(text), false);
		return;
	}
	if (request.head.cancel) {
		cancel(server, request.head.id);
		return;
	}
	server->waiting = xreallocarray(
	    server->waiting, server->waiting_count + 1, sizeof(*server->waiting));
	server->waiting[server->waiting_count++] = (struct waiting){
	    request.head, xmemdup0(json.data, json.len), json.len};
}

/* No more is read; `problem` is why, NULL at the end of input. */
static void end_input(struct server *server, struct error *problem)
{
	server->ended = true;
	server->problem = problem;
	str_release(&server->received);
}

static bool is_blank(struct slice text)
{
	while (text.len && strchr(" \t\r\n", text.data[0]))
		text = slice_of(text.data + 1, text.len - 1);
	return text.len == 0;
}

static void take_requests(struct server *server)
{
	struct str *received = &server->received;
	struct error *problem = NULL;
	size_t at = 0, len;

	do {
		struct slice rest = slice_of(str_c(received) + at, received->len - at);

		if (request_scan(&server->scanner, rest, &len, &problem) < 0) {
			end_input(server, problem);
			return;
		}
		if (len)
			take_request(server, slice_of(rest.data, len));
		at += len;
	} while (len);
	if (at)
		drop_front(received, at);
}

static void read_input(struct server *server)
{
	ssize_t got = receive(server->input, &server->received);
	struct error *problem = NULL;

	if (got > 0) {
		take_requests(server);
	} else if (got < 0) {
		if (errno == EINTR || errno == EAGAIN)
			return;
		(void)fail_errno(&problem, errno, "cannot read requests"); /* always -1 */
		end_input(server, problem);
	} else {
		if (!is_blank(str_slice(&server->received)))
			(void)fail_at(&problem, "request", 0, 0, NULL,
			    "input ends within a request"); /* always -1 */
		end_input(server, problem);
	}
}

static int write_output(struct server *server, struct error **err)
{
	size_t left = server->answers.len - server->answered;
	ssize_t len = write(server->output, server->answers.data + server->answered,
	    left < WRITE_SIZE ? left : WRITE_SIZE);

	if (len < 0)
		return errno == EINTR || errno == EAGAIN
			   ? 0
			   : fail_errno(err, errno, "cannot write responses");
	/* What was written is dropped when it is the larger part: moving the rest each time costs
	 * the square of a large answer. */
	server->answered += (size_t)len;
	if (server->answered > server->answers.len / 2) {
		drop_front(&server->answers, server->answered);
		server->answered = 0;
	}
	return 0;
}

/* A process that is free, or a place for one. */
static struct process *find_process(struct server *server)
{
	struct process *place = NULL;

	for (unsigned i = 0; i < server->service->processes; i++) {
		struct process *process = &server->processes[i];

		if (process->pid && !process->busy)
			return process;
		if (!process->pid && !place)
			place = process;
	}
	return place;
}

/* Whether a request without an id is being worked on: the next one must wait for its answer. */
static bool is_held(const struct server *server, const struct request_head *head)
{
	for (unsigned i = 0; head->id == 0 && i < server->service->processes; i++) {
		if (server->processes[i].busy && server->processes[i].id == 0)
			return true;
	}
	return false;
}

/* Give the requests that wait to processes, as long as there are any of both. */
static int dispatch(struct server *server, struct error **err)
{
	for (size_t i = 0; i < server->waiting_count;) {
		const struct waiting *next = &server->waiting[i];
		struct process *process = find_process(server);
		bool is_there = process && process->pid;

		if (!process)
			return 0;
		if (is_held(server, &next->head)) {
			i++;
			continue;
		}
		if (!is_there && need_process(server, process, &is_there, err) < 0)
			return -1;
		if (!is_there)
			return 0; /* it waits until another one is free */
		process->busy = true;
		process->cancelled = false;
		process->id = next->head.id;
		/* One that cannot be told anything has ended, or is to: that is noticed when it is
		 * heard. */
		if (say(process->fd, 0, slice_of(next->json, next->len), NULL) < 0)
			(void)shutdown(process->fd, SHUT_RDWR);
		drop_waiting(server, i);
	}
	return 0;
}

static bool is_busy(const struct server *server)
{
	for (unsigned i = 0; i < server->service->processes; i++) {
		if (server->processes[i].busy)
			return true;
	}
	return server->waiting_count || server->answers.len;
}

static int wait_for_something(struct server *server, const sigset_t *signals, struct error **err)
{
	bool read = !server->ended && server->waiting_count < WAITING_REQUESTS &&
		    server->answers.len < WAITING_OUTPUT;
	unsigned count = server->service->processes;
	sigset_t held;

	server->polls[0] = (struct pollfd){read ? server->input : -1, POLLIN, 0};
	server->polls[1] = (struct pollfd){server->answers.len ? server->output : -1, POLLOUT, 0};
	for (unsigned i = 0; i < count; i++)
		server->polls[2 + i] = (struct pollfd){
		    server->processes[i].pid ? server->processes[i].fd : -1, POLLIN, 0};
	if (ppoll(server->polls, 2 + count, NULL, signals) < 0) {
		for (unsigned i = 0; i < 2 + count; i++)
			server->polls[i].revents = 0;
		return errno == EINTR ? 0 : fail_errno(err, errno, "cannot wait for requests");
	}
	/* ppoll() lets signals in only while it waits. */
	signals_release(signals);
	signals_hold(&held);
	return 0;
}

static int serve(struct server *server, const sigset_t *signals, struct error **err)
{
	while (!server->ended || is_busy(server)) {
		if (interrupted())
			return fail(err, ERROR_SYSTEM, "interrupted");
		if (wait_for_something(server, signals, err) < 0)
			return -1;
		for (unsigned i = 0; i < server->service->processes; i++) {
			if (server->polls[2 + i].revents &&
			    hear(server, &server->processes[i], err) < 0)
				return -1;
		}
		if (server->polls[0].revents)
			read_input(server);
		if (dispatch(server, err) < 0)
			return -1;
		if (server->polls[1].revents && write_output(server, err) < 0)
			return -1;
	}
	return server->problem ? fail_with(err, steal(&server->problem)) : 0;
}

/* After an error nobody waits for what is still worked on; it is taken back. */
static void end_processes(struct server *server, bool failed)
{
	double last = clock_seconds() + GRACE_MILLISECONDS / 1e3;

	for (unsigned i = 0; i < server->service->processes; i++)
		cleanup_close(&server->processes[i].fd);
	for (unsigned i = 0; i < server->service->processes; i++) {
		struct process *process = &server->processes[i];
		double left = last - clock_seconds();
		struct spawn_result end;

		str_release(&process->received);
		if (!process->pid)
			continue;
		if (failed && !spawn_await(process->pid, left > 0 ? (unsigned)(left * 1e3) : 0))
			(void)kill(process->pid, SIGKILL);  /* it may be gone already */
		(void)spawn_wait(process->pid, &end, NULL); /* nothing depends on how it ended */
	}
}

static void server_release(struct server *server)
{
	while (server->waiting_count)
		drop_waiting(server, server->waiting_count - 1);
	free(server->waiting);
	str_release(&server->received);
	str_release(&server->answers);
	error_free(server->problem);
}

int persistent_worker_serve(
    const struct persistent_worker *service, int input, int output, struct error **err)
{
	autofree struct process *processes = xcalloc(service->processes, sizeof(*processes));
	autofree struct pollfd *polls = xcalloc(service->processes + 2, sizeof(*polls));
	CLEANUP(server_release)
	struct server server = {
	    .service = service,
	    .input = input,
	    .output = output,
	    .processes = processes,
	    .polls = polls,
	};
	sigset_t signals;
	int result;

	for (unsigned i = 0; i < service->processes; i++)
		processes[i].fd = -1;
	signals_hold(&signals);
	result = serve(&server, &signals, err);
	end_processes(&server, result < 0);
	signals_release(&signals);
	return result;
}
