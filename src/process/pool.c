#include "process/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/file.h"
#include "process/interrupt.h"

#define TICK_MILLISECONDS 100

/* Workers that die without having taken a task: something is wrong with all of them. */
#define IDLE_DEATHS_LIMIT 8

#define NO_TASK SIZE_MAX

/* In memory shared by all. */
struct board {
	_Atomic size_t next;	     /* the first task that nobody took */
	_Atomic size_t finished;     /* how many were done or lost */
	_Atomic unsigned char *done; /* of each task, whether it was done or lost */
	_Atomic size_t current[];    /* of each worker, NO_TASK between two */
};

/* What goes through a pipe: this, then `len` bytes. A task of NO_TASK is an error that ends the run. */
struct frame {
	uint64_t task;
	uint32_t len;
	uint32_t kind;
};

struct worker {
	pid_t pid; /* 0 when it ended */
	int fd;	   /* read end of its pipe */
	struct str received;
};

struct run {
	const struct pool *pool;
	struct board *board;
	size_t board_size;
	struct worker *workers;
	struct pollfd *polls;
	struct pool_usage *usage;
	unsigned idle_deaths;
};

static int send_frame(
    int fd, uint64_t task, uint32_t kind, struct slice content, struct error **err)
{
	struct frame frame = {task, (uint32_t)content.len, kind};

	if (file_write_fd(fd, "the pipe to the coordinator",
		slice_of((char *)&frame, sizeof(frame)), err) < 0)
		return -1;
	return file_write_fd(fd, "the pipe to the coordinator", content, err);
}

static int work_all(const struct run *run, unsigned self, int fd, struct error **err)
{
	const struct pool *pool = run->pool;
	autostr struct str report = STR_INIT;
	size_t task;

	while ((task = atomic_fetch_add(&run->board->next, 1)) < pool->tasks) {
		atomic_store(&run->board->current[self], task);
		if (pool->work(pool->context, task, &report, err) < 0)
			return -1;
		if (report.len && send_frame(fd, task, 0, str_slice(&report), err) < 0)
			return -1;
		str_truncate(&report, 0);
		atomic_store(&run->board->done[task], 1);
		atomic_store(&run->board->current[self], NO_TASK);
		atomic_fetch_add(&run->board->finished, 1);
	}
	return 0;
}

/* The life of a worker. It ends without the exit handlers of the process it was forked from. */
static _Noreturn void be_worker(const struct run *run, unsigned self, int fd, pid_t parent)
{
	autoerror struct error *error = NULL;
	int status = 0;

	interrupt_uninstall();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(ERROR_SYSTEM); /* nobody is there to be told */
	if (work_all(run, self, fd, &error) < 0) {
		status = ERROR_SYSTEM;
		/* If even this cannot be sent, the status says that something failed. */
		(void)send_frame(fd, NO_TASK, error->kind, slice_c(error->message), NULL);
	}
	_exit(status);
}

static int start_worker(struct run *run, unsigned self, struct error **err)
{
	pid_t parent = getpid(), pid;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return fail_errno(err, errno, "cannot make a pipe for a worker");
	atomic_store(&run->board->current[self], NO_TASK);
	pid = fork();
	if (pid == 0) {
		for (unsigned i = 0; i < run->pool->workers; i++) {
			if (run->workers[i].fd >= 0)
				close(run->workers[i].fd);
		}
		close(fds[0]);
		be_worker(run, self, fds[1], parent);
	}
	close(fds[1]);
	if (pid < 0) {
		int number = errno;

		close(fds[0]);
		return fail_errno(err, number, "cannot start a worker");
	}
	run->workers[self].pid = pid;
	run->workers[self].fd = fds[0];
	str_truncate(&run->workers[self].received, 0);
	return 0;
}

/* Take whole frames off what was received. */
static int take_frames(struct run *run, struct worker *worker, struct error **err)
{
	size_t at = 0;

	while (worker->received.len - at >= sizeof(struct frame)) {
		const char *content = worker->received.data + at + sizeof(struct frame);
		struct frame frame;

		memcpy(&frame, worker->received.data + at, sizeof(frame));
		if (worker->received.len - at - sizeof(frame) < frame.len)
			break;
		if (frame.task == NO_TASK)
			return fail(
			    err, (enum error_kind)frame.kind, "%.*s", (int)frame.len, content);
		run->pool->report(run->pool->context, frame.task, slice_of(content, frame.len));
		at += sizeof(frame) + frame.len;
	}
	memmove(worker->received.data, worker->received.data + at, worker->received.len - at);
	str_truncate(&worker->received, worker->received.len - at);
	return 0;
}

static void lose(struct run *run, size_t task, int status)
{
	if (atomic_exchange(&run->board->done[task], 1))
		return;
	atomic_fetch_add(&run->board->finished, 1);
	run->pool->lost(run->pool->context, task, status);
}

static void add_usage(struct pool_usage *usage, const struct rusage *of_worker)
{
	uint64_t memory = (uint64_t)of_worker->ru_maxrss * 1024;

	if (memory > usage->memory)
		usage->memory = memory;
	usage->seconds += (double)of_worker->ru_utime.tv_sec + (double)of_worker->ru_stime.tv_sec +
			  (double)(of_worker->ru_utime.tv_usec + of_worker->ru_stime.tv_usec) / 1e6;
}

/* The end of a worker's pipe: it is over with the worker. */
static int bury(struct run *run, unsigned self, struct error **err)
{
	struct worker *worker = &run->workers[self];
	size_t task = atomic_load(&run->board->current[self]);
	struct rusage usage;
	int status;

	while (wait4(worker->pid, &status, 0, &usage) < 0) {
		if (errno != EINTR)
			return fail_errno(err, errno, "cannot wait for a worker");
	}
	close(worker->fd);
	worker->pid = 0;
	worker->fd = -1;
	add_usage(run->usage, &usage);
	if (status == 0)
		return 0;
	if (task != NO_TASK)
		lose(run, task, status);
	else if (++run->idle_deaths > IDLE_DEATHS_LIMIT)
		return fail(err, ERROR_SYSTEM, "workers die before they do anything");
	if (atomic_load(&run->board->next) < run->pool->tasks)
		return start_worker(run, self, err);
	return 0;
}

static int receive(struct run *run, unsigned self, struct error **err)
{
	struct worker *worker = &run->workers[self];
	ssize_t len;

	str_reserve(&worker->received, 65536);
	len = read(worker->fd, worker->received.data + worker->received.len, 65536);
	if (len < 0)
		return errno == EINTR ? 0 : fail_errno(err, errno, "cannot hear a worker");
	if (len == 0)
		return bury(run, self, err);
	worker->received.len += (size_t)len;
	return take_frames(run, worker, err);
}

/* Wait for something to happen; false when no worker is left. */
static bool wait_for_workers(struct run *run, const sigset_t *signals)
{
	struct timespec timeout = {0, TICK_MILLISECONDS * 1000000L};
	bool any = false;

	for (unsigned i = 0; i < run->pool->workers; i++) {
		run->polls[i] = (struct pollfd){run->workers[i].fd, POLLIN, 0};
		any = any || run->workers[i].fd >= 0;
	}
	/* What fails here, EINTR, is seen by interrupted(). */
	if (any &&
	    ppoll(run->polls, run->pool->workers, run->pool->tick ? &timeout : NULL, signals) < 0) {
		for (unsigned i = 0; i < run->pool->workers; i++)
			run->polls[i].revents = 0;
	}
	return any;
}

static int coordinate(struct run *run, const sigset_t *signals, struct error **err)
{
	const struct pool *pool = run->pool;

	for (unsigned i = 0; i < pool->workers; i++) {
		if (start_worker(run, i, err) < 0)
			return -1;
	}
	while (wait_for_workers(run, signals)) {
		if (interrupted())
			return fail(err, ERROR_SYSTEM, "interrupted");
		for (unsigned i = 0; i < pool->workers; i++) {
			if (run->polls[i].revents && receive(run, i, err) < 0)
				return -1;
		}
		if (pool->tick)
			pool->tick(pool->context, atomic_load(&run->board->finished));
	}
	/* A worker may have died between taking a task and saying which. */
	for (size_t task = 0; task < pool->tasks; task++)
		lose(run, task, SIGKILL);
	return 0;
}

static void end_workers(struct run *run)
{
	for (unsigned i = 0; i < run->pool->workers; i++) {
		struct worker *worker = &run->workers[i];

		if (worker->pid > 0) {
			(void)kill(worker->pid, SIGKILL); /* it may be gone already */
			while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR)
				;
			close(worker->fd);
		}
		str_release(&worker->received);
	}
}

static int make_board(struct run *run, struct error **err)
{
	size_t currents = run->pool->workers * sizeof(*run->board->current);
	size_t size = sizeof(*run->board) + currents + run->pool->tasks;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return fail_errno(err, errno, "cannot share memory with workers");
	run->board = memory;
	run->board_size = size;
	run->board->done = (void *)((char *)run->board->current + currents);
	return 0;
}

int pool_run(const struct pool *pool, struct pool_usage *ret, struct error **err)
{
	autofree struct worker *workers = xcalloc(pool->workers, sizeof(*workers));
	autofree struct pollfd *polls = xcalloc(pool->workers, sizeof(*polls));
	struct run run = {.pool = pool, .workers = workers, .polls = polls, .usage = ret};
	sigset_t signals;
	int result;

	*ret = (struct pool_usage){0, 0};
	if (make_board(&run, err) < 0)
		return -1;
	for (unsigned i = 0; i < pool->workers; i++)
		workers[i].fd = -1;
	interrupt_hold(&signals);
	result = coordinate(&run, &signals, err);
	end_workers(&run);
	(void)sigprocmask(SIG_SETMASK, &signals, NULL); /* cannot fail with this operation */
	(void)munmap(run.board, run.board_size);
	return result;
}
