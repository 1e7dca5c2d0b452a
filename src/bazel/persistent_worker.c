#include "bazel/persistent_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "bazel/work_request.h"
#include "jobs/children.h"
#include "jobs/signals.h"

/* The bytes that a pipe takes at once when poll(2) says that it is writable (PIPE_BUF). */
#define WRITE_SIZE 4096

/* If this many requests, or bytes of responses, wait, no further request is read. */
#define WAITING_REQUESTS 1024
#define WAITING_OUTPUT ((size_t)16 << 20)

/* The exit code of a request whose process died, or could not begin to work. */
#define EXIT_LOST 3

/* A request that waits for a process, as received. */
struct waiting {
	struct request_head head;
	char *json;
	size_t len;
};

/* The work of a process. It receives the request as a message, and sends a message back: the exit
 * code and the output. */
struct work {
	bool busy;
	bool cancelled;
	int64_t id;
};

struct server {
	const struct persistent_worker *service;
	int input;
	int output;
	bool ended;	       /* no further request is read */
	struct error *problem; /* the error that ended the input, or NULL */
	struct str received;
	struct request_scanner scanner;
	struct waiting *waiting;
	size_t waiting_count;
	struct children processes;
	struct work *works;   /* of each process */
	struct pollfd *polls; /* processes, input, output */
	struct str answers;
	size_t answered; /* bytes of `answers` that were written */
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

static int run_request(
    const struct persistent_worker *service, struct slice json, struct str *output)
{
	CLEANUP(request_release) struct request request = {0};
	autoerror struct error *error = NULL;

	if (request_parse(json, &request, &error) == 0)
		return service->work(service->context, &request.work, output);
	str_addf(output, "%s: error: %s\n", error->path, error->message);
	return ERROR_USAGE;
}

/* Answer for a process that cannot work. */
static int report_problem(const struct error *problem, struct str *output)
{
	str_addf(output, "kiln: error: %s\n", problem->message);
	return EXIT_LOST;
}

/* Replace the descriptors of the client in a forked process. */
static int detach_from_client(const struct server *server, struct error **err)
{
	autoclose int null = TEMP_FAILURE_RETRY(open("/dev/null", O_RDWR | O_CLOEXEC));

	if (null < 0 || TEMP_FAILURE_RETRY(dup2(null, server->input)) < 0 ||
	    TEMP_FAILURE_RETRY(dup2(null, server->output)) < 0)
		return fail_errno(
		    err, errno, "cannot detach from the process that serves requests");
	return 0;
}

/* Run a forked process; the context is the server. It ends when its socket ends, or after its first
 * answer if it cannot work. */
static int process_main(void *context, unsigned self, int fd)
{
	const struct server *server = context;
	autoerror struct error *problem = NULL;
	autostr struct str received = STR_INIT, output = STR_INIT;

	(void)self;
	(void)detach_from_client(server, &problem); /* reported in the first answer */
	for (;;) {
		struct message message;
		size_t len = message_parse(str_slice(&received), &message);

		if (!len) {
			ssize_t got = file_read_available(fd, &received);

			if (got <= 0)
				return got < 0 || received.len ? ERROR_SYSTEM : 0;
			continue;
		}
		str_truncate(&output, 0);
		message.code = problem ? report_problem(problem, &output)
				       : run_request(server->service, message.content, &output);
		message.content = str_slice(&output);
		str_drop(&received, len);
		if (message_send(fd, &message, NULL) < 0 || problem)
			return ERROR_SYSTEM;
	}
}

/* A process has ended, or its socket has: answer its request in its place. */
static int reap_process(struct server *server, unsigned self, struct error **err)
{
	struct work *work = &server->works[self];
	autostr struct str text = STR_INIT;
	struct spawn_result end;

	if (children_wait(&server->processes, self, &end, err) < 0)
		return -1;
	if (!work->busy)
		return 0;
	work->busy = false;
	str_adds(&text, "kiln: error: the worker of this request ended: ");
	spawn_describe(end.status, &text);
	str_addc(&text, '\n');
	answer(server, work->id, EXIT_LOST, str_slice(&text), work->cancelled);
	return 0;
}

static int receive_response(struct server *server, unsigned self, struct error **err)
{
	struct child *process = &server->processes.list[self];
	struct work *work = &server->works[self];
	struct message message;

	if (file_read_available(process->fd, &process->received) <= 0)
		return reap_process(server, self, err);
	if (!message_parse(str_slice(&process->received), &message))
		return 0;
	answer(server, work->id, message.code, message.content, work->cancelled);
	work->busy = false;
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

/* Cancel a request. One that does not wait and is not being worked on is ignored. */
static void cancel(struct server *server, int64_t id)
{
	for (size_t i = 0; i < server->waiting_count; i++) {
		if (server->waiting[i].head.id == id) {
			drop_waiting(server, i);
			answer(server, id, 0, SLICE_LITERAL(""), true);
			return;
		}
	}
	for (unsigned i = 0; i < server->processes.count; i++) {
		struct work *work = &server->works[i];

		if (work->busy && work->id == id)
			work->cancelled = true;
	}
}

static void queue_request(struct server *server, struct slice json)
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

/* Read no further request, because of a problem, or at the end of input (NULL). */
static void end_input(struct server *server, struct error *problem)
{
	server->ended = true;
	server->problem = problem;
	str_release(&server->received);
}

static bool is_blank(struct slice text)
{
	while (text.len && strchr(" \t\r\n", text.data[0]))
		text = slice_from(text, 1);
	return text.len == 0;
}

static void queue_requests(struct server *server)
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
			queue_request(server, slice_of(rest.data, len));
		at += len;
	} while (len);
	str_drop(received, at);
}

static void read_input(struct server *server)
{
	ssize_t got = file_read_available(server->input, &server->received);
	struct error *problem = NULL;

	if (got > 0) {
		queue_requests(server);
	} else if (got < 0) {
		if (errno == EAGAIN)
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
	/* Drop written bytes once they are the larger part. Moving the rest after each write would
	 * take time that grows with the square of a large answer. */
	server->answered += (size_t)len;
	if (server->answered > server->answers.len / 2) {
		str_drop(&server->answers, server->answered);
		server->answered = 0;
	}
	return 0;
}

/* Find a free process, else one that does not run; processes.count if all are busy. */
static unsigned find_process(const struct server *server)
{
	unsigned count = server->processes.count, place = count;

	for (unsigned i = 0; i < count; i++) {
		bool is_there = server->processes.list[i].pid;

		if (is_there && !server->works[i].busy)
			return i;
		if (!is_there && place == count)
			place = i;
	}
	return place;
}

/* Whether a request must wait: it has no id, and another one without an id is being worked on. */
static bool is_held(const struct server *server, const struct request_head *head)
{
	for (unsigned i = 0; head->id == 0 && i < server->processes.count; i++) {
		if (server->works[i].busy && server->works[i].id == 0)
			return true;
	}
	return false;
}

static void send_request(struct server *server, unsigned self, const struct waiting *request)
{
	const struct message message = {0, 0, slice_of(request->json, request->len)};
	int fd = server->processes.list[self].fd;

	server->works[self] = (struct work){.busy = true, .id = request->head.id};
	/* If this fails, the process has ended or must end; the end of its socket shows that. */
	if (message_send(fd, &message, NULL) < 0)
		(void)shutdown(fd, SHUT_RDWR);
}

/* Send waiting requests to free processes. */
static int dispatch(struct server *server, struct error **err)
{
	for (size_t i = 0; i < server->waiting_count;) {
		const struct waiting *next = &server->waiting[i];
		unsigned self = find_process(server);

		if (self == server->processes.count)
			return 0;
		if (is_held(server, &next->head)) {
			i++;
			continue;
		}
		if (!server->processes.list[self].pid &&
		    children_start(&server->processes, self, err) < 0)
			return -1;
		if (!server->processes.list[self].pid)
			return 0; /* the request waits until a process is free */
		send_request(server, self, next);
		drop_waiting(server, i);
	}
	return 0;
}

static bool is_busy(const struct server *server)
{
	for (unsigned i = 0; i < server->processes.count; i++) {
		if (server->works[i].busy)
			return true;
	}
	return server->waiting_count || server->answers.len;
}

/* Wait for input, output or a process. Returns the number of ready `polls`. */
static int wait_for_something(struct server *server, const sigset_t *signals, struct error **err)
{
	bool read = !server->ended && server->waiting_count < WAITING_REQUESTS &&
		    server->answers.len < WAITING_OUTPUT;
	unsigned count = server->processes.count;
	int ready;

	children_poll(&server->processes, server->polls);
	server->polls[count] = (struct pollfd){read ? server->input : -1, POLLIN, 0};
	server->polls[count + 1] = (struct pollfd){
	    server->answers.len ? server->output : -1, POLLOUT, 0};
	ready = signals_poll(server->polls, count + 2, NULL, signals);
	return ready < 0 ? fail_errno(err, errno, "cannot wait for requests") : ready;
}

static int serve(struct server *server, const sigset_t *signals, struct error **err)
{
	const struct pollfd *polls = server->polls;
	unsigned count = server->processes.count;

	while (!server->ended || is_busy(server)) {
		int ready;

		if (interrupted())
			return fail(err, ERROR_SYSTEM, "interrupted");
		ready = wait_for_something(server, signals, err);
		if (ready < 0)
			return -1;
		if (ready == 0)
			continue;
		for (unsigned i = 0; i < count; i++) {
			if (polls[i].revents && receive_response(server, i, err) < 0)
				return -1;
		}
		if (polls[count].revents)
			read_input(server);
		if (dispatch(server, err) < 0)
			return -1;
		if (polls[count + 1].revents && write_output(server, err) < 0)
			return -1;
	}
	return server->problem ? fail_with(err, steal(&server->problem)) : 0;
}

static void server_release(struct server *server)
{
	while (server->waiting_count)
		drop_waiting(server, server->waiting_count - 1);
	free(server->waiting);
	free(server->works);
	free(server->polls);
	str_release(&server->received);
	str_release(&server->answers);
	error_free(server->problem);
}

int persistent_worker_serve(
    const struct persistent_worker *service, int input, int output, struct error **err)
{
	CLEANUP(server_release)
	struct server server = {
	    .service = service,
	    .input = input,
	    .output = output,
	    .works = xcalloc(service->processes, sizeof(*server.works)),
	    .polls = xcalloc(service->processes + 2, sizeof(*server.polls)),
	};
	sigset_t signals;
	int result;

	server.processes = (struct children){.is_two_way = true,
	    .context = &server,
	    .reporter = service->reporter,
	    .work = process_main};
	children_init(&server.processes, service->processes);
	signals_hold(&signals);
	result = serve(&server, &signals, err);
	/* After an error nobody waits for the work that still goes on: end it. */
	children_end(&server.processes, result < 0);
	signals_release(&signals);
	return result;
}
