#include "jobs/board.h"

#include <errno.h>
#include <sys/mman.h>

struct board *board_new(size_t tasks, unsigned workers, struct error **err)
{
	size_t currents = workers * sizeof(_Atomic size_t), orders = tasks * sizeof(size_t);
	size_t owners = tasks * sizeof(_Atomic unsigned), tokens = workers * sizeof(_Atomic int);
	size_t size = sizeof(struct board) + currents + orders + owners + tokens + tasks;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct board *board = memory;

	if (memory == MAP_FAILED)
		return fail_null(fail_errno(err, errno, "cannot share memory with workers"));
	board->size = size;
	board->order = (void *)((char *)board->current + currents);
	board->owner = (void *)((char *)board->order + orders);
	board->tokens = (void *)((char *)board->owner + owners);
	board->done = (void *)((char *)board->tokens + tokens);
	atomic_store(&board->own_job, true);
	for (unsigned i = 0; i < workers; i++) {
		atomic_store(&board->tokens[i], NO_TOKEN);
		atomic_store(&board->current[i], NO_TASK);
	}
	if (sem_init(&board->wake, 1, 0) == 0)
		return board;
	(void)fail_errno(err, errno, "cannot share a semaphore with workers"); /* always -1 */
	board_free(board);
	return NULL;
}

void board_free(struct board *board)
{
	if (board)
		(void)munmap(board, board->size); /* cannot fail: it is mapped */
}

void board_begin(struct board *board, size_t task)
{
	size_t begun = atomic_load(&board->begun);

	board->order[begun] = task;
	atomic_store(&board->begun, begun + 1);
	(void)sem_post(&board->wake); /* fails only beyond two billions */
}

static void wake_all(struct board *board, unsigned workers)
{
	for (unsigned i = 0; i < workers; i++)
		(void)sem_post(&board->wake); /* fails only beyond two billions */
}

void board_close(struct board *board, unsigned workers)
{
	atomic_store(&board->closed, true);
	wake_all(board, workers);
}

void board_end(struct board *board, unsigned workers)
{
	atomic_store(&board->ended, true);
	board_close(board, workers);
}

bool board_has_work(const struct board *board)
{
	return !atomic_load(&board->ended) &&
	       atomic_load(&board->next) < atomic_load(&board->begun);
}

size_t board_take(struct board *board, unsigned worker)
{
	while (board_has_work(board)) {
		size_t position = atomic_load(&board->next), at = position;
		unsigned nobody = 0;
		bool is_taken;

		if (position >= atomic_load(&board->begun))
			break;
		atomic_store(&board->current[worker], position);
		is_taken = atomic_compare_exchange_strong(
		    &board->owner[position], &nobody, worker + 1);
		/* The position is not free any more, whoever took it, and even if that worker was
		 * killed since. */
		(void)atomic_compare_exchange_strong(&board->next, &at, position + 1);
		if (is_taken)
			return position;
	}
	board_leave(board, worker);
	return NO_TASK;
}

void board_leave(struct board *board, unsigned worker)
{
	atomic_store(&board->current[worker], NO_TASK);
}

size_t board_owned(const struct board *board, unsigned worker)
{
	size_t position = atomic_load(&board->current[worker]);

	return position != NO_TASK && atomic_load(&board->owner[position]) == worker + 1 ? position
											 : NO_TASK;
}
