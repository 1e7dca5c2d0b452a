#include "jobs/children.h"

#include <fcntl.h>

#include "base/file.h"
#include "jobs/pools.h"

#define COUNT 3

/* No message holds them: the sizes of what is read, of a head, and neighbours. */
static const size_t sizes[] = {0, 1, 23, 24, 25, 65535, 65536, 1 << 20};
#define SIZES (sizeof(sizes) / sizeof(*sizes))

static struct children make(int (*work)(void *, unsigned, int), void *context)
{
	struct children children = {.work = work, .context = context};

	children_init(&children, COUNT);
	return children;
}

static void start_all(struct children *children)
{
	autoerror struct error *error = NULL;

	for (unsigned i = 0; i < children->count; i++) {
		ck_ok(children_start(children, i, &error), error);
		ck_assert_int_gt(children->list[i].pid, 0);
	}
	ck_assert_uint_eq(children->alive, children->count);
}

/* Wait for the next message on a channel. It is valid as long as `received` is not changed; false
 * at the end. */
static bool next_message(int fd, struct str *received, struct message *ret, size_t *ret_len)
{
	while ((*ret_len = message_parse(str_slice(received), ret)) == 0) {
		ssize_t len = file_read_available(fd, received);

		ck_assert_int_ge(len, 0);
		if (len == 0)
			return false;
	}
	return true;
}

/* How a child ended whose channel has nothing more to read. */
static int wait_for(struct children *children, unsigned self)
{
	struct child *child = &children->list[self];
	autoerror struct error *error = NULL;
	struct spawn_result end;
	struct message message;
	size_t len;

	ck_assert(!next_message(child->fd, &child->received, &message, &len));
	ck_ok(children_wait(children, self, &end, &error), error);
	ck_assert_int_eq(child->pid, 0);
	ck_assert_int_eq(child->fd, -1);
	return end.status;
}

START_TEST(a_message_is_there_when_it_is_complete)
{
	const struct message sent = {SIZE_MAX, -5, SLICE_LITERAL("content")};
	autostr struct str received = STR_INIT;
	struct message message;
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(message_send(ends[1], &sent, NULL), 0);
	ck_assert_int_eq(message_send(ends[1], &sent, NULL), 0);
	ck_assert_int_gt(file_read_available(ends[0], &received), 0);
	for (size_t len = 0; len < received.len / 2; len++)
		ck_assert_uint_eq(message_parse(slice_of(received.data, len), &message), 0);
	ck_assert_uint_eq(message_parse(str_slice(&received), &message), received.len / 2);
	ck_assert_uint_eq(message.subject, sent.subject);
	ck_assert_int_eq(message.code, sent.code);
	ck_assert(slice_equal(message.content, sent.content));
	close(ends[0]);
	close(ends[1]);
}
END_TEST

static int report_all_sizes(void *context, unsigned self, int fd)
{
	char *content = xcalloc(1 << 20, 1);

	for (size_t i = 0; i < SIZES; i++) {
		struct message message = {i, self, slice_of(content, sizes[i])};

		if (message_send(fd, &message, NULL) < 0)
			return 1;
	}
	free(content);
	return *(int *)context + (int)self;
}

START_TEST(what_children_report_arrives_whole_and_in_order)
{
	int status = 7;
	struct children children = make(report_all_sizes, &status);

	start_all(&children);
	for (unsigned i = 0; i < COUNT; i++) {
		struct child *child = &children.list[i];

		for (size_t at = 0; at < SIZES; at++) {
			struct message message;
			size_t len;

			ck_assert(next_message(child->fd, &child->received, &message, &len));
			ck_assert_uint_eq(message.subject, at);
			ck_assert_int_eq(message.code, i);
			ck_assert_uint_eq(message.content.len, sizes[at]);
			str_drop(&child->received, len);
		}
		ck_assert_int_eq(WEXITSTATUS(wait_for(&children, i)), 7 + (int)i);
	}
	ck_assert_uint_eq(children.alive, 0);
	children_end(&children, false);
	ck_no_child();
}
END_TEST

/* Answer each message by its content, until the parent closes the channel. */
static int echo(void *context, unsigned self, int fd)
{
	autostr struct str received = STR_INIT;
	struct message message;
	size_t len;

	(void)context;
	(void)self;
	while (next_message(fd, &received, &message, &len)) {
		if (message_send(fd, &message, NULL) < 0)
			return 1;
		str_drop(&received, len);
	}
	return 0;
}

START_TEST(children_are_told_what_to_do_through_a_socket)
{
	struct children children = make(echo, NULL);
	autofree char *content = xcalloc(1 << 20, 1);

	children.is_two_way = true;
	start_all(&children);
	for (size_t i = 0; i < SIZES * COUNT; i++) {
		struct child *child = &children.list[i % COUNT];
		struct message message = {i, 0, slice_of(content, sizes[i / COUNT])};
		size_t len;

		ck_assert_int_eq(message_send(child->fd, &message, NULL), 0);
		ck_assert(next_message(child->fd, &child->received, &message, &len));
		ck_assert_uint_eq(message.subject, i);
		ck_assert_uint_eq(message.content.len, sizes[i / COUNT]);
		str_drop(&child->received, len);
	}
	children_end(&children, false); /* they end when their sockets are closed */
	ck_no_child();
}
END_TEST

static int count_descriptors(void *context, unsigned self, int fd)
{
	(void)context;
	(void)self;
	(void)fd;
	return (int)suite_count("/proc/self/fd");
}

START_TEST(a_child_holds_no_channel_of_another_one)
{
	struct children children = make(count_descriptors, NULL);
	int count = (int)suite_count("/proc/self/fd");

	start_all(&children);
	for (unsigned i = 0; i < COUNT; i++)
		ck_assert_int_eq(WEXITSTATUS(wait_for(&children, i)), count + 1);
	children_end(&children, false);
}
END_TEST

/* Go on as long as the parent lets it. */
static int stay(void *context, unsigned self, int fd)
{
	(void)context;
	(void)self;
	(void)fd;
	while (pause() < 0)
		;
	return 0;
}

/* Whether a pipe ends whose other end nobody holds any more. */
static void ck_ends(int ends[2])
{
	char byte;

	(void)close(ends[1]);
	ck_assert_int_eq(read(ends[0], &byte, 1), 0);
	(void)close(ends[0]);
}

START_TEST(a_child_ends_with_its_parent_however_that_ends)
{
	for (int leads_group = 0; leads_group < 2; leads_group++) {
		int ends[2], status;
		pid_t parent;

		ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
		parent = fork();
		if (parent == 0) {
			struct children children = make(stay, NULL);

			children.leads_group = leads_group;
			start_all(&children);
			(void)raise(SIGKILL);
		}
		ck_assert_int_eq(waitpid(parent, &status, 0), parent);
		ck_ends(ends);
	}
}
END_TEST

/* Start a process that stays, but not on the channel. */
static int leave_one(void *context, unsigned self, int fd)
{
	bool is_left = fork() == 0;

	(void)close(fd);
	return is_left ? stay(context, self, -1) : 0;
}

START_TEST(what_a_child_leaves_in_its_group_is_killed)
{
	struct children children = make(leave_one, NULL);
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	children.leads_group = true;
	start_all(&children);
	for (unsigned i = 0; i < COUNT; i++)
		(void)wait_for(&children, i); /* it may be killed before it ends */
	children_end(&children, false);
	ck_ends(ends);
}
END_TEST

START_TEST(in_haste_those_that_go_on_are_killed)
{
	struct children children = make(stay, NULL);
	size_t descriptors = suite_count("/proc/self/fd");

	start_all(&children);
	children_end(&children, true);
	ck_assert_uint_eq(suite_count("/proc/self/fd"), descriptors);
	ck_no_child();
}
END_TEST

/* End a while after the parent closed the channel, which only that shows. */
static int take_time(void *context, unsigned self, int fd)
{
	struct pollfd poll_one = {fd, POLLIN, 0};
	struct shared *told = context;

	ck_assert_int_eq(poll(&poll_one, 1, -1), 1);
	(void)usleep(20000 * (self + 1));
	atomic_fetch_add(&told->told, 1);
	return 0;
}

START_TEST(without_haste_all_are_waited_for)
{
	struct children children;

	share_memory();
	children = make(take_time, shared);
	children.is_two_way = true;
	start_all(&children);
	children_end(&children, false);
	ck_assert_int_eq(shared->told, COUNT);
	ck_no_child();
}
END_TEST

START_TEST(a_child_that_cannot_be_started_is_an_error_if_there_is_no_other)
{
	struct children children = make(stay, NULL);
	autoerror struct error *error = NULL;
	struct spawn_result end;

	ck_ok(children_start(&children, 0, &error), error);
	suite_limit_descriptors((unsigned)children.list[0].fd + 1);
	ck_ok(children_start(&children, 1, &error), error);
	ck_assert_int_eq(children.list[1].pid, 0);
	ck_assert_int_eq(kill(children.list[0].pid, SIGKILL), 0);
	ck_assert_int_eq(children_wait(&children, 0, &end, NULL), 0);
	ck_assert_int_eq(WTERMSIG(end.status), SIGKILL);
	ck_fails(
	    children_start(&children, 1, &error), error, "cannot create a pipe for a worker: ");
	children_end(&children, true);
}
END_TEST

SUITE("jobs/children", a_message_is_there_when_it_is_complete,
    what_children_report_arrives_whole_and_in_order, children_are_told_what_to_do_through_a_socket,
    a_child_holds_no_channel_of_another_one, a_child_ends_with_its_parent_however_that_ends,
    what_a_child_leaves_in_its_group_is_killed, in_haste_those_that_go_on_are_killed,
    without_haste_all_are_waited_for,
    a_child_that_cannot_be_started_is_an_error_if_there_is_no_other)
