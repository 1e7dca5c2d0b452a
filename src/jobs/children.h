/*
 * Child processes that work for this one, and the messages between them.
 *
 * A child is forked from the calling process, so it has everything that was prepared before,
 * a started interpreter above all. Parent and child hold one end each of a channel: a pipe where
 * the child only reports, a socket where the parent sends work through the channel, too. The
 * channel carries messages: two numbers and some bytes. The channel ends when the child ends,
 * however that comes about, which is how the parent finds out.
 *
 *	struct children children = {.work = work, .context = &run};
 *
 *	children_init(&children, 4);
 *	... children_start() each ...
 *	... children_poll(), file_read_available(child->fd, &child->received), message_parse(), and
 *	    at the end of a channel children_wait() ...
 *	children_end(&children, false);
 *
 * What the messages mean and which child does what is up to the caller: jobs/worker_pool.h and
 * bazel/persistent_worker.h. Programs that are executed are another matter (base/spawn.h).
 */
#ifndef KILN_JOBS_CHILDREN_H
#define KILN_JOBS_CHILDREN_H

#include <poll.h>

#include "base/spawn.h"
#include "jobs/reporter.h"

struct child {
	pid_t pid;	     /* 0 where there is none */
	int fd;		     /* the parent's end of the channel, -1 where there is none */
	struct str received; /* read from it, and not taken yet */
};

struct children {
	/* Set by the caller. */
	bool is_two_way;  /* whether the channel is a socket */
	bool leads_group; /* a child leads a process group: whatever it started ends with it */
	void *context;
	struct reporter *reporter; /* who is told that some cannot be started; may be NULL */

	/* In a child: do the work, with the child's end of the channel; the exit status. The ends
	 * that the parent holds are closed. */
	int (*work)(void *context, unsigned self, int fd);

	/* Set by children_init(). */
	struct child *list;
	unsigned count; /* of the list */
	unsigned alive; /* how many of them there are */
	bool has_warned;
};

struct message {
	uint64_t subject;
	int64_t code;
	struct slice content;
};

/* Make a list of `count` children, none of which is started. */
void children_init(struct children *children, unsigned count);

/* Start the child with the number `self`, if that is possible. That it is not is a warning the
 * first time, as long as there is another child, and an error when there is none: look at its pid
 * to see whether it was started. */
int children_start(struct children *children, unsigned self, struct error **err);

/* One for each child, in their order: what poll(2) is to wait for. */
void children_poll(const struct children *children, struct pollfd *ret);

/* At the end of the channel of a child: close it, and wait until the child has ended, too. What it
 * has left in its group is killed. */
int children_wait(
    struct children *children, unsigned self, struct spawn_result *ret, struct error **err);

/* Close all channels, wait until all children have ended, and release the list. Those that lead a
 * group get INTERRUPT_WIND_UP. In haste, those that are left after a second are killed, and so is
 * what is left of their groups. */
void children_end(struct children *children, bool in_haste);

/* Send a message, with one write(2) if the channel has room for it. */
int message_send(int fd, const struct message *message, struct error **err);

/* The message that what was received begins with. Returns its length in `received`, to be dropped
 * from there by str_drop() when it was dealt with; 0 if it is not complete yet. */
size_t message_parse(struct slice received, struct message *ret);

#endif
