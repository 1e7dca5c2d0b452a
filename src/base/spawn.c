#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/file.h"

extern char **environ;

static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int number;

	sigemptyset(&none);
	sigfillset(&all);
	number = posix_spawnattr_setflags(
	    attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (!number)
		number = posix_spawnattr_setsigmask(attributes, &none);
	if (!number)
		number = posix_spawnattr_setsigdefault(attributes, &all);
	return number;
}

/* Let `target` be `fd` in the child. A descriptor that is one of the three itself, but another,
 * would be overwritten before its turn: *ret_copy is then a copy above them. */
static int add_descriptor(posix_spawn_file_actions_t *actions, int fd, int target, int *ret_copy)
{
	if (fd < 0)
		return posix_spawn_file_actions_addopen(
		    actions, target, "/dev/null", target == STDIN_FILENO ? O_RDONLY : O_WRONLY, 0);
	if (fd <= STDERR_FILENO && fd != target) {
		*ret_copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		if (*ret_copy < 0)
			return errno;
		fd = *ret_copy;
	}
	return posix_spawn_file_actions_adddup2(actions, fd, target);
}

static int add_actions(
    posix_spawn_file_actions_t *actions, const struct spawn *spawn, int ret_copies[3])
{
	int number = add_descriptor(actions, spawn->input, STDIN_FILENO, &ret_copies[0]);

	if (!number)
		number = add_descriptor(actions, spawn->output, STDOUT_FILENO, &ret_copies[1]);
	if (!number)
		number = add_descriptor(actions, spawn->error, STDERR_FILENO, &ret_copies[2]);
	if (!number)
		number = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
	if (!number && spawn->directory)
		number = posix_spawn_file_actions_addchdir_np(actions, spawn->directory);
	return number;
}

static int start_with(const struct spawn *spawn, posix_spawn_file_actions_t *actions, pid_t *ret)
{
	/* posix_spawn() takes them without const for the sake of execve(), which does not write. */
	char *const *arguments = (char *const *)spawn->arguments;
	char *const *environment = (char *const *)spawn->environment;
	posix_spawnattr_t attributes;
	int number = posix_spawnattr_init(&attributes);

	if (number)
		return number;
	number = set_attributes(&attributes);
	if (!number)
		number = posix_spawnp(ret, spawn->program, actions, &attributes, arguments,
		    environment ? environment : environ);
	posix_spawnattr_destroy(&attributes);
	return number;
}

int spawn_start(const struct spawn *spawn, pid_t *ret, struct error **err)
{
	posix_spawn_file_actions_t actions;
	int copies[3] = {-1, -1, -1};
	int number = posix_spawn_file_actions_init(&actions);

	if (!number) {
		number = add_actions(&actions, spawn, copies);
		if (!number)
			number = start_with(spawn, &actions, ret);
		posix_spawn_file_actions_destroy(&actions);
	}
	for (size_t i = 0; i < 3; i++)
		cleanup_close(&copies[i]);
	if (number && spawn->directory)
		return fail_errno(
		    err, number, "cannot run '%s' in '%s'", spawn->program, spawn->directory);
	if (number)
		return fail_errno(err, number, "cannot run '%s'", spawn->program);
	return 0;
}

int spawn_wait(pid_t pid, struct spawn_result *ret, struct error **err)
{
	if (TEMP_FAILURE_RETRY(wait4(pid, &ret->status, 0, &ret->usage)) < 0)
		return fail_errno(err, errno, "cannot wait for process %ld", (long)pid);
	return 0;
}

/* What a child writes to one of its descriptors. */
struct stream {
	int fd; /* -1 at its end */
	struct str *to;
	size_t count;
};

#define STREAM_INIT ((struct stream){-1, NULL, 0})

static void close_end(int *fd)
{
	if (*fd >= 0)
		(void)close(steal_fd(fd)); /* nothing is lost with an end of a pipe */
}

static void stream_release(struct stream *stream)
{
	close_end(&stream->fd);
}

/* A pipe for a stream; *ret_end is the child's end of it. */
static int stream_open(struct stream *stream, struct str *to, int *ret_end, struct error **err)
{
	int ends[2];

	if (!to)
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_errno(err, errno, "cannot create a pipe");
	*stream = (struct stream){ends[0], to, 0};
	*ret_end = ends[1];
	return 0;
}

static int stream_read(struct stream *stream, size_t limit, struct error **err)
{
	const size_t room = (size_t)64 << 10;
	ssize_t count;

	str_reserve(stream->to, room);
	count = TEMP_FAILURE_RETRY(read(stream->fd, stream->to->data + stream->to->len, room));
	if (count < 0)
		return fail_errno(err, errno, "cannot read the output");
	if (count == 0)
		close_end(&stream->fd);
	stream->to->len += (size_t)count;
	stream->to->data[stream->to->len] = '\0';
	stream->count += (size_t)count;
	if (stream->count > limit)
		return fail(err, ERROR_SYSTEM, "writes more than %zu bytes", limit);
	return 0;
}

/* Read both streams to their ends, as they come: a child may fill either before the other. */
static int read_both(struct stream *a, struct stream *b, size_t limit, struct error **err)
{
	while (a->fd >= 0 || b->fd >= 0) {
		struct pollfd polls[] = {
		    {.fd = a->fd, .events = POLLIN}, {.fd = b->fd, .events = POLLIN}};

		if (TEMP_FAILURE_RETRY(poll(polls, 2, -1)) < 0)
			return fail_errno(err, errno, "cannot wait for output");
		if (polls[0].revents && stream_read(a, limit, err) < 0)
			return -1;
		if (polls[1].revents && stream_read(b, limit, err) < 0)
			return -1;
	}
	return 0;
}

/* A file in memory rather than a pipe: a child that reads late, or never, blocks and signals
 * nobody. */
static int open_input(struct slice input, struct error **err)
{
	autoclose int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0)
		return fail_errno(err, errno, "cannot create a file in memory");
	if (file_write_fd(fd, "input", input, err) < 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return fail_errno(err, errno, "cannot rewind a file in memory");
	return steal_fd(&fd);
}

int spawn_run(const struct spawn *spawn, struct slice input, size_t limit, struct str *output,
    struct str *error_output, struct spawn_result *ret, struct error **err)
{
	autoclose int input_end = -1, output_end = -1, error_end = -1;
	CLEANUP(stream_release) struct stream out = STREAM_INIT, error_out = STREAM_INIT;
	struct spawn child = *spawn;
	pid_t pid;

	if (input.len && (input_end = open_input(input, err)) < 0)
		return -1;
	if (stream_open(&out, output, &output_end, err) < 0 ||
	    stream_open(&error_out, error_output, &error_end, err) < 0)
		return -1;
	child.input = input_end;
	child.output = output_end;
	child.error = error_end;
	if (spawn_start(&child, &pid, err) < 0)
		return -1;
	close_end(&output_end);
	close_end(&error_end);
	if (read_both(&out, &error_out, limit, err) == 0)
		return spawn_wait(pid, ret, err);
	(void)kill(pid, SIGKILL);	  /* it exists until it was waited for */
	(void)spawn_wait(pid, ret, NULL); /* the first error is the reason */
	return fail_prefix(err, "'%s'", spawn->program);
}

void spawn_describe(int status, struct str *ret)
{
	if (WIFEXITED(status)) {
		str_addf(ret, "exit status %d", WEXITSTATUS(status));
	} else if (WIFSIGNALED(status)) {
		const char *name = sigdescr_np(WTERMSIG(status));

		str_addf(ret, "killed by signal %d", WTERMSIG(status));
		if (name)
			str_addf(ret, " (%s)", name);
	} else {
		str_addf(ret, "wait status %#x", (unsigned)status);
	}
}
