#include "jobs/foreign_worker.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/packing.h"
#include "base/spawn.h"
#include "jobs/children.h"

#define CHUNK 65536

/* How long a worker has to end when its socket is closed, before it is killed. */
#define GRACE_MILLISECONDS 1000

/* Room for one descriptor, aligned as CMSG_FIRSTHDR() needs it. */
union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header;
};

/* Send bytes, the first of them together with a descriptor. */
static int send_with(int fd, struct slice bytes, int directory, struct error **err)
{
	union control control = {.bytes = {0}};
	struct iovec part = {(char *)bytes.data, bytes.len};
	struct msghdr header = {.msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
	ssize_t sent;

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(directory));
	memcpy(CMSG_DATA(rights), &directory, sizeof(directory));
	sent = TEMP_FAILURE_RETRY(sendmsg(fd, &header, MSG_NOSIGNAL));
	if (sent < 0)
		return fail_errno(err, errno, "cannot send to a worker");
	return file_write_fd(
	    fd, "a worker's socket", slice_of(bytes.data + sent, bytes.len - (size_t)sent), err);
}

static int send_request(int fd, struct slice request, int directory, struct error **err)
{
	autostr struct str bytes = STR_INIT;

	message_add(&bytes, &(struct message){0, 0, request});
	return send_with(fd, str_slice(&bytes), directory, err);
}

/* Append bytes that have come, and take the descriptor that comes with them, if there is one.
 * Returns how many bytes, 0 at the end, -1 with errno. */
static ssize_t receive_with(int fd, struct str *ret, int *ret_directory)
{
	union control control;
	struct iovec part;
	struct msghdr header = {.msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes)};
	const struct cmsghdr *rights;
	ssize_t count;

	str_reserve(ret, CHUNK);
	part = (struct iovec){ret->data + ret->len, CHUNK};
	count = TEMP_FAILURE_RETRY(recvmsg(fd, &header, MSG_CMSG_CLOEXEC));
	if (count <= 0)
		return count;
	ret->len += (size_t)count;
	rights = CMSG_FIRSTHDR(&header);
	if (rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS) {
		cleanup_close(ret_directory);
		memcpy(ret_directory, CMSG_DATA(rights), sizeof(*ret_directory));
	}
	return count;
}

/* Receive a message into `received`, which must be empty: 1, 0 at the end, -1 for an error. */
static int receive(
    int fd, struct str *received, int *ret_directory, struct message *ret, struct error **err)
{
	while (!message_parse(str_slice(received), ret)) {
		ssize_t count = receive_with(fd, received, ret_directory);

		if (count < 0 && errno != ECONNRESET)
			return fail_errno(err, errno, "cannot receive from a worker");
		if (count <= 0)
			return 0;
	}
	return 1;
}

/* Wait for a worker that has ended, or ends now, and say how. */
static void bury(struct foreign_worker *worker, struct str *ret_how)
{
	struct spawn_result result;

	cleanup_close(&worker->fd);
	worker->fd = -1;
	if (spawn_wait(worker->pid, &result, NULL) == 0)
		spawn_describe(result.status, ret_how);
	else
		str_adds(ret_how, "it is gone");
	worker->pid = 0;
}

/* What a worker says first. */
static char *greeting_of(const char *version)
{
	return xasprintf("kiln %s, CPython %s", KILN_VERSION, version);
}

static int check_greeting(struct foreign_worker *worker, struct error **err)
{
	autofree char *expected = greeting_of(worker->version);
	autostr struct str received = STR_INIT;
	autostr struct str how = STR_INIT;
	autoclose int none = -1;
	struct message message;
	int there = receive(worker->fd, &received, &none, &message, err);

	if (there < 0)
		return -1;
	if (there > 0 && slice_is(message.content, expected))
		return 0;
	if (there > 0)
		return fail(err, ERROR_SYSTEM, "'%s' is '%.*s' instead of '%s': install it again",
		    worker->program, (int)message.content.len, message.content.data, expected);
	bury(worker, &how);
	return fail(err, ERROR_SYSTEM, "'%s' does not start: %s", worker->program, str_c(&how));
}

void foreign_worker_end(struct foreign_worker *worker)
{
	autostr struct str how = STR_INIT;

	if (!worker->pid)
		return;
	/* It ends when its socket does; what is no such worker may not. */
	(void)close(steal_fd(&worker->fd));
	if (!spawn_await(worker->pid, GRACE_MILLISECONDS))
		(void)kill(worker->pid, SIGKILL);
	bury(worker, &how);
}

static int start(struct foreign_worker *worker, struct error **err)
{
	const char *arguments[] = {"kiln", FOREIGN_WORKER_COMMAND, NULL};
	struct spawn spawn = {.program = worker->program,
	    .arguments = arguments,
	    .output = -1,
	    .error = STDERR_FILENO};
	autoclose int own = -1, other = -1;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return fail_errno(err, errno, "cannot create a socket for a worker");
	own = ends[0];
	spawn.input = other = ends[1];
	if (spawn_start(&spawn, &worker->pid, err) < 0) {
		worker->pid = 0;
		return -1;
	}
	worker->fd = steal_fd(&own);
	(void)close(steal_fd(&other)); /* else the end of the worker would not show */
	if (check_greeting(worker, err) == 0)
		return 0;
	foreign_worker_end(worker);
	return -1;
}

/* Take a reply apart. */
static int read_reply(struct slice reply, struct notes *notes, struct error **err)
{
	struct unpacker unpacker = unpacker_of(reply);
	size_t count = unpack_count(&unpacker, 1);
	struct error *error = NULL;

	for (size_t i = 0; i < count && !unpacker.is_bad; i++) {
		struct error *note = unpack_error(&unpacker);

		if (note)
			notes_add(notes, note);
	}
	if (unpack_number(&unpacker))
		error = unpack_error(&unpacker);
	if (unpacker.is_bad)
		return fail(err, ERROR_INTERNAL, "a worker's reply cannot be read");
	return error ? fail_with(err, error) : 0;
}

int foreign_worker_call(struct foreign_worker *worker, struct slice request, int directory,
    struct notes *notes, struct error **err)
{
	autostr struct str received = STR_INIT;
	autostr struct str how = STR_INIT;
	autoclose int none = -1;
	struct message message;
	int there = 0;

	if (!worker->pid && start(worker, err) < 0)
		return -1;
	if (send_request(worker->fd, request, directory, NULL) == 0)
		there = receive(worker->fd, &received, &none, &message, err);
	if (there < 0) {
		foreign_worker_end(worker); /* its reply may still come */
		return -1;
	}
	if (there > 0)
		return read_reply(message.content, notes, err);
	bury(worker, &how);
	return fail(
	    err, ERROR_INPUT, "the worker for CPython %s ended: %s", worker->version, str_c(&how));
}

static void add_reply(struct str *ret, const struct notes *notes, const struct error *error)
{
	pack_number(ret, notes->count);
	for (size_t i = 0; i < notes->count; i++)
		pack_error(ret, notes->items[i]);
	pack_number(ret, error != NULL);
	if (error)
		pack_error(ret, error);
}

int foreign_worker_serve(int fd, const char *version,
    int (*answer)(struct slice request, int directory, struct notes *notes, struct error **err),
    struct error **err)
{
	autofree char *greeting = greeting_of(version);

	if (message_send(fd, &(struct message){0, 0, slice_c(greeting)}, err) < 0)
		return -1;
	for (;;) {
		autostr struct str received = STR_INIT;
		autostr struct str reply = STR_INIT;
		autonotes struct notes notes = {NULL, 0};
		autoerror struct error *error = NULL;
		autoclose int directory = -1;
		struct message request;
		int there = receive(fd, &received, &directory, &request, err);

		if (there <= 0)
			return there;
		(void)answer(request.content, directory, &notes, &error); /* the error says it */
		add_reply(&reply, &notes, error);
		if (message_send(fd, &(struct message){0, 0, str_slice(&reply)}, err) < 0)
			return -1;
	}
}
