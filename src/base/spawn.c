#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/file.h"

/* Signals that a program ignores if kiln was started ignoring them. */
static const int inherited[] = {SIGINT, SIGQUIT, SIGHUP, SIGTERM};

/* A child between vfork(2) and its program. The child shares the memory of the parent, which stands
 * still until the program runs. */
struct start {
	const struct spawn *spawn;
	pid_t parent;
	int number; /* errno of the call that failed, or 0 */
};

static int enter_directory(const struct spawn *spawn)
{
	if (spawn->root)
		return fchdir(*spawn->root);
	return spawn->directory ? chdir(spawn->directory) : 0;
}

static int open_null(int flags)
{
	int fd = TEMP_FAILURE_RETRY(open("/dev/null", flags));

	/* An empty root has no /dev. Programs may write to memory instead. */
	return fd < 0 && errno == ENOENT ? memfd_create("null", 0) : fd;
}

/* Make the requested descriptors the three standard ones. */
static int set_descriptors(const struct spawn *spawn)
{
	int fds[] = {spawn->input, spawn->output, spawn->error};

	/* A requested descriptor below 3 that belongs at another number is copied first, before the
	 * loop below overwrites it. */
	for (int i = 0; i < 3; i++) {
		if (fds[i] < 0)
			fds[i] = open_null(i ? O_WRONLY : O_RDONLY);
		if (fds[i] >= 0 && fds[i] < 3 && fds[i] != i)
			fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
		if (fds[i] < 0)
			return -1;
	}
	for (int i = 0; i < 3; i++) {
		if (fds[i] == i ? fcntl(i, F_SETFD, 0) < 0
				: TEMP_FAILURE_RETRY(dup2(fds[i], i)) < 0)
			return -1;
	}
	if (!spawn->keeps_descriptors)
		closefrom(3);
	return 0;
}

static bool is_inherited(int number)
{
	for (size_t i = 0; i < sizeof(inherited) / sizeof(*inherited); i++) {
		if (inherited[i] == number)
			return true;
	}
	return false;
}

static void set_signals(void)
{
	const struct sigaction plain = {.sa_handler = SIG_DFL};
	struct sigaction now;
	sigset_t none;

	for (int number = 1; number < NSIG; number++) {
		if (sigaction(number, NULL, &now) < 0 || now.sa_handler == SIG_DFL)
			continue; /* glibc does not let its own signals be asked for */
		if (now.sa_handler != SIG_IGN || !is_inherited(number))
			(void)sigaction(number, &plain, NULL); /* as above: the signal exists */
	}
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL); /* cannot fail with this operation */
}

/* Execute a name that is searched for in PATH; fails as execve(2) does. */
static void execute_name(const char *name, char *const *arguments, char *const *environment)
{
	const char *path = getenv("PATH");
	struct slice rest = slice_c(path ? path : "/bin:/usr/bin"), directory;
	int number = ENOENT;

	while (slice_next(&rest, ':', &directory)) {
		char program[PATH_MAX];
		int len = snprintf(program, sizeof(program), "%.*s%s%s",
		    (int)(directory.len & INT_MAX), directory.data, directory.len ? "/" : "", name);

		if (len < 0 || (size_t)len >= sizeof(program))
			continue;
		(void)execve(
		    program, arguments, environment); /* does not return when it succeeds */
		if (errno == EACCES)
			number = errno;
		else if (errno != ENOENT && errno != ENOTDIR)
			return;
	}
	errno = number;
}

/* What the child does between vfork(2) and its program. */
static _Noreturn void be_program(struct start *start)
{
	const struct spawn *spawn = start->spawn;
	/* execve() takes them without const, but does not write. */
	char *const *arguments = (char *const *)spawn->arguments;
	char *const *environment = spawn->environment ? (char *const *)spawn->environment : environ;

	/* If the parent has ended already, no signal will come. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != start->parent)
		raise(SIGKILL);
	if (enter_directory(spawn) == 0 && set_descriptors(spawn) == 0) {
		set_signals();
		if (strchr(spawn->program, '/'))
			(void)execve(spawn->program, arguments, environment); /* likewise */
		else
			execute_name(spawn->program, arguments, environment);
	}
	start->number = errno;
	_exit(127);
}

/* Signals are blocked meanwhile: a handler must not run in a child that shares this process's
 * memory. */
static int start_child(struct start *start, pid_t *ret)
{
	sigset_t all, before;
	int number;
	pid_t pid;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before); /* cannot fail with this operation */
	/* vfork(), because fork() would copy the page tables of an interpreter's memory. */
	pid = vfork();
	if (pid == 0)
		be_program(start);
	number = pid < 0 ? errno : start->number;
	(void)sigprocmask(SIG_SETMASK, &before, NULL); /* cannot fail either */
	if (pid > 0 && number)
		(void)TEMP_FAILURE_RETRY(waitpid(pid, NULL, 0)); /* the child has ended */
	*ret = pid;
	return number;
}

int spawn_start(const struct spawn *spawn, pid_t *ret, struct error **err)
{
	struct start start = {spawn, getpid(), 0};
	int number = start_child(&start, ret);

	if (number && spawn->directory)
		return fail_errno(
		    err, number, "cannot run '%s' in '%s'", spawn->program, spawn->directory);
	if (number)
		return fail_errno(err, number, "cannot run '%s'", spawn->program);
	return 0;
}

bool spawn_await(pid_t pid, unsigned milliseconds)
{
	autoclose int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd poll_one = {fd, POLLIN, 0};

	/* Before Linux 5.3, which has no pidfd_open(2), the only way is to wait for the child. */
	return fd < 0 || TEMP_FAILURE_RETRY(poll(&poll_one, 1, (int)milliseconds)) != 0;
}

#ifdef KILN_COVERAGE
/* A function of GCC's and clang's coverage runtimes; no header declares it. */
extern void __gcov_dump(void);
#endif

_Noreturn void process_end(int status)
{
#ifdef KILN_COVERAGE
	__gcov_dump();
#endif
	_exit(status);
}

int spawn_wait(pid_t pid, struct spawn_result *ret, struct error **err)
{
	if (TEMP_FAILURE_RETRY(wait4(pid, &ret->status, 0, &ret->usage)) < 0)
		return fail_errno(err, errno, "cannot wait for process %ld", (long)pid);
	return 0;
}

/* How often an interruption is looked for, milliseconds. */
#define PATIENCE 100

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
		(void)close(steal_fd(fd)); /* closing the end of a pipe loses nothing */
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
	ssize_t count = file_read_available(stream->fd, stream->to);

	if (count < 0)
		return fail_errno(err, errno, "cannot read the output");
	if (count == 0)
		close_end(&stream->fd);
	stream->count += (size_t)count;
	if (stream->count > limit)
		return fail(err, ERROR_SYSTEM, "output is larger than %zu bytes", limit);
	return 0;
}

static int check_interruption(const struct spawn *spawn, struct error **err)
{
	return spawn->interrupted && spawn->interrupted() ? fail(err, ERROR_SYSTEM, "interrupted")
							  : 0;
}

/* Read both streams to their ends as data arrives: a child may fill either pipe first. */
static int read_both(
    const struct spawn *spawn, struct stream *a, struct stream *b, size_t limit, struct error **err)
{
	int patience = spawn->interrupted ? PATIENCE : -1;

	while (a->fd >= 0 || b->fd >= 0) {
		struct pollfd polls[] = {
		    {.fd = a->fd, .events = POLLIN}, {.fd = b->fd, .events = POLLIN}};

		if (check_interruption(spawn, err) < 0)
			return -1;
		if (TEMP_FAILURE_RETRY(poll(polls, 2, patience)) < 0)
			return fail_errno(err, errno, "cannot wait for output");
		if (polls[0].revents && stream_read(a, limit, err) < 0)
			return -1;
		if (polls[1].revents && stream_read(b, limit, err) < 0)
			return -1;
	}
	return 0;
}

/* Wait until a child ends, or the run is interrupted. */
static int await_end(const struct spawn *spawn, pid_t pid, struct error **err)
{
	while (spawn->interrupted && !spawn_await(pid, PATIENCE))
		if (check_interruption(spawn, err) < 0)
			return -1;
	return 0;
}

/* A file in memory instead of a pipe: then a child that reads late or never blocks nobody and
 * causes no SIGPIPE. */
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
	if (read_both(spawn, &out, &error_out, limit, err) == 0 && await_end(spawn, pid, err) == 0)
		return spawn_wait(pid, ret, err) < 0 ? -1 : check_interruption(spawn, err);
	(void)kill(pid, SIGKILL);	  /* the process exists until it is waited for */
	(void)spawn_wait(pid, ret, NULL); /* the first error is the one to report */
	return fail_prefix(err, "'%s'", spawn->program);
}

uint64_t usage_memory(const struct rusage *usage)
{
	return (uint64_t)usage->ru_maxrss * 1024;
}

static double seconds_of(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

double usage_seconds(const struct rusage *usage)
{
	return seconds_of(&usage->ru_utime) + seconds_of(&usage->ru_stime);
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

const char *spawn_self(void)
{
	static const char link[] = "/proc/self/exe";

	return access(link, F_OK) == 0 ? link : (const char *)getauxval(AT_EXECFN);
}
