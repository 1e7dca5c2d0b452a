#include "jobs/worker_pool.h"

#include <errno.h>

#include "base/file.h"
#include "base/packing.h"
#include "jobs/board.h"
#include "jobs/children.h"
#include "jobs/signals.h"

#define TICK_MILLISECONDS 100

/* Milliseconds between checks whether the job without a token is free, while a worker waits. */
#define TOKEN_MILLISECONDS 20

/* How long the coordinator lets reports gather. */
#define GATHER_NANOSECONDS 1000000L

/* So many workers may die without a task; more mean that something is wrong with all. */
#define IDLE_DEATHS_LIMIT 8

/* The messages of a worker are reports; the subject is the task. With the subject NO_TASK a message
 * has the error that ends the run. */
struct run {
	const struct worker_pool *pool;
	struct board *board;
	struct children workers;
	struct pollfd *polls; /* of the workers */
	struct worker_pool_usage *usage;
	unsigned idle_deaths;
	size_t reported; /* with a queue: tasks that were reported or lost */
};

static int send_report(int fd, size_t task, const struct str *report, struct error **err)
{
	const struct message message = {task, 0, str_slice(report)};

	return report->len ? message_send(fd, &message, err) : 0;
}

static void release_token(const struct run *run, unsigned self)
{
	int token = atomic_exchange(&run->board->tokens[self], NO_TOKEN);

	if (token == OWN_JOB)
		atomic_store(&run->board->own_job, true);
	else if (token != NO_TOKEN) /* this fails if make has ended */
		(void)jobserver_release(run->pool->jobserver, (unsigned char)token, NULL);
}

/* Wait for a token as long as there is work; *ret is whether this worker has one. If the worker
 * dies in the few instructions between reading a token and noting it, the token is lost. */
static int acquire_token(const struct run *run, unsigned self, bool *ret, struct error **err)
{
	struct jobserver *jobserver = run->pool->jobserver;
	struct board *board = run->board;
	struct pollfd poll_one = {jobserver_fd(jobserver), POLLIN, 0};

	*ret = false;
	while (!*ret && board_has_work(board)) {
		bool is_free = true;
		unsigned char token;

		if (atomic_compare_exchange_strong(&board->own_job, &is_free, false)) {
			atomic_store(&board->tokens[self], OWN_JOB);
			*ret = true;
			return 0;
		}
		if (jobserver_try_acquire(jobserver, ret, &token, err) < 0)
			return -1;
		if (*ret)
			atomic_store(&board->tokens[self], token);
		else /* or until the job without a token becomes free */
			(void)poll(&poll_one, 1, TOKEN_MILLISECONDS);
	}
	return 0;
}

/* Take the next position of the order, and wait for one if need be; NO_TASK at the end. */
static int take_position(const struct run *run, unsigned self, size_t *ret, struct error **err)
{
	struct board *board = run->board;

	for (;;) {
		/* Read `closed` before trying to take a task: after closing no task is appended. */
		bool closed = atomic_load(&board->closed), may_work = true;

		if (run->pool->jobserver && acquire_token(run, self, &may_work, err) < 0)
			return -1;
		/* A task that was appended meanwhile needs a token, too. */
		*ret = may_work ? board_take(board, self) : NO_TASK;
		if (*ret != NO_TASK)
			return 0;
		release_token(run, self);
		if (closed || interrupted())
			return 0;
		/* A signal, or a post without a task, costs one more round. */
		(void)sem_wait(&board->wake);
	}
}

static int run_tasks(const struct run *run, unsigned self, int fd, struct error **err)
{
	const struct worker_pool *pool = run->pool;
	autostr struct str report = STR_INIT;
	size_t position;

	/* A worker that was asked to end takes no further task. */
	while (!interrupted()) {
		size_t task;

		if (take_position(run, self, &position, err) < 0)
			return -1;
		if (position == NO_TASK)
			break;
		task = run->board->order[position];

		if (pool->work(pool->context, task, &report, err) < 0 ||
		    send_report(fd, task, &report, err) < 0)
			return -1;
		str_truncate(&report, 0);
		/* With a queue the coordinator sets this when it gets the report. */
		if (!pool->queue)
			atomic_store(&run->board->done[task], 1);
		board_leave(run->board, self);
		atomic_fetch_add(&run->board->finished, 1);
		release_token(run, self);
	}
	return 0;
}

static void send_error(int fd, const struct error *error)
{
	autostr struct str content = STR_INIT;
	struct message message = {NO_TASK, 0, {NULL, 0}};

	pack_error(&content, error);
	message.content = str_slice(&content);
	/* If this fails, too, the exit status says that something failed. */
	(void)message_send(fd, &message, NULL);
}

/* Run a worker; the context is the run. */
static int worker_main(void *context, unsigned self, int fd)
{
	const struct worker_pool *pool = ((const struct run *)context)->pool;
	autoerror struct error *error = NULL;

	if (run_tasks(context, self, fd, &error) == 0) {
		if (pool->finish)
			pool->finish(pool->context);
		return 0;
	}
	send_error(fd, error);
	return ERROR_SYSTEM;
}

static int start_worker(struct run *run, unsigned self, struct error **err)
{
	board_leave(run->board, self);
	return children_start(&run->workers, self, err);
}

/* Count a task of a queue that was reported or lost. Tasks that waited for it were begun before. */
static void count_reported(struct run *run)
{
	const struct worker_pool *pool = run->pool;

	if (!pool->queue)
		return;
	run->reported++;
	if (pool->queue->begun == pool->tasks && run->reported == atomic_load(&run->board->begun))
		board_close(run->board, run->workers.count);
}

/* Fail with the error that a worker has sent. */
static int fail_as_worker(struct slice content, struct error **err)
{
	struct unpacker unpacker = unpacker_of(content);
	struct error *error = unpack_error(&unpacker);

	return error ? fail_with(err, error)
		     : fail(err, ERROR_INTERNAL, "a worker's error cannot be read");
}

static int receive_message(struct run *run, const struct message *message, struct error **err)
{
	const struct worker_pool *pool = run->pool;

	if (message->subject == NO_TASK)
		return fail_as_worker(message->content, err);
	if (message->subject >= pool->tasks)
		return fail(err, ERROR_INTERNAL, "a worker reported a task that does not exist");
	/* With a queue count each task once: its worker may die after the report. */
	if (pool->queue && atomic_exchange(&run->board->done[message->subject], 1))
		return 0;
	pool->report(pool->context, message->subject, message->content);
	count_reported(run);
	return 0;
}

static int receive_messages(struct run *run, struct str *received, struct error **err)
{
	struct slice rest = str_slice(received);
	struct message message;
	size_t len;

	while ((len = message_parse(rest, &message)) > 0) {
		if (receive_message(run, &message, err) < 0)
			return -1;
		rest = slice_from(rest, len);
	}
	str_drop(received, received->len - rest.len);
	return 0;
}

static void lose_task(struct run *run, size_t task, int status)
{
	if (atomic_exchange(&run->board->done[task], 1))
		return;
	atomic_fetch_add(&run->board->finished, 1);
	run->pool->lost(run->pool->context, task, status);
	count_reported(run);
}

static void add_usage(struct worker_pool_usage *usage, const struct rusage *of_worker)
{
	uint64_t memory = usage_memory(of_worker);

	if (memory > usage->memory)
		usage->memory = memory;
	usage->seconds += usage_seconds(of_worker);
}

/* A worker without a task has ended. Fail if too many have died like that. */
static int note_idle_death(struct run *run, int status, struct error **err)
{
	autostr struct str how = STR_INIT;

	if (status == 0)
		return 0;
	if (++run->idle_deaths <= IDLE_DEATHS_LIMIT)
		return 0;
	spawn_describe(status, &how);
	return fail(err, ERROR_SYSTEM, "workers end before they begin a task: %s", str_c(&how));
}

/* A worker's pipe has ended: wait for the worker, count its task as lost, and replace it. */
static int reap_worker(struct run *run, unsigned self, struct error **err)
{
	struct board *board = run->board;
	struct spawn_result end;
	size_t position;

	if (children_wait(&run->workers, self, &end, err) < 0)
		return -1;
	position = board_owned(board, self);
	release_token(run, self);
	add_usage(run->usage, &end.usage);
	/* The worker ran out of memory (base/alloc.h) or could not report: not the fault of its
	 * task. */
	if (WIFEXITED(end.status) && WEXITSTATUS(end.status) == ERROR_SYSTEM)
		return fail(err, ERROR_SYSTEM,
		    "a worker ran out of memory or of another resource: use fewer workers (-j)");
	if (position != NO_TASK)
		lose_task(run, board->order[position], end.status);
	else if (note_idle_death(run, end.status, err) < 0)
		return -1;
	if (!atomic_load(&board->closed) || board_has_work(board))
		return start_worker(run, self, err);
	return 0;
}

static int receive(struct run *run, unsigned self, struct error **err)
{
	struct child *worker = &run->workers.list[self];
	ssize_t len = file_read_available(worker->fd, &worker->received);

	if (len < 0)
		return fail_errno(err, errno, "cannot read from a worker");
	return len ? receive_messages(run, &worker->received, err) : reap_worker(run, self, err);
}

/* Wait until a worker reports or ends, a signal arrives, or a tick is due. Returns the number of
 * ready `polls`. */
static int wait_for_workers(struct run *run, const sigset_t *signals, struct error **err)
{
	const struct timespec tick = {0, TICK_MILLISECONDS * 1000000L};
	int ready;

	children_poll(&run->workers, run->polls);
	ready = signals_poll(
	    run->polls, run->workers.count, run->pool->tick ? &tick : NULL, signals);
	return ready < 0 ? fail_errno(err, errno, "cannot wait for workers") : ready;
}

/* Sleep shortly once no task waits for a report, so that several reports are read at once: a wakeup
 * costs more than many small tasks. */
static void let_reports_gather(const struct run *run)
{
	const struct timespec pause = {0, GATHER_NANOSECONDS};
	const struct worker_pool *pool = run->pool;

	if (pool->queue && pool->queue->begun == pool->tasks && run->reported < pool->tasks)
		(void)nanosleep(&pause, NULL);
}

static int coordinate(struct run *run, const sigset_t *signals, struct error **err)
{
	const struct worker_pool *pool = run->pool;

	for (unsigned i = 0; i < run->workers.count; i++) {
		if (start_worker(run, i, err) < 0)
			return -1;
	}
	while (run->workers.alive) {
		int ready;

		if (interrupted())
			return fail(err, ERROR_SYSTEM, "interrupted");
		ready = wait_for_workers(run, signals, err);
		if (ready < 0)
			return -1;
		for (unsigned i = 0; ready > 0 && i < run->workers.count; i++) {
			if (run->polls[i].revents && receive(run, i, err) < 0)
				return -1;
		}
		if (ready > 0)
			let_reports_gather(run);
		if (pool->tick)
			pool->tick(pool->context,
			    pool->queue ? run->reported : atomic_load(&run->board->finished));
	}
	return 0;
}

/* Ask workers, and the programs that they wait for, to end and to undo what they began. Reports are
 * not read any more. Workers that take too long are killed. */
static void end_workers(struct run *run)
{
	unsigned count = run->workers.count;

	board_end(run->board, count);
	children_end(&run->workers, true);
	for (unsigned i = 0; i < count; i++)
		release_token(run, i);
}

void worker_pool_begin(struct worker_pool_queue *queue, size_t task)
{
	board_begin(queue->board, task);
	queue->begun++;
}

void worker_pool_pass(struct worker_pool_queue *queue, size_t task)
{
	(void)task; /* only the count matters */
	queue->begun++;
}

/* Begin the tasks that wait for no other; without a queue all tasks. */
static void begin_first_tasks(struct run *run)
{
	const struct worker_pool *pool = run->pool;

	if (pool->queue) {
		*pool->queue = (struct worker_pool_queue){run->board, 0};
		pool->start(pool->context);
		if (pool->queue->begun < pool->tasks || atomic_load(&run->board->begun))
			return;
	} else {
		for (size_t task = 0; task < pool->tasks; task++)
			board_begin(run->board, task);
	}
	atomic_store(&run->board->closed, true);
}

int worker_pool_run(
    const struct worker_pool *pool, struct worker_pool_usage *ret, struct error **err)
{
	unsigned count = pool->workers < pool->tasks ? pool->workers : (unsigned)pool->tasks;
	autofree struct pollfd *polls = xcalloc(count, sizeof(*polls));
	struct run run = {.pool = pool, .polls = polls, .usage = ret};
	sigset_t signals;
	int result;

	*ret = (struct worker_pool_usage){0, 0};
	run.board = board_new(pool->tasks, count, err);
	if (!run.board)
		return -1;
	run.workers = (struct children){
	    .leads_group = true, .context = &run, .reporter = pool->reporter, .work = worker_main};
	children_init(&run.workers, count);
	begin_first_tasks(&run);
	signals_hold(&signals);
	result = coordinate(&run, &signals, err);
	end_workers(&run);
	signals_release(&signals);
	board_free(run.board);
	return result;
}
