#include "jobs/board.h"

#include "suite.h"

static struct board *make(size_t tasks, unsigned workers)
{
	autoerror struct error *error = NULL;
	struct board *board = board_new(tasks, workers, &error);

	ck_assert_msg(board, "%s", error ? error->message : "");
	return board;
}

START_TEST(places_are_taken_in_the_order_in_which_tasks_were_begun)
{
	struct board *board = make(3, 1);

	ck_assert_uint_eq(board_take(board, 0), NO_TASK);
	board_begin(board, 2);
	board_begin(board, 0);
	ck_assert_uint_eq(board->order[board_take(board, 0)], 2);
	ck_assert_uint_eq(board->order[board_take(board, 0)], 0);
	ck_assert(!board_has_work(board));
	ck_assert_uint_eq(board_take(board, 0), NO_TASK);
	ck_assert_uint_eq(board_owned(board, 0), NO_TASK);
	board_free(board);
}
END_TEST

START_TEST(what_a_worker_took_is_held_until_it_leaves_it)
{
	struct board *board = make(2, 2);

	board_begin(board, 0);
	board_begin(board, 1);
	ck_assert_uint_eq(board_take(board, 1), 0);
	ck_assert_uint_eq(board_owned(board, 1), 0);
	ck_assert_uint_eq(board_owned(board, 0), NO_TASK);
	board_leave(board, 1);
	ck_assert_uint_eq(board_owned(board, 1), NO_TASK);
	board_free(board);
}
END_TEST

START_TEST(a_worker_that_ends_when_it_was_about_to_take_holds_nothing)
{
	struct board *board = make(1, 2);

	board_begin(board, 0);
	/* It is killed between saying what it is about to take, and taking it; then another one
	 * does. */
	atomic_store(&board->current[0], 0);
	ck_assert_uint_eq(board_owned(board, 0), NO_TASK);
	ck_assert_uint_eq(board_take(board, 1), 0);
	ck_assert_uint_eq(board_owned(board, 0), NO_TASK);
	ck_assert_uint_eq(board_owned(board, 1), 0);
	board_free(board);
}
END_TEST

START_TEST(a_worker_that_ends_right_after_it_took_holds_the_task)
{
	struct board *board = make(2, 2);

	board_begin(board, 0);
	board_begin(board, 1);
	/* It is killed before the place is passed over for all: others do that. */
	atomic_store(&board->current[0], 0);
	atomic_store(&board->owner[0], 1);
	ck_assert_uint_eq(board_owned(board, 0), 0);
	ck_assert_uint_eq(board_take(board, 1), 1);
	ck_assert_uint_eq(board_owned(board, 0), 0);
	board_free(board);
}
END_TEST

START_TEST(after_the_end_nothing_is_taken)
{
	struct board *board = make(2, 1);

	board_begin(board, 0);
	board_end(board, 1);
	ck_assert(!board_has_work(board));
	ck_assert_uint_eq(board_take(board, 0), NO_TASK);
	ck_assert(atomic_load(&board->closed));
	board_free(board);
}
END_TEST

SUITE("jobs/board", places_are_taken_in_the_order_in_which_tasks_were_begun,
    what_a_worker_took_is_held_until_it_leaves_it,
    a_worker_that_ends_when_it_was_about_to_take_holds_nothing,
    a_worker_that_ends_right_after_it_took_holds_the_task, after_the_end_nothing_is_taken)
