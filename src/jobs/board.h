/*
 * What the processes of a pool share: the order in which tasks are begun, who took which, and by
 * what right each works (for worker_pool.c).
 *
 * A place of the order is one worker's from the moment in which its number is written there, which
 * is one step: so it is known at any moment whose task is lost when a worker is killed. What a
 * worker is about to take, it says before.
 */
#ifndef KILN_JOBS_BOARD_H
#define KILN_JOBS_BOARD_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define NO_TASK SIZE_MAX

/* What a worker may work by: a byte of the jobserver, or one of these. */
#define NO_TOKEN (-1)
#define OWN_JOB 256

struct board {
	size_t size;		     /* of the memory */
	sem_t wake;		     /* posted when there may be something to do */
	_Atomic size_t next;	     /* no place before it is free */
	_Atomic size_t begun;	     /* how many places of the order have a task */
	_Atomic bool closed;	     /* no more will have */
	_Atomic bool ended;	     /* nothing more is to be taken */
	_Atomic size_t finished;     /* how many were done or lost */
	_Atomic unsigned char *done; /* of each task, whether it was done or lost */
	size_t *order;		     /* the tasks in the order in which they are begun */
	_Atomic unsigned *owner;     /* of each place, who took it: 1 more than its number, or 0 */
	_Atomic bool own_job;	     /* whether the job that the process has itself is free */
	_Atomic int *tokens;	     /* of each worker, what it may work by */
	_Atomic size_t
	    current[]; /* of each worker the place that it takes or took, NO_TASK between two */
};

/* A board without tasks in its order, to be shared with what is forked; NULL and *err if there is
 * no memory. */
struct board *board_new(size_t tasks, unsigned workers, struct error **err);

/* Release; NULL is allowed. */
void board_free(struct board *board);

/* Let a task begin after those before. */
void board_begin(struct board *board, size_t task);

/* Nothing is begun any more: let `workers` find that out. */
void board_close(struct board *board, unsigned workers);

/* Nothing more is taken, also of what was begun. */
void board_end(struct board *board, unsigned workers);

/* Whether there is a place to take. */
bool board_has_work(const struct board *board);

/* Take the next place of the order for a worker: its number, or NO_TASK. */
size_t board_take(struct board *board, unsigned worker);

/* The worker is done with what it took. */
void board_leave(struct board *board, unsigned worker);

/* The place that a worker which ended had taken, or NO_TASK. */
size_t board_held(const struct board *board, unsigned worker);

#endif
