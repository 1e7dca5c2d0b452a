#include "jobs/children.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/file.h"
#include "jobs/signals.h"

/* How long children have to undo what they began, before they are killed. */
#define GRACE_SECONDS 1

/* The bytes before the content of a message. */
struct head {
	uint64_t subject;
	uint64_t len;
	int64_t code;
};

void children_init(struct children *children, unsigned count)
{
	children->list = xcalloc(count, sizeof(*children->list));
	children->count = count;
	for (unsigned i = 0; i < count; i++)
		children->list[i].fd = -1;
}

/* Run a child. It ends without the exit handlers of the process that it was forked from. */
static _Noreturn void child_main(
    const struct children *children, unsigned self, int fd, pid_t parent)
{
	for (unsigned i = 0; i < children->count; i++)
		cleanup_close(&children->list[i].fd);
	if (!(children->leads_group ? signals_lead_group(parent) : signals_follow(parent)))
		process_end(ERROR_SYSTEM); /* the parent has ended */
	process_end(children->work(children->context, self, fd));
}

static int start(struct children *children, unsigned self, struct error **err)
{
	struct child *child = &children->list[self];
	autoclose int parent_end = -1, child_end = -1;
	pid_t parent = getpid(), pid;
	int ends[2];

	if (children->is_two_way ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0
				 : pipe2(ends, O_CLOEXEC) < 0)
		return fail_errno(err, errno, "cannot create a %s for a worker",
		    children->is_two_way ? "socket" : "pipe");
	parent_end = ends[0];
	child_end = ends[1];
	pid = fork();
	if (pid < 0)
		return fail_errno(err, errno, "cannot start a worker");
	if (pid == 0) {
		cleanup_close(&parent_end);
		child_main(children, self, child_end, parent);
	}
	child->pid = pid;
	child->fd = steal_fd(&parent_end);
	str_truncate(&child->received, 0);
	children->alive++;
	return 0;
}

int children_start(struct children *children, unsigned self, struct error **err)
{
	autoerror struct error *error = NULL;

	if (start(children, self, &error) == 0)
		return 0;
	if (!children->alive)
		return fail_with(err, steal(&error));
	if (children->reporter && !children->has_warned) {
		/* Always -1. */
		(void)fail_prefix(&error, "fewer than %u workers are running", children->count);
		reporter_warning(children->reporter, error);
	}
	children->has_warned = true;
	return 0;
}

void children_poll(const struct children *children, struct pollfd *ret)
{
	for (unsigned i = 0; i < children->count; i++)
		ret[i] = (struct pollfd){children->list[i].fd, POLLIN, 0};
}

int children_wait(
    struct children *children, unsigned self, struct spawn_result *ret, struct error **err)
{
	struct child *child = &children->list[self];

	/* Before the wait: until then no other group can have the number. */
	if (children->leads_group)
		(void)kill(-child->pid, SIGKILL); /* the group may be empty */
	(void)close(steal_fd(&child->fd));	  /* the child sends no more */
	if (spawn_wait(child->pid, ret, err) < 0)
		return -1;
	child->pid = 0;
	children->alive--;
	return 0;
}

/* Wait for a child whose channel is closed; `in_haste` only until the time `last`. */
static void end_one(const struct children *children, pid_t pid, bool in_haste, double last)
{
	double left = last - clock_seconds();
	struct spawn_result end;

	if (in_haste && !spawn_await(pid, left > 0 ? (unsigned)(left * 1e3) : 0))
		(void)kill(pid, SIGKILL); /* it may be gone already */
	if (in_haste && children->leads_group)
		(void)kill(-pid, SIGKILL); /* the group may be empty */
	(void)spawn_wait(pid, &end, NULL); /* how it ended does not matter */
}

void children_end(struct children *children, bool in_haste)
{
	double last = clock_seconds() + GRACE_SECONDS;

	for (unsigned i = 0; i < children->count; i++) {
		struct child *child = &children->list[i];

		cleanup_close(&child->fd);
		str_release(&child->received);
		if (children->leads_group && child->pid)
			(void)kill(child->pid, INTERRUPT_WIND_UP); /* it may have ended already */
	}
	for (unsigned i = 0; i < children->count; i++) {
		if (children->list[i].pid)
			end_one(children, children->list[i].pid, in_haste, last);
	}
	free(children->list);
}

void message_add(struct str *ret, const struct message *message)
{
	struct head head = {message->subject, message->content.len, message->code};

	str_add(ret, &head, sizeof(head));
	str_add_slice(ret, message->content);
}

int message_send(int fd, const struct message *message, struct error **err)
{
	autostr struct str bytes = STR_INIT;

	message_add(&bytes, message);
	return file_write_fd(fd, "a worker's channel", str_slice(&bytes), err);
}

size_t message_parse(struct slice received, struct message *ret)
{
	struct head head;

	if (received.len < sizeof(head))
		return 0;
	memcpy(&head, received.data, sizeof(head));
	if (received.len - sizeof(head) < head.len)
		return 0;
	*ret = (struct message){
	    head.subject, head.code, slice_of(received.data + sizeof(head), head.len)};
	return sizeof(head) + head.len;
}
