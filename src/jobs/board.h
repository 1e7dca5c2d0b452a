/*
 * The board of a worker pool: memory that coordinator and workers share (for worker_pool.c). It has
 * the order in which tasks start, the owner of each task, and the jobserver token of each worker.
 *
 * A worker owns a position of the order from the moment its number stands in `owner`, which is one
 * atomic step. Before that it writes the position to `current`. So at any moment the board says
 * which task is lost if a worker is killed.
 */
#ifndef KILN_JOBS_BOARD_H
#define KILN_JOBS_BOARD_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define NO_TASK SIZE_MAX

/* The token of a worker: a byte of the jobserver, or one of these. */
#define NO_TOKEN (-1)
#define OWN_JOB 256

struct board {
	size_t size;		     /* bytes of the memory */
	sem_t wake;		     /* posted when there may be a task to take */
	_Atomic size_t next;	     /* no position before it is free */
	_Atomic size_t begun;	     /* positions of the order that have a task */
	_Atomic bool closed;	     /* no position will get a task any more */
	_Atomic bool ended;	     /* no worker may take a task any more */
	_Atomic size_t finished;     /* tasks that were done or lost */
	_Atomic unsigned char *done; /* for each task: it was done or lost */
	size_t *order;		     /* tasks in the order in which they start */
	_Atomic unsigned *owner;     /* of each position: the worker that took it plus 1, or 0 */
	_Atomic bool own_job;	     /* the job that needs no token is free */
	_Atomic int *tokens;	     /* of each worker */
	/* Of each worker: the position that it takes or has taken, or NO_TASK. */
	_Atomic size_t current[];
};

/* Make a board with an empty order. Processes that are forked later share it. NULL and *err if
 * there is no memory. */
struct board *board_new(size_t tasks, unsigned workers, struct error **err);

/* Release a board; NULL is allowed. */
void board_free(struct board *board);

/* Append a task to the order. */
void board_begin(struct board *board, size_t task);

/* Say that no task will be appended, and wake the workers. */
void board_close(struct board *board, unsigned workers);

/* Say that no task may be taken, and wake the workers. */
void board_end(struct board *board, unsigned workers);

/* Whether a worker may take a task now. */
bool board_has_work(const struct board *board);

/* Take the next position of the order for a worker. Returns the position, or NO_TASK. */
size_t board_take(struct board *board, unsigned worker);

/* Say that a worker is done with its task. */
void board_leave(struct board *board, unsigned worker);

/* The position that a worker owned when it ended, or NO_TASK. */
size_t board_owned(const struct board *board, unsigned worker);

#endif
